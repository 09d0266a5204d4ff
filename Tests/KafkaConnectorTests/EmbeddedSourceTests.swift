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

    @Test("whoever waits for rows is woken when they arrive")
    func arrivals() throws {
        let broker = try EmbeddedBroker.start()
        defer { broker.close() }
        try broker.createTopic("quiet", partitions: 1)
        let source = try makeSource(broker.bootstrapServers, ["subscribe": "quiet", "kafka.fetch.wait.max.ms": "10"])
        defer { source.close() }
        let signal = QueueSignal()
        source.setDataArrivalHandler { signal.wake() }
        let start = try source.initialOffset()
        // Nothing to read: the partition is fetched from now on, and its end is told once.
        #expect(try source.readableRange(from: start, limit: .configured).end == start)
        #expect(signal.wait(since: 0, timeoutMilliseconds: 10_000))
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": broker.bootstrapServers]))
        defer { producer.close() }
        try producer.sendAndFlush(topic: "quiet", key: nil, value: [1], partition: 0)
        while try source.readableRange(from: start, limit: .configured).end == start {
            let mark = signal.mark
            guard try source.readableRange(from: start, limit: .configured).end == start else { break }
            #expect(signal.wait(since: mark, timeoutMilliseconds: 10_000))
        }
    }

    @Test(
        "a start where no row can be is refused before anything is kept, with what is there",
        arguments: [
            (#"{"known": {"0": 4, "1": 0}}"#, "begins partition known-0 at offset 4, and it has offsets 0 to 3"),
            (#"{"known": {"0": 3}}"#, "lacks [\"known-1\"]"),
            (#"{"known": {"0": 3, "1": 0, "2": 0}}"#, "names unknown partitions [\"known-2\"]"),
            (#"{"known": {"0": 3, "1": -1}}"#, nil), (#"{"known": {"0": -2, "1": -2}}"#, nil),
        ] as [(String, String?)])
    func impossibleStart(offsets: String, expected: String?) throws {
        let broker = try EmbeddedBroker.start()
        defer { broker.close() }
        try broker.createTopic("known", partitions: 2)
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": broker.bootstrapServers]))
        for value in 0..<3 as Range<UInt8> { try producer.send(topic: "known", key: nil, value: [value], partition: 0) }
        try producer.flush()
        producer.close()
        let source = try makeSource(
            broker.bootstrapServers, ["subscribe": "known", "startingOffsets": offsets])
        defer { source.close() }
        do {
            _ = try source.initialOffset()
            #expect(expected == nil)
        } catch let error as ConnectorError {
            #expect(error.code == .invalidOption)
            #expect(error.message.contains(try #require(expected)), "\(error)")
        }
    }

    @Test("two sources read one topic side by side, each at its own pace and with figures of its own")
    func twoSources() throws {
        let broker = try EmbeddedBroker.start()
        defer { broker.close() }
        try broker.createTopic("shared", partitions: 1)
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": broker.bootstrapServers]))
        for index in 0..<10 { try producer.send(topic: "shared", key: nil, value: [UInt8(index)], partition: 0) }
        try producer.flush()
        producer.close()
        func offset(_ value: Int64) -> JSONValue { KafkaOffsets([TopicPartition("shared", 0): value]).json }
        let sources = try (0..<2).map { _ in try makeSource(broker.bootstrapServers, ["subscribe": "shared"]) }
        defer { for source in sources { source.close() } }
        for source in sources { #expect(try source.initialOffset() == offset(0)) }
        for (end, source) in zip([Int64(10), 4], sources) {
            #expect(try source.readableRange(from: offset(0), limit: .configured).end == offset(10))
            var rows = 0
            for reader in try source.readers(from: offset(0), to: offset(end)) {
                while let batch = try reader.next() { rows += batch.count }
            }
            #expect(rows == Int(end))
            let figures = source.metrics(end: offset(end), latest: offset(10))
            #expect(figures.first { $0.name == "maxOffsetsBehindLatest" }?.value == "\(10 - end)")
        }
        // The first one's reading has not moved the second one.
        let readers = try sources[1].readers(from: offset(4), to: offset(10))
        #expect(try readers.first?.next()?.count == 6)
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
