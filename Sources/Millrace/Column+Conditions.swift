// Conditions over values: NULL, lists, patterns, CASE. Where a value is compared with texts, bare texts are constants.

import Columns
import LogicalPlan

extension Column {
    /// Whether the value is NULL.
    public func isNull() -> Column { map { .isNull($0, isNegated: false) } }

    /// Whether the value is not NULL.
    public func isNotNull() -> Column { map { .isNull($0, isNegated: true) } }

    /// Spark's spelling of `isIn`.
    @available(*, deprecated, renamed: "isIn")
    public func isin(_ values: any ColumnOrValue...) -> Column { inList(values) }

    func inList(_ values: [any ColumnOrValue]) -> Column {
        values.reduce(map { .inList($0, []) }) { list, value in
            list.combined(value.asValue) { list, value in
                guard case .inList(let operand, let values) = list else { return list }
                return .inList(operand, values + [value])
            }
        }
    }

    /// Whether the text fits SQL's pattern, in which `%` stands for any text and `_` for any character.
    public func like(_ pattern: some ColumnOrValue) -> Column { call("like", [self, pattern.asValue]) }

    /// Whether a part of the text fits a regular expression of Java's.
    public func rlike(_ pattern: some ColumnOrValue) -> Column { call("rlike", [self, pattern.asValue]) }

    /// Another branch behind those of `when`.
    public func when(_ condition: Column, _ value: some ColumnOrValue) -> Column {
        guard case .success(.caseWhen(nil, let branches, nil)) = expression else { return misplaced("when") }
        return condition.combined(value.asValue) {
            .caseWhen(branches + [Expression.Branch(condition: $0, result: $1)], otherwise: nil)
        }
    }

    /// The value where no branch of `when` holds; NULL without it.
    public func otherwise(_ value: some ColumnOrValue) -> Column {
        guard case .success(.caseWhen(nil, let branches, nil)) = expression else { return misplaced("otherwise") }
        return value.asValue.map { .caseWhen(branches, otherwise: $0) }
    }

    /// What went wrong before, or that this stands behind no `when`.
    private func misplaced(_ name: String) -> Column {
        if case .failure = expression { return self }
        return Column(
            failure: MillraceError(
                code: "INVALID_WHEN_USAGE", message: "\(name) stands behind no when(...), or behind an otherwise(...)",
                hint: "write when(condition, value).when(...).otherwise(...)", kind: .query))
    }

    /// An element of an array, counted from 0, or the value of a key of a map.
    public func getItem(_ index: Int) -> Column { self[index] }

    /// The value of a key of a map, or a field of a structure.
    public func getItem(_ key: String) -> Column { combined(lit(key)) { .element($0, $1) } }
}

/// The value where a condition holds, and NULL elsewhere; further `when` and `otherwise` follow with dots.
public func when(_ condition: Column, _ value: some ColumnOrValue) -> Column {
    condition.combined(value.asValue) { .caseWhen([Expression.Branch(condition: $0, result: $1)], otherwise: nil) }
}
