// Processors over restarts: those that keep nothing, and those that delete and add variables.

import Columns
import DurableFiles
import MillraceTestKit
import QueryRuntime
import TestSupport
import Testing

@testable import Millrace

@Suite struct ProcessorChangeTests {
    private static let (a, b) = (Value.string("a"), Value.string("b"))

    // MARK: Without state

    /// Gives the sum of each key's rows, and keeps nothing.
    final class Stateless: StatefulProcessor {
        init(_ handle: StatefulProcessorHandle) {}

        func handleInputRows(
            _ key: String, _ rows: GroupRows<ProcessorTests.Event>, _ times: TimerValues
        ) throws -> [Int] { [rows.reduce(0) { $0 + $1.v }] }
    }

    @Test("a processor without variables and timers goes on from its checkpoint")
    func withoutVariables() async throws {
        let script = StreamScript(
            streams: ["in": ProcessorTests.schema],
            query: {
                try $0("in").groupByKey("k").transformWithState(timeMode: .none, outputMode: .update) { Stateless($0) }
            },
            [
                .add("in", "a, 1, null; b, 2, null; a, 3, null"), .check("4; 2"), .checkState(rows: 0),
                .add("in", "a, 5, null"), .check("5"), .stop, .dropNewestCommit, .start, .checkLastBatch("5"),
                .add("in", "b, 6, null"), .check("6"),
            ])
        try await script.runAllWays()
    }

    /// Counts in a variable whose name has a line break.
    final class Broken: StatefulProcessor {
        private let count: ValueState<Int>

        init(_ handle: StatefulProcessorHandle) throws { count = try handle.getValueState("so\nmany\n") }

        func handleInputRows(
            _ key: String, _ rows: GroupRows<ProcessorTests.Event>, _ times: TimerValues
        ) throws -> [Int] {
            try count.update((count.get() ?? 0) + rows.count)
            return [try count.get() ?? 0]
        }
    }

    @Test("a variable may have any name over restarts, and a query whose one aggregate is of no use goes on as well")
    func lines() async throws {
        try await StreamScript(
            streams: ["in": ProcessorTests.schema],
            query: {
                try $0("in").groupByKey("k").transformWithState(timeMode: .none, outputMode: .update) { try Broken($0) }
            },
            [.add("in", "a, 1, null; b, 2, null"), .check("1; 1"), .add("in", "a, 5, null"), .check("2")]
        ).runAllWays()
        try await StreamScript(
            streams: ["in": ProcessorTests.schema],
            query: { try $0.sql("SELECT 1 AS one FROM (SELECT count(*) AS n FROM STREAM in)") },
            [.add("in", "a, 1, null"), .check("1"), .restart, .add("in", "b, 2, null"), .check("1")]
        ).run(.straight)
    }

    // MARK: Deleted variables

    /// Which variables a version of the processor has beside its sum, and which it deletes.
    struct Version: Sendable {
        var hasAll = true
        var hasTimes = true
        var deleted: [String] = []
        /// Whether the sum is kept in a list.
        var sumIsList = false

        /// That of the first run.
        static let first = Version()
        /// Without the list and the map.
        static let last = Version(hasAll: false, hasTimes: false, deleted: ["all", "times", "never there"])
    }

    /// Sums each key's values, and keeps them in a list and in a map that it may no longer have.
    final class Sum: StatefulProcessor {
        private let handle: StatefulProcessorHandle
        private let all: ListState<ProcessorTests.Event>?
        private let sum: ValueState<Int>
        private let times: MapState<String, Int>?

        init(_ handle: StatefulProcessorHandle, _ version: Version) throws {
            self.handle = handle
            all = version.hasAll ? try handle.getListState("all") : nil
            if version.sumIsList { let _: ListState<Int> = try handle.getListState("sum") }
            sum = try handle.getValueState(version.sumIsList ? "other" : "sum")
            times = version.hasTimes ? try handle.getMapState("times", ttlConfig: TTLConfig(.seconds(100))) : nil
            for name in version.deleted { try handle.deleteIfExists(name) }
        }

