// Equalities in a join's condition become its keys, by which rows find each other.

import Columns
import LogicalPlan

/// Takes `left = right` and `left <=> right` out of join conditions, and writes `NOT IN` as what it means where it is
/// more than one comparison.
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

    /// The join without regard to NULL: where no key can be NULL, and of `NOT IN` with several keys or a condition,
    /// whose equalities then are the keys, while the comparison is a condition that NULL fulfils.
    private func plain(_ left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join) -> ResolvedPlan? {
        let isNullable = zip(join.leftKeys, join.rightKeys).contains { $0.isNullable || $1.isNullable }
        guard join.kind == .leftAntiNullAware else { return nil }
        if !isNullable {
            return .join(
                left, right,
                Join(
                    .leftAnti, leftKeys: join.leftKeys, rightKeys: join.rightKeys, nullSafe: join.nullSafe,
                    condition: join.condition))
        }
        guard join.leftKeys.count > 1 || join.condition != nil, let equality = join.keyEquality else { return nil }
        let isUnknown = ResolvedExpression(.isNull(equality, isNegated: false), type: .boolean, isNullable: false)
        let mayBeEqual = ResolvedExpression(
            .or(equality, isUnknown), type: .boolean, isNullable: equality.isNullable)
        let conditions = (join.condition?.conjuncts ?? []) + [mayBeEqual]
        return .join(left, right, Join(.leftAnti, condition: ResolvedExpression.conjunction(conditions)))
    }
}
