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
    public func isIn(_ values: Column...) -> Column {
        values.reduce(map { .inList($0, []) }) { list, value in
            list.combined(value) { list, value in
                guard case .inList(let operand, let values) = list else { return list }
                return .inList(operand, values + [value])
            }
        }
    }

    /// Whether the value lies between two others, both included.
    public func between(_ low: Column, _ high: Column) -> Column { self >= low && self <= high }

    /// Equality that takes two NULLs as equal; SQL's `<=>`.
    public func eqNullSafe(_ other: Column) -> Column {
        combined(other) { .binary(.comparison(.nullSafeEqual), $0, $1) }
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

    private func ordered(isAscending: Bool, nullsFirst: Bool) -> Column {
        map { .ordered($0, isAscending: isAscending, nullsFirst: nullsFirst) }
    }

    /// A field of a structure.
    public func getField(_ name: String) -> Column { map { .field($0, name) } }
}

// MARK: Operators

extension Column {
    /// Whether two values are equal; NULL if one is NULL.
    public static func == (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.comparison(.equal), $0, $1) }
    }
    /// Whether two values differ; NULL if one is NULL.
    public static func != (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.comparison(.notEqual), $0, $1) }
    }
    /// Whether the left value is smaller; NULL if one is NULL.
    public static func < (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.comparison(.less), $0, $1) }
    }
    /// Whether the left value is smaller or equal; NULL if one is NULL.
    public static func <= (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.comparison(.lessOrEqual), $0, $1) }
    }
    /// Whether the left value is greater; NULL if one is NULL.
    public static func > (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.comparison(.greater), $0, $1) }
    }
    /// Whether the left value is greater or equal; NULL if one is NULL.
    public static func >= (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.comparison(.greaterOrEqual), $0, $1) }
    }
    /// The sum. An overflow of a whole number or DECIMAL ends the batch with an error.
    public static func + (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.arithmetic(.add), $0, $1) }
    }
    /// The difference. An overflow of a whole number or DECIMAL ends the batch with an error.
    public static func - (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.arithmetic(.subtract), $0, $1) }
    }
    /// The product. An overflow of a whole number or DECIMAL ends the batch with an error.
    public static func * (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.arithmetic(.multiply), $0, $1) }
    }
    /// The quotient, as DOUBLE or DECIMAL. A division by zero ends the batch with an error.
    public static func / (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.arithmetic(.divide), $0, $1) }
    }
    /// The remainder, with the sign of the left value. A division by zero ends the batch with an error.
    public static func % (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.arithmetic(.remainder), $0, $1) }
    }
    /// Whether both are true, by SQL's rules for NULL.
    public static func && (left: Column, right: Column) -> Column { left.combined(right) { .binary(.and, $0, $1) } }
    /// Whether one is true, by SQL's rules for NULL.
    public static func || (left: Column, right: Column) -> Column { left.combined(right) { .binary(.or, $0, $1) } }
    /// Whether it is false; NULL if it is NULL.
    public static prefix func ! (operand: Column) -> Column { operand.map { .unary(.not, $0) } }
    /// The value with the other sign.
    public static prefix func - (operand: Column) -> Column { operand.map { .unary(.minus, $0) } }
}

extension Column: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral
{
    /// A constant text, so that `col("word") == "swift"` reads as it should.
    public init(stringLiteral value: String) { self = lit(value) }
    /// A constant whole number: INT where it fits, else BIGINT.
    public init(integerLiteral value: Int) { self = lit(value) }
    /// A constant DOUBLE.
    public init(floatLiteral value: Double) { self = lit(value) }
    /// A constant BOOLEAN.
    public init(booleanLiteral value: Bool) { self = lit(value) }
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
