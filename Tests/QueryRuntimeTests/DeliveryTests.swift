// What a query does when deliveries go wrong, on a sink that follows a script.

import Connectors
import Synchronization
import Testing

@testable import QueryRuntime

@Suite struct ScriptedDeliveryTests {
    @Test(
        "a delivery whose outcome is unknown is asked about, and counts once",
        arguments: [
            ([Outcome.isLostAfterCommit], ["deliver 0", "fence", "marker", "prepare"]),
            ([.isLostBeforeCommit(passes: true)], ["deliver 0", "fence", "marker", "deliver 0", "prepare"]),
            (
                [.isLostBeforeCommit(passes: true), .isLostBeforeCommit(passes: false), .isLostAfterCommit],
                [
                    "deliver 0", "fence", "marker", "deliver 0", "fence", "marker", "deliver 0", "fence", "marker",
                    "prepare",
                ]
            ),
        ])
    func unknownOutcomes(script: [Outcome], calls: [String]) throws {
        let world = try World(script)
        world.add(7, 7, 8)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows.sorted() == [1, 2])
        #expect(Array(world.ledger.calls.drop { $0 != "deliver 0" }.dropLast()) == calls)
        // The state went on once, too.
        world.add(7)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows.sorted() == [1, 2, 3])
    }

    @Test("where another instance has gone on, the query stops and publishes nothing more")
    func superseded() throws {
        let world = try World([.commits, .isTakenOver])
        world.add(7)
        #expect(try world.run() == nil)
        world.add(7)
        let failure = try world.run()
        #expect(failure?.code == "SUPERSEDED")
        #expect(failure?.disposition == .restartLater)
        #expect(world.ledger.rows == [1])
        #expect(world.ledger.calls.filter { $0 == "deliver 1" }.count == 1)
    }

    @Test(
        "while the other side is away the query waits, at any step, and goes on by itself",
        arguments: [
            "open", "fence", "marker", "deliver 0",
        ])
    func waits(step: String) throws {
        let world = try World()
        world.ledger.change { $0.absences[step] = 4 }
        world.add(7)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [1])
        #expect(world.ledger.calls.filter { $0 == step }.count == 5)
    }

    @Test("a start doesn't wait longer than it may")
    func startupTimeout() throws {
        let world = try World()
        world.ledger.change { $0.absences["fence"] = .max }
        let failure = try world.run { $0.startupTimeoutNanoseconds = 5_000_000 }
        #expect(failure?.code == "UNAVAILABLE")
        #expect(failure?.disposition == .restartLater)
    }

    @Test(
        "stop() ends a query that waits, and what it had not delivered comes again",
        arguments: [
            Array(repeating: Outcome.isAway, count: 1000),
            Array(repeating: .isLostBeforeCommit(passes: true), count: 1000),
        ])
    func stopWhileWaiting(script: [Outcome]) throws {
        let world = try World(script)
        world.add(7, 7)
        let execution = try world.execution(trigger: .immediately)
        try execution.start()
        let control = execution.control
        world.ledger.change { content in
            let calls = Countdown(3)
            content.onCall = { if $0 == "deliver 0", calls.isOver() { control.requestStop() } }
        }
        execution.run()
        #expect(control.failure == nil)
        #expect(world.ledger.rows == [])
        #expect(world.ledger.calls.filter { $0 == "deliver 0" }.count == 3)
        world.ledger.change {
            $0.onCall = nil
            $0.script = []
        }
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [2])
    }

    @Test("stop() ends a start that waits")
    func stopWhileStarting() throws {
        let world = try World()
        let execution = try world.execution()
        world.ledger.change { content in
            content.absences["fence"] = .max
            let calls = Countdown(3)
            content.onCall = { [control = execution.control] in
                if $0 == "fence", calls.isOver() { control.requestStop() }
            }
        }
        #expect { try execution.start() } throws: { ($0 as? QueryError)?.code == "CANCELLED" }
        #expect(!execution.control.isActive)
    }

    @Test("a delivery that fails again and again for no reason that passes ends the query; the next start goes on")
    func givesUp() throws {
        let world = try World(Array(repeating: .isLostBeforeCommit(passes: false), count: 1000))
        world.add(7)
        let failure = try world.run()
        #expect(failure?.code == "OUTCOME_UNKNOWN")
        #expect(failure?.message.hasPrefix("batch 0: ") == true)
        #expect(world.ledger.calls.filter { $0 == "deliver 0" }.count == 5)
        world.ledger.change { $0.script = [] }
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [1])
    }

    @Test("a row that can't be written ends the query at once")
    func badRow() throws {
        let world = try World([.isRefused])
        world.add(7)
        let failure = try world.run()
        #expect(failure?.code == "BAD_ROW")
        #expect(failure?.disposition == .correctAndRestart)
        #expect(world.ledger.calls.filter { $0 == "deliver 0" }.count == 1)
        // Nothing is held on to: the same checkpoint can be started again.
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [1])
    }

    @Test("an idle query commits its marker again; with an outcome unknown it goes on all the same")
    func refreshes() throws {
        let world = try World([.commits, .isLostBeforeCommit(passes: true), .isLostAfterCommit])
        world.add(7)
        #expect(try world.runIdle(refreshes: 5) == nil)
        #expect(world.ledger.rows == [1])
        #expect(world.ledger.marker?.text.contains(#""b":0"#) == true)
    }
}

/// Is over at the n-th call.
final class Countdown: Sendable {
    private let left: Mutex<Int>
    init(_ count: Int) { left = Mutex(count) }
    func isOver() -> Bool {
        left.withLock {
            $0 -= 1
            return $0 == 0
        }
    }
}
