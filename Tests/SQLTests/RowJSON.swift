// Rows as Spark's `to_json` writes them, to compare with its recorded answers.

import JSONText
import Millrace

/// A value as a member of Spark's `to_json`, with NULLs kept; UTC.
func sparkJSON(_ value: Value, _ type: DataType) -> JSONValue {
    switch value {
    case .null: return .null
    case .boolean(let value): return .bool(value)
    case .byte(let value): return .integer(Int64(value))
    case .short(let value): return .integer(Int64(value))
    case .integer(let value): return .integer(Int64(value))
    case .long(let value): return .integer(value)
    case .float(let value):
        return value.isFinite ? .number(Double(plainText(.float(value))) ?? 0) : .string(plainText(.float(value)))
    case .double(let value): return value.isFinite ? .number(value) : .string(plainText(.double(value)))
    case .decimal: return (try? JSONValue.parse(plainText(value))) ?? .string(plainText(value))
    case .string(let text): return .string(text)
    case .binary(let bytes): return .string(base64(bytes))
    case .variant(let value): return (try? JSONValue.parse(value.description)) ?? .string(value.description)
    case .date: return .string(plainText(value))
    case .timestamp(let microseconds): return .string("\(clock(microseconds))Z")
    case .timestampNTZ(let microseconds): return .string(clock(microseconds))
    case .time, .yearMonthInterval, .dayTimeInterval: return .string(plainText(value))
    case .array(let values):
        guard case .array(let element, _) = type else { return .null }
        return .array(values.map { sparkJSON($0, element) })
    case .map(let entries):
        guard case .map(_, let element, _) = type else { return .null }
        return .object(entries.map { (key: plainText($0.key), value: sparkJSON($0.value, element)) })
    case .structure(let values):
        guard case .structure(let fields) = type else { return .null }
        return .object(zip(fields, values).map { (key: $0.name, value: sparkJSON($1, $0.type)) })
    }
}

/// A value as text; strings bare.
func plainText(_ value: Value) -> String {
    switch value {
    case .null: return "NULL"
    case .string(let text): return text
    case .variant(let value): return value.description
    default: break
    }
    let session = Session(appName: "text", configuration: .quiet)
    let type = typeOf(value)
    let schema = Schema([Field("v", type)])
    let frame = try? session.createDataFrame([[value]], schema: schema).selectExpr("CAST(v AS STRING) AS t")
    guard case .string(let text)? = try? frame?.collect().first?[0] else { return "\(value)" }
    return text
}

private func typeOf(_ value: Value) -> DataType {
    switch value {
    case .boolean: .boolean
    case .byte: .byte
    case .short: .short
    case .integer: .integer
    case .long: .long
    case .float: .float
    case .double: .double
    case .decimal(_, let scale): .decimal(precision: 38, scale: scale)
    case .binary: .binary
    case .variant: .variant
    case .date: .date
    case .timestamp: .timestamp
    case .timestampNTZ: .timestampNTZ
    case .time: .time(precision: 9)
    case .yearMonthInterval(_, let fields): .yearMonthInterval(fields)
    case .dayTimeInterval(_, let fields): .dayTimeInterval(fields)
    default: .string
    }
}

/// `2024-01-31T12:00:00.000`, as to_json writes timestamps.
private func clock(_ microseconds: Int64) -> String {
    let text = plainText(.timestamp(microseconds))
    guard let blank = text.firstIndex(of: " ") else { return text }
    let time = text[text.index(after: blank)...]
    // Milliseconds, always.
    var fraction = String((time.split(separator: ".").dropFirst().first ?? "").prefix(3))
    while fraction.count < 3 { fraction += "0" }
    return "\(text[..<blank])T\(time.prefix(8)).\(fraction)"
}

private func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let part = bytes[start..<min(start + 3, bytes.count)]
        let bits = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
        for place in 0..<4 {
            text.append(place <= part.count ? alphabet[(bits >> (18 - 6 * place)) & 63] : "=")
        }
    }
    return text
}

/// Whether two values are the same, doubles to their last digits; the order of members counts.
func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
    switch (left, right) {
    case (.array(let a), .array(let b)): return a.count == b.count && zip(a, b).allSatisfy { isSame($0, $1) }
    case (.object(let a), .object(let b)):
        return a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && isSame($0.value, $1.value) }
    case (.integer, .integer), (.string, .string), (.bool, .bool), (.null, .null): return left == right
    default:
        guard let a = number(left), let b = number(right) else { return false }
        return a == b || abs(a - b) <= 1e-12 * max(abs(a), abs(b))
    }
}

private func number(_ value: JSONValue) -> Double? {
    switch value {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
}

extension SessionConfiguration {
    /// Says nothing.
    static var quiet: SessionConfiguration {
        var configuration = SessionConfiguration()
        configuration.log = { _, _ in }
        return configuration
    }
}