        func handleInputRows(
            _ key: String, _ rows: GroupRows<ProcessorTests.Event>, _ timers: TimerValues
        ) throws -> [Int] {
            for row in rows {
                try sum.update((sum.get() ?? 0) + row.v)
                try all?.appendValue(row)
                try times?.updateValue("v\(row.v)", row.v)
                try handle.registerTimer(1_000_000 + Int64(row.v))
            }
            return [try sum.get() ?? 0]
        }

        func handleExpiredTimer(
            _ key: String, _ times: TimerValues, _ timer: ExpiredTimerInfo
        ) throws -> [Int] { [-Int(timer.getExpiryTimeInMs() - 1_000_000)] }
    }

    /// A query on a checkpoint, whose processor is another one with each start.
    private final class World {
        let folder: TemporaryFolder
        private let isElsewhere: Bool
        private var version = Version.first
        private(set) var test: StreamTest

        /// With all rows of the state outside of memory between batches, or in it.
        init(isElsewhere: Bool = false) throws {
            folder = try TemporaryFolder()
            self.isElsewhere = isElsewhere
            test = StreamTest(schema: ProcessorTests.schema) { $0 }
            test = StreamTest.$configure.withValue(configure) {
                StreamTest(schema: ProcessorTests.schema, checkpoint: folder.path) { [unowned self] frame in
                    let version = version
                    return frame.groupByKey("k").transformWithState(
                        "sums", timeMode: .processingTime, outputMode: .update
                    ) { try Sum($0, version) }
                }
            }
        }

        private var configure: @Sendable (inout SessionConfiguration) -> Void {
            { [isElsewhere] in
                if isElsewhere {
                    $0.stateSpill = QueryDefinition.Settings.Spill(residentBytes: 0) { _ in MemorySpill() }
                }
            }
        }

        func start(_ version: Version, workers: Int? = nil) async throws {
            self.version = version
            try await StreamTest.$configure.withValue(configure) { try await test.start(workers: workers) }
        }

        func refusal(_ version: Version) async -> MillraceError? {
            await #expect(throws: MillraceError.self) { try await start(version) }
        }

        func add(_ rows: (Value, Int64)...) throws {
            try test.addData(rows.map { [$0.0, .long($0.1), .null] })
        }

        /// Columns of the state that an option chooses.
        func state(_ columns: String, _ option: String) throws -> [[Value]] {
            try Session(appName: "state", configuration: .quiet).sql(
                "SELECT key.k, \(columns) FROM state('\(folder.path)', \(option)) ORDER BY 1, 2"
            ).collect().map(\.values)
        }

        /// What there is of the state's directories, and of the files that say which one counts.
        var divisions: [String] {
            get throws {
                try RealDisk().list(folder.path).filter { $0.hasPrefix("state") || $0.hasPrefix("division") }
            }
        }
    }

    @Test("a variable that is deleted goes with its values, and the rest goes on", arguments: [false, true])
    func deleted(isElsewhere: Bool) async throws {
        let world = try World(isElsewhere: isElsewhere)
        try await world.start(.first)
        try world.add((Self.a, 3), (Self.b, 4), (Self.a, 5))
        try await world.test.checkNewRows([[.long(8)], [.long(4)]])
        // Two sums, two lists, and three entries of maps.
        try await world.test.checkState(rows: 7)
        await world.test.stop()
        #expect(try world.state("list_element.v", "stateVarName => 'all'").count == 3)

        try await world.start(.last, workers: 1)
        try world.add((Self.a, 1))
        try await world.test.checkNewRows([[.long(9)]])
        try await world.test.checkState(rows: 2)
        await world.test.stop()
        #expect(try world.divisions == ["division.1", "state.1"])
        _ = try CheckpointDirectory(world.folder.path).verify()
        #expect(try world.state("value.value", "stateVarName => 'sum'") == [[Self.a, .long(9)], [Self.b, .long(4)]])
        for name in ["all", "times"] {
            let error = #expect(throws: MillraceError.self) { try world.state("1", "stateVarName => '\(name)'") }
            #expect(error?.code == "INVALID_OPTION" && error?.description.contains("sum") == true)
        }

        // What is deleted already is not there: nothing is written anew, whether the processor still says so or not.
        try await world.start(.last)
        await world.test.stop()
        try await world.start(Version(hasAll: false, hasTimes: false), workers: 3)
        #expect(try world.divisions == ["division.1", "state.1"])
        world.test.advanceClock(by: .seconds(2000))
        try await world.test.checkNewRows([[.long(-1)], [.long(-3)], [.long(-4)], [.long(-5)]])
        await world.test.stop()
    }

