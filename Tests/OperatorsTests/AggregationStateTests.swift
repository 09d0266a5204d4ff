// Aggregations whose state survives restarts, in the store that queries use.

import Columns
import DurableFiles
import Operators
import StateStore
import TestSupport
import Testing

@Suite struct AggregationStateTests {
    private static let plan: AggregationPlan = {
        let text = DataType.string
        let specs = [
            AggregateSpec("count"), AggregateSpec("max", inputIndex: 0, inputType: text),
            AggregateSpec("count", inputIndex: 0, inputType: text),
        ]
        let window = DataType.structure([Field("start", .timestamp), Field("end", .timestamp)])
        return AggregationPlan(
            keys: [Field("word", .string), Field("window", window)], aggregates: specs.compactMap { $0 },
            resultNames: ["n", "last", "present"])
    }()

    private static func makeStore(
        _ disk: any Disk, run: String, _ plan: AggregationPlan = plan
    ) throws -> (StateStore, AggregationWorld) {
        let world = AggregationWorld(plan, shards: 3)
        var options = StateStoreOptions(memoryBudgetBytes: 1 << 30)
        options.maximumReplayVersions = 4
        options.changelogBytes = 8192
        options.growth = AppendLogGrowth(firstBytes: 4096, nextBytes: 4096)
        options.writesInBackground = false
        let store = try StateStore(
            directory: "/checkpoint/state",
            operators: [StateOperator(name: "aggregate-0", shape: plan.shape, shards: world.shards)], runID: run,
            options: options, disk: disk)
        return (store, world)
    }

    /// Batches on a store that is restarted after each, with groups removed now and then, beside a world that never is.
    @Test func restartedAggregationsGiveWhatUninterruptedOnesGive() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let disk = FaultyDisk()
        let straight = AggregationWorld(Self.plan, shards: 3)
        for version in 0..<12 {
            let (store, world) = try Self.makeStore(disk, run: "r\(version)")
            try store.load(version: version, attempt: "a\(version)")
            #expect(try world.all() == straight.all(), "seed \(seed), version \(version)")
            let count = 60
            let words: [Value] = (0..<count).map { _ in
                random.next() % 9 == 0 ? .null : .string("w\(random.next() % 20)")
            }
            let starts = (0..<count).map { _ in Int64(random.next() % 3) * 10 }
            let values = (0..<count).map { _ in randomValue(.string, &random) }
            for one in [world, straight] {
                one.markClean()
                try one.run(words: words, starts: starts, values: values)
            }
            #expect(try world.touched() == straight.touched(), "seed \(seed)")
            if version % 3 == 2 {
                for (mine, other) in zip(world.shards, straight.shards) {
                    for shard in [mine, other] { shard.remove(groups: Self.groups(of: shard, startingAt: 10_000_000)) }
                }
            }
            _ = try store.prepare(version: version + 1, attempt: "a\(version + 1)", metadata: [])
            #expect(store.committed(version: version + 1, attempt: "a\(version + 1)").failure == nil)
            disk.restart(.nothing)
        }
    }

    private static func groups(of shard: AggregationShard, startingAt start: Int64) -> [UInt32] {
        let groups = shard.allGroups()
        let window = shard.keyColumns(of: groups)[1]
        return groups.indices.filter { window.children[0].slots(as: Int64.self)[$0] == start }.map { groups[$0] }
    }

    @Test func anotherAggregateIsRefused() throws {
        let disk = FaultyDisk()
        let (store, world) = try Self.makeStore(disk, run: "r1")
        try store.load(version: 0, attempt: "")
        try world.run(words: [.string("a")], starts: [0], values: [.string("x")])
        _ = try store.prepare(version: 1, attempt: "a1", metadata: [])
        store.committed(version: 1, attempt: "a1")
        let specs = Self.plan.aggregates
        guard let minimum = AggregateSpec("min", inputIndex: 0, inputType: .string) else {
            throw AggregationTestError()
        }
        let changed = AggregationPlan(
            keys: Self.plan.keys, aggregates: [specs[0], minimum, specs[2]], resultNames: ["n", "last", "present"])
        let (other, _) = try Self.makeStore(disk, run: "r2", changed)
        let error = #expect(throws: StateStoreError.self) { try other.load(version: 1, attempt: "a1") }
        #expect(error?.code == .shapeChanged)
        #expect(
            error?.message.contains("- max(STRING), + min(STRING)") == true, "\(error?.message ?? "")")
        // Another name for a result is no other state.
        let renamed = AggregationPlan(
            keys: Self.plan.keys, aggregates: specs, resultNames: ["a", "b", "c"])
        let (same, sameWorld) = try Self.makeStore(disk, run: "r3", renamed)
        try same.load(version: 1, attempt: "a1")
        #expect(try sameWorld.all() == world.all())
    }
}

extension AggregationWorld {
    /// One batch of words in windows of 10 s.
    fileprivate func run(words: [Value], starts: [Int64], values: [Value]) throws {
        for partial in partials { partial.clear() }
        let startColumn = column(starts.map { .timestamp($0 * 1_000_000) }, .timestamp)
        let endColumn = column(starts.map { .timestamp(($0 + 10) * 1_000_000) }, .timestamp)
        let window = ColumnVector(type: plan.keys[1].type, count: words.count, children: [startColumn, endColumn])
        partials[0].consume(
            keys: [column(words, .string), window], inputs: [column(values, .string)], count: words.count)
        let partition = partials[0].partition(shards: shards.count)
        for shard in shards { try shard.merge(partials[0], partition, within: UnboundedGrowth()) }
    }
}
