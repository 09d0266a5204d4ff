// Watermarks from batch to batch, and batches without data: with a step that gives times back once they are final.

import CheckpointLog
import Columns
import Connectors
import DurableFiles
import Operators
import StateStore
import Testing

@testable import QueryRuntime

/// One column, which is the event time.
private let times = Schema([Field("v", .long)])

/// Takes its first column for the event time.
private struct Watch: WatermarkOperator {
    let name = "Watch"
    let detail = ""
    let outputSchema = times
    let watermarkID: String
    let timeName = "v"
    let delayMicroseconds: Int64

    func makeWatermarkTask(_ context: BatchContext) -> any WatermarkTask { Task() }

    private final class Task: WatermarkTask {
        private(set) var eventTimes: EventTimes?

        func goBack(to eventTimes: EventTimes?, late: LateTexts?) { self.eventTimes = eventTimes }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) {
            for row in batch.compacted().rows() {
                guard case .long(let time)? = row.values.first else { continue }
                eventTimes = eventTimes.map { $0.merging(EventTimes(time)) } ?? EventTimes(time)
            }
            output.append(batch)
        }
    }
}

/// Keeps times until the watermark has passed them.
private struct Finals: KeyedOperator {
    let name = "Finals"
    let detail = ""
    let outputSchema = times
    let state: OperatorState? = OperatorState(
        id: "finals-0", progressName: "finals", shape: ["key bigint"], unboundedBecause: nil)
    let sharding = Sharding.single
    let givesWhatIsFinal = true

    func makeShard(_ index: Int, of count: Int) -> any KeyedShard { Shard() }

    func needsBatchWithoutData(
        lastWatermarkMicroseconds last: Int64?, nextWatermarkMicroseconds next: Int64?
    ) -> Bool { last != next }

    private final class Shard: KeyedShard {
        private let table = KeyedTable(keys: [.long], values: [])
        var stored: (any StateShard)? { table }
        var memoryBytes: Int { table.memoryBytes }

        func reset() {}

        func consume(_ rows: RecordBatch, port: Int, _ context: BatchContext) {
            for row in rows.compacted().rows() {
                guard case .long(let time)? = row.values.first, time >= context.lateWatermarkMicroseconds ?? .min else {
                    continue
                }
                var column = FixedBuilder<Int64>(type: .long)
                column.append(time)
                table.put(table.keys.encode([column.finish()], count: 1), [])
            }
        }

        func finish(_ context: BatchContext, _ emit: (RecordBatch) throws -> Void) throws {
            guard let watermark = context.evictionWatermarkMicroseconds else { return }
            let rows = table.rows(from: [], to: table.keys.encode([.long(watermark + 1)]))
            guard !rows.isEmpty else { return }
            try emit(RecordBatch(schema: times, columns: table.keyColumns(of: rows), count: rows.count))
            table.remove(rows: rows)
        }
    }
}

@Suite struct EventTimeTests {
    private static let plan = PhysicalPlan(
        stages: [
            Stage(
                inputs: [
                    StageInput(from: .stream(0), chain: [Watch(watermarkID: "watermark-0", delayMicroseconds: 500_000)])
                ], keyed: Finals())
        ], outputSchema: times)

    private func run(_ world: World, _ trigger: Trigger = .availableNow) throws -> QueryError? {
        let execution = try world.execution(trigger: trigger, plan: Self.plan)
        do { try execution.start() } catch { return error as? QueryError }
        execution.run()
        return execution.control.failure
    }

    private func log(_ world: World) throws -> RecoveredLog {
        try CheckpointReader(directory: world.directory, disk: RealDisk()).recover()
    }

    @Test("what is final comes in a batch without data, and what comes too late doesn't count, over restarts")
    func watermarks() throws {
        let world = try World()
        world.add(1_000_000, 2_000_000)
        #expect(try run(world) == nil)
        #expect(world.ledger.rows == [1_000_000])
        let first = try log(world)
        #expect(first.lastPlan?.batch == 1)
        #expect(first.lastPlan?.watermarks == ["watermark-0": 1500])
        #expect(first.lastPlan?.lateWatermarks == ["watermark-0": 0])
        #expect(first.lastPlan?.sources.allSatisfy { $0.start == $0.end } == true)
        #expect(first.lastCommit?.nextWatermarks == ["watermark-0": 1500])

        // Nothing new: no batch.
        #expect(try run(world) == nil)
        #expect(try log(world).lastPlan?.batch == 1)

        // Too late is what lies before the watermark of the batch before.
        world.add(1_200_000, 1_600_000, 3_000_000)
        #expect(try run(world) == nil)
        #expect(world.ledger.rows == [1_000_000, 1_600_000, 2_000_000])
        #expect(try log(world).lastPlan?.batch == 3)
        #expect(try log(world).lastPlan?.watermarks == ["watermark-0": 2500])

        // A watermark never goes back.
        world.add(2_600_000)
        #expect(try run(world) == nil)
        #expect(try log(world).lastPlan?.batch == 4)
        #expect(try log(world).lastCommit?.nextWatermarks == ["watermark-0": 2500])
    }

