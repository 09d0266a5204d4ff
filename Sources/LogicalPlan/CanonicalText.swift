// Expressions, types and constants in the frozen words of canonical plans.

import Columns
import Functions

/// The words of `CanonicalPlan.v1`. Frozen with it, and therefore independent of every other text in this software.
enum CanonicalText {
    // MARK: Expressions

    /// An expression with every operation in parentheses; `column` gives the name of a column.
    static func expression(_ expression: ResolvedExpression, _ column: (ColumnID) -> String) -> String {
        func text(_ inner: ResolvedExpression) -> String { self.expression(inner, column) }
        func list(_ inner: [ResolvedExpression]) -> String { inner.map(text).joined(separator: ", ") }
        switch expression.kind {
        case .column(let id, _): return column(id)
        case .input(_, let name): preconditionFailure("the canonical text of \(name), which is bound already")
        case .literal(let value): return "\(type(expression.type)) \(constant(value))"
        case .cast(let operand, let isTry):
            return "\(isTry ? "TRY_CAST" : "CAST")(\(text(operand)) AS \(type(expression.type)))"
        case .arithmetic(let operation, let left, let right):
            return "(\(text(left)) \(operation.rawValue) \(text(right)))"
        case .comparison(let operation, let left, let right):
            return "(\(text(left)) \(operation.rawValue) \(text(right)))"
        case .and(let left, let right): return "(\(text(left)) AND \(text(right)))"
        case .or(let left, let right): return "(\(text(left)) OR \(text(right)))"
        case .not(let operand): return "(NOT \(text(operand)))"
        case .negate(let operand): return "(- \(text(operand)))"
        case .isNull(let operand, let isNegated): return "(\(text(operand)) IS\(isNegated ? " NOT" : "") NULL)"
        case .inList(let operand, let values): return "(\(text(operand)) IN (\(list(values))))"
        case .caseWhen(let branches, let otherwise):
            return "CASE" + branches.map { " WHEN \(text($0.condition)) THEN \(text($0.result))" }.joined()
                + (otherwise.map { " ELSE \(text($0))" } ?? "") + " END"
        case .function(let function, let arguments):
            return "\(function.name)\(function.zone.map { " in \($0.name)" } ?? "")(\(list(arguments)))"
        case .sharing(let value, let body): return "(LET \(text(value)) IN \(text(body)))"
        case .shared(let outward): return "$\(outward)"
        case .field(let base, let index, let field): return "\(text(base)).\(index):\(name(field))"
        case .aggregate(let call): return aggregate(call, column)
        case .generator(let call): return "\(call.generator.name)(\(list(call.arguments)))"
        case .lambda(let call):
            let lambdas = call.lambdas.map { "(\($0.count) -> \(text($0.body)))" }
            return "\(call.function.rawValue)(\((call.values.map(text) + lambdas).joined(separator: ", ")))"
        case .window, .subquery, .timeWindow:
            preconditionFailure("the canonical text of \(expression), which is a step of a plan")
        }
    }

    /// A call of an aggregate; `count()` counts rows.
    static func aggregate(_ call: AggregateCall, _ column: (ColumnID) -> String) -> String {
        let arguments = call.arguments.map { expression($0, column) }.joined(separator: ", ")
        let filter = call.filter.map { " FILTER (WHERE \(expression($0, column)))" } ?? ""
        return "\(call.function.name)(\(call.isDistinct ? "DISTINCT " : "")\(arguments))" + filter
    }

    /// A variable of a processor's state. How long values live may be changed; whether they have an end may not.
    static func variable(_ variable: StateVariable) -> String {
        func columns(_ fields: [Field]) -> String {
            fields.map { "\(name($0.name)) \(type($0.type, isNullable: $0.isNullable))" }.joined(separator: ", ")
        }
        let keys = variable.keys.isEmpty ? "" : " by (\(columns(variable.keys)))"
        return "\(variable.kind.rawValue) \(quoted(variable.name))\(keys) of (\(columns(variable.values)))"
            + (variable.lifeMicroseconds == nil ? "" : " for a time")
    }

    // MARK: Names and constants

    /// A name, between back-ticks where it isn't a plain word.
    static func name(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
                || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
        }
        return isPlain && !name.isEmpty ? name : quoted(name, with: "`")
    }

    /// A text on one line; different texts stay different.
    static func quoted(_ text: String, with quote: Unicode.Scalar = "'") -> String {
        var result = String(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case quote, "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case let scalar where scalar.value < 32 || scalar.value == 0x2028 || scalar.value == 0x2029:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + String(quote)
    }

    /// A constant, exactly; times in the units in which they are kept.
    static func constant(_ value: Value) -> String {
        switch value {
        case .null: "NULL"
        case .boolean(let value): value ? "true" : "false"
        case .byte(let value): "\(value)"
        case .short(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .long(let value): "\(value)"
        case .float(let value): "\(value)"
        case .double(let value): "\(value)"
        case .decimal(let unscaled, let scale): "\(unscaled)e-\(scale)"
        case .string(let value): quoted(value)
        case .binary(let bytes): "x'" + bytes.map(hexadecimal).joined() + "'"
        case .variant(let value): "v'" + (value.metadata + value.value).map(hexadecimal).joined() + "'"
        case .date(let days): "\(days)"
        case .timestamp(let microseconds), .timestampNTZ(let microseconds): "\(microseconds)"
        case .time(let nanoseconds): "\(nanoseconds)"
        case .yearMonthInterval(let months, _): "\(months)"
        case .dayTimeInterval(let microseconds, _): "\(microseconds)"
        case .array(let values): "[" + values.map(constant).joined(separator: ", ") + "]"
        case .map(let entries):
            "{" + entries.map { "\(constant($0.key)): \(constant($0.value))" }.joined(separator: ", ") + "}"
        case .structure(let values): "(" + values.map(constant).joined(separator: ", ") + ")"
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return byte < 16 ? "0" + digits : digits
    }

    // MARK: Types

    /// A type, and whether NULL is among its values.
    static func type(_ type: DataType, isNullable: Bool) -> String {
        self.type(type) + (isNullable ? "" : " NOT NULL")
    }

    static func type(_ type: DataType) -> String {
        switch type {
        case .null: "VOID"
        case .boolean: "BOOLEAN"
        case .byte: "TINYINT"
        case .short: "SMALLINT"
        case .integer: "INT"
        case .long: "BIGINT"
        case .float: "FLOAT"
        case .double: "DOUBLE"
        case .decimal(let precision, let scale): "DECIMAL(\(precision),\(scale))"
        case .string: "STRING"
        case .binary: "BINARY"
        case .variant: "VARIANT"
        case .date: "DATE"
        case .timestamp: "TIMESTAMP"
        case .timestampNTZ: "TIMESTAMP_NTZ"
        case .time(let precision): "TIME(\(precision))"
        case .yearMonthInterval(let fields): "INTERVAL \(fields.rawValue)"
        case .dayTimeInterval(let fields): "INTERVAL \(fields.rawValue)"
        case .array(let element, let containsNull): "ARRAY<\(self.type(element, isNullable: containsNull))>"
        case .map(let key, let value, let containsNull):
            "MAP<\(self.type(key)), \(self.type(value, isNullable: containsNull))>"
        case .structure(let fields):
            "STRUCT<"
                + fields.map { "\(name($0.name)) \(self.type($0.type, isNullable: $0.isNullable))" }
                .joined(separator: ", ") + ">"
        }
    }
}
