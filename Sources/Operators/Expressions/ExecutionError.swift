// What goes wrong while rows are computed.

import Columns

/// A row that an expression or an aggregate has no result for: the fault of the data or of the query.
package struct ExecutionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Spark's name of the condition, such as `CAST_INVALID_INPUT`.
    package let code: String
    /// What happened, and in which expression.
    package let message: String
    package let hint: String?

    package init(code: String, message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    init(_ error: KernelError, in expression: String) {
        self.init(code: error.code, message: "\(error.message), in \(expression)", hint: error.hint)
    }

    package var description: String { "[\(code)] \(message)" + (hint.map { "; \($0)" } ?? "") }
}

/// What an expression may ask about the micro-batch that it is evaluated in.
package struct EvaluationContext: Sendable {
    /// `current_timestamp`, in microseconds since 1970: fixed for the batch and logged, so that a batch that runs again
    /// sees the same.
    package let batchTimestampMicroseconds: Int64

    package init(batchTimestampMicroseconds: Int64) {
        self.batchTimestampMicroseconds = batchTimestampMicroseconds
    }
}
