// What goes wrong while rows are computed.

import Columns

/// A row that an expression or an aggregate has no result for: the fault of the data or of the query.
package struct ExecutionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Spark's name of the condition, such as `CAST_INVALID_INPUT`.
    package let code: String
    /// What happened, and in which expression.
    package let message: String
    package let hint: String?
    /// Whether it is an expression's, so that rows are to blame: one of them, or where none raises it alone, all.
    package let isOfRow: Bool

    package init(code: String, message: String, hint: String? = nil, isOfRow: Bool = false) {
        self.code = code
        self.message = message
        self.hint = hint
        self.isOfRow = isOfRow
    }

    init(_ error: KernelError, in expression: String) {
        self.init(code: error.code, message: "\(error.message), in \(expression)", hint: error.hint, isOfRow: true)
    }

    /// The same with the place of the row that raised it.
    package func located(at place: String) -> ExecutionError {
        ExecutionError(code: code, message: "\(message), at \(place)", hint: hint, isOfRow: isOfRow)
    }

    package var description: String { "[\(code)] \(message)" + (hint.map { "; \($0)" } ?? "") }
}
