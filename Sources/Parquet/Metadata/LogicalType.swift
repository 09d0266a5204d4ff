// What a field means.

/// A union of Thrift without content: only that it is there says something.
struct ThriftNothing: ThriftStructure {
    init() {}

    init(_ reader: inout ThriftReader) throws(ParquetError) {
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) { try reader.skip(field) }
    }

    func write(_ writer: inout ThriftWriter) {}
}

/// Of what a time counts.
package enum ParquetTimeUnit: Int16, ThriftStructure {
    case milliseconds = 1
    case microseconds = 2
    case nanoseconds = 3

    /// Reads the union's only field.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        try reader.enter()
        var last: Int16 = 0
        var unit: ParquetTimeUnit?
        while let field = try reader.field(&last) {
            unit = ParquetTimeUnit(rawValue: field.id)
            try reader.skip(field)
        }
        guard let unit else { throw reader.damaged("a time without a unit that is known") }
        self = unit
    }

    /// Writes the union's only field.
    package func write(_ writer: inout ThriftWriter) { writer.write(rawValue, ThriftNothing()) }
}

/// What the values of a field mean, whatever they are in pages.
package enum LogicalType: Hashable, Sendable {
    case string
    case map
    case list
    case enumeration
    case decimal(scale: Int32, precision: Int32)
    case date
    case time(isAdjustedToUTC: Bool, unit: ParquetTimeUnit)
    case timestamp(isAdjustedToUTC: Bool, unit: ParquetTimeUnit)
    case integer(bitWidth: Int8, isSigned: Bool)
    /// Every value is NULL.
    case unknown
    case json
    case bson
    case uuid
    case float16
    /// One that isn't known here, by its number.
    case other(Int16)
}

extension LogicalType: ThriftStructure {
    /// Reads the union's only field.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        try reader.enter()
        var last: Int16 = 0
        var type: LogicalType?
        while let field = try reader.field(&last) {
            switch field.id {
            case 5: type = try reader.structure(field, DecimalParts.self).type
            case 7:
                let parts = try reader.structure(field, TimeParts.self)
                type = .time(isAdjustedToUTC: parts.isAdjustedToUTC, unit: parts.unit)
            case 8:
                let parts = try reader.structure(field, TimeParts.self)
                type = .timestamp(isAdjustedToUTC: parts.isAdjustedToUTC, unit: parts.unit)
            case 10: type = try reader.structure(field, IntegerParts.self).type
            default:
                type = Self.plain.first { $0.id == field.id }?.type ?? .other(field.id)
                try reader.skip(field)
            }
        }
        guard let type else { throw reader.damaged("a logical type that is none") }
        self = type
    }

    /// Those without content.
    private static let plain: [(id: Int16, type: LogicalType)] = [
        (1, .string), (2, .map), (3, .list), (4, .enumeration), (6, .date), (11, .unknown), (12, .json), (13, .bson),
        (14, .uuid), (15, .float16),
    ]

    /// Writes the union's only field.
    package func write(_ writer: inout ThriftWriter) {
        switch self {
        case .decimal(let scale, let precision):
            writer.write(5, DecimalParts(scale: scale, precision: precision))
        case .time(let isAdjusted, let unit): writer.write(7, TimeParts(isAdjustedToUTC: isAdjusted, unit: unit))
        case .timestamp(let isAdjusted, let unit): writer.write(8, TimeParts(isAdjustedToUTC: isAdjusted, unit: unit))
        case .integer(let width, let isSigned): writer.write(10, IntegerParts(bitWidth: width, isSigned: isSigned))
        case .other(let id): writer.write(id, ThriftNothing())
        default:
            if let id = Self.plain.first(where: { $0.type == self })?.id { writer.write(id, ThriftNothing()) }
        }
    }
}

/// Content of the decimal type.
private struct DecimalParts: ThriftStructure {
    let scale: Int32
    let precision: Int32

    var type: LogicalType { .decimal(scale: scale, precision: precision) }

    init(scale: Int32, precision: Int32) {
        self.scale = scale
        self.precision = precision
    }

    init(_ reader: inout ThriftReader) throws(ParquetError) {
        var (scale, precision): (Int32?, Int32?)
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: scale = try reader.int32(field)
            case 2: precision = try reader.int32(field)
            default: try reader.skip(field)
            }
        }
        guard let scale, let precision else { throw reader.damaged("a decimal type without precision or scale") }
        self.init(scale: scale, precision: precision)
    }

    func write(_ writer: inout ThriftWriter) {
        writer.write(1, scale)
        writer.write(2, precision)
    }
}

/// Content of the types of time.
private struct TimeParts: ThriftStructure {
    let isAdjustedToUTC: Bool
    let unit: ParquetTimeUnit

    init(isAdjustedToUTC: Bool, unit: ParquetTimeUnit) {
        self.isAdjustedToUTC = isAdjustedToUTC
        self.unit = unit
    }

    init(_ reader: inout ThriftReader) throws(ParquetError) {
        var isAdjustedToUTC: Bool?
        var unit: ParquetTimeUnit?
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: isAdjustedToUTC = try reader.boolean(field)
            case 2: unit = try reader.structure(field)
            default: try reader.skip(field)
            }
        }
        guard let isAdjustedToUTC, let unit else { throw reader.damaged("a time's type without unit or zone") }
        self.init(isAdjustedToUTC: isAdjustedToUTC, unit: unit)
    }

    func write(_ writer: inout ThriftWriter) {
        writer.write(1, isAdjustedToUTC)
        writer.write(2, unit)
    }
}

/// Content of the integer type.
private struct IntegerParts: ThriftStructure {
    let bitWidth: Int8
    let isSigned: Bool

    var type: LogicalType { .integer(bitWidth: bitWidth, isSigned: isSigned) }

    init(bitWidth: Int8, isSigned: Bool) {
        self.bitWidth = bitWidth
        self.isSigned = isSigned
    }

    init(_ reader: inout ThriftReader) throws(ParquetError) {
        var bitWidth: Int8?
        var isSigned: Bool?
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: bitWidth = try reader.int8(field)
            case 2: isSigned = try reader.boolean(field)
            default: try reader.skip(field)
            }
        }
        guard let bitWidth, let isSigned else { throw reader.damaged("an integer type without width or sign") }
        self.init(bitWidth: bitWidth, isSigned: isSigned)
    }

    func write(_ writer: inout ThriftWriter) {
        writer.write(1, bitWidth)
        writer.write(2, isSigned)
    }
}
