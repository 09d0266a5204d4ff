// What the values of a leaf are in Parquet.

import Columns

/// How a type without children is written.
enum LeafKind: Hashable {
    case boolean
    /// Integers of 8, 16 and 32 bits, and what is counted in these.
    case int8, int16, int32
    case int64
    /// Nanoseconds of the day, in microseconds.
    case timeMicroseconds
    case float, double
    case text, bytes
    /// Decimals of up to 9, up to 18, and more digits, the last in so many bytes.
    case decimal32, decimal64
    case decimal(bytes: Int)

    /// `nil` where the type has children, or isn't written.
    init?(_ type: DataType) {
        switch type {
        case .boolean: self = .boolean
        case .byte: self = .int8
        case .short: self = .int16
        case .integer, .date, .yearMonthInterval: self = .int32
        case .long, .timestamp, .timestampNTZ, .dayTimeInterval: self = .int64
        // Nanoseconds where there are such.
        case .time(let precision): self = precision <= 6 ? .timeMicroseconds : .int64
        case .float: self = .float
        case .double: self = .double
        case .string: self = .text
        case .binary: self = .bytes
        case .decimal(let precision, _):
            self =
                precision <= 9
                ? .decimal32 : precision <= 18 ? .decimal64 : .decimal(bytes: Self.byteCount(precision: precision))
        case .null, .variant, .array, .map, .structure: return nil
        }
    }

    /// The fewest bytes that hold so many digits and a sign.
    private static func byteCount(precision: Int) -> Int {
        var greatest: Int128 = 1
        for _ in 0..<min(precision, 38) { greatest *= 10 }
        return (129 - (greatest - 1).leadingZeroBitCount + 7) / 8
    }

    /// As the file's schema says it.
    var physical: PhysicalType {
        switch self {
        case .boolean: .boolean
        case .int8, .int16, .int32, .decimal32: .int32
        case .int64, .timeMicroseconds, .decimal64: .int64
        case .float: .float
        case .double: .double
        case .text, .bytes: .byteArray
        case .decimal: .fixedLengthByteArray
        }
    }

    /// A number in plain encoding.
    func plain(_ number: Int128) -> [UInt8] {
        switch self {
        case .boolean: [UInt8(truncatingIfNeeded: number)]
        case .decimal(let count):
            (0..<count).map { UInt8(truncatingIfNeeded: number >> Int128((count - 1 - $0) * 8)) }
        default:
            (0..<(physical == .int64 ? 8 : 4)).map { UInt8(truncatingIfNeeded: number >> Int128($0 * 8)) }
        }
    }

    /// A number in plain encoding.
    func plain(_ number: Double) -> [UInt8] {
        if self == .float { return withUnsafeBytes(of: Float(number).bitPattern.littleEndian) { Array($0) } }
        return withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
    }
}
