// SIGKILL at random moments while input arrives; `scripts/campaign` runs many.

import KafkaTestSupport
import TestSupport
import Testing
import Threads

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Killed at random", .enabled(if: RealKafka.isAvailable, "no real Kafka"))
struct CampaignTests {
    /// How many kills: `MILLRACE_CAMPAIGN_KILLS`, or so many that CI has more than 100 with those at named points.
    private static let kills = environmentVariable("MILLRACE_CAMPAIGN_KILLS").flatMap { Int($0) } ?? 48
    /// The first episode's seed: `MILLRACE_CAMPAIGN_SEED`, or another one each time.
    private static let seed =
        environmentVariable("MILLRACE_CAMPAIGN_SEED").flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000_000)
    private static let killsOfAnEpisode = 8

    @Test("SIGKILL at random moments and points, while lines are written")
    func randomKills() async throws {
        let count = (Self.kills + Self.killsOfAnEpisode - 1) / Self.killsOfAnEpisode
        let bad = Shared(0)
        let kills = Shared<[String: Int]>([:])
        await episodes(Array(0..<UInt64(count))) { number in
            let seed = Self.seed + number
            do {
                try Self.run(seed: seed) { point in kills.change { $0[point, default: 0] += 1 } }
            } catch {
                bad.change { $0 += 1 }
                throw WaitedInVain(description: "seed \(seed): \(error)")
            }
        }
        let table = kills.value.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let total = kills.value.values.reduce(0, +)
        print("campaign: seed \(Self.seed), \(count) episodes, \(total) kills (\(table)), bad \(bad.value)")
        #expect(total >= Self.kills || bad.value > 0)
    }

    /// One query that is killed again and again while its input grows, then runs to the end and must be right.
    private static func run(seed: UInt64, killed: @Sendable (String) -> Void) throws {
        var random = SeededRandom(seed)
        let world = try WordCountWorld("random", seed: seed)
        try world.input.write(lines: 50)
        let isDone = Shared(false)
        let feeder = try NamedThread(ifPossible: "feeder") {
            while !isDone.value {
                // A broker that refuses shows as input that is missing; the truth counts only what was confirmed.
                try? world.input.write(lines: 10)
                usleep(20_000)
            }
        }
        defer {
            isDone.change { $0 = true }
            feeder.join()
        }
        var kills = 0
        var last: String?
        while kills < killsOfAnEpisode {
            let kill = RandomKill(after: last, passages: 12, milliseconds: 20...1_200, using: &random)
            let trigger = kill.trigger == "processing-time" ? "50 milliseconds" : kill.trigger
            let process = try world.start(
                .continuous, maximumOffsets: kill.maximumOffsets, environment: kill.environment,
                extra: ["--trigger", trigger, "--workers", String(kill.workers)])
            guard let place = try kill.carryOut(process) else { continue }
            killed(place)
            kills += 1
            last = place
        }
        isDone.change { $0 = true }
        feeder.join()
        try world.runToTheEnd()
        try world.check()
    }
}
