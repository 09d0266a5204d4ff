// SIGKILL at random on queries of every shape, with other triggers and numbers of workers at each start.

import KafkaTestSupport
import TestSupport
import Testing

@Suite("Every shape killed at random", .enabled(if: RealKafka.isAvailable, "no real Kafka"))
struct ShapeCampaignTests {
    /// How many kills for each shape: `MILLRACE_SHAPE_KILLS`.
    private static let kills = environmentVariable("MILLRACE_SHAPE_KILLS").flatMap { Int($0) } ?? 8
    private static let killsOfAnEpisode = 8
    private static let seed =
        environmentVariable("MILLRACE_CAMPAIGN_SEED").flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000_000)

    @Test("SIGKILL at random moments and points, while lines are written", arguments: Shape.allCases)
    func randomKills(shape: Shape) async throws {
        await Self.kill("\(shape)") { try ShapeWorld(shape, seed: $0) }
    }

    @Test("The same with windows, sessions and duplicates, and with rows that are late", arguments: EventShape.allCases)
    func randomKills(eventShape shape: EventShape) async throws {
        await Self.kill("\(shape)") { try EventWorld(shape, seed: $0) }
    }

    @Test("The same with joins of two streams", arguments: JoinShape.allCases)
    func randomKills(joinShape shape: JoinShape) async throws {
        await Self.kill("\(shape)") { try JoinWorld(shape, seed: $0) }
    }

    @Test("The same between Kafka and files", arguments: FileShape.allCases)
    func randomKills(fileShape shape: FileShape) async throws {
        await Self.kill("\(shape)") { _ in try FileWorld(shape) }
    }

    #if RocksDB
    @Test(
        "The same with the state in RocksDB: windows, duplicates, sessions, functions",
        arguments: [EventShape.means, .windowUpdates, .sessions, .distinct, .distinctWithin, .functions])
    func randomKillsInRocksDB(eventShape shape: EventShape) async throws {
        await Self.kill("\(shape) in RocksDB", isInRocksDB: true) {
            try EventWorld(shape, seed: $0, stateStore: .rocksDB)
        }
    }

    @Test("The same with the state in RocksDB: joins of two streams", arguments: JoinShape.allCases)
    func randomKillsInRocksDB(joinShape shape: JoinShape) async throws {
        await Self.kill("\(shape) in RocksDB", isInRocksDB: true) {
            try JoinWorld(shape, seed: $0, stateStore: .rocksDB)
        }
    }
    #endif

    private static func kill(
        _ shape: String, isInRocksDB: Bool = false,
        _ world: @escaping @Sendable (UInt64) throws -> any KilledWorld
    ) async {
        let count = (kills + killsOfAnEpisode - 1) / killsOfAnEpisode
        let (killed, bad) = (Shared(0), Shared(0))
        await episodes(Array(0..<UInt64(count))) { number in
            let seed = Self.seed + number
            do {
                let hasFiles = try run(world(seed), seed: seed) { killed.change { $0 += 1 } }
                guard !isInRocksDB || hasFiles else {
                    throw WaitedInVain(description: "no run has left files of RocksDB behind")
                }
            } catch {
                bad.change { $0 += 1 }
                throw WaitedInVain(description: "\(shape), seed \(seed): \(error)")
            }
        }
        print("campaign: \(shape), seed \(seed), \(count) episodes, \(killed.value) kills, bad \(bad.value)")
    }

    /// Whether one of the runs has left files of rows outside of memory.
    private static func run(_ world: any KilledWorld, seed: UInt64, killed: () -> Void) throws -> Bool {
        var random = SeededRandom(seed)
        // Enough for groups by event time to become final.
        try world.write { 120 }
        var (kills, hasTurned, hasFiles) = (0, false, false)
        var last: String?
        while kills < killsOfAnEpisode {
            if kills == killsOfAnEpisode / 2, !hasTurned {
                try world.turn()
                hasTurned = true
            }
            try world.write { Int.random(in: 0...40, using: &random) }
            let kill = RandomKill(after: last, passages: 3, milliseconds: 20...900, using: &random)
            let process = try world.start(
                trigger: kill.trigger, maximumOffsets: kill.maximumOffsets, workers: kill.workers,
                environment: kill.environment)
            guard let place = try kill.carryOut(process) else { continue }
            killed()
            kills += 1
            last = place
            hasFiles = hasFiles || LocalBroker.output("ls '\(world.checkpoint)'").contains("spill.")
        }
        try world.runToTheEnd()
        try world.check()
        return hasFiles
    }
}
