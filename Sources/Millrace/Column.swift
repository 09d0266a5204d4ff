// Expressions as Swift users write them.

import Columns
import LogicalPlan

/// An expression over the columns of a frame; Spark's `Column`.
///
/// Building one never fails: names and types are checked when the frame is started, collected or explained.
public struct Column: Sendable {
    /// What was built so far, or what is wrong with the SQL text that it was built from.
    let expression: Result<Expression, MillraceError>

    init(_ expression: Expression) { self.expression = .success(expression) }

    init(failure: MillraceError) { expression = .failure(failure) }

    private init(_ expression: Result<Expression, MillraceError>) { self.expression = expression }

    func map(_ transform: (Expression) -> Expression) -> Column { Column(expression.map(transform)) }

    func combined(_ other: Column, _ transform: (Expression, Expression) -> Expression) -> Column {
        Column(expression.flatMap { left in other.expression.map { transform(left, $0) } })
    }

    /// The expression under another name.
    public func `as`(_ name: String) -> Column { map { .alias($0, name) } }

    /// The expression under another name; the same as `as`.
    public func alias(_ name: String) -> Column { self.as(name) }

    /// The value as another type, named as in SQL: `cast("string")`, `cast("decimal(10,2)")`.
    public func cast(_ type: String) -> Column {
        switch SQLText.dataType(type) {
        case .success(let type): cast(type)
        case .failure(let error): Column(failure: error)
        }
    }

    /// The value as another type; raises an error in the batch where a value has no counterpart.
    public func cast(_ type: DataType) -> Column { map { .cast($0, type, isTry: false) } }

    /// The value as another type, named as in SQL, or NULL where a value has no counterpart.
    public func tryCast(_ type: String) -> Column {
        switch SQLText.dataType(type) {
        case .success(let type): tryCast(type)
        case .failure(let error): Column(failure: error)
        }
    }

    /// The value as another type, or NULL where a value has no counterpart.
    public func tryCast(_ type: DataType) -> Column { map { .cast($0, type, isTry: true) } }

    /// Whether the value is one of these.
    public func isIn(_ values: any ColumnOrValue...) -> Column { inList(values) }

    /// Whether the value lies between two others, both included.
    public func between(_ low: some ColumnOrValue, _ high: some ColumnOrValue) -> Column {
        let (low, high) = (low.asValue, high.asValue)
        return Column(
            expression.flatMap { value in
                low.expression.flatMap { low in high.expression.map { .between(value, low: low, high: $0) } }
            })
    }

    /// Equality that takes two NULLs as equal; SQL's `<=>`.
    public func eqNullSafe(_ other: some ColumnOrValue) -> Column {
        combined(other.asValue) { .binary(.comparison(.nullSafeEqual), $0, $1) }
    }

    /// An element of an array, counted from 0.
    public subscript(index: Int) -> Column { combined(lit(index)) { .element($0, $1) } }

    /// Ascending, with NULL first, where rows are sorted.
    public func asc() -> Column { ordered(isAscending: true, nullsFirst: true) }

    /// Descending, with NULL last, where rows are sorted.
    public func desc() -> Column { ordered(isAscending: false, nullsFirst: false) }

    /// Ascending, with NULL last, where rows are sorted.
    public func ascNullsLast() -> Column { ordered(isAscending: true, nullsFirst: false) }

    /// Descending, with NULL first, where rows are sorted.
    public func descNullsFirst() -> Column { ordered(isAscending: false, nullsFirst: true) }

    /// An aggregate over the rows of a group in an order: `percentile_cont(lit(0.5)).withinGroup(col("x").desc())`, in
    /// SQL `WITHIN GROUP (ORDER BY ...)`.
    public func withinGroup(_ order: any ColumnOrName...) -> Column {
        order.reduce(map { .withinGroup($0, []) }) { call, key in
            call.combined(key.asColumn) { call, key in
                guard case .withinGroup(let aggregate, let keys) = call else { return call }
                return .withinGroup(aggregate, keys + [key.asOrdered])
            }
        }
    }

    private func ordered(isAscending: Bool, nullsFirst: Bool) -> Column {
        map { .ordered($0, isAscending: isAscending, nullsFirst: nullsFirst) }
    }

    /// A field of a structure.
    public func getField(_ name: String) -> Column { map { .field($0, name) } }
}

/// How a function of this module is called in SQL.
func call(_ name: String, _ arguments: [Column], isDistinct: Bool = false) -> Column {
    var expressions: [Expression] = []
    for argument in arguments {
        switch argument.expression {
        case .success(let expression): expressions.append(expression)
        case .failure(let error): return Column(failure: error)
        }
    }
    return Column(.function(name: name, expressions, isDistinct: isDistinct))
}
