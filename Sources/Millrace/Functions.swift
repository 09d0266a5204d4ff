// Spark's functions for building columns, under Spark's names.

import Columns
import LogicalPlan

/// The column with this name; `a.b` is the field `b` of the structure `a`.
public func col(_ name: String) -> Column {
    name == "*" ? Column(.star(qualifier: [])) : SQLText.columnName(name)
}

/// An expression in SQL: `expr("length(word) > 3")`.
public func expr(_ sql: String) -> Column { SQLText.column(sql) }

/// A constant text.
public func lit(_ value: String) -> Column { Column(.literal(.string(value), .string)) }

/// A constant whole number: INT where it fits, else BIGINT.
public func lit(_ value: Int) -> Column {
    if let small = Int32(exactly: value) { return Column(.literal(.integer(small), .integer)) }
    return Column(.literal(.long(Int64(value)), .long))
}

/// A constant DOUBLE.
public func lit(_ value: Double) -> Column { Column(.literal(.double(value), .double)) }

/// A constant BOOLEAN.
public func lit(_ value: Bool) -> Column { Column(.literal(.boolean(value), .boolean)) }

// MARK: Scalar functions

/// The parts of a text between matches of a regular expression. Trailing empty parts are kept.
public func split(_ text: Column, _ pattern: String) -> Column { call("split", [text, lit(pattern)]) }

/// The parts of a text between matches of a regular expression, `limit` parts at most where it is positive.
public func split(_ text: Column, _ pattern: String, _ limit: Int) -> Column {
    call("split", [text, lit(pattern), lit(limit)])
}

/// One row for each element of an array; none for an empty or NULL array.
public func explode(_ array: Column) -> Column { call("explode", [array]) }

/// How many elements an array has.
public func size(_ array: Column) -> Column { call("size", [array]) }

/// The text in upper case.
public func upper(_ text: Column) -> Column { call("upper", [text]) }

/// The text in lower case.
public func lower(_ text: Column) -> Column { call("lower", [text]) }

/// The text without blanks at both ends.
public func trim(_ text: Column) -> Column { call("trim", [text]) }

/// How many characters a text has, or bytes a binary.
public func length(_ text: Column) -> Column { call("length", [text]) }

/// `length` characters of a text from `position`, counted from 1; a negative position counts from the end.
public func substring(_ text: Column, _ position: Int, _ length: Int) -> Column {
    call("substring", [text, lit(position), lit(length)])
}

/// The texts, one after the other; NULL if any is.
public func concat(_ texts: Column...) -> Column { call("concat", texts) }

/// The first value that isn't NULL.
public func coalesce(_ values: Column...) -> Column { call("coalesce", values) }

/// The value without its sign.
public func abs(_ value: Column) -> Column { call("abs", [value]) }

// swift-format-ignore: AlwaysUseLowerCamelCase
/// When the micro-batch started.
public func current_timestamp() -> Column { call("current_timestamp", []) }

// MARK: Aggregates

/// How many rows have a value; `count(col("*"))` or `count("*")` counts all rows.
public func count(_ value: Column) -> Column { call("count", [value]) }

/// How many rows have a value in this column; `"*"` counts all rows.
public func count(_ name: String) -> Column { count(col(name)) }

/// The sum of the values: BIGINT for whole numbers.
public func sum(_ value: Column) -> Column { call("sum", [value]) }

/// The sum of a column's values.
public func sum(_ name: String) -> Column { sum(col(name)) }

/// The mean of the values.
public func avg(_ value: Column) -> Column { call("avg", [value]) }

/// The mean of a column's values.
public func avg(_ name: String) -> Column { avg(col(name)) }

/// The mean of a column's values; the same as `avg`.
public func mean(_ name: String) -> Column { avg(col(name)) }

/// The smallest value.
public func min(_ value: Column) -> Column { call("min", [value]) }

/// The smallest value of a column.
public func min(_ name: String) -> Column { min(col(name)) }

/// The largest value.
public func max(_ value: Column) -> Column { call("max", [value]) }

/// The largest value of a column.
public func max(_ name: String) -> Column { max(col(name)) }
