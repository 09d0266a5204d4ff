// Plans of several stages, run over tables: what each gives, on any number of workers.

import Columns
import Connectors
import Operators
import Testing
import Threads

@testable import QueryRuntime

@Suite struct StageGraphTests {
    private static let schema = Schema([Field("k", .long), Field("v", .long)])

    /// A table of `(k, v)` in batches of so many rows.
    static func table(_ rows: [(Int64, Int64)], rowsPerBatch: Int) -> MemoryTable {
        let batches = stride(from: 0, to: rows.count, by: rowsPerBatch).map { start in
            ValueColumns.batch(
                schema: schema,
                rows: rows[start..<min(start + rowsPerBatch, rows.count)].map { [.long($0.0), .long($0.1)] })
        }
        return MemoryTable(name: "rows", schema: schema, batches: batches)
    }

    /// `GROUP BY` the first column with the sum of the second.
    static func sums(_ stateID: String? = nil) throws -> AggregationOperator {
        let sum = try #require(AggregateSpec("sum", inputIndex: 0, inputType: .long))
        return AggregationOperator(
            AggregationPlan(keys: [Field("k", .long)], aggregates: [sum], resultNames: ["v"]), detail: "sum of v by k",
            stateID: stateID)
    }

    /// `v, k` of `k, v`.
    private static let swap = Rearrange("Swap", [Field("v", .long), Field("k", .long)], from: [1, 0])

    private static func pairs(_ batches: [RecordBatch]) -> [[Value]] {
        batches.flatMap { $0.rows().map(\.values) }.sorted { "\($0)" < "\($1)" }
    }

    @Test(arguments: [1, 2, 4], [7, 5000])
    func anAggregationBehindAnother(workers: Int, rowsPerBatch: Int) throws {
        let rows = (0..<12_000).map { (Int64($0 % 300), Int64($0 % 7)) }
        let plan = PhysicalPlan(
            stages: [
                Stage(inputs: [StageInput(from: .table(0))], keyed: try Self.sums()),
                Stage(
                    inputs: [StageInput(from: .stage(0), chain: [Self.swap])], keyed: try Self.sums()),
            ], outputSchema: Self.schema)
        var inner: [Int64: Int64] = [:]
        for (key, value) in rows { inner[key, default: 0] += value }
        var outer: [Int64: Int64] = [:]
        for (key, value) in inner { outer[value, default: 0] += key }
        let expected = outer.map { [Value.long($0), .long($1)] }.sorted { "\($0)" < "\($1)" }
        let result = try StaticQuery.run(
            plan, tables: [Self.table(rows, rowsPerBatch: rowsPerBatch)],
            on: WorkerPool(name: "test", workerCount: workers))
        #expect(Self.pairs(result) == expected)
    }

    @Test(arguments: [1, 3])
    func aUnionOfTablesAndAnAggregation(workers: Int) throws {
        let first = (0..<5000).map { (Int64($0), Int64(1)) }
        let second = (0..<10).map { (Int64($0 % 2), Int64($0)) }
        let plan = PhysicalPlan(
            stages: [
                Stage(inputs: [StageInput(from: .table(1))], keyed: try Self.sums()),
                Stage(inputs: [
                    StageInput(from: .table(0)), StageInput(from: .stage(0)),
                    StageInput(from: .table(1), chain: [Self.swap]),
                ]),
            ], outputSchema: Self.schema)
        let tables = [Self.table(first, rowsPerBatch: 512), Self.table(second, rowsPerBatch: 3)]
        let result = try StaticQuery.run(plan, tables: tables, on: WorkerPool(name: "test", workerCount: workers))
        let values = result.flatMap { $0.rows().map { row in row.values.map { String(reflecting: $0) } } }
        let expected: [(Int64, Int64)] = first
        // Inputs in the plan's order, each one's rows in order.
        #expect(Array(values[..<5000]) == expected.map { ["long(\($0.0))", "long(\($0.1))"] })
        #expect(Set(values[5000..<5002].map { $0.joined() }) == Set(["long(0)long(20)", "long(1)long(25)"]))
        #expect(Array(values[5002...]) == second.map { ["long(\($0.1))", "long(\($0.0))"] })
    }

    @Test func thePlanPrintsItsStages() throws {
        let plan = PhysicalPlan(
            stages: [
                Stage(
                    inputs: [StageInput(from: .stream(0)), StageInput(from: .stream(1), chain: [Self.swap])],
                    keyed: try Self.sums("aggregate-0")),
                Stage(inputs: [StageInput(from: .stage(0), chain: [Self.swap])]),
            ], outputSchema: Self.schema)
        #expect(
            plan.description == """
                Swap [v, k]
                  Aggregate sum of v by k
                    Exchange by key
                      Union
                        Stream 0
                        Swap [v, k]
                          Stream 1
                """)
    }

    /// A keyed step that has something to drop from a watermark of 100 on.
    private struct Timer: KeyedOperator {
        let name = "Timer"
        let detail = ""
        var outputSchema: Schema { StageGraphTests.schema }
        var sharding: Sharding { .single }
        func makeShard(_ index: Int, of count: Int) -> any KeyedShard { preconditionFailure("never runs") }
        func outputWatermark(_ inputs: [Int64]) -> Int64? { inputs.min().map { $0 - 10 } }
        func needsBatchWithoutData(
            lastWatermarkMicroseconds last: Int64?, nextWatermarkMicroseconds next: Int64?
        ) -> Bool {
            guard let next else { return false }
            return next >= 100 && last.map { next > $0 } ?? true
        }
    }

    @Test func aBatchWithoutDataIsAskedOfTheSteps() throws {
        let counting = PhysicalPlan(
            stages: [Stage(inputs: [StageInput(from: .stream(0))], keyed: try Self.sums("aggregate-0"))],
            outputSchema: Self.schema)
        func needsBatch(_ plan: PhysicalPlan, _ last: Int64?, _ next: Int64?) -> Bool {
            plan.needsBatchWithoutData(lastWatermarkMicroseconds: last, nextWatermarkMicroseconds: next)
        }
        #expect(!needsBatch(counting, nil, nil))
        #expect(!needsBatch(counting, nil, 1000))
        let timed = PhysicalPlan(
            stages: counting.stages + [Stage(inputs: [StageInput(from: .stage(0))], keyed: Timer())],
            outputSchema: Self.schema)
        #expect(!needsBatch(timed, nil, nil))
        #expect(!needsBatch(timed, 50, 99))
        #expect(needsBatch(timed, 99, 100))
        #expect(!needsBatch(timed, 100, 100))
        // Behind a step that holds the watermark back, it is lower.
        let behind = PhysicalPlan(
            stages: timed.stages + [
                Stage(
                    inputs: [StageInput(from: .stage(1)), StageInput(from: .stream(0)), StageInput(from: .table(0))],
                    keyed: Timer())
            ], outputSchema: Self.schema)
        #expect(behind.stageWatermarks(100) == [100, 100, 90])
        #expect(behind.stageWatermarks(nil) == [nil, nil, nil])
    }
}
