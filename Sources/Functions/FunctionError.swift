// What is wrong with a call.

import Columns

/// A call that a function does not take: the user's mistake.
package struct FunctionError: Error, Hashable, Sendable {
    /// Spark's name of the condition.
    package let code: String
    package let message: String
    /// What to do about it.
    package let hint: String?

    package init(_ code: String, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// Arguments of types that the function does not take.
    package static func mismatch(_ message: String) -> FunctionError {
        FunctionError("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", message, hint: "write a CAST")
    }

    /// Values that have no order.
    static func unordered(_ type: DataType) -> FunctionError {
        FunctionError(
            "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "values of \(type) cannot be compared",
            hint: "compare their fields or elements")
    }

    init(_ error: KernelError) { self.init(error.code, error.message, hint: error.hint) }
}
