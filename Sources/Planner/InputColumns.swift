// Where columns stand: the one place where ids become positions.

import LogicalPlan

/// The columns of a step's input by their places in its batches.
package struct InputColumns {
    private let indices: [ColumnID: Int]

    /// The columns in the order in which a step gives them.
    package init(_ columns: [PlanColumn]) {
        indices = Dictionary(columns.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The place of a column. One that isn't there is a defect of the steps above, which ends a query and not the
    /// process: users write the queries that show it.
    package func index(of id: ColumnID, name: String = "") throws(PlanError) -> Int {
        guard let index = indices[id] else {
            throw PlanError(
                "INTERNAL", "the column \(name)\(id) is read, and isn't in the rows",
                hint: "please report it with the query")
        }
        return index
    }

    /// The expression with every column as a place in the input.
    package func bind(_ expression: ResolvedExpression) throws(PlanError) -> ResolvedExpression {
        try expression.replacing { (part) throws(PlanError) in
            guard case .column(let id, let name) = part.kind else { return nil }
            return ResolvedExpression(
                .input(index: try index(of: id, name: name), name: name), type: part.type, isNullable: part.isNullable)
        }
    }
}
