// Columns by name, constants and SQL, under Spark's names; the other files here are made from the tables of functions.

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
