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
            let read = strict(join)
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

    /// The columns with which no pair matches where they are NULL.
    private func strict(_ join: Join) -> Set<ColumnID> {
        var columns = Set<ColumnID>()
        for place in join.leftKeys.indices where !join.nullSafe[place] {
            columns.formUnion(strict(join.leftKeys[place], nil))
            columns.formUnion(strict(join.rightKeys[place], nil))
        }
        for conjunct in join.condition?.conjuncts ?? [] { columns.formUnion(compared(conjunct, nil)) }
        return columns
    }

    /// The columns without which a condition isn't true.
    private func compared(_ condition: ResolvedExpression, _ shared: ResolvedExpression?) -> Set<ColumnID> {
        if case .sharing(let value, let body) = condition.kind {
            return body.conjuncts.reduce(into: []) { $0.formUnion(compared($1, value)) }
        }
        return strict(condition, shared)
    }

    /// The columns without which an expression is NULL.
    private func strict(_ expression: ResolvedExpression, _ shared: ResolvedExpression?) -> Set<ColumnID> {
        switch expression.kind {
        case .column(let id, _): [id]
        case .shared(outward: 0): shared.map { strict($0, nil) } ?? []
        default: (expression.nullIntolerantOperands ?? []).reduce(into: []) { $0.formUnion(strict($1, shared)) }
        }
    }
}
