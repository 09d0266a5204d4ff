// That there is always a marker, and what a query does where it is gone, or where it is started somewhere else.

import CheckpointLog
import Connectors
import DurableFiles
import Testing

@testable import QueryRuntime

/// A clock that stands still.
private struct StoppedClock: EngineClock {
    let nowMicroseconds: Int64

    static func day(_ day: Int64) -> StoppedClock { StoppedClock(nowMicroseconds: day * 86_400_000_000) }
}

@Suite struct MarkerTests {
    /// What the checkpoint's directories hold, with the sizes that a run would change.
    private func files(_ world: World) throws -> [String] {
        try ["", "/log", "/state"].flatMap { try RealDisk().list(world.directory + $0) }
    }

    @Test("a query commits a marker before anything is planned, once in its life")
    func firstMarker() throws {
        let world = try World()
        #expect(try world.run() == nil)
        #expect(world.ledger.calls.prefix { $0 != "prepare" } == ["open", "fence", "marker", "first marker"])
        let marker = try TransactionMarker.parse(try #require(world.ledger.marker).text)
        #expect(marker.batch == -1 && marker.manifestHash == nil)
        world.add(7)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [1])
        #expect(world.ledger.calls.filter { $0 == "first marker" }.count == 1)
    }

    @Test(
        "where the outcome of the first marker is unknown it is asked for; where nobody answers it is waited for",
        arguments: [
            ([Outcome.isLostAfterCommit], 1), ([.isLostBeforeCommit(passes: true)], 2), ([.isAway, .isAway], 3),
        ])
    func firstMarkerInDoubt(script: [Outcome], calls: Int) throws {
        let world = try World()
        world.ledger.change { $0.firstMarkerScript = script }
        world.add(7)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [1])
        #expect(world.ledger.calls.filter { $0 == "first marker" }.count == calls)
    }

    @Test("a start that fails before its first marker is certain leaves no checkpoint")
    func noFirstMarker() throws {
        let world = try World()
        world.ledger.change { $0.firstMarkerScript = [.isRefused] }
        #expect(try world.run()?.code == "BAD_ROW")
        #expect(try RealDisk().list(world.directory + "/log") == [])
        #expect(try !RealDisk().exists(world.directory + "/metadata"))
        world.add(7)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [1])
    }

    @Test("the batch of a crash is the first one and the marker is gone: nobody knows whether it was published")
    func firstBatchWithoutMarker() throws {
        let world = try World([.diesAfterCommit])
        world.add(7)
        _ = try world.run()
        world.ledger.change { $0.marker = nil }
        #expect(try world.run()?.code == "MARKER_LOST")
        #expect(world.ledger.rows == [1])
        #expect(try world.run { $0.onMarkerLost = .skip } == nil)
        #expect(world.ledger.rows == [1])
    }

    @Test("a marker that is gone before its time stops the start, which writes nothing; the user may go on")
    func missing() throws {
        let world = try World()
        world.ledger.change { $0.retentionMilliseconds = 7 * 86_400_000 }
        world.add(7)
        #expect(try world.run(clock: StoppedClock.day(100)) == nil)
        world.ledger.change { $0.marker = nil }
        let before = try files(world)
        for day in [100, 99, 107] as [Int64] {
            let failure = try world.run(clock: StoppedClock.day(day))
            #expect(failure?.code == "MARKER_MISSING" && failure?.disposition == .needsOperator)
        }
        #expect(try files(world) == before)
        world.add(7)
        #expect(try world.run(clock: StoppedClock.day(100)) { $0.onMarkerLost = .replay } == nil)
        #expect(world.ledger.rows == [1, 2])
    }

    @Test("a marker that has expired is committed again; how old it is counts from when it was last committed")
    func expired() throws {
        let world = try World()
        world.ledger.change { $0.retentionMilliseconds = 7 * 86_400_000 }
        world.add(7)
        #expect(try world.run(clock: StoppedClock.day(100)) == nil)
        for day in [108, 116] as [Int64] {
            world.ledger.change { $0.marker = nil }
            #expect(try world.run(clock: StoppedClock.day(day)) == nil)
            #expect(world.ledger.marker?.text.contains(#""b":0"#) == true)
        }
        world.ledger.change { $0.marker = nil }
        #expect(try world.run(clock: StoppedClock.day(120))?.code == "MARKER_MISSING")
    }

    @Test("an idle query logs that it has committed its marker again")
    func refreshIsLogged() throws {
        let world = try World()
        world.add(7)
        #expect(try world.run(clock: StoppedClock.day(1)) == nil)
        #expect(try world.runIdle(refreshes: 3, clock: StoppedClock.day(50)) == nil)
        let log = try CheckpointReader(directory: world.directory, disk: RealDisk()).recover()
        let moment: Int64 = 50 * 86_400_000
        #expect(log.lastMarkerMilliseconds == moment)
    }

    @Test("an idle query commits its marker again well within the time for which the sink keeps it")
    func refreshWithinRetention() throws {
        let world = try World()
        world.ledger.change { $0.retentionMilliseconds = 8 }
        world.add(7)
        // Twelve hours by default.
        #expect(try world.runIdle(refreshes: 3) { _ in } == nil)
        #expect(world.ledger.rows == [1])
    }

    @Test("a marker that goes while the query runs ends it, unless rows may be lost", arguments: [false, true])
    func goneWhileRunning(mayLoseRows: Bool) throws {
        let world = try World()
        let source = ScriptedSource(world.stream)
        source.become(toleratesDataLoss: mayLoseRows)
        world.add(7)
        let execution = try world.execution(source: source)
        try execution.start()
        world.ledger.change { $0.marker = nil }
        execution.run()
        #expect(execution.control.failure?.code == (mayLoseRows ? nil : "MARKER_MISSING"))
        #expect(world.ledger.rows == (mayLoseRows ? [1] : []))
    }

    @Test("a marker that is gone when a delivery is in doubt is no sign of another instance")
    func goneInDoubt() throws {
        let world = try World([.isLostBeforeCommit(passes: true)])
        world.add(7)
        let execution = try world.execution()
        try execution.start()
        world.ledger.change { content in
            content.onCall = { [ledger = world.ledger] in
                if $0 == "marker" { ledger.change { $0.marker = nil } }
            }
        }
        execution.run()
        #expect(execution.control.failure?.code == "MARKER_MISSING")
        #expect(execution.control.failure?.disposition == .needsOperator)
    }

    @Test("a marker that is gone from some of its places is not taken for whole")
    func goneInPart() {
        let places = [0, 1, 2].map { LogPosition(log: "events", partition: $0, offset: 5) }
        let expected = SinkMarker(text: "m", positions: places)
        for found in [SinkMarker(text: "m", positions: [places[1]]), nil] {
            let error = #expect(throws: ConnectorError.self) { try SinkMarker.require(found, toBe: expected) }
            #expect(error?.code == .markerMissing)
        }
        #expect(SinkMarker(text: "m", positions: [places[1]]).places(missingOf: places) == ["events-0", "events-2"])
        #expect(throws: Never.self) { try SinkMarker.require(expected, toBe: expected) }
        let other = #expect(throws: ConnectorError.self) {
            try SinkMarker.require(SinkMarker(text: "n", positions: places), toBe: expected)
        }
        #expect(other?.code == .superseded)
    }

    @Test(
        "a query that is started somewhere else is refused before anything is touched",
        arguments: ["TOPIC_RECREATED", "CLUSTER_CHANGED", "DELIVERY_CHANGED"])
    func elsewhere(code: String) throws {
        let world = try World()
        let source = ScriptedSource(world.stream)
        source.become(cluster: "one", logID: "first")
        world.add(7)
        #expect(try world.run(source: source) == nil)
        let (calls, before) = (world.ledger.calls.count, try files(world))
        switch code {
        case "TOPIC_RECREATED": source.become(cluster: "one", logID: "second")
        case "CLUSTER_CHANGED": source.become(cluster: "two", logID: "first")
        default: break
        }
        let failure = try world.run(source: source, sink: code == "DELIVERY_CHANGED" ? NoopSink() : nil)
        #expect(failure?.code == code)
        #expect(failure?.disposition == (code == "TOPIC_RECREATED" ? .needsOperator : .correctAndRestart))
        #expect(!world.ledger.calls.dropFirst(calls).contains("fence"))
        #expect(try files(world) == before)
        source.become(cluster: "one", logID: "first")
        world.add(7)
        #expect(try world.run(source: source) == nil)
        #expect(world.ledger.rows == [1, 2])
    }
}
