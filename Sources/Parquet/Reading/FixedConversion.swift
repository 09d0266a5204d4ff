// From a file's numbers to ours.

import Columns

/// How a column's values of a fixed width become values of our type.
enum FixedConversion: Hashable {
    /// They are the same, of so many bytes.
    case copy(Int)
    case int32ToInt8, int32ToInt16, int32ToInt64, uint32ToInt64, int32ToDouble
    case dateToMicroseconds
    case millisecondsToMicroseconds, nanosecondsToMicroseconds
    /// To nanoseconds since midnight, of which there are so many in the file's unit, cut off to whole units of ours.
    case timeOfDay(nanoseconds: Int64, unit: Int64)
    case uint64ToDecimal
    /// With zeros behind it; below the limit before, so that it has no more digits than its type.
    case int32ToDecimal(factor: Int128, limit: Int128)
    case int64ToDecimal(factor: Int128, limit: Int128)
    case floatToDouble
    case int96ToMicroseconds

    /// Bytes of a value in a file, and of ours.
    var widths: (file: Int, ours: Int) {
        switch self {
        case .copy(let width): (width, width)
        case .int32ToInt8: (4, 1)
        case .int32ToInt16: (4, 2)
        case .int32ToInt64, .uint32ToInt64, .int32ToDouble, .dateToMicroseconds, .floatToDouble: (4, 8)
        case .millisecondsToMicroseconds, .nanosecondsToMicroseconds, .timeOfDay: (8, 8)
        case .int32ToDecimal: (4, 16)
        case .uint64ToDecimal, .int64ToDecimal: (8, 16)
        case .int96ToMicroseconds: (12, 8)
        }
    }

    /// Converts `count` values. Whether all could be.
    func convert(_ source: UnsafeRawPointer, count: Int, into out: UnsafeMutableRawPointer) -> Bool {
        switch self {
        case .copy(let width): out.copyMemory(from: source, byteCount: count * width)
        case .int32ToInt8: Self.map(source, count, out) { (value: Int32) in Int8(truncatingIfNeeded: value) }
        case .int32ToInt16: Self.map(source, count, out) { (value: Int32) in Int16(truncatingIfNeeded: value) }
        case .int32ToInt64: Self.map(source, count, out) { (value: Int32) in Int64(value) }
        case .uint32ToInt64: Self.map(source, count, out) { (value: UInt32) in Int64(value) }
        case .int32ToDouble: Self.map(source, count, out) { (value: Int32) in Double(value) }
        case .floatToDouble: Self.map(source, count, out) { (bits: UInt32) in Double(Float(bitPattern: bits)) }
        case .uint64ToDecimal: Self.map(source, count, out) { (value: UInt64) in Int128(value) }
        case .nanosecondsToMicroseconds:
            Self.map(source, count, out) { (value: Int64) in
                // Towards the past, before 1970, too.
                value / 1000 &- (value % 1000 < 0 ? 1 : 0)
            }
        case .dateToMicroseconds:
            let factor: Int64 = 86_400_000_000
            let limit = Int32(Int64.max / factor)
            return Self.map(source, count, out, least: -limit, most: limit) { (days: Int32) in Int64(days) &* factor }
        case .millisecondsToMicroseconds:
            return Self.map(source, count, out, least: Int64.min / 1000, most: Int64.max / 1000) { (value: Int64) in
                value &* 1000
            }
        case .timeOfDay(let nanoseconds, let unit):
            let last = TimeOfDay.nanosecondsPerDay / nanoseconds - 1
            return Self.map(source, count, out, least: 0, most: last) { (value: Int64) in
                // What is beyond the day is an error; until then it is any number.
                let time = value &* nanoseconds
                return time &- time % unit
            }
        case .int32ToDecimal(let factor, let limit):
            let (least, most) = (Int32(clamping: 1 - limit), Int32(clamping: limit - 1))
            return Self.map(source, count, out, least: least, most: most) { (value: Int32) in Int128(value) &* factor }
        case .int64ToDecimal(let factor, let limit):
            let (least, most) = (Int64(clamping: 1 - limit), Int64(clamping: limit - 1))
            return Self.map(source, count, out, least: least, most: most) { (value: Int64) in Int128(value) &* factor }
        case .int96ToMicroseconds:
            return Self.int96(source, count, out.assumingMemoryBound(to: Int64.self))
        }
        return true
    }

    @inline(__always)
    private static func map<From: FixedWidthInteger & BitwiseCopyable, To: BitwiseCopyable>(
        _ source: UnsafeRawPointer, _ count: Int, _ out: UnsafeMutableRawPointer, _ body: (From) -> To
    ) {
        let slots = out.assumingMemoryBound(to: To.self)
        for index in 0..<count {
            let offset = index &* MemoryLayout<From>.size
            slots[index] = body(From(littleEndian: source.loadUnaligned(fromByteOffset: offset, as: From.self)))
        }
    }

    /// The same, and whether all lie between two numbers.
    @inline(__always)
    private static func map<From: FixedWidthInteger & BitwiseCopyable, To: BitwiseCopyable>(
        _ source: UnsafeRawPointer, _ count: Int, _ out: UnsafeMutableRawPointer, least: From, most: From,
        _ body: (From) -> To
    ) -> Bool {
        var lowest = least
        var highest = most
        map(source, count, out) { (value: From) in
            lowest = min(lowest, value)
            highest = max(highest, value)
            return body(value)
        }
        return lowest == least && highest == most
    }

    /// Nanoseconds of a day and the day's Julian number. Whether all are microseconds that there are.
    private static func int96(
        _ source: UnsafeRawPointer, _ count: Int, _ out: UnsafeMutablePointer<Int64>
    ) -> Bool {
        let dayOf1970: Int64 = 2_440_588
        // A day less than what fits leaves room for the nanoseconds, which may be any.
        let most = Int64.max / 86_400_000_000 - 106_752 - 1
        var (lowest, highest) = (Int64(0), Int64(0))
        for index in 0..<count {
            let value = source + index &* 12
            let nanoseconds = Int64(littleEndian: value.loadUnaligned(as: Int64.self))
            let day = Int64(Int32(littleEndian: value.loadUnaligned(fromByteOffset: 8, as: Int32.self)))
            lowest = min(lowest, day &- dayOf1970)
            highest = max(highest, day &- dayOf1970)
            out[index] = (day &- dayOf1970) &* 86_400_000_000 &+ nanoseconds / 1000
        }
        return lowest >= -most && highest <= most
    }
}
