// The least and greatest values that a file tells, as values of the type that a column is read as.

import Columns

/// Reads bounds of one column. What can't be believed is nothing: bounds by an unknown order, and those of values that
/// don't stay in order when they are read.
struct BoundReader {
    private enum Reading {
        case fixed(FixedConversion, isUnsigned: Bool)
        case bytes
        case decimal(factor: Int128, limit: Int128)
        /// Nothing can be read.
        case nothing
    }

    private let reading: Reading
    private let physical: PhysicalType?
    private let length: Int?
    /// Digits behind the point of the type that is read.
    private let scale: Int
    /// Whether bounds are by the order of the type, which the footer says.
    private let isTypeOrder: Bool
    private let isFloat: Bool
    private let mayHideNaN: Bool

    /// Bounds of a field that is read as `type`.
    init(_ element: SchemaElement, as type: DataType, isTypeOrder: Bool, createdBy: String?) {
        physical = element.type
        self.isTypeOrder = isTypeOrder
        length = physical == .fixedLengthByteArray ? element.typeLength.map { Int($0) } : nil
        if case .decimal(_, let scale) = type { self.scale = scale } else { scale = 0 }
        isFloat = physical == .float || physical == .double
        // Our own writer tells no bounds where there is one.
        mayHideNaN = isFloat && createdBy?.hasPrefix("millrace-parquet ") != true
        switch ValueReader.way(of: element, as: type) {
        // Nobody knows in which order these are.
        case .fixed(.int96ToMicroseconds)?, nil: reading = .nothing
        case .fixed(let conversion)?:
            var isUnsigned = false
            if case .integer(_, isSigned: false)? = element.meaning { isUnsigned = true }
            reading = .fixed(conversion, isUnsigned: isUnsigned)
        case .bytes?: reading = .bytes
        case .decimal(let factor, let limit)?: reading = .decimal(factor: factor, limit: limit)
        }
    }

    /// What a chunk's statistics say.
    func known(_ statistics: ColumnStatistics?, valueCount: Int64, isRequired: Bool) -> KnownValues {
        var known = KnownValues()
        known.mayBeNaN = mayHideNaN
        if isRequired { known.mayBeNull = false }
        guard let statistics else { return withoutNaN(known) }
        if let nulls = statistics.nullCount, nulls >= 0, nulls <= valueCount {
            known.mayBeNull = known.mayBeNull && nulls > 0
            known.mayBeThere = nulls < valueCount
        }
        if isTypeOrder, statistics.minimum != nil || statistics.maximum != nil {
            set(&known, statistics.minimum, statistics.maximum)
        } else if isOldOrder {
            set(&known, statistics.oldMinimum, statistics.oldMaximum)
        }
        return withoutNaN(known)
    }

    /// What the index says of a page.
    func known(
        isNull: Bool, nullCount: Int64?, least: [UInt8], greatest: [UInt8], isRequired: Bool
    ) -> KnownValues {
        if isNull { return .onlyNull }
        var known = KnownValues()
        known.mayBeNaN = mayHideNaN
        known.mayBeNull = !isRequired && nullCount != 0
        if isTypeOrder { set(&known, least, greatest) }
        return withoutNaN(known)
    }

    /// Without bounds even our own writer may hide one.
    private func withoutNaN(_ known: KnownValues) -> KnownValues {
        guard isFloat, known.least == nil || known.greatest == nil else { return known }
        var known = known
        known.mayBeNaN = true
        return known
    }

    private func set(_ known: inout KnownValues, _ least: [UInt8]?, _ greatest: [UInt8]?) {
        let (low, high) = (least.flatMap(value), greatest.flatMap(value))
        // Of what is read unlike it is written, in order only as long as both ends are.
        if case .fixed = reading, low == nil || high == nil { return }
        if let low, let high, (low.order(high) ?? 1) > 0 { return }
        (known.least, known.greatest) = (low, high)
    }

    /// Whether the order of writers that knew of none is this type's.
    private var isOldOrder: Bool {
        if case .fixed(_, isUnsigned: false) = reading { true } else { false }
    }

    // MARK: Values

    /// A bound as a value; `nil` where it is none, or isn't read in order.
    private func value(_ bytes: [UInt8]) -> OrderedValue? {
        switch reading {
        case .nothing: return nil
        case .bytes:
            guard length == nil || bytes.count <= length ?? 0 else { return nil }
            return .bytes(bytes)
        case .decimal(let factor, let limit):
            // What was cut is no number.
            guard (1...16).contains(bytes.count), length == nil || bytes.count == length else { return nil }
            var number: UInt128 = bytes[0] & 0x80 != 0 ? ~0 : 0
            for byte in bytes { number = number &<< 8 | UInt128(byte) }
            let value = Int128(bitPattern: number)
            return value < limit && value > -limit ? .number(value &* factor, scale: scale) : nil
        case .fixed(let conversion, let isUnsigned): return fixed(bytes, conversion, isUnsigned)
        }
    }

