// One value outside a column: for literals, for rows that users read and for tests. Never on the data path.

/// A single value of any type.
public enum Value: Hashable, Sendable {
    case null
    case boolean(Bool)
    case byte(Int8)
    case short(Int16)
    case integer(Int32)
    case long(Int64)
    case float(Float)
    case double(Double)
    /// `unscaled` × 10^(-`scale`).
    case decimal(unscaled: Int128, scale: Int)
    case string(String)
    case binary([UInt8])
    case variant(VariantValue)
    /// Days since 1970-01-01.
    case date(Int32)
    /// Microseconds since 1970-01-01T00:00:00Z.
    case timestamp(Int64)
    /// Microseconds since 1970-01-01T00:00:00 on a clock of no zone.
    case timestampNTZ(Int64)
    /// Nanoseconds since midnight on a clock of no zone.
    case time(Int64)
    /// Months, and the fields in which they are written.
    case yearMonthInterval(Int32, YearMonthFields)
    /// Microseconds, and the fields in which they are written.
    case dayTimeInterval(Int64, DayTimeFields)
    case array([Value])
    case map([MapEntry])
    case structure([Value])

    /// One key of a map with its value.
    public struct MapEntry: Hashable, Sendable {
        /// Never NULL.
        public let key: Value
        /// What the key stands for.
        public let value: Value

        /// Creates an entry.
        public init(key: Value, value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// Whether this is NULL.
    public var isNull: Bool { self == .null }
}

extension Value {
    /// Whether this is a value of a type, all the way down: NULL is one of every type, but not where an array, a map or
    /// a structure says that it holds none.
    package func hasType(_ type: DataType) -> Bool {
        switch (self, type) {
        case (.null, _), (.boolean, .boolean), (.byte, .byte), (.short, .short), (.integer, .integer), (.long, .long),
            (.float, .float), (.double, .double), (.string, .string), (.binary, .binary), (.variant, .variant),
            (.date, .date), (.timestamp, .timestamp), (.timestampNTZ, .timestampNTZ):
            return true
        case (.time(let nanoseconds), .time(let precision)):
            return TimeOfDay.isOne(nanoseconds) && TimeOfDay.truncated(nanoseconds, precision: precision) == nanoseconds
        case (.yearMonthInterval(_, let fields), .yearMonthInterval(let wanted)): return fields == wanted
        case (.dayTimeInterval(_, let fields), .dayTimeInterval(let wanted)): return fields == wanted
        case (.decimal(let unscaled, let scale), .decimal(let precision, let wanted)):
            return scale == wanted && DecimalMath.fits(unscaled, precision: precision)
        case (.array(let values), .array(let element, let containsNull)):
            return values.allSatisfy { $0.hasType(element) && (containsNull || !$0.isNull) }
        case (.map(let entries), .map(let key, let value, let containsNull)):
            return entries.allSatisfy { entry in
                entry.key.hasType(key) && !entry.key.isNull && entry.value.hasType(value)
                    && (containsNull || !entry.value.isNull)
            }
        case (.structure(let values), .structure(let fields)):
            return values.count == fields.count
                && zip(values, fields).allSatisfy { $0.hasType($1.type) && ($1.isNullable || !$0.isNull) }
        default: return false
        }
    }
}

/// One row as a user reads it: values in the order of the schema's columns.
public struct Row: Hashable, Sendable {
    /// The columns' names and types.
    public let schema: Schema
    /// One value a column, in the schema's order.
    public let values: [Value]

    /// Creates a row; `values` are in the order of `schema`'s columns.
    public init(schema: Schema, values: [Value]) {
        self.schema = schema
        self.values = values
    }

    /// The value at a position, or NULL beyond the last column.
    public subscript(index: Int) -> Value {
        values.indices.contains(index) ? values[index] : .null
    }

    /// The value of the first column with this name. A row without such a column is the program's own mistake, and
    /// ends it with a sentence, as an index beyond an array's end does.
    public subscript(name: String) -> Value {
        guard let index = schema.indices(named: name).first else {
            preconditionFailure("the row has no column '\(name)': it has \(schema.names.joined(separator: ", "))")
        }
        return self[index]
    }
}
