// Equalities in a join's condition become its keys, by which rows find each other.

import Columns
import LogicalPlan

/// Takes `left = right` out of join conditions.
struct JoinKeys: PlanRule {
    let name = "JoinKeys"

    func apply(_ plan: ResolvedPlan) -> ResolvedPlan {
        plan.transformingUp { step in
            guard case .join(let left, let right, let join) = step, let condition = join.condition,
                // There the keys are what NULL may hide, and a condition isn't.
                !join.kind.isNullAware
            else { return step }
            let (leftIDs, rightIDs) = (left.columnIDs, right.columnIDs)
            var (leftKeys, rightKeys) = (join.leftKeys, join.rightKeys)
            var nullSafe = join.nullSafe
            var kept: [ResolvedExpression] = []
            for conjunct in condition.conjuncts {
                guard case .comparison(let operation, let a, let b) = conjunct.kind, conjunct.isDeterministic,
                    operation == .equal || operation == .nullSafeEqual
                else {
                    kept.append(conjunct)
                    continue
                }
                let (columnsA, columnsB) = (a.referencedColumns, b.referencedColumns)
                if columnsA.isEmpty || columnsB.isEmpty {
                    kept.append(conjunct)
                } else if columnsA.isSubset(of: leftIDs), columnsB.isSubset(of: rightIDs) {
                    leftKeys.append(a)
                    rightKeys.append(b)
                    nullSafe.append(operation == .nullSafeEqual)
                } else if columnsB.isSubset(of: leftIDs), columnsA.isSubset(of: rightIDs) {
                    leftKeys.append(b)
                    rightKeys.append(a)
                    nullSafe.append(operation == .nullSafeEqual)
                } else {
                    kept.append(conjunct)
                }
            }
            guard leftKeys.count > join.leftKeys.count else { return step }
            let kind = join.kind == .cross ? .inner : join.kind
            return .join(
                left, right,
                Join(
                    kind, leftKeys: leftKeys, rightKeys: rightKeys, nullSafe: nullSafe,
                    condition: ResolvedExpression.conjunction(kept)))
        }
    }
}
