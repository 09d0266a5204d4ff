// min and max, and what is written in terms of them.

import Columns

enum ExtremeAggregates {
    static let all: [AggregateDefinition] = [
        extreme("min", "the smallest value", wantsLargest: false),
        extreme("max", "the largest value", wantsLargest: true),
        truth("bool_and", aliases: ["every"], "whether all values are true", "min"),
        truth("bool_or", aliases: ["any", "some"], "whether a value is true", "max"),
    ]

    private static func extreme(_ name: String, _ summary: String, wantsLargest: Bool) -> AggregateDefinition {
        AggregateDefinition(name, "\(name)(value)", summary, 1...1) { (call) throws(FunctionError) in
            let type = call.type(0)
            guard SortKeyEncoder.canEncode(type) else { throw .unordered(type) }
            if type.isNested { return .rewrite(.call("\(name)_by", [.argument(0), .argument(0)])) }
            // A bare NULL is read as a text: there is no value to compare.
            let input = type == .null ? .string : type
            let kind = AccumulatorKind(name, [0], [input]) {
                input.isBytes
                    ? ExtremeRunAccumulator(wantsLargest: wantsLargest)
                    : ExtremeAccumulator(input, wantsLargest: wantsLargest)
            }
            return .parts([input], input, isNullable: true, [kind]) { parts, groups, count in
                input.isBytes
                    ? Accumulator.cast(parts[0], ExtremeRunAccumulator.self).runs.column(input, groups, count)
                    : Accumulator.cast(parts[0], ExtremeAccumulator.self).values(groups, count)
            }
        }
    }

    private static func truth(
        _ name: String, aliases: [String], _ summary: String, _ extreme: String
    ) -> AggregateDefinition {
        AggregateDefinition(name, aliases: aliases, "\(name)(condition)", summary, 1...1) {
            (call) throws(FunctionError) in
            guard [.boolean, .string, .null].contains(call.type(0)) else { throw call.unexpected(0, "BOOLEAN") }
            return .rewrite(.call(extreme, [.cast(.argument(0), .boolean)]))
        }
    }
}

/// Numbers that order as values of fixed width do.
enum Rank {
    /// An integer that orders as doubles do, -0.0 below 0.0 and NaN above all.
    @inline(__always)
    static func of(_ value: Double) -> Int64 {
        let bits = value == value ? Int64(bitPattern: value.bitPattern) : 0x7FF8_0000_0000_0000
        return bits ^ ((bits &>> 63) & Int64.max)
    }

    /// An integer that orders as floats do, NaN above all.
    @inline(__always)
    static func of(_ value: Float) -> Int64 {
        let bits = value == value ? Int32(bitPattern: value.bitPattern) : 0x7FC0_0000
        return Int64(bits ^ ((bits &>> 31) & Int32.max))
    }

    /// Ranks of the values of a column of up to 8 bytes, as slots of BIGINT; what NULL rows have does not matter.
    static func column(_ input: ColumnVector) -> Buffer {
        let count = input.count
        let buffer = Buffer(capacity: count * 8)
        let out = buffer.pointer(as: Int64.self)
        func fill<T: FixedWidthInteger>(_ values: UnsafePointer<T>) {
            for row in 0..<count { out[row] = Int64(truncatingIfNeeded: values[row]) }
        }
        switch input.type {
        case .boolean:
            let bits = input.bits
            for row in 0..<count { out[row] = Bitmap.get(bits, row) ? 1 : 0 }
        case .byte: fill(input.slots(as: Int8.self))
        case .short: fill(input.slots(as: Int16.self))
        case .integer, .date, .yearMonthInterval: fill(input.slots(as: Int32.self))
        case .float:
            let values = input.slots(as: Float.self)
            for row in 0..<count { out[row] = of(values[row]) }
        case .double:
            let values = input.slots(as: Double.self)
            for row in 0..<count { out[row] = of(values[row]) }
        default: fill(input.slots(as: Int64.self))
        }
        return buffer
    }
}

