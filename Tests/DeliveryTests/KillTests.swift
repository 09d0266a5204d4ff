// SIGKILL at every named point of a batch and of a start, against a real Kafka: every count stays right.

import KafkaTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The points at which the engine can be told to die, in the order in which it passes them.
enum Points {
    /// Passed once by each run.
    static let ofStart = [
        "afterLock", "afterFence", "afterMarkerRead", "stateLoaded", "stateFilesRemoved", "afterRunStarted",
    ]
    /// Passed by the first start of a query.
    static let ofFirstStart = ["afterFirstMarker", "afterMetadata"]
    /// Passed by each batch.
    static let ofBatch = [
        "beforePlanLogged", "afterPlanLogged", "midBatch", "beforeStatePersisted", "stateEncoded", "stateWritten",
        "afterStatePersisted",
        "beforeTransaction", "transactionOpen", "midProduce", "afterFlush", "sentBeforeState", "persistedBeforeSent",
        "readyToCommit", "afterOffsetsSent", "midCommit",
        "afterTransactionCommitted", "afterCommitLogged", "afterCleanup",
    ]
    /// Passed by the thread that writes snapshots, which are made often where a test waits for one of these.
    static let ofSnapshots = ["snapshotSectionWritten", "snapshotPublished"]
    /// Passed by every tenth batch into files, and by every tenth from the twentieth on.
    static let ofCompaction = ["manifestCopied", "manifestCleaned"]
}

@Suite("Killed at every point", .enabled(if: RealKafka.isAvailable, "no real Kafka"))
struct KillTests {
    @Test("SIGKILL at the 1st, the 2nd and a later passage of each point of a batch")
    func pointsOfABatch() async throws {
        await episodes(Points.ofBatch) { point in
            let world = try WordCountWorld("kill-\(point)")
            try world.input.write(lines: 400)
            try world.runToCrash(point, passage: 1)
            try world.runToCrash(point, passage: 2)
            try world.input.write(lines: 100)
            try world.runToCrash(point, passage: 5)
            try world.runToTheEnd()
            try world.check()
            KillCount.add(point, 3)
        }
    }

    @Test("SIGKILL while snapshots of the state are written beside the batches")
    func pointsOfSnapshots() async throws {
        await episodes(Points.ofSnapshots) { point in
            let world = try WordCountWorld("kill-\(point)")
            try world.input.write(lines: 400)
            for passage in 1...3 {
                try world.runToCrash(point, passage: passage)
                try world.input.write(lines: 200)
            }
            try world.runToTheEnd()
            try world.check()
            KillCount.add(point, 3)
        }
    }

    @Test("SIGKILL at each point of a start: of a new query, of a killed one, of one killed within a transaction")
    func pointsOfAStart() async throws {
        await episodes(Points.ofStart) { point in
            let world = try WordCountWorld("kill-\(point)")
            try world.input.write(lines: 300)
            for _ in 1...2 { try world.runToCrash(point, passage: 1) }
            try world.runToCrash("afterOffsetsSent", passage: 3)
            try world.runToCrash(point, passage: 1)
            try world.runToCrash("afterTransactionCommitted", passage: 2)
            try world.runToCrash(point, passage: 1)
            try world.runToTheEnd()
            try world.check()
            KillCount.add(point, 4)
            KillCount.add("afterOffsetsSent", 1)
            KillCount.add("afterTransactionCommitted", 1)
        }
    }

    @Test("SIGKILL between the steps that only the first start of a query has")
    func pointsOfTheFirstStart() async throws {
        await episodes(Points.ofFirstStart) { point in
            let world = try WordCountWorld("kill-\(point)")
            try world.input.write(lines: 100)
            try world.runToCrash(point, passage: 1)
            // Without metadata the next start is another query's first one; with them it is the same query's.
            if point == "afterFirstMarker" { try world.runToCrash(point, passage: 1) }
            try world.runToTheEnd()
            try world.check()
            KillCount.add(point, 1)
        }
    }

    @Test("Without the marker, batches come twice: the checker sees it", arguments: [1, 2, 4])
    func withoutMarker(passage: Int) async throws {
        try await episode {
            let world = try WordCountWorld("mutant")
            let mutant = ["MILLRACE_MUTANT": "no-marker"]
            try world.input.write(lines: 200)
            try world.runToCrash("afterTransactionCommitted", passage: passage, environment: mutant)
            try world.runToTheEnd(environment: mutant)
            let faults = Set(try world.findings().map(\.fault))
            guard faults == [.repeated] else {
                throw WaitedInVain(description: "the checker should see repeated counts, it sees \(faults)")
            }
        }
    }
}

/// How many kills there were at which point, for the campaign's summary.
enum KillCount {
    private static let counts = Shared<[String: Int]>([:])

    static func add(_ point: String, _ kills: Int) { counts.change { $0[point, default: 0] += kills } }

    static var all: [String: Int] { counts.value }
}
