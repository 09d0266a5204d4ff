// Which aggregates there are, over which types, and what they give.

import Columns

/// One aggregate of a query, with all that its accumulators need to know.
package struct AggregateSpec: Hashable, Sendable {
    /// The aggregate functions.
    package enum Function: String, Hashable, Sendable {
        /// `count(*)`: rows.
        case countRows = "count(*)"
        /// `count(x)`: rows where x is not NULL.
        case count
        case sum
        case minimum = "min"
        case maximum = "max"
        case average = "avg"
    }

    package let function: Function
    /// Which input column it reads; `nil` for `count(*)`.
    package let inputIndex: Int?
    /// The type of that column.
    package let inputType: DataType?
    package let resultType: DataType

    /// Creates an aggregate; `nil` where the function does not take the type, which the planner reports.
    package init?(_ function: Function, inputIndex: Int? = nil, inputType: DataType? = nil) {
        guard let result = AggregateSpec.resultType(of: function, over: inputType) else { return nil }
        guard (function == .countRows) == (inputIndex == nil), (inputIndex == nil) == (inputType == nil) else {
            return nil
        }
        self.function = function
        self.inputIndex = inputIndex
        self.inputType = inputType
        self.resultType = result
    }

    /// The type that Spark gives the result, or `nil` where the function does not take such values.
    package static func resultType(of function: Function, over type: DataType?) -> DataType? {
        switch function {
        case .countRows, .count: return .long
        case .sum:
            switch type {
            case .byte, .short, .integer, .long: return .long
            case .float, .double: return .double
            case .decimal(let precision, let scale): return .decimal(precision: min(precision + 10, 38), scale: scale)
            default: return nil
            }
        case .average:
            switch type {
            case .byte, .short, .integer, .long, .float, .double: return .double
            case .decimal(let precision, let scale):
                return .decimal(precision: min(precision + 4, 38), scale: min(scale + 4, 38))
            default: return nil
            }
        case .minimum, .maximum:
            switch type {
            case .boolean, .byte, .short, .integer, .long, .float, .double, .decimal, .string, .binary, .date,
                .timestamp:
                return type
            default: return nil
            }
        }
    }

    /// The aggregate as state files and errors name it: `sum(BIGINT) BIGINT`.
    package var shape: String {
        let argument = inputType.map { "\(function.rawValue)(\($0))" } ?? function.rawValue
        return "\(argument) \(resultType)"
    }
}

/// A value that an aggregate cannot represent. The fault of the data: the batch fails, and with it the query.
package struct AggregateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Spark's name for the condition.
    package let condition: String
    package let message: String
    package let hint: String

    static func overflow(_ spec: AggregateSpec) -> AggregateError {
        let hint =
            switch spec.resultType {
            case .decimal: "use a decimal of smaller precision as input, or sum doubles"
            default: "sum a DECIMAL or a DOUBLE: cast the argument"
            }
        return AggregateError(
            condition: "ARITHMETIC_OVERFLOW", message: "\(spec.function.rawValue) overflows \(spec.resultType)",
            hint: hint)
    }

    package var description: String { "[\(condition)] \(message); \(hint)" }
}
