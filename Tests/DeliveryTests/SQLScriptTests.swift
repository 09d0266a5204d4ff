// Scripts of SQL, killed against a real Kafka: every count of every INSERT stays right.

import KafkaTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Scripts of SQL, killed", .enabled(if: RealKafka.isAvailable, "no real Kafka"))
struct SQLScriptTests {
    private static let points = [
        "afterPlanLogged", "midBatch", "afterStatePersisted", "midProduce", "afterOffsetsSent",
        "afterTransactionCommitted", "afterCommitLogged",
    ]

    @Test("SIGKILL at points of a batch: the word count")
    func wordCount() async throws {
        await episodes(Self.points) { point in
            let script = try ScriptWorld("sql-\(point)", inserts: 1)
            try script.write(lines: 300)
            for passage in [1, 3] { try script.runToCrash(point, passage: passage) }
            try script.runToTheEnd()
            try script.check()
            KillCount.add(point, 2)
        }
    }

    @Test("SIGKILL at points of a batch: three INSERTs on three checkpoints")
    func threeInserts() async throws {
        await episodes(Self.points) { point in
            let script = try ScriptWorld("sql3-\(point)", inserts: 3)
            try script.write(lines: 150)
            for passage in [1, 4] { try script.runToCrash(point, passage: passage) }
            try script.write(lines: 50)
            try script.runToTheEnd()
            try script.check()
            let checkpoints = (1...3).map { "\(script.folder)/script/counts\($0)-1/metadata" }
            #expect(checkpoints.allSatisfy { access($0, R_OK) == 0 })
            KillCount.add(point, 2)
        }
    }
}

/// A script with word counts from topics of their own.
private struct ScriptWorld {
    private let worlds: [WordCountWorld]
    let folder: String

    init(_ label: String, inserts: Int) throws {
        worlds = try (1...inserts).map { try WordCountWorld("\(label)-\($0)") }
        folder = worlds[0].folder
        guard let file = fopen("\(folder)/script.sql", "w") else { throw WaitedInVain(description: "no script") }
        defer { fclose(file) }
        for (index, world) in worlds.enumerated() { fputs(Self.script(world, index + 1), file) }
    }

    private static func script(_ world: WordCountWorld, _ number: Int) -> String {
        """
        CREATE TABLE lines\(number) USING kafka OPTIONS (
          `kafka.bootstrap.servers` '\(world.servers)', subscribe '\(world.source)', startingOffsets 'earliest',
          maxOffsetsPerTrigger 30);
        CREATE TABLE counts\(number) USING kafka OPTIONS (
          `kafka.bootstrap.servers` '\(world.servers)', topic '\(world.sink)');
        INSERT INTO counts\(number)
        SELECT word AS key, CAST(count(*) AS STRING) AS value
        FROM (SELECT explode(split(CAST(value AS STRING), '\\\\s+')) AS word FROM STREAM lines\(number))
        GROUP BY word;

        """
    }

    func write(lines: Int) throws {
        for world in worlds { try world.input.write(lines: lines) }
    }

    private func start(_ environment: [String: String], _ label: String) throws -> RunningProcess {
        try RunningProcess(
            [
                MillraceBinary.path(), "run", "\(folder)/script.sql", "--checkpoint", "\(folder)/script", "--trigger",
                "available-now",
            ], environment: environment, folder: folder, label: "\(label)-\(UInt32.random(in: .min ... .max))")
    }

    func runToCrash(_ point: String, passage: Int) throws {
        let process = try start(["MILLRACE_CRASH_AT": "\(point):\(passage)"], "crash-\(point)")
        do {
            try process.expectEnd(.killed(signal: SIGKILL))
        } catch {
            throw WaitedInVain(description: "crash point \(point):\(passage) was not reached: \(error)")
        }
    }

    func runToTheEnd() throws { try start([:], "end").expectEnd(.exited(0)) }

    func check() throws {
        for world in worlds { try world.check() }
    }
}
