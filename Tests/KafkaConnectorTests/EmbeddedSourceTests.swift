// The source on the embedded broker: budgets, patience.

import Columns
import Connectors
import JSONText
import KafkaClient
import Testing
import Threads

@testable import KafkaConnector

/// A source of `value` and `offset` with patience of a test's own.
func makeSource(
    _ servers: String, _ options: [String: String], prefetch: PrefetchBudget = PrefetchBudget(),
    patience: KafkaPatience = KafkaPatience(), log: @escaping LogHandler = { _, _ in }
) throws -> KafkaSource {
    let schema = KafkaSchema.full(includesHeaders: false)
    let given = ["startingOffsets": "earliest", "kafka.bootstrap.servers": servers].merging(options) { $1 }
    let parsed = try KafkaSourceOptions(given)
    return try KafkaSource(
        parsed, columns: Schema(schema.fields.filter { ["value", "offset"].contains($0.name) }),
        configuration: KafkaConfiguration(parsed.properties, role: .consumer), prefetch: prefetch, patience: patience,
        log: log)
}

@Suite("Source on the embedded broker", .serialized)
struct EmbeddedSourceTests {
    @Test("200 partitions share one budget, and the client is told before it fetches anything")
    func manyPartitions() throws {
        let broker = try EmbeddedBroker.start()
        defer { broker.close() }
        try broker.createTopic("many", partitions: 200)
        let source = try makeSource(broker.bootstrapServers, ["subscribe": "many"])
        defer { source.close() }
        let first = source.consumer
        let start = try source.initialOffset()
        #expect(source.consumer !== first)
        let share = PrefetchBudget().share(partitions: 200)
        #expect(source.consumer.prefetch == share)
        #expect(source.consumer.setting("queued.max.messages.kbytes") == "\(share.kilobytes)")
        #expect(source.consumer.setting("queued.min.messages") == "\(share.messages)")
        #expect(200 * (share.kilobytes * 1024 + share.messages * 320) <= (256 << 20) + 200 << 20)
        #expect(try source.readableRange(from: start, limit: .configured).end == start)
        // Read on, it is the same client.
        let client = source.consumer
        _ = try source.readers(from: start, to: start)
        #expect(source.consumer === client)
    }

    @Test("a partition that has to wait while rows of others come is not taken for a broker that is away")
    func starved() throws {
        let broker = try EmbeddedBroker.start()
        defer { broker.close() }
        try broker.createTopic("two", partitions: 2)
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": broker.bootstrapServers]))
        try producer.sendAndFlush(topic: "two", key: nil, value: [1], partition: 0)
        producer.close()
        let patience = KafkaPatience(cancelled: 300_000_000)
        let source = try makeSource(broker.bootstrapServers, ["subscribe": "two"], patience: patience)
        defer { source.close() }
        let start = try source.initialOffset()
        // More than there is: as if its rows were still on their way.
        let end = KafkaOffsets([TopicPartition("two", 0): 1, TopicPartition("two", 1): 5]).json
        let readers = try source.readers(from: start, to: end)
        #expect(readers.count == 2)
        source.cancelReads()
        let begin = Monotonic.nanoseconds
        while Monotonic.nanoseconds - begin < 900_000_000 {
            source.context.add(rows: 1, bytes: 1)
            guard case .nothingYet = try readers[1].poll(waitMilliseconds: 5) else {
                Issue.record("rows out of nowhere")
                return
            }
        }
        #expect { while true { _ = try readers[1].poll(waitMilliseconds: 5) } } throws: {
            ($0 as? ConnectorError)?.code == .cancelled
        }
    }
}

@Suite("Ends that transactions hold")
struct KafkaHeldEndsTests {
    private let patience = KafkaPatience(held: 10, heldAgain: 100)
    private let partition = TopicPartition("t", 0)

    @Test("a word after the readable end has stood still, another one much later, none once it moves")
    func words() {
        var ends = KafkaHeldEnds()
        func observe(_ stable: Int64, _ end: Int64, at now: UInt64) -> [KafkaHeldEnds.Word] {
            ends.observe(stable: [partition: stable], ends: [partition: end], now: now, patience: patience)
        }
        #expect(observe(5, 5, at: 0) == [])
        #expect(observe(5, 9, at: 100) == [])
        #expect(observe(5, 9, at: 109) == [])
        #expect(
            observe(5, 12, at: 110) == [.init(partition: partition, stable: 5, waiting: 7, nanoseconds: 10)])
        #expect(observe(5, 12, at: 200) == [])
        #expect(
            observe(5, 13, at: 210) == [.init(partition: partition, stable: 5, waiting: 8, nanoseconds: 110)])
        // It moved: the clock begins again.
        #expect(observe(6, 13, at: 211) == [])
        #expect(observe(6, 13, at: 220) == [])
        #expect(observe(6, 13, at: 221).count == 1)
        #expect(observe(13, 13, at: 300) == [])
    }
}
