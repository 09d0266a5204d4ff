// Queries with two aggregations side by side: both states are written, taken back, adopted and loaded together.

import Columns
import Connectors
import DurableFiles
import Operators
import Synchronization
import Testing

@testable import QueryRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct TwoStatesTests {
    /// How often each value was seen, and below it the sum of all values: of one stream, in complete mode.
    private static func plan() throws -> PhysicalPlan {
        func aggregation(_ keys: [Field], _ aggregate: AggregateSpec?, _ id: String) throws -> AggregationOperator {
            AggregationOperator(
                AggregationPlan(keys: keys, aggregates: [try #require(aggregate)], resultNames: ["n"]), detail: id,
                stateID: id)
        }
        let value = Field("v", .long)
        let counts = try aggregation([value], AggregateSpec("count"), "aggregate-0")
        let sums = try aggregation(
            [value], AggregateSpec("sum", inputIndex: 0, inputType: .long), "aggregate-1")
        return PhysicalPlan(
            stages: [
                Stage(inputs: [StageInput(from: .stream(0))], keyed: counts),
                Stage(inputs: [StageInput(from: .stream(0), chain: [twice])], keyed: sums),
                Stage(inputs: [StageInput(from: .stage(0)), StageInput(from: .stage(1))]),
            ], outputSchema: counts.outputSchema)
    }

    /// `v, v` of `v`.
    private static let twice = Rearrange("Twice", [Field("v", .long), Field("w", .long)], from: [0, 0])

    /// Runs the query over what there is; returns the last batch's rows and why it failed, where it did.
    private static func run(
        _ world: World, workers: Int = 2, source: (any ReplayableSource)? = nil, disk: any Disk = RealDisk()
    ) throws -> (rows: [Int64], failure: QueryError?) {
        let execution = try world.execution(
            source: source, disk: disk, plan: plan(), outputMode: .complete
        ) { $0.workerCount = workers }
        do {
            try execution.start()
        } catch {
            return ([], error as? QueryError)
        }
        execution.run()
        let last = world.ledger.change { $0.rows.last?.values ?? [] }
        return (last.sorted(), execution.control.failure)
    }

    @Test("both states go on over restarts, with other workers each time")
    func restarts() throws {
        let world = try World()
        for (workers, expected) in [(2, [1, 2, 8, 14]), (1, [2, 3, 16, 21]), (3, [3, 4, 24, 28])] as [(Int, [Int64])] {
            world.add(7, 8)
            if workers == 2 { world.add(7) }
            let (rows, failure) = try Self.run(world, workers: workers)
            #expect(failure == nil)
            #expect(rows == expected)
        }
        let names = try RealDisk().list(world.directory + "/state")
        #expect(names.contains { $0.hasPrefix("changelog.") })
    }

    @Test("a batch that can't be written is taken back in both states")
    func rollback() throws {
        let world = try World()
        let disk = FaultyDisk()
        let source = ScriptedSource(world.stream)
        world.add(7, 8)
        #expect(try Self.run(world, source: source, disk: disk).rows == [1, 1, 7, 8])
        // Each stage asks for readers: two tries fail.
        let calls = Mutex(0)
        source.setCallHandler { call in
            guard call == "readers" else { return }
            let isOver = calls.withLock { count in
                count += 1
                return count > 4
            }
            if isOver { disk.clearFaults() } else { disk.inject(.full, at: disk.operationCount + 1) }
        }
        world.add(7, 9)
        let (rows, failure) = try Self.run(world, source: source, disk: disk)
        #expect(failure == nil)
        #expect(rows == [1, 1, 2, 8, 9, 14])
        #expect(try Self.run(world, source: source, disk: disk).failure == nil)
    }

    @Test("both states of a batch that was committed before the query died are adopted")
    func adoption() throws {
        let world = try World([.commits, .diesAfterCommit])
        world.add(7)
        #expect(try Self.run(world).rows == [1, 7])
        world.add(8)
        #expect(try Self.run(world).failure?.code == "FAILED")
        world.add(7)
        let (rows, failure) = try Self.run(world, workers: 1)
        #expect(failure == nil)
        #expect(rows == [1, 2, 8, 14])
    }
}
