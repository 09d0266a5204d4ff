// Equalities in a join's condition become its keys, by which rows find each other.

import Columns
import LogicalPlan

/// Takes `left = right` out of join conditions.
struct JoinKeys: PlanRule {
    let name = "JoinKeys"

    func apply(_ plan: ResolvedPlan) -> ResolvedPlan {
        plan.transformingUp { step in
            guard case .join(let left, let right, let join) = step, let condition = join.condition else { return step }
            let (leftIDs, rightIDs) = (left.columnIDs, right.columnIDs)
            var (leftKeys, rightKeys) = (join.leftKeys, join.rightKeys)
            var kept: [ResolvedExpression] = []
            for conjunct in condition.conjuncts {
                guard case .comparison(.equal, let a, let b) = conjunct.kind, conjunct.isDeterministic else {
                    kept.append(conjunct)
                    continue
                }
                let (columnsA, columnsB) = (a.referencedColumns, b.referencedColumns)
                if columnsA.isEmpty || columnsB.isEmpty {
                    kept.append(conjunct)
                } else if columnsA.isSubset(of: leftIDs), columnsB.isSubset(of: rightIDs) {
                    leftKeys.append(a)
                    rightKeys.append(b)
                } else if columnsB.isSubset(of: leftIDs), columnsA.isSubset(of: rightIDs) {
                    leftKeys.append(b)
                    rightKeys.append(a)
                } else {
                    kept.append(conjunct)
                }
            }
            guard leftKeys.count > join.leftKeys.count else { return step }
            let kind = join.kind == .cross ? .inner : join.kind
            return .join(
                left, right,
                Join(
                    kind, leftKeys: leftKeys, rightKeys: rightKeys, condition: ResolvedExpression.conjunction(kept)))
        }
    }
}
