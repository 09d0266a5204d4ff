// Aggregations by windows of time: panes, late groups, and groups that are final.

import Columns
import Functions
import StateStore
import TestSupport
import Testing

@testable import Operators

@Suite struct WindowedAggregationTests {
    /// Keys `time`, `k` and one value.
    private static func plan(_ cut: WindowCut, hasTime: Bool = true) throws -> AggregationPlan {
        let specs = [
            try #require(AggregateSpec("count")), try #require(AggregateSpec("sum", inputIndex: 0, inputType: .long)),
            try #require(AggregateSpec("max", inputIndex: 0, inputType: .long)),
        ]
        return AggregationPlan(
            keys: [Field("w", .timestamp), Field("k", .string)], aggregates: specs, resultNames: ["n", "s", "m"],
            time: hasTime ? KeyTime(key: 0, .time(length: cut.size)) : nil, window: WindowKey(key: 0, cut))
    }

    private static func rows(_ rows: [(time: Int64, key: String, value: Int64)], _ cut: WindowCut) -> RecordBatch {
        let times = ValueColumns.column(of: rows.map { .timestamp($0.time) }, type: .timestamp)
        let schema = Schema([Field("w", .timestamp), Field("k", .string), Field("v", .long)])
        return RecordBatch(
            schema: schema,
            columns: [
                TimeWindowKernel.paneStarts(times, cut),
                ValueColumns.column(of: rows.map { .string($0.key) }, type: .string),
                ValueColumns.column(of: rows.map { .long($0.value) }, type: .long),
            ], count: rows.count)
    }

    private static func context(_ mode: OutputMode, late: Int64? = nil, final: Int64? = nil) -> BatchContext {
        BatchContext(
            batchTimestampMicroseconds: 0, lateWatermarkMicroseconds: late, evictionWatermarkMicroseconds: final,
            outputMode: mode)
    }

