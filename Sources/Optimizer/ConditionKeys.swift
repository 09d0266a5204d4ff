// Equalities in a join's condition, by which rows can find each other.

import Columns
import LogicalPlan

/// The conjuncts of a condition: those that say that an expression of the left side equals one of the right side, and
/// the others.
///
/// A key is evaluated for every row of its side, with a partner or not, and may raise for one that no conjunct before
/// it would have let through: `a.x < b.y AND CAST(b.s AS INT) = a.id`. Spark takes such equalities as keys, too;
/// without them every pair of rows would be looked at. Conjuncts about one side alone are pushed below first.
package struct ConditionKeys {
    package private(set) var leftKeys: [ResolvedExpression] = []
    package private(set) var rightKeys: [ResolvedExpression] = []
    package private(set) var nullSafe: [Bool] = []
    /// What is left of the condition, in order.
    package private(set) var rest: [ResolvedExpression] = []

    /// Takes a condition apart; the sides are known by their columns.
    package init(_ condition: ResolvedExpression?, left: ResolvedPlan, right: ResolvedPlan) {
        let (leftIDs, rightIDs) = (left.columnIDs, right.columnIDs)
        for conjunct in condition?.conjuncts ?? [] {
            guard case .comparison(let operation, let a, let b) = conjunct.kind, conjunct.isDeterministic,
                operation == .equal || operation == .nullSafeEqual
            else {
                rest.append(conjunct)
                continue
            }
            let (columnsA, columnsB) = (a.referencedColumns, b.referencedColumns)
            if columnsA.isEmpty || columnsB.isEmpty {
                rest.append(conjunct)
            } else if columnsA.isSubset(of: leftIDs), columnsB.isSubset(of: rightIDs) {
                add(a, b, operation)
            } else if columnsB.isSubset(of: leftIDs), columnsA.isSubset(of: rightIDs) {
                add(b, a, operation)
            } else {
                rest.append(conjunct)
            }
        }
    }

    private mutating func add(_ left: ResolvedExpression, _ right: ResolvedExpression, _ operation: ComparisonOperator)
    {
        leftKeys.append(left)
        rightKeys.append(right)
        nullSafe.append(operation == .nullSafeEqual)
    }

    /// What is left of the condition; `nil` for nothing.
    package var condition: ResolvedExpression? { ResolvedExpression.all(rest) }
}

extension Join {
    /// Whether all keys are equal: NULL where a NULL hides the answer.
    package var keyEquality: ResolvedExpression? {
        ResolvedExpression.all(
            leftKeys.indices.map { index in
                let operation: ComparisonOperator = nullSafe[index] ? .nullSafeEqual : .equal
                return ResolvedExpression(
                    .comparison(operation, leftKeys[index], rightKeys[index]), type: .boolean,
                    isNullable: !nullSafe[index] && (leftKeys[index].isNullable || rightKeys[index].isNullable))
            })
    }
}
