// The index by the time at which groups are final, against a dictionary.

import Columns
import StateStore
import Synchronization
import TestSupport
import Testing

@testable import Operators

@Suite struct ExpiryIndexTests {
    @Test("what is final is found in order, whatever else there is", arguments: [false, true])
    func model(canRemove: Bool) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        var world = World(ExpiryIndex(canRemove: canRemove))
        for _ in 0..<300 {
            for _ in 0..<(random.next() % 20) { world.add(at: Int64(random.next() % 50) - 10) }
            if canRemove { world.removeSome(&random) }
            let taken = world.takeFinal(at: Int64(random.next() % 60) - 15, "seed \(seed)")
            #expect(taken == taken.sorted(), "seed \(seed)")
        }
    }

    @Test(
        "the same with so many different times that they share buckets, and with fewer again",
        arguments: [(false, 64), (true, 64), (false, 256), (true, 256)])
    func buckets(canRemove: Bool, bucketLimit: Int) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        var world = World(ExpiryIndex(canRemove: canRemove, bucketLimit: bucketLimit))
        var longest: Int64 = 0
        for round in 0..<400 {
            let now = Int64(round) * 50_000 - 1_000_000
            // Far ahead first, then all near each other.
            let range: UInt64 = round < 150 ? 5_000_000 : 3_000
            for _ in 0..<40 { world.add(at: now + 100_000 + Int64(random.next() % range)) }
            if canRemove, round % 10 == 0 { world.removeSome(&random) }
            _ = world.takeFinal(at: now, "seed \(seed)")
            longest = max(longest, world.index.shift)
        }
        #expect(longest > 8 && world.index.shift < longest, "seed \(seed)")
        for time in [Int64.min, -1, 0, .max] { world.add(at: time) }
        _ = world.takeFinal(at: .max, "seed \(seed)")
    }

    /// An index beside a dictionary.
    private struct World {
        var index: ExpiryIndex
        private var model: [UInt32: Int64] = [:]
        private var next: UInt32 = 0
        private var free: [UInt32] = []

        init(_ index: ExpiryIndex) { self.index = index }

        mutating func add(at time: Int64) {
            let group = free.popLast() ?? next
            if group == next { next += 1 }
            model[group] = time
            index.add(group, at: time)
        }

        mutating func removeSome(_ random: inout SeededRandom) {
            for (group, time) in model.sorted(by: { $0.key < $1.key }) where random.next() % 4 == 0 {
                index.remove(group, at: time)
                model[group] = nil
                free.append(group)
            }
        }

        /// The times of what is taken.
        mutating func takeFinal(at limit: Int64, _ comment: String) -> [Int64] {
            let taken = index.takeFinal(at: limit)
            let times = taken.compactMap { model[$0] }
            #expect(taken.count == Set(taken).count && times.count == taken.count, "\(comment)")
            #expect(Set(taken) == Set(model.filter { $0.value <= limit }.keys), "\(comment)")
            for group in taken { model[group] = nil }
            free += taken
            return times
        }
    }

    @Test("it asks for what it takes, also where each group has a time of its own", arguments: [1, 7, 4096, 1_000_000])
    func growth(times: Int64) {
        var random = SeededRandom(UInt64(times))
        var index = ExpiryIndex()
        var count = 0
        for _ in 0..<60 {
            let (more, before) = (1 + Int(random.next() % 1000), index.memoryBytes)
            let asked = index.growthBytes(limit: count + more, adding: more)
            for group in count..<(count + more) {
                index.add(UInt32(group), at: Int64(random.next() % UInt64(times)))
            }
            count += more
            #expect(index.memoryBytes <= before + asked, "\(count) groups, \(times) times")
        }
    }

    @Test("groups that come and go before their time leave nothing behind")
    func comingAndGoing() {
        var index = ExpiryIndex(canRemove: true)
        index.add(0, at: 1_000_000)
        for time in 0..<100_000 as Range<Int64> {
            index.add(1, at: time)
            index.remove(1, at: time)
        }
        #expect(index.memoryBytes < 32 << 10)
        #expect(index.takeFinal(at: .max) == [0])
    }

    /// So many bytes, and no more.
    private final class Limit: GrowthBudget {
        struct Refused: Error {}
        private let left: Mutex<Int>

        init(_ bytes: Int) { left = Mutex(bytes) }

        func take(_ bytes: Int) throws {
            try left.withLock { left in
                guard bytes <= left else { throw Refused() }
                left -= bytes
            }
        }

        func give(_ bytes: Int) { left.withLock { $0 += bytes } }
    }

    @Test(
        "a step that is refused memory holds no more than it may, also where each row has a time of its own",
        arguments: [StateDamageTests.Kind.windows, .distinctInTime, .distinctWithin, .leftJoin, .semiJoin])
    func refused(kind: StateDamageTests.Kind) throws {
        let context = BatchContext(
            batchTimestampMicroseconds: 0, lateWatermarkMicroseconds: -100, evictionWatermarkMicroseconds: -100,
            outputMode: .append)
        let step = try StateDamageTests.step(kind)
        for limit in stride(from: 500_000, to: 4_000_000, by: 120_000) {
            let shard = step.makeShard(0, of: 1)
            let budget = Limit(limit - shard.memoryBytes)
            var isRefused = false
            for batch in 0..<100 where !isRefused {
                let rows = (0..<1024).map { row -> StateDamageTests.Row in
                    let number = Int64(batch * 1024 + row)
                    return StateDamageTests.Row(key: "k\(number)", time: number * 20, value: 1)
                }
                do {
                    try Self.run(step, shard, StateDamageTests.batch(rows, for: kind), context, budget)
                } catch is Limit.Refused {
                    isRefused = true
                }
                shard.stored?.markClean()
                #expect(shard.memoryBytes <= limit, "batch \(batch)")
            }
            #expect(isRefused)
        }
    }

    private static func run(
        _ step: any KeyedOperator, _ shard: any KeyedShard, _ rows: RecordBatch, _ context: BatchContext,
        _ budget: any GrowthBudget
    ) throws {
        shard.reset()
        if let combiner = step.makeCombiner() {
            try combiner.consume(rows, RowOrder(input: 0, task: 0, sequence: 0), context)
            try combiner.seal(shards: 1, UnboundedRoom())
            try shard.merge(combiner, budget)
        } else {
            try shard.consume(rows, port: 0, context)
        }
        try shard.finish(context, budget) { _ in }
    }
}
