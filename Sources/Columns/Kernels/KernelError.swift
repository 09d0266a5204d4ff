// What a kernel could not compute, and in which row first.

/// A value that an operation has no result for: in ANSI mode the query stops there.
package struct KernelError: Error, Hashable, Sendable {
    /// Spark's name of the error condition, for example `DIVIDE_BY_ZERO`.
    package let code: String
    package let message: String
    /// The first row for which it happened, counted in the columns that the kernel was given.
    package let row: Int
    package let hint: String?

    package init(_ code: String, _ message: String, row: Int, hint: String? = nil) {
        self.code = code
        self.message = message
        self.row = row
        self.hint = hint
    }
}

/// One side of an operation: a column, or one value for all rows.
package enum Operand: Sendable {
    case column(ColumnVector)
    case literal(Value)

    /// Whether this is the constant NULL.
    var isNullLiteral: Bool {
        if case .literal(.null) = self { return true }
        return false
    }

    /// The column, or the constant repeated.
    func materialized(type: DataType, count: Int) -> ColumnVector {
        switch self {
        case .column(let column): column
        case .literal(let value): ColumnVector.broadcast(value, type: type, count: count)
        }
    }
}
