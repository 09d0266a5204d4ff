// Where columns stand: the one place where ids become positions.

import LogicalPlan

/// The columns of a step's input by their places in its batches.
package struct InputColumns {
    private let indices: [ColumnID: Int]

    /// The columns in the order in which a step gives them.
    package init(_ columns: [PlanColumn]) {
        indices = Dictionary(columns.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The place of a column.
    package func index(of id: ColumnID) -> Int {
        guard let index = indices[id] else { preconditionFailure("the column \(id) is read, and not in the input") }
        return index
    }

    /// The expression with every column as a place in the input.
    package func bind(_ expression: ResolvedExpression) -> ResolvedExpression {
        expression.replacing { part in
            guard case .column(let id, let name) = part.kind else { return nil }
            return ResolvedExpression(
                .input(index: index(of: id), name: name), type: part.type, isNullable: part.isNullable)
        }
    }
}
