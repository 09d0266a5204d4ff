// A batch that takes more memory than it may: partial tables shrink, and what can't is a clear error.

import Columns
import Connectors
import Operators
import StateStore
import Synchronization
import Testing
import Threads

@testable import QueryRuntime

@Suite struct MemoryLimitTests {
    private static let schema = Schema([Field("k", .long), Field("v", .long)])

    private static func table(_ count: Int) -> MemoryTable {
        StageGraphTests.table((0..<count).map { (Int64($0), Int64($0 % 10)) }, rowsPerBatch: 1000)
    }

    /// An aggregation that counts how many combiners it has made.
    private struct Counting: KeyedOperator {
        final class Made: Sendable {
            let count = Atomic<Int>(0)
        }

        let inner: AggregationOperator
        let made = Made()

        var name: String { inner.name }
        var detail: String { inner.detail }
        var outputSchema: Schema { inner.outputSchema }
        var state: OperatorState? { inner.state }
        var sharding: Sharding { inner.sharding }
        var mergesEarly: Bool { inner.mergesEarly }

        func makeCombiner() -> (any MapSideCombiner)? {
            made.count.add(1, ordering: .relaxed)
            return inner.makeCombiner()
        }

        func makeShard(_ index: Int, of count: Int) -> any KeyedShard { inner.makeShard(index, of: count) }
    }

    @Test(
        "partial tables are merged early where memory is short, and given back; the result is the same",
        arguments: [1, 3])
    func partialTablesAreMergedEarly(workers: Int) throws {
        let pool = WorkerPool(name: "test", workerCount: workers)
        defer { pool.shutDown() }
        for (limit, isShort) in [(1 << 30, false), (2 << 20, true)] {
            let keyed = Counting(inner: try StageGraphTests.sums("aggregate-0"))
            let plan = PhysicalPlan(
                stages: [Stage(inputs: [StageInput(from: .stream(0))], keyed: keyed)], outputSchema: Self.schema)
            let computation = BatchComputation(plan: plan, pool: pool, shardCount: 4, memoryBytes: limit)
            // Each key twice, far apart.
            let readers = [Self.table(100_000), Self.table(100_000)].flatMap { $0.readers() }
            let result = try computation.run(
                readers.map { .init(inputs: [.init(stage: 0, input: 0)], reader: .init($0)) }, streamCount: 1,
                estimatedRows: 200_000,
                BatchContext(batchTimestampMicroseconds: 0, outputMode: .update))
            var sums: [Int64: Int64] = [:]
            for batch in result.rows {
                for row in 0..<batch.physicalCount {
                    let key = batch.columns[0].slots(as: Int64.self)[row]
                    #expect(sums.updateValue(batch.columns[1].slots(as: Int64.self)[row], forKey: key) == nil)
                }
            }
            #expect(sums.count == 100_000)
            #expect(sums.allSatisfy { $0.value == 2 * ($0.key % 10) })
            #expect(result.inputRows == [200_000])
            #expect((keyed.made.count.load(ordering: .relaxed) > workers) == isShort)
        }
    }

    /// What a plan over one table of so many rows ends with.
    private static func failure(_ stages: [Stage], rows: Int, limit: Int) -> QueryError? {
        let pool = WorkerPool(name: "test", workerCount: 2)
        defer { pool.shutDown() }
        do {
            _ = try StaticQuery.run(
                PhysicalPlan(stages: stages, outputSchema: schema), tables: [table(rows)], on: pool, memoryBytes: limit)
            return nil
        } catch {
            return error as? QueryError
        }
    }