    private func fixed(_ bytes: [UInt8], _ conversion: FixedConversion, _ isUnsigned: Bool) -> OrderedValue? {
        switch physical {
        case .boolean:
            guard bytes.count == 1, bytes[0] < 2 else { return nil }
            return .number(Int128(bytes[0]), scale: 0)
        case .float:
            guard bytes.count == 4 else { return nil }
            let number = Float(bitPattern: Self.word(bytes))
            return number.isNaN ? nil : .float(Double(number))
        case .double:
            guard bytes.count == 8 else { return nil }
            let number = Double(bitPattern: Self.word(bytes))
            return number.isNaN ? nil : .float(number)
        case .int32:
            guard bytes.count == 4 else { return nil }
            let bits: UInt32 = Self.word(bytes)
            return number(isUnsigned ? Int128(bits) : Int128(Int32(bitPattern: bits)), conversion)
        case .int64:
            guard bytes.count == 8 else { return nil }
            let bits: UInt64 = Self.word(bytes)
            return number(isUnsigned ? Int128(bits) : Int128(Int64(bitPattern: bits)), conversion)
        case .int96, .byteArray, .fixedLengthByteArray, nil: return nil
        }
    }

    // MARK: Single values

    /// All ways in which the file may write a value that is read as equal to this one, in plain encoding without
    /// lengths; `nil` where they aren't known. `known` is what is known of the file's values.
    func writings(of value: OrderedValue, _ known: KnownValues) -> [[UInt8]]? {
        switch (reading, physical, value) {
        case (.bytes, _, .bytes(let bytes)): return length == nil || bytes.count == length ? [bytes] : []
        case (.fixed(.int32ToInt8, isUnsigned: false), _, .number),
            (.fixed(.int32ToInt16, isUnsigned: false), _, .number):
            // Without bounds, which lie in the type, there may be larger numbers, which are cut when they are read.
            return known.least == nil || known.greatest == nil ? nil : integer(value, factor: 1, limit: nil)
        case (.fixed(.copy(4), isUnsigned: false), .int32, .number),
            (.fixed(.int32ToInt64, isUnsigned: false), _, .number),
            (.fixed(.copy(8), isUnsigned: false), .int64, .number):
            return integer(value, factor: 1, limit: nil)
        case (.fixed(.int32ToDecimal(let factor, let limit), isUnsigned: false), _, .number),
            (.fixed(.int64ToDecimal(let factor, let limit), isUnsigned: false), _, .number),
            (.decimal(let factor, let limit), .fixedLengthByteArray?, .number):
            return integer(value, factor: factor, limit: limit)
        case (.fixed(_, isUnsigned: _), .double, .float(let number)): return Self.writings(of: number)
        case (.fixed(_, isUnsigned: _), .float, .float(let number)):
            guard !number.isNaN else { return nil }
            guard let narrow = Float(exactly: number) else { return [] }
            return narrow == 0 ? [Self.bytes(UInt32(0)), Self.bytes(UInt32(1) << 31)] : [Self.bytes(narrow.bitPattern)]
        default: return nil
        }
    }

    /// How the file writes a number that is read times a factor, as digits of which the last `scale` are behind the
    /// point; nothing where no number of the file is read so.
    private func integer(_ value: OrderedValue, factor: Int128, limit: Int128?) -> [[UInt8]]? {
        guard let unscaled = value.unscaled(by: scale), unscaled % factor == 0 else { return [] }
        let number = unscaled / factor
        if let limit, number >= limit || number <= -limit { return [] }
        switch physical {
        case .int32: return Int32(exactly: number).map { [Self.bytes($0)] } ?? []
        case .int64: return Int64(exactly: number).map { [Self.bytes($0)] } ?? []
        case .fixedLengthByteArray:
            guard let length else { return nil }
            // The most significant byte first; what doesn't fit isn't there.
            let sign = number >> 127
            guard length >= 16 || number >> Int128(length * 8 - 1) == sign else { return [] }
            return [(0..<length).map { UInt8(truncatingIfNeeded: number >> Int128((length - 1 - $0) * 8)) }]
        default: return nil
        }
    }

    /// Both zeros are equal, and NaN has many ways.
    private static func writings(of number: Double) -> [[UInt8]]? {
        if number.isNaN { return nil }
        return number == 0 ? [bytes(UInt64(0)), bytes(UInt64(1) << 63)] : [bytes(number.bitPattern)]
    }

    private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    /// The number as it is read; `nil` where others between it and the other bound may come out of order.
    private func number(_ number: Int128, _ conversion: FixedConversion) -> OrderedValue? {
        func within<T: FixedWidthInteger>(_: T.Type) -> OrderedValue? {
            T(exactly: number).map { .number(Int128($0), scale: 0) }
        }
        switch conversion {
        case .copy(4), .int32ToInt64: return within(Int32.self)
        case .copy(8), .uint32ToInt64: return within(Int64.self)
        case .int32ToInt8: return within(Int8.self)
        case .int32ToInt16: return within(Int16.self)
        case .int32ToDouble: return within(Int32.self) == nil ? nil : .float(Double(number))
        case .dateToMicroseconds: return .number(number * 86_400_000_000, scale: 0)
        case .millisecondsToMicroseconds: return .number(number * 1000, scale: 0)
        case .nanosecondsToMicroseconds:
            return .number(number / 1000 - (number % 1000 < 0 ? 1 : 0), scale: 0)
        case .timeOfDay(let nanoseconds, let unit):
            let time = number * Int128(nanoseconds)
            return .number(time - time % Int128(unit), scale: 0)
        case .uint64ToDecimal: return .number(number, scale: scale)
        case .int32ToDecimal(let factor, let limit), .int64ToDecimal(let factor, let limit):
            guard Int64(exactly: number) != nil, number < limit, number > -limit else { return nil }
            return .number(number &* factor, scale: scale)
        case .copy, .floatToDouble, .int96ToMicroseconds: return nil
        }
    }

    private static func word<T: FixedWidthInteger>(_ bytes: [UInt8]) -> T {
        bytes.reversed().reduce(0) { $0 << 8 | T($1) }
    }
}
