// Bad rows in a query that is killed, against a real Kafka: each becomes one dead letter, and each other row one row.

import KafkaTestSupport
import Testing

@Suite("Bad rows, killed", .enabled(if: RealKafka.isAvailable, "no real Kafka"))
struct BadRowKillTests {
    @Test("SIGKILL at each point of a batch, one after the other, while bad rows come")
    func pointsOfABatch() async throws {
        try await episode { try BadRowWorld().dieAtEachPoint(hasState: false) }
    }

    @Test("of a thousand messages three are bad: they are there once, whatever point their batch dies at")
    func threeOfAThousand() async throws {
        await episodes(["midBatch", "midProduce", "afterFlush", "afterOffsetsSent", "afterTransactionCommitted"]) {
            point in
            let world = try BadRowWorld()
            try world.write(count: 1000) { [3, 500, 999].contains($0) }
            try world.runToCrash(point, passage: 1, maximumOffsets: 1000)
            KillCount.add(point, 1)
            try world.runToTheEnd()
            try world.check()
        }
    }

    @Test("Without the marker, dead letters come twice: the checker sees it")
    func withoutMarker() async throws {
        try await episode { try BadRowWorld().repeatWithoutMarker(passage: 3) }
    }
}
