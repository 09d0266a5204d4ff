// How a budget of memory is divided among partitions, and that the client is told so.

import KafkaClient
import Testing

@Suite struct PrefetchBudgetTests {
    private static let budget = PrefetchBudget(bytes: 256 << 20)

    @Test(arguments: [1, 4, 16, 64, 128, 200, 256])
    func allPartitionsTogetherStayWithinTheBudget(_ partitions: Int) {
        let share = Self.budget.share(partitions: partitions)
        // Messages of any size: what librdkafka keeps beside each is counted with 320 bytes.
        let bytes = partitions * (share.kilobytes * 1_024 + share.messages * 320 + share.partitionFetchBytes)
        #expect(bytes <= Self.budget.bytes)
        #expect(share.kilobytes >= 384)
        #expect(share.messages >= 1_000)
    }

    @Test func fewPartitionsGetNoMoreThanHelps() {
        #expect(Self.budget.share(partitions: 1).kilobytes == 16_384)
        #expect(Self.budget.share(partitions: 4).messages > 100_000)
    }

    @Test(arguments: [1 << 20, 16 << 20, 256 << 20])
    func whatIsLessThanTheFloorForEachIsShared(_ bytes: Int) {
        let budget = PrefetchBudget(bytes: bytes)
        #expect(budget.maximumPartitions == bytes >> 16)
        for partitions in [1, bytes >> 20, bytes >> 19, budget.maximumPartitions] {
            let share = budget.share(partitions: partitions)
            let each = share.kilobytes * 1_024 + share.messages * 320 + share.partitionFetchBytes
            #expect(partitions * each <= bytes)
            #expect(share.kilobytes >= 24 && share.messages >= 64 && share.partitionFetchBytes >= 16_384)
        }
    }

    @Test func moreThanAnotherShareIsSeen() {
        let share = PrefetchBudget(bytes: 1).share(partitions: 10_000)
        #expect(!share.exceeds(share))
        #expect(Self.budget.share(partitions: 100).exceeds(Self.budget.share(partitions: 200)))
    }

    @Test func theClientIsToldAndTheUserWins() throws {
        let share = Self.budget.share(partitions: 200)
        func client(_ options: [String: String]) throws -> KafkaConsumer {
            let all = ["bootstrap.servers": "localhost:1"].merging(options) { $1 }
            return try KafkaConsumer(KafkaConfiguration(all, role: .consumer), groupId: "g", prefetch: share)
        }
        let usual = try client([:])
        defer { usual.close() }
        #expect(usual.setting("queued.max.messages.kbytes") == "491")
        #expect(usual.setting("queued.min.messages") == "\(share.messages)")
        #expect(usual.setting("fetch.message.max.bytes") == "\(share.partitionFetchBytes)")
        #expect(usual.setting("fetch.max.bytes") == "\(share.fetchBytes)")
        let given = try client([
            "queued.max.messages.kbytes": "77", "message.max.bytes": "70000000", "fetch.message.max.bytes": "5000",
        ])
        defer { given.close() }
        #expect(given.setting("queued.max.messages.kbytes") == "77")
        #expect(given.setting("fetch.message.max.bytes") == "5000")
        #expect(given.setting("fetch.max.bytes") == "70000000")
        let received = try client(["receive.message.max.bytes": "20000000", "fetch.max.bytes": "10000000"])
        defer { received.close() }
        #expect(received.setting("fetch.max.bytes") == "10000000")
    }
}
