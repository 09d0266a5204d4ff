// SIGTERM in every phase: the batch is finished, no transaction stays open, nothing is to be done again.

import KafkaTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Stopped by SIGTERM", .enabled(if: RealKafka.isAvailable, "no real Kafka"))
struct StopTests {
    @Test("SIGTERM at each point: exit code 0, no open transaction, no batch left half done")
    func everyPhase() async throws {
        await episodes(Points.ofBatch) { point in
            let world = try WordCountWorld("term-\(point)")
            try world.input.write(lines: 200)
            // It stops itself at the point, gets the signal there, and goes on with it.
            let process = try world.start(.continuous, environment: ["MILLRACE_STOP_AT": "\(point):2"])
            try process.waitForStop()
            process.signal(SIGTERM)
            process.signal(SIGCONT)
            try process.expectEnd(.exited(0), seconds: 10)
            try world.expectCleanEnd()
            try world.runToTheEnd()
            try world.check()
        }
    }

    @Test("SIGTERM at each point of a start")
    func startPhases() async throws {
        await episodes(Points.ofStart) { point in
            let world = try WordCountWorld("term-\(point)")
            try world.input.write(lines: 200)
            try world.runToCrash("afterCommitLogged", passage: 2)
            let process = try world.start(.continuous, environment: ["MILLRACE_STOP_AT": "\(point):1"])
            try process.waitForStop()
            process.signal(SIGTERM)
            process.signal(SIGCONT)
            try process.expectEnd(.exited(0), seconds: 20)
            try world.runToTheEnd()
            try world.check()
        }
    }

    @Test("SIGTERM while nothing arrives, and SIGINT")
    func idle() async throws {
        await episodes([SIGTERM, SIGINT]) { signal in
            let world = try WordCountWorld("idle")
            try world.input.write(lines: 60)
            let process = try world.start(.continuous)
            try world.waitUntilCaughtUp(process)
            process.signal(signal)
            try process.expectEnd(.exited(0), seconds: 10)
            try world.expectCleanEnd()
            try world.check()
        }
    }
}

extension WordCountWorld {
    /// After an orderly stop: no transaction is open, and every planned batch is committed.
    func expectCleanEnd() throws {
        guard try hasNoOpenTransaction() else { throw WaitedInVain(description: "a transaction is still open") }
        let logged = try loggedBatches()
        guard let planned = logged.planned, planned == logged.committed else {
            throw WaitedInVain(description: "batches left half done: \(logged)")
        }
    }
}