    @Test func whatCannotShrinkIsAnError() throws {
        let sort = SortOperator(keys: [], detail: "[]", schema: Self.schema)
        let build = JoinBuild(keys: JoinKeyColumns([], nullSafe: []), detail: "Cross []", schema: Self.schema)
        let input = [StageInput(from: .table(0))]
        let cases: [(holder: String, stages: [Stage])] = [
            ("Sort []", [Stage(inputs: input, keyed: sort)]),
            ("JoinBuild Cross []", [Stage(inputs: input, keyed: build), Stage(inputs: [])]),
            ("Aggregate sum of v by k", [Stage(inputs: input, keyed: try StageGraphTests.sums())]),
            ("rows of the result", [Stage(inputs: input)]),
        ]
        for (holder, stages) in cases {
            #expect(Self.failure(stages, rows: 50_000, limit: 64 << 20) == nil, "\(holder)")
            let failure = try #require(Self.failure(stages, rows: 50_000, limit: 256 << 10), "\(holder)")
            #expect(failure.code == "MEMORY_LIMIT")
            #expect(failure.message.hasPrefix("a batch takes more than the 256 KiB of memory that it may: \(holder) "))
            #expect(failure.hint?.contains("--memory") ?? false)
        }
    }

    /// Sums by `keys` keys kept within so many bytes, batch after batch; what the batch that is too much ends with, and
    /// the state's greatest size.
    private static func states(
        _ pool: WorkerPool, limit: Int, keys: Int, batches: Int
    ) throws -> (failure: StateStoreError?, bytes: Int) {
        let plan = PhysicalPlan(
            stages: [
                Stage(inputs: [StageInput(from: .stream(0))], keyed: try StageGraphTests.sums("aggregate-0"))
            ], outputSchema: schema)
        let computation = BatchComputation(
            plan: plan, pool: pool, shardCount: 4, memoryBytes: 1 << 30, stateMemoryBytes: limit)
        for batch in 0..<batches {
            let rows = (0..<keys).map { (Int64(batch * keys + $0), Int64(1)) }
            let readers = StageGraphTests.table(rows, rowsPerBatch: 1000).readers()
            do {
                _ = try computation.run(
                    readers.map { .init(inputs: [.init(stage: 0, input: 0)], reader: .init($0)) }, streamCount: 1,
                    estimatedRows: keys,
                    BatchContext(batchTimestampMicroseconds: 0, outputMode: .update))
            } catch let error as StateStoreError {
                return (error, computation.stateOperators[0].memoryBytes)
            }
            for shard in computation.stateOperators[0].shards { shard.markClean() }
        }
        return (nil, computation.stateOperators[0].memoryBytes)
    }

    @Test("state asks before it grows: it never holds more than it may, and says which holds what", arguments: [1, 3])
    func stateIsRefusedBeforeItGrows(workers: Int) throws {
        let pool = WorkerPool(name: "test", workerCount: workers)
        defer { pool.shutDown() }
        let all = try Self.states(pool, limit: Int.max, keys: 20_000, batches: 6)
        #expect(all.failure == nil)
        #expect(all.bytes > 7 << 20)
        for limit in [1 << 20, 3 << 20, 7 << 20] {
            let (failure, bytes) = try Self.states(pool, limit: limit, keys: 20_000, batches: 6)
            #expect(failure?.code == .limit)
            #expect(bytes <= limit, "limit \(limit)")
            #expect(failure?.message.contains("aggregate-0 (by k) of ") ?? false, "\(failure?.message ?? "")")
            #expect(failure?.message.contains(" more, of the ") ?? false, "\(failure?.message ?? "")")
            #expect(failure.map { QueryError($0).code } == "STATE_LIMIT")
        }
        // What has its place already is changed in place.
        #expect(try Self.states(pool, limit: 2 * all.bytes, keys: 20_000, batches: 6).failure == nil)
    }

    @Test("what shares memory counts once")
    func sharedBuffersCountOnce() {
        let batch = ValueColumns.batch(schema: Self.schema, rows: (0..<1000).map { [.long($0), .long($0)] })
        var tally = BufferTally()
        #expect(tally.add(batch) == 2 * 8000)
        #expect(tally.add(batch) == 0)
        #expect(tally.add(batch.selecting(Selection(0, count: 16))) == 64)
        // However many there are.
        let many = (0..<80).map { _ in ValueColumns.batch(schema: Self.schema, rows: [[.long(1), .long(2)]]) }
        var all = BufferTally()
        for _ in 0..<2 { for one in many { all.add(one) } }
        #expect(all.bytes == 80 * 2 * 64)
    }
}
