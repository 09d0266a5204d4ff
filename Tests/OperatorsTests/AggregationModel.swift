// Random inputs for aggregates, and what a plain loop makes of them.

import Columns
import Functions
import Operators
import TestSupport

/// The flat types.
let flatTypes: [DataType] = [
    .boolean, .byte, .short, .integer, .long, .float, .double, .decimal(precision: 12, scale: 2), .string, .binary,
    .date, .timestamp, .time(precision: 6),
]

/// A random value, NULL now and then. Floating-point values are small multiples of 1/4: their sums are exact in any
/// order.
func randomValue(_ type: DataType, _ random: inout SeededRandom) -> Value {
    if random.next() % 5 == 0 { return .null }
    let number = Int64(random.next() % 200) - 100
    switch type {
    case .boolean: return .boolean(number % 2 == 0)
    case .byte: return .byte(Int8(number))
    case .short: return .short(Int16(number * 300))
    case .integer: return .integer(Int32(number * 20_000_000))
    case .long: return .long(number << 45)
    case .float: return number == 7 ? .float(.nan) : .float(Float(number) / 4)
    case .double: return number == 7 ? .double(.nan) : .double(Double(number) / 4)
    case .decimal(_, let scale): return .decimal(unscaled: Int128(number) * 1_000_000_007, scale: scale)
    case .string: return .string(String(repeating: "é", count: Int(abs(number) % 12)) + "\(number)")
    case .binary: return .binary(Array(repeating: 255, count: Int(abs(number) % 5)) + [UInt8(abs(number))])
    case .date: return .date(Int32(number))
    case .timestamp: return .timestamp(number * 1_000_000)
    case .timestampNTZ: return .timestampNTZ(number * 1_000_000)
    case .time: return .time((number + 100) * 432_000_000_000)
    case .yearMonthInterval(let fields): return .yearMonthInterval(Int32(number), fields)
    case .dayTimeInterval(let fields): return .dayTimeInterval(number * 1_000_000, fields)
    default: return .null
    }
}

/// What an aggregate gives over the values of one group.
func expectedResult(_ spec: AggregateSpec, _ values: [Value]) -> Value {
    let present = values.filter { !$0.isNull }
    if spec.inputs.isEmpty { return .long(Int64(values.count)) }
    switch spec.aggregate.name {
    case "count": return .long(Int64(present.count))
    case "sum":
        guard !present.isEmpty else { return .null }
        switch spec.resultType {
        case .long: return .long(present.reduce(0) { $0 + whole($1) })
        case .decimal(_, let scale): return .decimal(unscaled: present.reduce(0) { $0 + unscaled($1) }, scale: scale)
        default: return .double(present.reduce(0) { $0 + real($1) })
        }
    case "avg":
        guard !present.isEmpty else { return .null }
        guard case .decimal(_, let scale) = spec.resultType else {
            return .double(present.reduce(0) { $0 + real($1) } / Double(present.count))
        }
        let sum = present.reduce(0) { $0 + unscaled($1) } * 10_000
        let count = Int128(present.count)
        let twice = abs(sum) * 2 + count
        return .decimal(unscaled: (sum < 0 ? -1 : 1) * (twice / (2 * count)), scale: scale)
    case "min": return present.min { isLess($0, $1) } ?? .null
    default: return present.max { isLess($0, $1) } ?? .null
    }
}

private func whole(_ value: Value) -> Int64 {
    switch value {
    case .byte(let number): Int64(number)
    case .short(let number): Int64(number)
    case .integer(let number): Int64(number)
    case .long(let number): number
    default: 0
    }
}

private func real(_ value: Value) -> Double {
    switch value {
    case .float(let number): Double(number)
    case .double(let number): number
    default: Double(whole(value))
    }
}

private func unscaled(_ value: Value) -> Int128 {
    if case .decimal(let unscaled, _) = value { unscaled } else { 0 }
}

private func isLess(_ left: Value, _ right: Value) -> Bool {
    switch (left, right) {
    case (.boolean(let a), .boolean(let b)): return !a && b
    case (.float(let a), .float(let b)): return b.isNaN ? !a.isNaN : a < b
    case (.double(let a), .double(let b)): return b.isNaN ? !a.isNaN : a < b
    case (.decimal(let a, _), .decimal(let b, _)): return a < b
    case (.date(let a), .date(let b)): return a < b
    case (.timestamp(let a), .timestamp(let b)): return a < b
    case (.time(let a), .time(let b)): return a < b
    case (.string(let a), .string(let b)): return a.utf8.lexicographicallyPrecedes(b.utf8)
    case (.binary(let a), .binary(let b)): return a.lexicographicallyPrecedes(b)
    default: return whole(left) < whole(right)
    }
}

/// Values as text, so that NaN equals NaN.
func text(_ rows: [[Value]]) -> Set<String> {
    Set(rows.map { $0.map { String(reflecting: $0) }.joined(separator: " | ") })
}

/// All rows of batches as text.
func text(_ batches: [RecordBatch]) -> Set<String> { text(batches.flatMap { $0.rows().map(\.values) }) }

extension AggregationShard {
    /// Keys and results of the groups touched since `markClean`.
    func emitTouched() throws -> [RecordBatch] { try collected(touchedGroups) }

    /// Keys and results of all groups.
    func emitAll() throws -> [RecordBatch] { try collected(allGroups()) }

    private func collected(_ groups: [UInt32]) throws -> [RecordBatch] {
        var batches: [RecordBatch] = []
        try emit(groups) { batches.append($0) }
        return batches
    }
}

/// A whole aggregation as the runtime runs it: two workers, an exchange and some shards.
final class AggregationWorld {
    let plan: AggregationPlan
    let partials: [PartialAggregation]
    let shards: [AggregationShard]

    init(_ plan: AggregationPlan, shards: Int) {
        self.plan = plan
        partials = (0..<2).map { _ in PartialAggregation(plan) }
        self.shards = (0..<shards).map { AggregationShard(plan, index: $0) }
    }

    /// One batch: the workers share the rows.
    func run(keys: [[Value]], inputs: [(DataType, [Value])], count: Int) throws {
        for partial in partials { partial.clear() }
        for (worker, rows) in [0..<count / 3, count / 3..<count].enumerated() {
            partials[worker].consume(
                keys: zip(plan.keys, keys).map { column(Array($1[rows]), $0.type) },
                inputs: inputs.map { column(Array($0.1[rows]), $0.0) }, count: rows.count)
        }
        for partial in partials {
            let partition = partial.partition(shards: shards.count)
            for shard in shards { try shard.merge(partial, partition, within: UnboundedGrowth()) }
        }
    }

    func touched() throws -> Set<String> { text(try shards.flatMap { try $0.emitTouched() }) }
    func all() throws -> Set<String> { text(try shards.flatMap { try $0.emitAll() }) }
    func markClean() { for shard in shards { shard.markClean() } }
}
