// What may stand for a column: the one rule for texts, numbers and truth values in the Swift API.

import Columns
import LogicalPlan

/// What stands where a column is expected: a `Column`, or a text, which names one. Numbers and truth values stand for
/// themselves.
///
/// `upper("line")` is the column `line` in upper case, as in PySpark. A text as such is `lit("line")`; on the value
/// side of an operator (`col("key") == "a"`) it needs no `lit`, see `ColumnOrValue`.
public protocol ColumnOrName: Sendable {
    /// The column that this stands for; a text names it, with dots leading into structures.
    var asColumn: Column { get }
}

/// What stands on the value side of an operator or of a function: a `Column`, or a value as itself, texts as well.
///
/// `col("key") == "a"` compares with the text `a`, and `isIn("a", "b")` looks for the texts.
public protocol ColumnOrValue: Sendable {
    /// The column that this stands for; a text is a constant.
    var asValue: Column { get }
}

/// A value that is no column: what operators take beside one.
public protocol ColumnLiteral: ColumnOrValue {}

/// A number beside a column, on either side of an operator.
public protocol ColumnNumber: ColumnLiteral, ColumnOrName {}

extension ColumnNumber {
    /// The constant.
    public var asColumn: Column { asValue }
}

extension Column: ColumnOrName, ColumnOrValue {
    /// This column.
    public var asColumn: Column { self }
    /// This column.
    public var asValue: Column { self }
}

extension String: ColumnOrName, ColumnLiteral {
    /// The column with this name.
    public var asColumn: Column { col(self) }
    /// This text as a constant.
    public var asValue: Column { lit(self) }
}

extension Int: ColumnNumber {
    /// This number as a constant: INT where it fits, else BIGINT.
    public var asValue: Column { lit(self) }
}

extension Double: ColumnNumber {
    /// This number as a constant DOUBLE.
    public var asValue: Column { lit(self) }
}

extension Bool: ColumnLiteral, ColumnOrName {
    /// This truth value as a constant.
    public var asColumn: Column { lit(self) }
    /// This truth value as a constant.
    public var asValue: Column { lit(self) }
}
