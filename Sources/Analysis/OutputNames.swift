// The columns of a select list by the names that its other clauses, and its later columns, may give them.

import LogicalPlan

/// Columns of a select list, as expressions over what is below it.
struct OutputNames {
    /// Whether they come before the columns of the input, as in ORDER BY, or only where there is no such column.
    var comeFirst = false
    private(set) var list: [(name: String, expression: ResolvedExpression)] = []
    /// The names of columns of the same list, in small letters.
    private var laterals: Set<String> = []

    /// The names of a list of columns.
    init(_ columns: [NamedExpression] = [], comeFirst: Bool = false) {
        self.comeFirst = comeFirst
        for column in columns { add(column) }
    }

    /// One more column of the list; `isLateral` says that it is one before the column that is resolved.
    mutating func add(_ column: NamedExpression, isLateral: Bool = false) {
        list.append((column.name, column.expression))
        if isLateral { laterals.insert(column.name.lowercased()) }
    }

    /// Whether a name is that of a column before, in the same list.
    func isLateral(_ name: String) -> Bool { laterals.contains(name.lowercased()) }

    /// The column with a name of one part, if there is one.
    func named(_ parts: [String]) throws(PlanError) -> ResolvedExpression? {
        guard parts.count == 1, let name = parts.first else { return nil }
        let found = list.filter { $0.name.lowercased() == name.lowercased() }
        guard let first = found.first else { return nil }
        guard found.allSatisfy({ $0.expression == first.expression }) else {
            throw PlanError(
                "AMBIGUOUS_REFERENCE",
                "the reference `\(name)` is ambiguous, \(found.count) columns of the select list have this name",
                expression: name, hint: "rename all but one of them with AS")
        }
        return first.expression
    }
}
