// Rows of streams that have no partner for certain don't reach their join.

import Columns
import LogicalPlan

/// Drops rows of joins of two streams that have a NULL where NULL equals nothing, on a side whose rows don't come out
/// alone: as in Spark nothing is kept for them, and the watermark doesn't see them. Applied once.
struct PartnerNulls: PlanRule {
    let name = "PartnerNulls"

    func apply(_ plan: ResolvedPlan) -> ResolvedPlan {
        plan.transformingUp { step in
            guard case .join(let left, let right, let join) = step, left.isStreaming, right.isStreaming else {
                return step
            }
            let read = join.strictColumns
            let dropsLeft = !join.kind.tellsLeftAlone
            let dropsRight = !join.kind.padsLeft
            return .join(
                dropsLeft ? left.filtered(by: conditions(read, of: left)) : left,
                dropsRight ? right.filtered(by: conditions(read, of: right)) : right, join)
        }
    }

    /// That the columns of a side that must not be NULL are not.
    private func conditions(_ columns: Set<ColumnID>, of side: ResolvedPlan) -> [ResolvedExpression] {
        side.columns.filter { columns.contains($0.id) && $0.field.isNullable }.map(\.expression.isThere)
    }
}