    @Test("one after the other, with a batch that runs again and the state divided in between")
    func steps() async throws {
        let world = try World()
        try await world.start(.first)
        try world.add((Self.a, 3), (Self.b, 4))
        _ = try await world.test.takeNewRows()
        try world.add((Self.a, 5))
        try await world.test.checkNewRows([[.long(8)]])
        await world.test.stop()
        try world.test.dropNewestCommit()

        let second = Version(hasTimes: false, deleted: ["times"])
        try await world.start(second)
        try await world.test.checkNewRows([[.long(8)]])
        try await world.test.checkState(rows: 4)
        await world.test.stop()
        let directory = CheckpointDirectory(world.folder.path)
        #expect(try directory.reshard(shards: 3).newShardCount == 3)
        #expect(try directory.summary().plan.contains("list 'all'"))
        #expect(try !directory.summary().plan.contains("'times'"))

        try await world.start(.last)
        try world.add((Self.b, 1))
        try await world.test.checkNewRows([[.long(5)]])
        try await world.test.checkState(rows: 2)
        await world.test.stop()
        #expect(try world.divisions == ["division.3", "state.3"])
        #expect(try directory.summary().shardCount == 3)
    }

    @Test("a variable that is new begins without values, and the rest goes on", arguments: [false, true])
    func added(isElsewhere: Bool) async throws {
        let world = try World(isElsewhere: isElsewhere)
        try await world.start(.last)
        try world.add((Self.a, 3), (Self.b, 4), (Self.a, 5))
        try await world.test.checkNewRows([[.long(8)], [.long(4)]])
        try await world.test.checkState(rows: 2)
        await world.test.stop()

        // The list stands before the sum that was there, the map behind it.
        try await world.start(.first, workers: 1)
        try world.add((Self.a, 1))
        try await world.test.checkNewRows([[.long(9)]])
        try await world.test.checkState(rows: 4)
        await world.test.stop()
        #expect(try world.divisions == ["division.1", "state.1"])
        _ = try CheckpointDirectory(world.folder.path).verify()
        #expect(try world.state("value.value", "stateVarName => 'sum'") == [[Self.a, .long(9)], [Self.b, .long(4)]])
        #expect(try world.state("list_element.v", "stateVarName => 'all'") == [[Self.a, .long(1)]])

        // It stays with its values; the query without it deletes it, or is another one.
        try await world.start(.first, workers: 3)
        try world.add((Self.a, 1))
        try await world.test.checkNewRows([[.long(10)]])
        await world.test.stop()
        #expect(try world.state("list_element.v", "stateVarName => 'all'").count == 2)
        #expect(await world.refusal(Version(hasAll: false, hasTimes: false))?.code == "CHECKPOINT_PLAN_CHANGED")
        try await world.start(.last)
        world.test.advanceClock(by: .seconds(2000))
        try await world.test.checkNewRows([[.long(-1)], [.long(-3)], [.long(-4)], [.long(-5)]])
        await world.test.stop()
    }

    @Test("a variable that is gone and not deleted is another query, and so is one of another kind")
    func refused() async throws {
        let world = try World()
        try await world.start(.first)
        try world.add((Self.a, 3))
        _ = try await world.test.takeNewRows()
        await world.test.stop()
        let before = try world.divisions
        let missing = await world.refusal(Version(hasAll: false, hasTimes: false, deleted: ["all"]))
        #expect(missing?.code == "CHECKPOINT_PLAN_CHANGED")
        #expect(missing?.description.contains("-   map 'times' by") == true, "\(missing?.description ?? "")")
        #expect(missing?.description.contains("'all'") == false)
        #expect(try world.divisions == before)
        #expect(missing?.hint?.contains("deleteIfExists") == true)
        let other = await world.refusal(Version(sumIsList: true))
        #expect(other?.code == "CHECKPOINT_PLAN_CHANGED")
        #expect(other?.description.contains("+   list 'sum' of") == true, "\(other?.description ?? "")")
        #expect(try world.divisions == before)
    }
}
