// How much a producer keeps of rows that are not delivered yet, and that the client is told so.

import Testing

@testable import KafkaClient

@Suite struct QueueBudgetTests {
    /// What a client is told: messages, and bytes of keys and values.
    private static func told(
        _ bytes: Int, _ options: [String: String] = [:]
    ) throws -> (messages: Int, bytes: Int) {
        let all = ["bootstrap.servers": "localhost:1"].merging(options) { $1 }
        let producer = try KafkaProducer(
            KafkaConfiguration(all, role: .producer), queue: QueueBudget(bytes: bytes))
        defer { producer.close() }
        func number(_ name: String) throws -> Int { try #require(producer.setting(name).flatMap { Int($0) }) }
        return (try number("queue.buffering.max.messages"), try number("queue.buffering.max.kbytes") * 1_024)
    }

    @Test(
        "what the client keeps beside rows, and their keys and values, are within the budget", arguments: [8, 64, 256])
    func withinTheBudget(mebibytes: Int) throws {
        let limits = try Self.told(mebibytes << 20)
        // A producer fills half of either.
        #expect(limits.messages / 2 * 320 + limits.bytes / 2 <= mebibytes << 20 + 1_024)
        #expect(limits.messages / 2 * 320 > mebibytes << 18 && limits.bytes / 2 > mebibytes << 18)
    }

    @Test("however little there is, a chunk of rows and the largest message find room")
    func floor() throws {
        let least = try Self.told(0)
        #expect(least.messages >= 2 * 1_024 && least.bytes >= 1 << 20 + 1_000_000)
        #expect(try Self.told(0, ["message.max.bytes": "100000000"]).bytes >= 1 << 20 + 100_000_000)
    }

    @Test("the user wins")
    func user() throws {
        let limits = try Self.told(
            8 << 20, ["queue.buffering.max.messages": "5000", "queue.buffering.max.kbytes": "777"])
        #expect(limits.messages == 5_000 && limits.bytes == 777 * 1_024)
    }

    @Test("more rows than there is room for wait for those before them, and all are delivered")
    func waits() throws {
        let broker = try EmbeddedBroker.start()
        defer { broker.close() }
        try broker.createTopic("many", partitions: 1)
        let producer = try KafkaProducer(
            KafkaConfiguration(["bootstrap.servers": broker.bootstrapServers], role: .producer),
            queue: QueueBudget(bytes: 0))
        defer { producer.close() }
        // Five times what may wait, by number and by size.
        let value = [UInt8](repeating: 7, count: 1_000)
        let rows = TestColumns(
            keys: [[UInt8]?](repeating: nil, count: 10_240), values: [[UInt8]?](repeating: value, count: 10_240))
        try rows.withColumns { columns in
            try producer.produce(columns, rows: 0..<rows.count, topic: "many")
            try producer.flush()
        }
        #expect(producer.deliveredCount == rows.count)
    }
}
