// min and max over values of fixed width.

import Columns

/// Keeps the smallest *rank* of each group: a signed integer that orders as the values do. For max the rank is inverted
/// bit by bit, so that there is one loop. Floating-point numbers order as Spark says: NaN above all, and -0.0 below 0.0
/// where one of them has to be chosen.
final class ExtremeAccumulator: Accumulator {
    /// Ranks of types of up to 8 bytes.
    private var ranks = GroupArray<Int64>()
    /// Ranks of decimals.
    private var wideRanks = GroupArray<Int128>()
    /// 1 where a group has had a value.
    private var seen = GroupArray<UInt8>()
    private let type: DataType
    private let isWide: Bool
    /// All ones for max, zero for min.
    private let inversion: Int64

    override init(_ spec: AggregateSpec) {
        type = spec.resultType
        isWide = type.fixedWidth == 16
        inversion = spec.function == .maximum ? -1 : 0
        super.init(spec)
    }

    /// The rank, not inverted: as BIGINT or DECIMAL(38, 0).
    override var storedTypes: [DataType] { [isWide ? .decimal(precision: 38, scale: 0) : .long] }
    override var memoryBytes: Int { ranks.memoryBytes + wideRanks.memoryBytes + seen.memoryBytes }
    override func reserve(groups: Int) {
        if isWide { wideRanks.reserve(groups) } else { ranks.reserve(groups) }
        seen.reserve(groups)
    }
    override func clear(groups: Int) { seen.clear(groups) }
    override func clear(groups: UnsafePointer<UInt32>, count: Int) { seen.clear(groups: groups, count: count) }

    override func update(groups: UnsafePointer<UInt32>, count: Int, input: ColumnVector?) throws(AggregateError) {
        guard let input else { preconditionFailure("min and max have an input") }
        let validity = input.validityBits
        switch input.type {
        case .boolean:
            let bits = input.bits
            take(validity, groups, count) { Bitmap.get(bits, $0) ? 1 : 0 }
        case .byte: takeIntegers(input.slots(as: Int8.self), validity, groups, count)
        case .short: takeIntegers(input.slots(as: Int16.self), validity, groups, count)
        case .integer, .date: takeIntegers(input.slots(as: Int32.self), validity, groups, count)
        case .long, .timestamp: takeIntegers(input.slots(as: Int64.self), validity, groups, count)
        case .float:
            let values = input.slots(as: Float.self)
            take(validity, groups, count) { ExtremeAccumulator.rank(values[$0]) }
        case .double:
            let values = input.slots(as: Double.self)
            take(validity, groups, count) { ExtremeAccumulator.rank(values[$0]) }
        case .decimal:
            let values = input.slots(as: Int128.self)
            let inversion = Int128(inversion)
            ExtremeAccumulator.keep(wideRanks.pointer, seen.pointer, validity, groups, count) { values[$0] ^ inversion }
        default: preconditionFailure("the planner gave an extreme of \(input.type)")
        }
    }

