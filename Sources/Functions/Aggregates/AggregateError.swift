// What an aggregate refuses when its values are known.

import Columns

/// A value that an aggregate cannot represent. The fault of the data: the batch fails, and with it the query.
package struct AggregateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Spark's name for what is wrong.
    package let code: String
    package let message: String
    package let hint: String

    static func overflow(_ name: String, _ type: DataType) -> AggregateError {
        AggregateError(
            code: "ARITHMETIC_OVERFLOW", message: "\(name) overflows \(type)",
            hint: type.isDecimal
                ? "use a decimal of smaller precision as input, or sum doubles"
                : "sum a DECIMAL or a DOUBLE: cast the argument, or use try_\(name)")
    }

    static func intervalOverflow(_ type: DataType) -> AggregateError {
        AggregateError(
            code: "INTERVAL_ARITHMETIC_OVERFLOW", message: "the interval is too long for \(type)",
            hint: "use try_sum or try_avg to get NULL instead")
    }

    static let negativeFrequency = AggregateError(
        code: "NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION", message: "the frequency of a value of percentile is below 0",
        hint: "leave such rows out with FILTER")

    package var description: String { "[\(code)] \(message); \(hint)" }
}