    @Test(
        "a crash before or after the transaction of a batch, with data and without, changes nothing",
        arguments: [
            [Outcome.diesAfterCommit], [.isRefused], [.isLostAfterCommit],
            [.commits, .diesAfterCommit], [.commits, .isRefused], [.commits, .isLostBeforeCommit(passes: true)],
            [.isRefused, .diesAfterCommit, .isRefused, .diesAfterCommit],
        ])
    func crashes(script: [Outcome]) throws {
        let world = try World(script)
        world.add(1_000_000, 2_000_000)
        for _ in script.indices where try run(world) == nil { break }
        #expect(try run(world) == nil)
        #expect(world.ledger.rows == [1_000_000])
        #expect(try log(world).lastCommit?.batch == 1)
        world.add(1_200_000, 3_000_000)
        #expect(try run(world) == nil)
        #expect(world.ledger.rows == [1_000_000, 2_000_000])
    }

    @Test(
        "in the batch whose rows make it final: the log says so, and a crash anywhere changes nothing",
        arguments: [
            [Outcome](), [.diesAfterCommit], [.isRefused], [.isLostAfterCommit], [.isLostBeforeCommit(passes: true)],
            [.commits, .diesAfterCommit], [.commits, .isRefused], [.isRefused, .diesAfterCommit, .isRefused],
        ])
    func crossing(script: [Outcome]) throws {
        let world = try World(script)
        func run() throws {
            for _ in 0...script.count {
                let execution = try world.execution(plan: Self.plan, outputMode: .append) {
                    $0.watermarks.emitsInCrossingBatch = true
                }
                do { try execution.start() } catch { continue }
                execution.run()
                if execution.control.failure == nil { return }
            }
            Issue.record("the query doesn't come through")
        }
        world.add(1_000_000, 2_000_000)
        try run()
        #expect(world.ledger.rows == [1_000_000])
        let first = try log(world)
        #expect(first.lastPlan?.batch == 0 && first.lastPlan?.emitsInCrossingBatch == true)
        #expect(first.lastCommit?.nextWatermarks == ["watermark-0": 1500])
        // What has come out doesn't come again: the first is too late.
        world.add(1_200_000, 1_600_000, 3_000_000)
        try run()
        #expect(world.ledger.rows == [1_000_000, 1_600_000, 2_000_000])
        #expect(try log(world).lastPlan?.batch == 1)
        #expect(try log(world).lastPlan?.lateWatermarks == ["watermark-0": 1500])
    }

    @Test("a query that runs on needs no new rows for it")
    func whileRunning() throws {
        let world = try World()
        world.add(1_000_000, 2_000_000)
        let execution = try world.execution(trigger: .immediately, plan: Self.plan)
        let control = execution.control
        world.ledger.change { content in
            content.onCall = { if $0 == "deliver 1" { control.requestStop() } }
        }
        try execution.start()
        execution.run()
        #expect(control.failure == nil)
        #expect(world.ledger.rows == [1_000_000])
    }

