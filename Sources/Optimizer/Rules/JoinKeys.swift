// Equalities in a join's condition become its keys, by which rows find each other.

import Columns
import LogicalPlan

/// Takes `left = right` and `left <=> right` out of join conditions, and `NOT IN` for a plain join where there is no
/// NULL. Joins that look for partners behind NULL stay as they are: their keys say what is equal, and not by what rows
/// are found.
struct JoinKeys: PlanRule {
    let name = "JoinKeys"

    func apply(_ plan: ResolvedPlan) -> ResolvedPlan {
        plan.transformingUp { step in
            guard case .join(let left, let right, let join) = step else { return step }
            if join.kind.isNullAware { return plain(left, right, join) ?? step }
            let found = ConditionKeys(join.condition, left: left, right: right)
            guard !found.leftKeys.isEmpty else { return step }
            let kind = join.kind == .cross ? .inner : join.kind
            return .join(
                left, right,
                Join(
                    kind, leftKeys: join.leftKeys + found.leftKeys, rightKeys: join.rightKeys + found.rightKeys,
                    nullSafe: join.nullSafe + found.nullSafe, condition: found.condition))
        }
    }

    /// The join without regard to NULL, where no key can be NULL.
    private func plain(_ left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join) -> ResolvedPlan? {
        let isNullable = zip(join.leftKeys, join.rightKeys).contains { $0.isNullable || $1.isNullable }
        guard join.kind == .leftAntiNullAware, !isNullable else { return nil }
        return .join(
            left, right,
            Join(
                .leftAnti, leftKeys: join.leftKeys, rightKeys: join.rightKeys, nullSafe: join.nullSafe,
                condition: join.condition))
    }
}
