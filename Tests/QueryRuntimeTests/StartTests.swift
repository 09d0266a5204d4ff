// The rows of the start table, carried out from checkpoint to output.

import CheckpointLog
import Columns
import Connectors
import DurableFiles
import Operators
import Synchronization
import Testing
import Threads

@testable import QueryRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct StartTableTests {
    /// A query with batch 0 done: value 7 was seen once.
    static func withOneBatch(_ script: [Outcome] = []) throws -> World {
        let world = try World([.commits] + script)
        world.add(7)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [1])
        return world
    }

    /// The same, and batch 1 with another 7 ended as the script says.
    static func withSecond(_ outcome: Outcome) throws -> World {
        let world = try withOneBatch([outcome])
        world.add(7)
        _ = try world.run()
        return world
    }

    @Test("rows that a killed process has left outside of memory are removed, whatever the next one has")
    func leftOutsideOfMemory() throws {
        let world = try Self.withOneBatch()
        let (disk, left) = (RealDisk(), "\(world.directory)/spill.another-run")
        try disk.createDirectories(left)
        try OpenFile("\(left)/000001.sst", .createExclusive, disk: disk).write([1, 2, 3], at: 0)
        world.add(7)
        #expect(try world.run() == nil)
        #expect(try !disk.list(world.directory).contains { $0.hasPrefix("spill") })
    }

    /// The marker with a change.
    static func alter(_ world: World, _ change: (TransactionMarker) -> TransactionMarker) throws {
        let old = try #require(world.ledger.marker)
        let marker = change(try TransactionMarker.parse(old.text))
        let text = try marker.text()
        world.ledger.change { $0.marker = SinkMarker(text: text, positions: old.positions) }
    }

    @Test("stopped in good order: goes on with the next batch")
    func goesOn() throws {
        let world = try Self.withOneBatch()
        world.add(7)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [1, 2])
    }

    @Test("options that count for new queries only are named where there is a checkpoint, and nowhere else")
    func optionsOfNewQueries() throws {
        let world = try World()
        let source = ScriptedSource(world.stream)
        source.take(optionsOfNewQueries: ["startingOffsets"])
        func lines(shards: Int) throws -> LogLines {
            let lines = LogLines()
            let execution = try world.execution(source: source, lines: lines) { $0.shardCount = shards }
            try execution.start()
            execution.run()
            #expect(execution.control.failure == nil)
            return lines
        }
        #expect(try !lines(shards: 2).contain("new queries only"))
        #expect(try lines(shards: 2).contain("startingOffsets counts for new queries only"))
        #expect(
            try lines(shards: 3).contain(
                "startingOffsets and the number of state shards (it stays 2) count for new queries only"))
    }

    @Test("died before the transaction was committed: the batch runs again with the same rows, and counts once")
    func runsAgain() throws {
        let world = try Self.withSecond(.isRefused)
        world.add(8)
        #expect(try world.run() == nil)
        // The new row is not mixed into the batch that was planned.
        #expect(world.ledger.change { $0.rows.map(\.batch) } == [0, 1, 2])
        #expect(world.ledger.rows == [1, 2, 1])
    }

    @Test("died after the transaction was committed: its state is adopted, nothing is written twice")
    func adopts() throws {
        let world = try Self.withSecond(.diesAfterCommit)
        #expect(world.ledger.rows == [1, 2])
        world.add(7)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [1, 2, 3])
        #expect(world.ledger.calls.filter { $0.hasPrefix("deliver") } == ["deliver 0", "deliver 1", "deliver 2"])
    }

    @Test("a batch that runs again, or is adopted, tells how far its source reaches now, or that nobody knows")
    func tellsHowFarTheSourceReaches() throws {
        for outcome in [Outcome.isRefused, .diesAfterCommit] {
            for isAway in [false, true] {
                let world = try Self.withSecond(outcome)
                world.add(8)
                world.add(9)
                let source = ScriptedSource(world.stream)
                if isAway { source.beAway("latestOffset", 1) }
                let execution = try world.execution(source: source)
                try execution.start()
                execution.run()
                #expect(execution.control.failure == nil)
                let again = try #require(execution.control.recentProgress.first)
                #expect(again.batchID == 1)
                #expect(again.sources.map(\.endOffset) == ["2"])
                #expect(again.sources.map(\.latestOffset) == [isAway ? "null" : "4"])
            }
        }
    }

    @Test("died twice at the same place, and died in the very first batch")
    func adoptsAgain() throws {
        let world = try World([.diesAfterCommit, .diesAfterCommit])
        world.add(7)
        _ = try world.run()
        world.add(7)
        _ = try world.run()
        world.add(7)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [1, 2, 3])
    }

    @Test("what the batch leaves for the next one comes with its state, whether the query keeps any or not")
    func adoptsTheManifest() throws {
        for counting in [true, false] {
            let world = try World([.diesAfterCommit])
            world.add(7, 8, 7)
            _ = try world.run(counting: counting)
            let execution = try world.execution(counting: counting)
            try execution.start()
            let manifest = execution.started?.current?.manifest
            #expect(manifest?.inputRows.values.map { $0 } == [3])
            #expect(manifest?.outputRows == (counting ? 2 : 3))
            execution.run()
            #expect(execution.control.failure == nil)
        }
    }

    @Test("without state a committed batch is adopted as well")
    func adoptsStateless() throws {
        let world = try World([.diesAfterCommit])
        world.add(7)
        _ = try world.run(counting: false)
        world.add(8)
        #expect(try world.run(counting: false) == nil)
        #expect(world.ledger.rows == [7, 8])
    }

    @Test(
        "what a crash can't explain stops the query with a name, and nothing is written",
        arguments: [
            ("the marker is behind the log", "COMMITTED_OUTPUT_MISSING"),
            ("the marker is ahead of the log", "CHECKPOINT_BEHIND"),
            ("the marker is another query's", "MARKER_COLLISION"),
            ("the marker is another attempt's", "MARKER_COLLISION"),
            ("the marker is none of ours", "MARKER_COLLISION"),
            ("the state is gone", "STATE_LOST"),
            ("the marker is of another state", "STATE_LOST"),
            ("the log is gone", "CHECKPOINT_LOST"),
            ("the marker's offsets were changed", "OFFSETS_MISMATCH"),
        ])
    func refusals(reason: String, code: String) throws {
        let world = try World()
        let source = ScriptedSource(world.stream)
        func run() throws -> QueryError? {
            let execution = try world.execution(source: source)
            do { try execution.start() } catch { return error as? QueryError }
            execution.run()
            return execution.control.failure
        }
        world.add(7)
        #expect(try run() == nil)
        let first = world.ledger.marker
        world.add(7)
        #expect(try run() == nil)
        switch reason {
        case "the marker is behind the log": world.ledger.change { $0.marker = first }
        case "the marker is ahead of the log":
            try Self.alter(world) {
                .init(queryID: $0.queryID, batch: 9, attempt: $0.attempt, manifestHash: $0.manifestHash)
            }
        case "the marker is another query's":
            try Self.alter(world) {
                .init(queryID: "other", batch: $0.batch, attempt: $0.attempt, manifestHash: $0.manifestHash)
            }
        case "the marker is another attempt's":
            try Self.alter(world) {
                .init(queryID: $0.queryID, batch: $0.batch, attempt: "x-1", manifestHash: $0.manifestHash)
            }
        case "the marker is none of ours": world.ledger.change { $0.marker = SinkMarker(text: "hello", positions: []) }
        case "the marker is of another state":
            try Self.alter(world) {
                .init(
                    queryID: $0.queryID, batch: $0.batch, attempt: $0.attempt,
                    manifestHash: $0.manifestHash.map { String($0.reversed()) })
            }
        case "the log is gone":
            TemporaryDirectory.remove(world.directory + "/log")
            TemporaryDirectory.remove(world.directory + "/state")
        case "the state is gone": TemporaryDirectory.remove(world.directory + "/state")
        default:
            world.ledger.change { content in
                content.marker = content.marker.map {
                    SinkMarker(text: $0.text, positions: [LogPosition(log: "events", partition: 0, offset: 99)])
                }
            }
        }
        world.add(7)
        let before = try Self.contents(world)
        // As often as a supervisor starts it.
        for _ in 1...16 {
            let failure = try run()
            #expect(failure?.code == code)
            #expect(failure?.disposition == .needsOperator)
        }
        #expect(try Self.contents(world) == before)
        #expect(world.ledger.rows == [1, 2])
    }

    /// All files of the checkpoint.
    private static func contents(_ world: World) throws -> [String: [UInt8]] {
        let disk = RealDisk()
        var files: [String: [UInt8]] = [:]
        for folder in ["", "/log", "/state"] where try disk.exists(world.directory + folder) {
            for name in try disk.list(world.directory + folder) {
                let path = "\(world.directory)\(folder)/\(name)"
                // The lock names its last holder; a folder has no content.
                if name != DirectoryLock.fileName { files[path] = try? disk.readWhole(path) }
            }
        }
        return files
    }

    @Test(
        "the marker is gone and a batch's fate unknown: the query stops, or does as it was told",
        arguments: [
            (StartFacts.MarkerLostPolicy.fail, [Int64]()), (.replay, [2, 3]), (.skip, [3]),
        ])
    func lostMarker(policy: StartFacts.MarkerLostPolicy, rows: [Int64]) throws {
        let world = try Self.withSecond(.isRefused)
        world.ledger.change { $0.marker = nil }
        world.add(7)
        let failure = try world.run { $0.onMarkerLost = policy }
        #expect(failure?.code == (policy == .fail ? "MARKER_LOST" : nil))
        #expect(Array(world.ledger.rows.dropFirst()) == rows)
    }

    @Test(
        "of two instances that fence each other the one that started later stays",
        arguments: [
            Outcome.isLostBeforeCommit(passes: true), .isRefused,
        ])
    func givesWay(outcome: Outcome) throws {
        // The batch has been planned already, so that the log isn't written before it is delivered.
        let world = try Self.withSecond(.isRefused)
        world.ledger.change { $0.script = [outcome] }
        let old = try world.execution()
        try old.start()
        // The lock was taken for a leftover.
        #expect(unlink(world.directory + "/LOCK") == 0)
        let new = try world.execution(sink: ScriptedSink(Ledger(world.ledger.marker)))
        try new.start()
        old.run()
        #expect(old.control.failure?.code == "SUPERSEDED")
        #expect(world.ledger.rows == [1])
        new.run()
    }

    @Test("a state that nothing ever leaves is told at the start, with the reason", arguments: [true, false])
    func unboundedState(dropsFinalGroups: Bool) throws {
        let world = try World()
        let lines = LogLines()
        let plan = AggregationPlan(
            keys: [Field("v", .long)], aggregates: [try #require(AggregateSpec("count"))], resultNames: ["n"])
        let counts = AggregationOperator(
            plan, detail: "counts", stateID: "aggregate-0", dropsFinalGroups: dropsFinalGroups)
        let execution = try world.execution(
            lines: lines,
            plan: PhysicalPlan(
                stages: [Stage(inputs: [StageInput(from: .stream(0))], keyed: counts)], outputSchema: plan.output))
        try execution.start()
        execution.run()
        let reason =
            dropsFinalGroups
            ? "none of its keys (v) is an event time with a watermark" : "in output mode complete every group is kept"
        #expect(lines.contain("the state of aggregate-0 is unbounded because \(reason)"))
        // Without keys there is one group, and with an end among them groups go.
        let all = AggregationPlan(keys: [], aggregates: [try #require(AggregateSpec("count"))], resultNames: ["n"])
        #expect(
            AggregationOperator(all, detail: "", stateID: "a", dropsFinalGroups: true).state?.unboundedBecause == nil)
        let timed = AggregationPlan(
            keys: [Field("t", .timestamp)], aggregates: [], resultNames: [], time: KeyTime(key: 0, .time(length: 0)))
        #expect(
            AggregationOperator(timed, detail: "", stateID: "a", dropsFinalGroups: true).state?.unboundedBecause == nil)
    }

    @Test("an instance that slept while another one delivered gives way: its checkpoint isn't an old copy")
    func sleptAtStart() throws {
        let world = try Self.withOneBatch()
        world.add(7)
        nonisolated(unsafe) let other = world
        let isAsleep = Mutex(true)
        world.ledger.change {
            $0.onCall = { call in
                let isFirst = isAsleep.withLock { isAsleep in
                    defer { isAsleep = isAsleep && call != "marker" }
                    return isAsleep && call == "marker"
                }
                guard isFirst else { return }
                #expect(unlink(other.directory + "/LOCK") == 0)
                do { #expect(try other.run() == nil) } catch { Issue.record(error) }
            }
        }
        #expect(try world.run()?.code == "SUPERSEDED")
        #expect(world.ledger.rows == [1, 2])
    }

    @Test(
        "sources that are away are waited for at every step of start and batch",
        arguments: [
            "open", "initialOffset", "readableRange", "fixEnd", "readers",
        ])
    func waitsForSources(call: String) throws {
        let world = try World()
        let source = ScriptedSource(world.stream)
        source.beAway(call, 3)
        world.add(7)
        let execution = try world.execution(source: source)
        try execution.start()
        execution.run()
        #expect(execution.control.failure == nil)
        #expect(world.ledger.rows == [1])
    }

    @Test("stop() reaches readers that wait for rows; the batch comes again")
    func stopsBlockedReaders() throws {
        let world = try World()
        let source = ScriptedSource(world.stream)
        world.add(7)
        let execution = try world.execution(trigger: .immediately, source: source)
        source.stall { [control = execution.control] in control.requestStop() }
        try execution.start()
        execution.run()
        #expect(execution.control.failure == nil)
        #expect(world.ledger.rows == [])
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [1])
    }

    @Test("whoever waits until all is processed is answered by a look that asks the sources, not by what they remember")
    func asksForThoseWhoWait() throws {
        let world = try World()
        let source = ScriptedSource(world.stream)
        let execution = try world.execution(trigger: .immediately, source: source)
        let control = execution.control
        try execution.start()
        let thread = try NamedThread(ifPossible: "query") { execution.run() }
        control.waitUntilIdle()
        #expect(source.looks.contains("expect"))
        world.add(7)
        control.waitUntilIdle()
        #expect(world.ledger.rows == [1])
        control.requestStop()
        thread.join()
        // After the end nobody waits for anything.
        control.waitUntilIdle()
    }
}
