// Columns without which a condition can't be true.

import LogicalPlan

extension Join {
    /// The columns with which no pair matches where they are NULL.
    var strictColumns: Set<ColumnID> {
        var columns = Set<ColumnID>()
        for place in leftKeys.indices where !nullSafe[place] {
            columns.formUnion(leftKeys[place].valueColumns(nil))
            columns.formUnion(rightKeys[place].valueColumns(nil))
        }
        for conjunct in condition?.conjuncts ?? [] { columns.formUnion(conjunct.strictColumns) }
        return columns
    }
}

extension ResolvedExpression {
    /// The columns without which a condition isn't true.
    var strictColumns: Set<ColumnID> { strictColumns(nil) }

    private func strictColumns(_ shared: ResolvedExpression?) -> Set<ColumnID> {
        if case .sharing(let value, let body) = kind {
            return body.conjuncts.reduce(into: []) { $0.formUnion($1.strictColumns(value)) }
        }
        return valueColumns(shared)
    }

    /// The columns without which an expression is NULL.
    fileprivate func valueColumns(_ shared: ResolvedExpression?) -> Set<ColumnID> {
        switch kind {
        case .column(let id, _): [id]
        case .shared(outward: 0): shared.map { $0.valueColumns(nil) } ?? []
        default: (nullIntolerantOperands ?? []).reduce(into: []) { $0.formUnion($1.valueColumns(shared)) }
        }
    }
}