/// Keeps the smallest *rank* of each group: a signed integer that orders as the values do. For max the rank is inverted
/// bit by bit, so that there is one loop. Floating-point numbers order as Spark says: NaN above all, and -0.0 below 0.0
/// where one of them has to be chosen.
final class ExtremeAccumulator: Accumulator {
    /// Ranks, inverted for max: as BIGINT, or for decimals as DECIMAL(38, 0).
    private let ranks: GroupSlots
    /// 1 where a group has had a value.
    private let seen = GroupSlots(.byte)
    private let type: DataType
    private let isWide: Bool
    /// All ones for max, zero for min.
    private let inversion: Int64

    init(_ type: DataType, wantsLargest: Bool) {
        self.type = type
        isWide = type.fixedWidth == 16
        inversion = wantsLargest ? -1 : 0
        ranks = GroupSlots(isWide ? .decimal(precision: 38, scale: 0) : .long)
        super.init([ranks, seen])
    }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let input = inputs[0]
        let validity = input.validityBits
        switch input.type {
        case .boolean:
            let bits = input.bits
            take(validity, groups, count) { Bitmap.get(bits, $0) ? 1 : 0 }
        case .byte: takeIntegers(input.slots(as: Int8.self), validity, groups, count)
        case .short: takeIntegers(input.slots(as: Int16.self), validity, groups, count)
        case .integer, .date, .yearMonthInterval: takeIntegers(input.slots(as: Int32.self), validity, groups, count)
        case .long, .timestamp, .timestampNTZ, .dayTimeInterval, .time:
            takeIntegers(input.slots(as: Int64.self), validity, groups, count)
        case .float:
            let values = input.slots(as: Float.self)
            take(validity, groups, count) { Rank.of(values[$0]) }
        case .double:
            let values = input.slots(as: Double.self)
            take(validity, groups, count) { Rank.of(values[$0]) }
        case .decimal:
            let values = input.slots(as: Int128.self)
            let inversion = Int128(inversion)
            ExtremeAccumulator.keep(
                ranks.pointer(as: Int128.self), seen.pointer(as: UInt8.self), validity, groups, count
            ) { values[$0] ^ inversion }
        default: preconditionFailure("the table gave an extreme of \(input.type)")
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
        ExtremeAccumulator.keep(
            ranks.pointer(as: Int64.self), seen.pointer(as: UInt8.self), validity, groups, count
        ) { rank($0) ^ inversion }
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

    override func updateOne(_ group: Int, _ count: Int, _ inputs: [ColumnVector]) -> Bool {
        let input = inputs[0]
        guard input.validityBits == nil, count > 0 else { return false }
        switch input.type {
        case .integer, .date, .yearMonthInterval: keepLeast(input.slots(as: Int32.self), group, count) { Int64($0) }
        case .long, .timestamp, .timestampNTZ, .dayTimeInterval, .time:
            keepLeast(input.slots(as: Int64.self), group, count) { $0 }
        case .double: keepLeast(input.slots(as: Double.self), group, count) { Rank.of($0) }
        default: return false
        }
        return true
    }

    /// Keeps the smallest rank of values that are all there.
    @inline(__always)
    private func keepLeast<T: BitwiseCopyable>(
        _ values: UnsafePointer<T>, _ group: Int, _ count: Int, _ rank: (T) -> Int64
    ) {
        let (ranks, seen) = (ranks.pointer(as: Int64.self), seen.pointer(as: UInt8.self))
        let inversion = inversion
        var least = seen[group] == 0 ? Int64.max : ranks[group]
        for row in 0..<count { least = min(least, rank(values[row]) ^ inversion) }
        ranks[group] = least
        seen[group] = 1
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let other = Accumulator.cast(other, ExtremeAccumulator.self)
        let (seen, theirs) = (seen.pointer(as: UInt8.self), other.seen.pointer(as: UInt8.self))
        if isWide {
            ExtremeAccumulator.mergeRanks(
                ranks.pointer(as: Int128.self), seen, other.ranks.pointer(as: Int128.self), theirs, from, into, count)
        } else {
            ExtremeAccumulator.mergeRanks(
                ranks.pointer(as: Int64.self), seen, other.ranks.pointer(as: Int64.self), theirs, from, into, count)
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

    /// The values of some groups.
    func values(_ groups: UnsafePointer<UInt32>, _ count: Int) -> ColumnVector {
        let values: Buffer
        switch type {
        case .boolean:
            values = Buffer.zeroed(capacity: Bitmap.byteCount(count))
            let bits = values.pointer(as: UInt8.self)
            forEachRank(groups, count) { if $1 != 0 { Bitmap.set(bits, $0) } }
        case .byte: values = narrowed(as: Int8.self, groups, count)
        case .short: values = narrowed(as: Int16.self, groups, count)
        case .integer, .date, .yearMonthInterval: values = narrowed(as: Int32.self, groups, count)
        case .float:
            values = Buffer(capacity: count * 4)
            let out = values.pointer(as: Int32.self)
            forEachRank(groups, count) { row, rank in
                let bits = Int32(truncatingIfNeeded: rank)
                out[row] = bits ^ ((bits &>> 31) & Int32.max)
            }
        case .double:
            values = Buffer(capacity: count * 8)
            let out = values.pointer(as: Int64.self)
            forEachRank(groups, count) { out[$0] = $1 ^ (($1 &>> 63) & Int64.max) }
        case .decimal:
            values = Buffer(capacity: count * 16)
            let out = values.pointer(as: Int128.self)
            let (ranks, seen) = (ranks.pointer(as: Int128.self), seen.pointer(as: UInt8.self))
            for row in 0..<count {
                let group = Int(groups[row])
                out[row] = seen[group] == 0 ? 0 : ranks[group] ^ Int128(inversion)
            }
        default: values = narrowed(as: Int64.self, groups, count)
        }
        let seen = seen.pointer(as: UInt8.self)
        return nullableColumn(type, values, count) { seen[Int(groups[$0])] != 0 }
    }

    /// Each group's rank, not inverted; zero where it has none, as slots of NULL rows are.
    @inline(__always)
    private func forEachRank(_ groups: UnsafePointer<UInt32>, _ count: Int, _ body: (Int, Int64) -> Void) {
        let ranks = ranks.pointer(as: Int64.self)
        let seen = seen.pointer(as: UInt8.self)
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
}

/// Keeps the smallest or largest run of bytes of each group; strings order by their bytes, as in Spark.
final class ExtremeRunAccumulator: Accumulator {
    let runs = GroupRuns()
    private let wantsLargest: Bool

    init(wantsLargest: Bool) {
        self.wantsLargest = wantsLargest
        super.init([runs])
    }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let validity = inputs[0].validityBits
        let values = Runs(inputs[0])
        for row in 0..<count where Loops.isValid(validity, row) { take(values[row], Int(groups[row])) }
    }

    /// Most runs are told from the best one by their first bytes.
    override func updateOne(_ group: Int, _ count: Int, _ inputs: [ColumnVector]) -> Bool {
        let validity = inputs[0].validityBits
        let values = Runs(inputs[0])
        let inversion: UInt64 = wantsLargest ? 0 : ~0
        var best: (row: Int, word: UInt64)?
        for row in 0..<count where Loops.isValid(validity, row) {
            let word = values.leadingWord(row) ^ inversion
            if let best {
                if word < best.word { continue }
                if word == best.word, !isBetter(values[row], than: values[best.row]) { continue }
            }
            best = (row, word)
        }
        if let best { take(values[best.row], group) }
        return true
    }

    @inline(__always)
    private func isBetter(_ run: UnsafeBufferPointer<UInt8>, than best: UnsafeBufferPointer<UInt8>) -> Bool {
        let order = Runs.order(run, best)
        return wantsLargest ? order > 0 : order < 0
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let other = Accumulator.cast(other, ExtremeRunAccumulator.self)
        for row in 0..<count {
            if let run = other.runs.run(Int(from[row])) { take(run, Int(into[row])) }
        }
    }

    @inline(__always)
    private func take(_ run: UnsafeBufferPointer<UInt8>, _ group: Int) {
        if let best = runs.run(group), !isBetter(run, than: best) { return }
        runs.set(group, run)
    }
}
