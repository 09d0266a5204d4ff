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
    public func isin(_ values: Column...) -> Column { inList(values) }

    /// Spark's spelling of `isIn`.
    @available(*, deprecated, renamed: "isIn")
    public func isin(_ texts: String...) -> Column { inList(texts.map { lit($0) }) }

    func inList(_ values: [Column]) -> Column {
        values.reduce(map { .inList($0, []) }) { list, value in
            list.combined(value) { list, value in
                guard case .inList(let operand, let values) = list else { return list }
                return .inList(operand, values + [value])
            }
        }
    }

    /// Whether the text fits SQL's pattern, in which `%` stands for any text and `_` for any character.
    public func like(_ pattern: String) -> Column { call("like", [self, lit(pattern)]) }

    /// Whether a part of the text fits a regular expression of Java's.
    public func rlike(_ pattern: String) -> Column { call("rlike", [self, lit(pattern)]) }

    /// Another branch behind those of `when`.
    public func when(_ condition: Column, _ value: Column) -> Column {
        guard case .success(.caseWhen(let branches, nil)) = expression else { return misplaced("when") }
        return condition.combined(value) {
            .caseWhen(branches + [Expression.Branch(condition: $0, result: $1)], otherwise: nil)
        }
    }

    /// Another branch behind those of `when`, with a constant text.
    public func when(_ condition: Column, _ text: String) -> Column { when(condition, lit(text)) }

    /// The value where no branch of `when` holds; NULL without it.
    public func otherwise(_ value: Column) -> Column {
        guard case .success(.caseWhen(let branches, nil)) = expression else { return misplaced("otherwise") }
        return value.map { .caseWhen(branches, otherwise: $0) }
    }

    /// The constant text where no branch of `when` holds.
    public func otherwise(_ text: String) -> Column { otherwise(lit(text)) }

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
public func when(_ condition: Column, _ value: Column) -> Column {
    condition.combined(value) { .caseWhen([Expression.Branch(condition: $0, result: $1)], otherwise: nil) }
}

/// The constant text where a condition holds, and NULL elsewhere; further `when` and `otherwise` follow with dots.
public func when(_ condition: Column, _ text: String) -> Column { when(condition, lit(text)) }
