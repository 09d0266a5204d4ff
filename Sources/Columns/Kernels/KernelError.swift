// What a kernel could not compute, and for which row.

/// A value that a kernel cannot compute, in Spark's words: `code` is Spark's error class, such as `DIVIDE_BY_ZERO`.
///
/// The fault is always in the data or in the query, never in the engine. A kernel notes the first row that fails and
/// makes the text once, after its loop.
@usableFromInline
package struct KernelError: Error, Hashable, Sendable {
    /// Spark's error class.
    package let code: String
    /// What happened, with the value where there is one.
    package let message: String
    /// The first row that failed, counted in the column that the kernel was given; `nil` where no row is to blame.
    package let row: Int?
    /// What the user can do.
    package let hint: String?

    package init(code: String, message: String, row: Int? = nil, hint: String? = nil) {
        self.code = code
        self.message = message
        self.row = row
        self.hint = hint
    }
}

extension KernelError: CustomStringConvertible {
    /// The code, the message, and the hint.
    @usableFromInline package var description: String { "[\(code)] \(message)" + (hint.map { ". \($0)" } ?? "") }
}

extension KernelError {
    /// A result that does not fit its type.
    package static func arithmeticOverflow(_ text: String, row: Int) -> KernelError {
        KernelError(
            code: "ARITHMETIC_OVERFLOW", message: "\(text) overflows", row: row,
            hint: "use the function's try_ form to get NULL instead, or cast to a wider type")
    }

    /// A date or timestamp that is out of range.
    package static func datetimeOverflow(_ text: String, row: Int) -> KernelError {
        KernelError(code: "DATETIME_OVERFLOW", message: "\(text) is beyond the calendar", row: row)
    }

    /// An interval that is too long for its type.
    package static func intervalOverflow(row: Int) -> KernelError {
        KernelError(
            code: "INTERVAL_ARITHMETIC_OVERFLOW", message: "the interval is too long", row: row,
            hint: "use the function's try_ form to get NULL instead")
    }

    /// A division by zero.
    package static func divideByZero(row: Int) -> KernelError {
        KernelError(
            code: "DIVIDE_BY_ZERO", message: "division by zero", row: row,
            hint: "use try_divide to get NULL instead")
    }

    /// A remainder of a division by zero.
    package static func remainderByZero(row: Int) -> KernelError {
        KernelError(
            code: "REMAINDER_BY_ZERO", message: "a remainder of a division by zero", row: row,
            hint: "use try_mod to get NULL instead")
    }

    /// A decimal with more digits than its type allows.
    package static func outOfRange(_ text: String, type: DataType, row: Int) -> KernelError {
        KernelError(
            code: "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", message: "\(text) cannot be represented as \(type)",
            row: row,
            hint: "cast to a decimal with more digits, or use a try_ form to get NULL instead")
    }

    /// Columns whose rows do not fit in 4 GiB of bytes or elements.
    @usableFromInline
    package static func tooLarge(_ what: String) -> KernelError {
        KernelError(
            code: "BATCH_TOO_LARGE", message: "\(what) of one batch exceed 4 GiB",
            hint: "read fewer rows in one batch")
    }
}
