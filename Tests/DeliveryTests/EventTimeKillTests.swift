// Queries by event time, killed at every point of a batch, against a real Kafka: what comes out is a model's answer.

import JSONText
import KafkaClient
import KafkaTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Event time, killed", .enabled(if: RealKafka.isAvailable, "no real Kafka"))
struct EventTimeKillTests {
    @Test("SIGKILL at each point of a batch, one after the other, while groups become final")
    func pointsOfABatch() async throws {
        await episodes(EventShape.allCases) { shape in
            try EventWorld(shape, seed: .random(in: 0...1_000_000)).dieAtEachPoint()
        }
    }

    @Test(
        "Without the marker, a batch comes twice: the model sees it",
        arguments: [EventShape.means, .windowUpdates, .functions, .processors])
    func withoutMarker(shape: EventShape) async throws {
        try await episode {
            try EventWorld(shape, seed: 1).repeatWithoutMarker(passage: 6)
        }
    }

    @Test(
        "A function over groups whose instance is stopped within a batch, replaced and woken up",
        arguments: [EventShape.functions, .processors])
    func zombies(shape: EventShape) async throws {
        await episodes(Points.ofBatch) { point in
            try EventWorld(shape, seed: .random(in: 0...1_000_000)).giveWay(at: point)
        }
    }

    /// A step of the means' test: rows, and what the query has given when it has read them.
    private struct Step {
        let rows: [String]
        let means: [String]
        let point: String
    }

    private static func row(_ sensor: String, _ time: String, _ value: Int) -> String {
        #"{"sensor":"\#(sensor)","time":"2026-01-01 \#(time):00","value":\#(value)}"#
    }

    private static func mean(_ sensor: String, _ start: String, _ end: String, _ mean: String) -> String {
        #"\#(sensor) {"start":"\#(start):00.000Z","end":"\#(end):00.000Z","mean":\#(mean)}"#
    }

    private static let steps = [
        Step(
            rows: [row("a", "00:02", 1), row("a", "00:07", 3), row("b", "00:07", 10)], means: [],
            point: "afterStatePersisted"),
        Step(
            rows: [row("a", "00:22", 5)],
            means: [
                mean("a", "2025-12-31T23:55", "2026-01-01T00:05", "1.0"),
                mean("a", "2026-01-01T00:00", "2026-01-01T00:10", "2.0"),
                mean("b", "2026-01-01T00:00", "2026-01-01T00:10", "10.0"),
            ], point: "afterOffsetsSent"),
        // Late for the window from 00:00, and in time for the one from 00:05.
        Step(rows: [row("a", "00:08", 9), #"{"sensor":"a","value":100}"#], means: [], point: "afterPlanLogged"),
        Step(
            rows: [row("b", "00:40", 1)],
            means: [
                mean("a", "2026-01-01T00:05", "2026-01-01T00:15", "6.0"),
                mean("b", "2026-01-01T00:05", "2026-01-01T00:15", "10.0"),
                mean("a", "2026-01-01T00:15", "2026-01-01T00:25", "5.0"),
                mean("a", "2026-01-01T00:20", "2026-01-01T00:30", "5.0"),
            ], point: "afterTransactionCommitted"),
    ]

    @Test(
        "the mean over a sliding window, with a kill in each batch",
        arguments: [EventShape.means, .meansInSQL, .meansAtOnce])
    func slidingMean(shape: EventShape) async throws {
        try await episode {
            let world = try EventWorld(shape, seed: 1)
            var means: [String] = []
            for step in Self.steps {
                try world.input.write(json: step.rows)
                try world.runToCrash(step.point, passage: 1)
                try world.runToTheEnd()
                means += step.means
                let found = try world.rows()
                guard found.sorted() == means.sorted() else {
                    throw WaitedInVain(description: "after \(step.rows): \(found), not \(means)")
                }
            }
            // The answers are the same in the end: that they come at once the plans of the batches say.
            guard shape != .meansAtOnce || world.logs.contains(#""emitInCrossingBatch":true"#) else {
                throw WaitedInVain(description: "no batch has given at once what its rows made final")
            }
            guard shape == .meansInSQL else { return }
            let late = try world.lateRows()
            guard late == [#"NULL {"sensor":"a","time":"2026-01-01T00:08:00.000Z","value":9.0}"#] else {
                throw WaitedInVain(description: "too late came \(late)")
            }
        }
    }
}
