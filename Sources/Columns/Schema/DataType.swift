// The types of values, with Spark SQL's names and meanings.

/// The type of a column's values, as in Spark SQL (`org.apache.spark.sql.types`).
public indirect enum DataType: Hashable, Sendable {
    /// The type of a bare `NULL`.
    case null
    case boolean
    /// 8-bit signed integer, Spark's `TINYINT`.
    case byte
    /// 16-bit signed integer, Spark's `SMALLINT`.
    case short
    /// 32-bit signed integer, Spark's `INT`.
    case integer
    /// 64-bit signed integer, Spark's `BIGINT`.
    case long
    case float
    case double
    /// A fixed-point number of at most 38 digits, kept as an unscaled 128-bit integer.
    case decimal(precision: Int, scale: Int)
    /// Text as UTF-8.
    case string
    /// Bytes.
    case binary
    /// A value of a type of its own, as JSON has them: Parquet's Variant encoding.
    case variant
    /// Days since 1970-01-01.
    case date
    /// Microseconds since 1970-01-01T00:00:00Z.
    case timestamp
    /// Microseconds since 1970-01-01T00:00:00 on a clock of no zone, Spark's `TIMESTAMP_NTZ`.
    case timestampNTZ
    /// Nanoseconds since midnight on a clock of no zone, with 0 to 9 digits behind the second.
    case time(precision: Int)
    /// Months.
    case yearMonthInterval(YearMonthFields)
    /// Microseconds.
    case dayTimeInterval(DayTimeFields)
    case array(DataType, containsNull: Bool)
    case map(key: DataType, value: DataType, valueContainsNull: Bool)
    case structure([Field])
}

extension DataType {
    /// Whether the type is one of the integers, the floating-point numbers or decimal.
    public var isNumeric: Bool {
        switch self {
        case .byte, .short, .integer, .long, .float, .double, .decimal: true
        default: false
        }
    }

    /// Whether the type is one of the integers or decimal.
    package var isExact: Bool {
        if case .decimal = self { return true }
        return isIntegral
    }

    /// Whether values are times of the day.
    package var isTime: Bool { if case .time = self { true } else { false } }

    /// Whether the type is one of the four integer types.
    public var isIntegral: Bool {
        switch self {
        case .byte, .short, .integer, .long: true
        default: false
        }
    }
}

extension DataType {
    /// The same type with NULL allowed everywhere inside: as elements, as values of maps, as fields.
    package var allowingNulls: DataType {
        switch self {
        case .array(let element, _): .array(element.allowingNulls, containsNull: true)
        case .map(let key, let value, _):
            .map(key: key.allowingNulls, value: value.allowingNulls, valueContainsNull: true)
        case .structure(let fields):
            .structure(fields.map { Field($0.name, $0.type.allowingNulls, isNullable: true) })
        default: self
        }
    }

    /// Whether both are the same type but for the names of fields and for where NULL is allowed.
    package func hasSameShape(as other: DataType) -> Bool {
        switch (self, other) {
        case (.array(let own, _), .array(let others, _)): own.hasSameShape(as: others)
        case (.map(let key, let value, _), .map(let otherKey, let otherValue, _)):
            key.hasSameShape(as: otherKey) && value.hasSameShape(as: otherValue)
        case (.structure(let own), .structure(let others)):
            own.count == others.count && zip(own, others).allSatisfy { $0.type.hasSameShape(as: $1.type) }
        default: self == other
        }
    }
}

extension DataType: CustomStringConvertible {
    /// The type as SQL writes it: `BIGINT`, `ARRAY<STRING>`, `STRUCT<a: INT>`.
    public var description: String {
        switch self {
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
        case .array(let element, _): "ARRAY<\(element)>"
        case .map(let key, let value, _): "MAP<\(key), \(value)>"
        case .structure(let fields):
            "STRUCT<" + fields.map { "\($0.name): \($0.type)" }.joined(separator: ", ") + ">"
        }
    }
}