    @Test(
        "a watermark by partitions waits for the slowest, but for one that is idle, over restarts and crashes",
        arguments: [
            [Outcome](), [.diesAfterCommit], [.isRefused, .isLostAfterCommit],
            [.commits, .diesAfterCommit, .isRefused, .commits, .diesAfterCommit],
            [.commits, .commits, .isRefused, .diesAfterCommit, .commits, .commits, .isLostAfterCommit],
            [.commits, .commits, .commits, .commits, .commits, .isRefused, .diesAfterCommit],
        ])
    func partitions(script: [Outcome]) throws {
        let plan = PhysicalPlan(
            stages: [
                Stage(
                    inputs: (0..<2).map {
                        StageInput(from: .stream($0), chain: [Watch(watermarkID: "watermark-0", delayMicroseconds: 0)])
                    }, keyed: Finals())
            ], outputSchema: times)
        let world = try World(script)
        let other = MemorySource(schema: World.schema)
        let clock = ManualClock(at: .seconds(1000))
        // Each run is a restart; one that dies is followed by another.
        func run() throws -> [Int64] {
            for _ in 0...script.count {
                let execution = try world.execution(clock: clock, others: [other], plan: plan) {
                    $0.watermarks.isPerPartition = true
                    $0.watermarks.idleTimeoutMilliseconds = 60_000
                }
                do { try execution.start() } catch { continue }
                execution.run()
                if execution.control.failure == nil { return world.ledger.rows.map { $0 / 1_000_000 } }
            }
            Issue.record("the query doesn't come through")
            return []
        }
        func add(_ seconds: Int64...) {
            for second in seconds {
                var builder = FixedBuilder<Int64>(type: .long)
                builder.append(second * 1_000_000)
                other.add(RecordBatch(schema: World.schema, columns: [builder.finish()], count: 1))
            }
        }
        world.add(5_000_000, 100_000_000)
        #expect(try run() == [])
        add(25)
        #expect(try run() == [5, 25])
        add(28)
        #expect(try run() == [5, 25, 28])
        // Both had rows at the same time, and then none has: time stands still.
        clock.advance(by: .seconds(60))
        #expect(try run() == [5, 25, 28])
        // The other one is waited for anew, once rows come again.
        world.add(120_000_000)
        #expect(try run() == [5, 25, 28])
        clock.advance(by: .seconds(60))
        #expect(try run() == [5, 25, 28, 100, 120])
        let last = try #require(try log(world).lastPlan)
        #expect(last.idle == ["watermark-0": ["1"]])
        #expect(last.watermarks == ["watermark-0": 120_000] && last.lateWatermarks == ["watermark-0": 28_000])
        #expect(last.sources.allSatisfy { $0.start == $0.end })
        // It comes back, too late, and holds time up from then on.
        add(40)
        #expect(try run() == [5, 25, 28, 100, 120])
        world.add(200_000_000)
        #expect(try run() == [5, 25, 28, 100, 120])
        add(190)
        #expect(try run() == [5, 25, 28, 100, 120, 190])
        #expect(try log(world).lastPlan?.idle == [:])
    }

    @Test("uses of one place that had a watermark each go on from the one that was ahead")
    func formerWatermarks() {
        let steps = ["a", "b", "c"].map { id in
            EventTimeWatermark(
                column: 0, delayMicroseconds: 0, id: id == "b" ? "a" : id, formerID: id,
                schema: Schema([Field("t", .timestamp)]))
        }
        let plan = PhysicalPlan(
            stages: [Stage(inputs: steps.enumerated().map { StageInput(from: .stream($0), chain: [$1]) })],
            outputSchema: times)
        #expect(Watermarks(of: plan, known: ["a": 5, "b": 100, "c": 7]).milliseconds == ["a": 100, "c": 7])
        #expect(Watermarks(of: plan, known: ["a": 120, "c": 7]).milliseconds == ["a": 120, "c": 7])
    }

    @Test("the query's watermark is the lowest, and none goes back or beyond what time can hold")
    func lowest() {
        let steps = [
            Watch(watermarkID: "a", delayMicroseconds: 1000), Watch(watermarkID: "b", delayMicroseconds: 5_000_000),
        ]
        let plan = PhysicalPlan(
            stages: [Stage(inputs: steps.enumerated().map { StageInput(from: .stream($0), chain: [$1]) })],
            outputSchema: times)
        #expect(Watermarks(of: Self.plan, known: [:]).globalMicroseconds == 0)
        #expect(
            Watermarks(of: PhysicalPlan(stages: [Stage(inputs: [])], outputSchema: times), known: ["x": 1])
                .globalMicroseconds == nil)
        var marks = Watermarks(of: plan, known: ["a": 70, "c": 3])
        #expect(marks.milliseconds == ["a": 70, "b": 0])
        marks.advance(newestEventTimes: ["a": 90_999, "b": 5_030_000], of: plan)
        #expect(marks.milliseconds == ["a": 89, "b": 30])
        #expect(marks.globalMicroseconds == 30_000)
        marks.advance(newestEventTimes: ["a": .min, "b": .max], of: plan)
        #expect(marks.milliseconds["a"] == 89)
        #expect(marks.globalMicroseconds == 89_000)
        marks.advance(newestEventTimes: ["a": .max], of: plan)
        #expect(marks.globalMicroseconds.map { $0 > 9_000_000_000_000_000_000 } == true)
    }
}
