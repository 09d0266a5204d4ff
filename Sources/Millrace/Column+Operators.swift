// Operators on columns. Their left side is a column or a number, never a bare text: `"a" > 2` does not compile, because
// nothing says whether `a` is meant as a name or as a text.

import Columns
import LogicalPlan

extension Column {
    /// Whether two values are equal; NULL if one is NULL.
    public static func == (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.comparison(.equal), $0, $1) }
    }
    /// The same with a value on the right, a text as a text.
    public static func == (left: Column, right: some ColumnLiteral) -> Column { left == right.asValue }
    /// The same with a number on the left.
    public static func == (left: some ColumnNumber, right: Column) -> Column { left.asValue == right }

    /// Whether two values differ; NULL if one is NULL.
    public static func != (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.comparison(.notEqual), $0, $1) }
    }
    /// The same with a value on the right, a text as a text.
    public static func != (left: Column, right: some ColumnLiteral) -> Column { left != right.asValue }
    /// The same with a number on the left.
    public static func != (left: some ColumnNumber, right: Column) -> Column { left.asValue != right }

    /// Whether the left value is smaller; NULL if one is NULL.
    public static func < (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.comparison(.less), $0, $1) }
    }
    /// The same with a value on the right, a text as a text.
    public static func < (left: Column, right: some ColumnLiteral) -> Column { left < right.asValue }
    /// The same with a number on the left.
    public static func < (left: some ColumnNumber, right: Column) -> Column { left.asValue < right }

    /// Whether the left value is smaller or equal; NULL if one is NULL.
    public static func <= (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.comparison(.lessOrEqual), $0, $1) }
    }
    /// The same with a value on the right, a text as a text.
    public static func <= (left: Column, right: some ColumnLiteral) -> Column { left <= right.asValue }
    /// The same with a number on the left.
    public static func <= (left: some ColumnNumber, right: Column) -> Column { left.asValue <= right }

    /// Whether the left value is greater; NULL if one is NULL.
    public static func > (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.comparison(.greater), $0, $1) }
    }
    /// The same with a value on the right, a text as a text.
    public static func > (left: Column, right: some ColumnLiteral) -> Column { left > right.asValue }
    /// The same with a number on the left.
    public static func > (left: some ColumnNumber, right: Column) -> Column { left.asValue > right }

    /// Whether the left value is greater or equal; NULL if one is NULL.
    public static func >= (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.comparison(.greaterOrEqual), $0, $1) }
    }
    /// The same with a value on the right, a text as a text.
    public static func >= (left: Column, right: some ColumnLiteral) -> Column { left >= right.asValue }
    /// The same with a number on the left.
    public static func >= (left: some ColumnNumber, right: Column) -> Column { left.asValue >= right }

    /// The sum. An overflow of a whole number or DECIMAL ends the batch with an error.
    public static func + (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.arithmetic(.add), $0, $1) }
    }
    /// The same with a value on the right, a text as a text.
    public static func + (left: Column, right: some ColumnLiteral) -> Column { left + right.asValue }
    /// The same with a number on the left.
    public static func + (left: some ColumnNumber, right: Column) -> Column { left.asValue + right }

    /// The difference. An overflow of a whole number or DECIMAL ends the batch with an error.
    public static func - (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.arithmetic(.subtract), $0, $1) }
    }
    /// The same with a value on the right, a text as a text.
    public static func - (left: Column, right: some ColumnLiteral) -> Column { left - right.asValue }
    /// The same with a number on the left.
    public static func - (left: some ColumnNumber, right: Column) -> Column { left.asValue - right }

    /// The product. An overflow of a whole number or DECIMAL ends the batch with an error.
    public static func * (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.arithmetic(.multiply), $0, $1) }
    }
    /// The same with a value on the right, a text as a text.
    public static func * (left: Column, right: some ColumnLiteral) -> Column { left * right.asValue }
    /// The same with a number on the left.
    public static func * (left: some ColumnNumber, right: Column) -> Column { left.asValue * right }

    /// The quotient, as DOUBLE or DECIMAL. A division by zero ends the batch with an error.
    public static func / (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.arithmetic(.divide), $0, $1) }
    }
    /// The same with a value on the right, a text as a text.
    public static func / (left: Column, right: some ColumnLiteral) -> Column { left / right.asValue }
    /// The same with a number on the left.
    public static func / (left: some ColumnNumber, right: Column) -> Column { left.asValue / right }

    /// The remainder, with the sign of the left value. A division by zero ends the batch with an error.
    public static func % (left: Column, right: Column) -> Column {
        left.combined(right) { .binary(.arithmetic(.remainder), $0, $1) }
    }
    /// The same with a value on the right, a text as a text.
    public static func % (left: Column, right: some ColumnLiteral) -> Column { left % right.asValue }
    /// The same with a number on the left.
    public static func % (left: some ColumnNumber, right: Column) -> Column { left.asValue % right }

    /// Whether both are true, by SQL's rules for NULL.
    public static func && (left: Column, right: Column) -> Column { left.combined(right) { .binary(.and, $0, $1) } }
    /// Whether one is true, by SQL's rules for NULL.
    public static func || (left: Column, right: Column) -> Column { left.combined(right) { .binary(.or, $0, $1) } }
    /// Whether it is false; NULL if it is NULL.
    public static prefix func ! (operand: Column) -> Column { operand.map { .unary(.not, $0) } }
    /// The value with the other sign.
    public static prefix func - (operand: Column) -> Column { operand.map { .unary(.minus, $0) } }
}