    @inline(__always)
    private func takeIntegers<T: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
        _ values: UnsafePointer<T>, _ validity: UnsafePointer<UInt8>?, _ groups: UnsafePointer<UInt32>, _ count: Int
    ) {
        take(validity, groups, count) { Int64(truncatingIfNeeded: values[$0]) }
    }

    @inline(__always)
    private func take(
        _ validity: UnsafePointer<UInt8>?, _ groups: UnsafePointer<UInt32>, _ count: Int, _ rank: (Int) -> Int64
    ) {
        let inversion = inversion
        ExtremeAccumulator.keep(ranks.pointer, seen.pointer, validity, groups, count) { rank($0) ^ inversion }
    }

    /// The one loop: keeps the smaller rank.
    @inline(__always)
    private static func keep<Rank: FixedWidthInteger & BitwiseCopyable>(
        _ ranks: UnsafeMutablePointer<Rank>, _ seen: UnsafeMutablePointer<UInt8>, _ validity: UnsafePointer<UInt8>?,
        _ groups: UnsafePointer<UInt32>, _ count: Int, _ rank: (Int) -> Rank
    ) {
        for row in 0..<count {
            if let validity, validBit(validity, row) == 0 { continue }
            let group = Int(groups[row])
            let new = rank(row)
            if seen[group] == 0 || new < ranks[group] {
                ranks[group] = new
                seen[group] = 1
            }
        }
    }

    /// An integer that orders as doubles do, NaN above all.
    @inline(__always)
    private static func rank(_ value: Double) -> Int64 {
        let bits = value == value ? Int64(bitPattern: value.bitPattern) : 0x7FF8_0000_0000_0000
        return bits ^ ((bits &>> 63) & Int64.max)
    }

    /// An integer that orders as floats do, NaN above all.
    @inline(__always)
    private static func rank(_ value: Float) -> Int64 {
        let bits = value == value ? Int32(bitPattern: value.bitPattern) : 0x7FC0_0000
        return Int64(bits ^ ((bits &>> 31) & Int32.max))
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) throws(AggregateError) {
        guard let other = other as? ExtremeAccumulator else { preconditionFailure("merging another aggregate") }
        let otherSeen = other.seen.pointer
        if isWide {
            let ranks = wideRanks.pointer
            let otherRanks = other.wideRanks.pointer
            ExtremeAccumulator.mergeRanks(ranks, seen.pointer, otherRanks, otherSeen, from, into, count)
        } else {
            ExtremeAccumulator.mergeRanks(
                ranks.pointer, seen.pointer, other.ranks.pointer, otherSeen, from, into, count)
        }
    }

    @inline(__always)
    private static func mergeRanks<Rank: FixedWidthInteger & BitwiseCopyable>(
        _ ranks: UnsafeMutablePointer<Rank>, _ seen: UnsafeMutablePointer<UInt8>, _ others: UnsafePointer<Rank>,
        _ otherSeen: UnsafePointer<UInt8>, _ from: UnsafePointer<UInt32>, _ into: UnsafePointer<UInt32>, _ count: Int
    ) {
        for row in 0..<count {
            let source = Int(from[row])
            let target = Int(into[row])
            if otherSeen[source] != 0 && (seen[target] == 0 || others[source] < ranks[target]) {
                ranks[target] = others[source]
                seen[target] = 1
            }
        }
    }

    override func finish(groups: UnsafePointer<UInt32>, count: Int) throws(AggregateError) -> ColumnVector {
        let (validity, nulls) = validityBits(seen: seen.pointer, groups, count)
        let values: Buffer
        switch type {
        case .boolean:
            values = Buffer.zeroed(capacity: Bitmap.byteCount(count))
            forEachRank(groups, count) { if $1 != 0 { Bitmap.set(values.pointer(as: UInt8.self), $0) } }
        case .byte: values = narrowed(as: Int8.self, groups, count)
        case .short: values = narrowed(as: Int16.self, groups, count)
        case .integer, .date: values = narrowed(as: Int32.self, groups, count)
        case .float:
            values = Buffer(capacity: count * 4)
            forEachRank(groups, count) { row, rank in
                let bits = Int32(truncatingIfNeeded: rank)
                values.pointer(as: Int32.self)[row] = bits ^ ((bits &>> 31) & Int32.max)
            }
        case .double:
            values = Buffer(capacity: count * 8)
            forEachRank(groups, count) { values.pointer(as: Int64.self)[$0] = $1 ^ (($1 &>> 63) & Int64.max) }
        case .decimal: values = wideValues(groups, count)
        default: values = narrowed(as: Int64.self, groups, count)
        }
        return ColumnVector(type: type, count: count, validity: validity, nullCount: nulls, values: values)
    }

    /// Each group's rank, not inverted; zero where it has none, as slots of NULL rows are.
    @inline(__always)
    private func forEachRank(_ groups: UnsafePointer<UInt32>, _ count: Int, _ body: (Int, Int64) -> Void) {
        let ranks = ranks.pointer
        let seen = seen.pointer
        for row in 0..<count {
            let group = Int(groups[row])
            body(row, seen[group] == 0 ? 0 : ranks[group] ^ inversion)
        }
    }

    @inline(__always)
    private func narrowed<T: FixedWidthInteger & BitwiseCopyable>(
        as type: T.Type, _ groups: UnsafePointer<UInt32>, _ count: Int
    ) -> Buffer {
        let buffer = Buffer(capacity: count * MemoryLayout<T>.size)
        let output = buffer.pointer(as: T.self)
        forEachRank(groups, count) { output[$0] = T(truncatingIfNeeded: $1) }
        return buffer
    }

    private func wideValues(_ groups: UnsafePointer<UInt32>, _ count: Int) -> Buffer {
        let buffer = Buffer(capacity: count * 16)
        let output = buffer.pointer(as: Int128.self)
        for row in 0..<count {
            let group = Int(groups[row])
            output[row] = seen.pointer[group] == 0 ? 0 : wideRanks.pointer[group] ^ Int128(inversion)
        }
        return buffer
    }

    override func store(groups: UnsafePointer<UInt32>, count: Int) -> [ColumnVector] {
        let values = isWide ? wideValues(groups, count) : narrowed(as: Int64.self, groups, count)
        let (validity, nulls) = validityBits(seen: seen.pointer, groups, count)
        return [
            ColumnVector(type: storedTypes[0], count: count, validity: validity, nullCount: nulls, values: values)
        ]
    }

    override func load(_ columns: [ColumnVector], groups: UnsafePointer<UInt32>, count: Int) {
        for row in 0..<count {
            let group = Int(groups[row])
            seen.pointer[group] = columns[0].isNull(row) ? 0 : 1
            if isWide {
                wideRanks.pointer[group] = columns[0].slots(as: Int128.self)[row] ^ Int128(inversion)
            } else {
                ranks.pointer[group] = columns[0].slots(as: Int64.self)[row] ^ inversion
            }
        }
    }
}
