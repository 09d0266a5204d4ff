// SIGKILL at random on queries of every shape, with other triggers and numbers of workers at each start.

import KafkaTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

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

    private static func kill(_ shape: String, _ world: @escaping @Sendable (UInt64) throws -> any KilledWorld) async {
        let count = (kills + killsOfAnEpisode - 1) / killsOfAnEpisode
        let (killed, bad) = (Shared(0), Shared(0))
        await episodes(Array(0..<UInt64(count))) { number in
            let seed = Self.seed + number
            do {
                try run(world(seed), seed: seed) { killed.change { $0 += 1 } }
            } catch {
                bad.change { $0 += 1 }
                throw WaitedInVain(description: "\(shape), seed \(seed): \(error)")
            }
        }
        print("campaign: \(shape), seed \(seed), \(count) episodes, \(killed.value) kills, bad \(bad.value)")
    }

    private static func run(_ world: any KilledWorld, seed: UInt64, killed: () -> Void) throws {
        var random = SeededGenerator(seed: seed)
        // Enough for groups by event time to become final.
        try world.write { 120 }
        let points = Points.ofBatch + Points.ofStart
        for number in 0..<killsOfAnEpisode {
            if number == killsOfAnEpisode / 2 { try world.turn() }
            try world.write { Int.random(in: 0...40, using: &random) }
            let point = points.randomElement(using: &random) ?? ""
            let isAtPoint = Bool.random(using: &random)
            let passage = Points.ofStart.contains(point) ? 1 : Int.random(in: 1...3, using: &random)
            let process = try world.start(
                trigger: ["immediately", "processing-time"].randomElement(using: &random) ?? "immediately",
                maximumOffsets: [7, 30, 200].randomElement(using: &random) ?? 30,
                workers: Int.random(in: 1...4, using: &random),
                environment: isAtPoint ? ["MILLRACE_CRASH_AT": "\(point):\(passage)"] : [:])
            // A point that the query does not pass with this input is a kill at a random moment, too.
            let end = monotonicSeconds() + Double(Int.random(in: 20...900, using: &random)) / 1_000
            while process.end == nil, monotonicSeconds() < end + (isAtPoint ? 2 : 0) { usleep(5_000) }
            process.signal(SIGKILL)
            try process.expectEnd(.killed(signal: SIGKILL))
            killed()
        }
        try world.runToTheEnd()
        try world.check()
    }

    private static func monotonicSeconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