    /// One batch: rows by worker; what comes out, as texts.
    private static func run(
        _ step: AggregationOperator, _ shards: [any KeyedShard], _ workers: [RecordBatch], _ context: BatchContext
    ) throws -> Set<String> {
        for shard in shards { shard.reset() }
        for (task, rows) in workers.enumerated() {
            let combiner = try #require(step.makeCombiner())
            try combiner.consume(rows, RowOrder(input: 0, task: task, sequence: 0), context)
            try combiner.seal(shards: shards.count, UnboundedRoom())
            for shard in shards { try shard.merge(combiner, UnboundedGrowth()) }
        }
        var found: Set<String> = []
        for shard in shards {
            try shard.finish(context) { batch in
                for row in batch.rows() { #expect(found.insert("\(row.values)").inserted) }
            }
        }
        return found
    }

    /// Room for nothing: whatever was sealed is merged before more comes.
    private final class NoRoom: SealingRoom {
        let merge: () throws -> Void
        var merges = 0
        init(_ merge: @escaping () throws -> Void) { self.merge = merge }
        func isThere(for bytes: Int) -> Bool { false }
        func merge(beforeTaking bytes: Int) throws {
            merges += 1
            try merge()
        }
    }

    @Test("windows are merged in parts where memory is short, with the same result")
    func sealedInParts() throws {
        let cut = WindowCut(size: 10, slide: 5)
        let step = AggregationOperator(try Self.plan(cut), detail: "", stateID: "aggregate-0")
        let rows = (0..<9000).map { (time: Int64($0 % 40), key: "k\($0 % 1500)", value: Int64($0)) }
        func result(inParts: Bool) throws -> Set<String> {
            let shard = step.makeShard(0, of: 1)
            shard.reset()
            let combiner = try #require(step.makeCombiner())
            let context = Self.context(.complete)
            try combiner.consume(Self.rows(rows, cut), RowOrder(input: 0, task: 0, sequence: 0), context)
            let room = NoRoom { try shard.merge(combiner, UnboundedGrowth()) }
            try combiner.seal(shards: 1, inParts ? room : UnboundedRoom())
            #expect(!inParts || room.merges > 1)
            try shard.merge(combiner, UnboundedGrowth())
            var found: Set<String> = []
            try shard.finish(context) { batch in
                for row in batch.rows() { #expect(found.insert("\(row.values)").inserted) }
            }
            return found
        }
        let whole = try result(inParts: false)
        #expect(!whole.isEmpty)
        #expect(try result(inParts: true) == whole)
    }

    @Test(
        "panes give each window what its rows give",
        arguments: [
            WindowCut(size: 10, slide: 10), WindowCut(size: 10, slide: 5), WindowCut(size: 10, slide: 3, start: 1),
            WindowCut(size: 60, slide: 7),
        ], [1, 4])
    func panes(_ cut: WindowCut, shards: Int) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let step = AggregationOperator(try Self.plan(cut), detail: "", stateID: "aggregate-0")
        let made = (0..<shards).map { step.makeShard($0, of: shards) }
        var model: [String: (window: Int64, key: String, values: [Int64])] = [:]
        for _ in 0..<3 {
            var workers: [RecordBatch] = []
            for _ in 0..<2 {
                let rows = (0..<500).map { _ in
                    (
                        time: Int64(random.next() % 400) - 200, key: "k\(random.next() % 5)",
                        value: Int64(random.next() % 1000)
                    )
                }
                for row in rows {
                    for start in ((row.time - cut.size + 1)...row.time) where (start - cut.start) % cut.slide == 0 {
                        model["\(start) \(row.key)", default: (start, row.key, [])].values.append(row.value)
                    }
                }
                workers.append(Self.rows(rows, cut))
            }
            let found = try Self.run(step, made, workers, Self.context(.complete))
            let expected = model.values.map { one -> String in
                let values: [Value] = [
                    .timestamp(one.window), .string(one.key), .long(Int64(one.values.count)),
                    .long(one.values.reduce(0, +)), .long(one.values.max() ?? 0),
                ]
                return "\(values)"
            }
            #expect(found == Set(expected), "seed \(seed)")
        }
    }

    @Test("append gives what is final, once, and drops late groups; the state keeps the rest, over a restart")
    func append() throws {
        let cut = WindowCut(size: 10, slide: 10)
        let step = AggregationOperator(
            try Self.plan(cut), detail: "", stateID: "aggregate-0", dropsFinalGroups: true)
        var shard = step.makeShard(0, of: 1)
        func batch(
            _ rows: [(time: Int64, key: String, value: Int64)], late: Int64, final: Int64
        ) throws -> Set<String> {
            try Self.run(step, [shard], [Self.rows(rows, cut)], Self.context(.append, late: late, final: final))
        }
        #expect(try batch([(5, "a", 1), (12, "a", 2), (19, "b", 3)], late: 0, final: 0).isEmpty)
        #expect(shard.counts == StateRowCounts(updated: 3))
        shard.stored?.markClean()
        shard = try OperatorHarness.restarted(shard, of: step)
        // [0, 10) ends at 10, and is final at it; a row of it is late from the next batch on.
        #expect(
            try batch([(7, "a", 5)], late: 9, final: 10) == [
                "\([.timestamp(0), .string("a"), .long(2), .long(6), .long(5)] as [Value])"
            ])
        #expect(shard.counts == StateRowCounts(updated: 1, removed: 1))
        shard.stored?.markClean()
        #expect(try batch([(9, "a", 5), (3, "c", 5), (1, "c", 5), (25, "a", 1)], late: 10, final: 10).isEmpty)
        #expect(shard.counts == StateRowCounts(updated: 1, late: 2))
        shard.stored?.markClean()
        #expect(shard.stored?.rowCount == 3)
        shard = try OperatorHarness.restarted(shard, of: step)
        #expect(try batch([], late: 10, final: 30).count == 3)
        #expect(shard.counts == StateRowCounts(removed: 3))
        #expect(shard.stored?.rowCount == 0)
    }

    @Test("what was final in a batch that failed is final in the next one")
    func finalInABatchThatFailed() throws {
        struct Failure: Error {}
        let cut = WindowCut(size: 10, slide: 10)
        let step = AggregationOperator(
            try Self.plan(cut), detail: "", stateID: "aggregate-0", dropsFinalGroups: true)
        let shard = step.makeShard(0, of: 1)
        _ = try Self.run(step, [shard], [Self.rows([(5, "a", 1)], cut)], Self.context(.append, late: 0, final: 0))
        shard.stored?.markClean()
        shard.reset()
        let final = Self.context(.append, late: 0, final: 10)
        #expect(throws: Failure.self) { try shard.finish(final) { _ in throw Failure() } }
        #expect(shard.stored?.rollback() == true)
        #expect(try Self.run(step, [shard], [], final).count == 1)
        #expect(shard.stored?.rowCount == 0)
    }

    @Test("complete mode keeps everything, and takes everything in")
    func complete() throws {
        let cut = WindowCut(size: 10, slide: 10)
        let step = AggregationOperator(try Self.plan(cut), detail: "", stateID: "aggregate-0")
        let shard = step.makeShard(0, of: 1)
        let found = try Self.run(
            step, [shard], [Self.rows([(5, "a", 1), (25, "a", 1)], cut)], Self.context(.complete, late: 20, final: 40))
        #expect(found.count == 2)
        #expect(shard.counts == StateRowCounts(updated: 2))
    }
}
