// Values as people read them: bare in print, with their type in debuggers and in arrays.

extension Value: CustomStringConvertible, CustomDebugStringConvertible {
    /// The bare value: `2.0`, `swift`, `NULL`, `2026-11-26`, `[1, 2]`.
    public var description: String {
        switch self {
        case .null: "NULL"
        case .boolean(let value): value ? "true" : "false"
        case .byte(let value): "\(value)"
        case .short(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .long(let value): "\(value)"
        case .float(let value): JavaNumbers.text(value)
        case .double(let value): JavaNumbers.text(value)
        case .decimal(let unscaled, let scale): JavaNumbers.text(unscaled: unscaled, scale: scale)
        case .string(let value): value
        case .binary(let bytes): "X'\(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())'"
        case .variant(let value): value.description
        case .date(let days): CalendarText.date(days: days)
        case .timestamp(let microseconds), .timestampNTZ(let microseconds):
            CalendarText.timestamp(microseconds: microseconds)
        case .time(let nanoseconds): TimeOfDay.text(nanoseconds)
        case .yearMonthInterval(let months, let fields):
            IntervalNotation.literal(Int64(months), .yearMonthInterval(fields))
        case .dayTimeInterval(let microseconds, let fields):
            IntervalNotation.literal(microseconds, .dayTimeInterval(fields))
        case .array(let values): "[\(values.map(\.description).joined(separator: ", "))]"
        case .map(let entries): "{\(entries.map { "\($0.key) -> \($0.value)" }.joined(separator: ", "))}"
        case .structure(let values): "{\(values.map(\.description).joined(separator: ", "))}"
        }
    }

    /// The value with its type, as it is written in Swift: two different values never look alike.
    public var debugDescription: String {
        switch self {
        case .null: "null"
        case .boolean(let value): "boolean(\(value))"
        case .byte(let value): "byte(\(value))"
        case .short(let value): "short(\(value))"
        case .integer(let value): "integer(\(value))"
        case .long(let value): "long(\(value))"
        case .float(let value): "float(\(value))"
        case .double(let value): "double(\(value))"
        case .decimal(let unscaled, let scale): "decimal(unscaled: \(unscaled), scale: \(scale))"
        case .string(let value): "string(\(String(reflecting: value)))"
        case .binary(let bytes): "binary(\(bytes))"
        case .variant(let value): "variant(metadata: \(value.metadata), value: \(value.value))"
        case .date(let days): "date(\(days))"
        case .timestamp(let microseconds): "timestamp(\(microseconds))"
        case .timestampNTZ(let microseconds): "timestampNTZ(\(microseconds))"
        case .time(let nanoseconds): "time(\(nanoseconds))"
        case .yearMonthInterval(let months, let fields): "yearMonthInterval(\(months), .\(fields))"
        case .dayTimeInterval(let microseconds, let fields): "dayTimeInterval(\(microseconds), .\(fields))"
        case .array(let values): "array(\(values))"
        case .map(let entries):
            "map(["
                + entries.map { "\($0.key.debugDescription): \($0.value.debugDescription)" }.joined(separator: ", ")
                + "])"
        case .structure(let values): "structure(\(values))"
        }
    }

    /// The number, where this is a whole one that fits.
    public var intValue: Int? {
        switch self {
        case .byte(let value): Int(value)
        case .short(let value): Int(value)
        case .integer(let value): Int(value)
        case .long(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The number, where this is a DOUBLE or a FLOAT.
    public var doubleValue: Double? {
        switch self {
        case .float(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The text, where this is one.
    public var stringValue: String? { if case .string(let text) = self { text } else { nil } }

    /// Whether it is true, where this is a BOOLEAN.
    public var booleanValue: Bool? { if case .boolean(let flag) = self { flag } else { nil } }
}
