// What functions over groups and processors are called with, and what a shard holds meanwhile.

import Columns
import LogicalPlan
import StateStore
import Synchronization
import TestSupport
import Testing

@testable import Operators

@Suite struct GroupCallsTests {
    /// Counts what is taken.
    private final class CountedGrowth: GrowthBudget {
        private let bytes = Mutex<Int>(0)
        var taken: Int { bytes.withLock { $0 } }
        func take(_ more: Int) { bytes.withLock { $0 += more } }
        func give(_ less: Int) { bytes.withLock { $0 -= less } }
    }

    /// Code that sets a state for each group, one at a time, and writes down what it is called with.
    private final class Watching: GroupFunctionBody, ProcessorBody {
        static let variables = [StateVariable("v", .value, values: [Field("value", .long)], lifeMicroseconds: nil)]

        let deletedVariables: [String] = []
        let growth = CountedGrowth()
        private let calls = Mutex<(watermarks: [Int64?], taken: [Int])>(([], []))
        var watermarks: [Int64?] { calls.withLock { $0.watermarks } }
        /// What was taken behind the first group.
        var taken: [Int] { calls.withLock { $0.taken } }

        func rowColumns(among columns: [Field]) throws(PlanError) -> [Int] { [1] }
        func checkKeys(_ keys: [Field]) throws(PlanError) {}
        func initialStates(keys: [Field]) -> [ColumnVector]? { nil }
        func makeTask(keys: [Field], rows: [Field]) -> any GroupFunctionTask { Task(self) }
        func makeTask(keys: [Field], rows: [Field]) -> any ProcessorTask { Task(self) }

        private final class Task: GroupFunctionTask, ProcessorTask {
            let body: Watching
            init(_ body: Watching) { self.body = body }
            func flush(_ emit: (RecordBatch) throws -> Void) {}
            func reset() {}

            static let one = ColumnVector.longs([1])

            func call(_ groups: GroupCalls, _ emit: (RecordBatch) throws -> Void) -> GroupChanges {
                body.calls.withLock { calls in
                    calls.watermarks.append(groups.watermarkMilliseconds)
                    if groups.count == 1 { calls.taken.append(body.growth.taken) }
                }
                return GroupChanges(changes: [.put], states: Self.one, timeouts: [GroupChanges.noTimeout])
            }

            func call(
                _ calls: ProcessorCalls, _ state: any ProcessorState, _ emit: (RecordBatch) throws -> Void
            ) throws {
                try state.put(0, groups: [0], keys: [], values: [Self.one])
                body.calls.withLock {
                    $0.watermarks.append(calls.watermarkMilliseconds)
                    $0.taken.append(body.growth.taken)
                }
            }
        }
    }

    private static let schema = Schema([Field("k", .string), Field("v", .long)])

    private static func steps(_ body: Watching) -> [any KeyedOperator] {
        let function = GroupFunction(
            name: nil, form: .flatMap(.append), timeout: .eventTime, outputs: [Field("x", .long)],
            code: .function(body, state: .long))
        let processor = GroupFunction(
            name: nil, form: .transform(.append), timeout: .eventTime, outputs: [Field("x", .long)],
            code: .processor(body, Watching.variables))
        return [
            GroupsOperator(
                function, body, state: .long, keys: [0], keyNames: ["k"], rows: [1], time: nil, input: schema,
                detail: "", stateID: "state-0"),
            ProcessorOperator(
                processor, body, Watching.variables, keys: [0], keyNames: ["k"], rows: [1], time: nil, input: schema,
                detail: "", stateID: "state-0"),
        ]
    }

    /// Runs a batch of so many rows of two keys.
    private static func run(
        _ shard: any KeyedShard, rows count: Int, _ growth: CountedGrowth, watermark: Int64? = nil
    ) throws {
        let context = BatchContext(
            batch: 1, batchTimestampMicroseconds: 0, evictionWatermarkMicroseconds: watermark, outputMode: .append)
        shard.reset()
        let columns = [
            ValueColumns.column(of: (0..<count).map { .string("k\($0 % 2)") }, type: .string),
            ValueColumns.column(of: (0..<count).map { .long(Int64($0)) }, type: .long),
        ]
        try shard.consume(RecordBatch(schema: schema, columns: columns, count: count), port: 0, context)
        try shard.finish(context, growth) { _ in }
    }

    @Test("rows that wait for their calls are held, until the batch is over")
    func held() throws {
        for number in 0..<2 {
            let body = Watching()
            let step = Self.steps(body)[number]
            let shard = step.makeShard(0, of: 1)
            let state = try #require(shard.stored)
            let before = state.memoryBytes
            try Self.run(shard, rows: 20_000, body.growth)
            #expect(body.taken.count == 1, "\(step.name)")
            // A number and a place each.
            #expect(body.taken.allSatisfy { $0 >= 20_000 * (4 + 8) }, "\(step.name): \(body.taken)")
            #expect(body.growth.taken == state.memoryBytes - before, "\(step.name)")
        }
    }

    @Test("a watermark in milliseconds is rounded down, before 1970, too")
    func watermarks() throws {
        for number in 0..<2 {
            let body = Watching()
            let shard = Self.steps(body)[number].makeShard(0, of: 1)
            for watermark in [nil, 2999, 0, -1, -1500, -2000] as [Int64?] {
                try Self.run(shard, rows: 1, body.growth, watermark: watermark)
            }
            #expect(body.watermarks == [nil, 2, 0, -1, -2, -2])
        }
    }
}
