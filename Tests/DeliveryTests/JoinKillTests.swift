// Joins of two streams, killed at every point of a batch and taken for dead, against a real Kafka.

import KafkaTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Joins of two streams, killed", .enabled(if: RealKafka.isAvailable, "no real Kafka"))
struct JoinKillTests {
    @Test("SIGKILL at each point of a batch, one after the other, while rows without a partner come out")
    func pointsOfABatch() async throws {
        await episodes(JoinShape.allCases) { shape in
            try JoinWorld(shape, seed: .random(in: 0...1_000_000)).dieAtEachPoint()
        }
    }

    @Test("Without the marker, a batch comes twice: the model sees it")
    func withoutMarker() async throws {
        try await episode {
            try JoinWorld(.left, seed: 1).repeatWithoutMarker(passage: 4)
        }
    }

    @Test("An instance that is stopped within a batch, replaced and woken up ends, and does no harm")
    func zombies() async throws {
        let stops = JoinShape.allCases.flatMap { shape in Points.ofBatch.map { (shape: shape, point: $0) } }
        await episodes(stops) { stop in
            try JoinWorld(stop.shape, seed: .random(in: 0...1_000_000)).giveWay(at: stop.point)
        }
    }
}

/// Impressions with two hours of delay, clicks with three, and one hour between them.
@Suite("Ad clicks", .enabled(if: RealKafka.isAvailable, "no real Kafka"))
struct AdClickTests {
    /// Rows of a batch, and what the query has given when it has read them.
    private struct Step {
        let impressions: [String]
        let clicks: [String]
        let output: [String]
        let point: String
    }

    private static func row(_ ad: String, _ time: String) -> String {
        #"{"adId":"\#(ad)","time":"2026-01-01 \#(time)"}"#
    }

    private static func output(_ ad: String, _ impression: String, _ click: String? = nil) -> String {
        let end = click.map { #","clickTime":"2026-01-01T\#($0).000Z""# } ?? ""
        return #"\#(ad) {"impressionTime":"2026-01-01T\#(impression).000Z"\#(end)}"#
    }

    private static let steps = [
        Step(
            impressions: [row("a", "10:00:00"), row("b", "10:10:00"), row("e", "10:20:00")],
            clicks: [row("a", "10:30:00"), row("c", "10:00:00")], output: [output("a", "10:00:00", "10:30:00")],
            point: "afterStatePersisted"),
        // A click a whole hour later counts, and one that comes a second after that doesn't.
        Step(
            impressions: [row("c", "09:30:00")], clicks: [row("b", "11:10:00"), row("a", "11:00:01")],
            output: [output("b", "10:10:00", "11:10:00"), output("c", "09:30:00", "10:00:00")],
            point: "afterOffsetsSent"),
        // The clicks hold the watermark up.
        Step(impressions: [row("d", "14:00:00")], clicks: [], output: [], point: "afterPlanLogged"),
        // Both watermarks come to 12:00.
        Step(
            impressions: [], clicks: [row("x", "15:00:00")], output: [output("e", "10:20:00")],
            point: "afterTransactionCommitted"),
        // f is late, and g's click, too.
        Step(
            impressions: [row("f", "11:30:00"), row("g", "12:30:00")],
            clicks: [row("d", "14:10:00"), row("f", "12:10:00"), row("g", "11:59:00")],
            output: [output("d", "14:00:00", "14:10:00")], point: "midCommit"),
        Step(
            impressions: [row("z", "18:00:00")], clicks: [row("z", "18:10:00")],
            output: [output("z", "18:00:00", "18:10:00"), output("g", "12:30:00")], point: "afterCommitLogged"),
    ]

    @Test("impressions with their clicks, with a kill in each batch", arguments: ["the API", "SQL"])
    func adClicks(language: String) async throws {
        try await episode {
            let world = try QueryWorld("ad-clicks", topics: 2)
            let inputs = try world.topics.map {
                try EventInput(servers: world.servers, topic: $0, partitions: QueryWorld.partitions, seed: 1)
            }
            func run(_ environment: [String: String]) throws -> RunningProcess {
                guard language == "SQL" else {
                    return try world.start(
                        query: "ad-clicks", trigger: "available-now", maximumOffsets: 200, workers: 2,
                        environment: environment)
                }
                return try world.start(
                    script: "Examples/SQL/adclicks.sql", names: ["impressions", "clicks"], output: "adClicks",
                    trigger: "available-now", maximumOffsets: 200, workers: 2, environment: environment)
            }
            var output: [String] = []
            for step in Self.steps {
                try inputs[0].write(json: step.impressions)
                try inputs[1].write(json: step.clicks)
                try run(["MILLRACE_CRASH_AT": "\(step.point):1"]).expectEnd(.killed(signal: SIGKILL))
                KillCount.add(step.point, 1)
                try run([:]).expectEnd(.exited(0))
                output += step.output
                let found = try world.rows()
                guard found.sorted() == output.sorted() else {
                    throw WaitedInVain(description: "after \(step): \(found), not \(output)")
                }
            }
        }
    }
}
