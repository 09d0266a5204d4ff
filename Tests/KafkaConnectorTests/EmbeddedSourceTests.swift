// The source on the embedded broker: budgets, patience.

import Columns
import Connectors
import JSONText
import KafkaClient
import Synchronization
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

/// What a source logged.
final class LogLines: Sendable {
    private let all = Mutex<[String]>([])

    /// Takes the lines.
    var handler: LogHandler { { [self] _, line in all.withLock { $0.append(line) } } }

    func count(_ text: String) -> Int { all.withLock { lines in lines.count { $0.contains(text) } } }
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
        #expect(200 * (share.kilobytes * 1024 + share.messages * 320) <= 128 << 20)
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

    @Test("of a batch that was planned before it is told how far the topic reaches now: a backlog is no transaction")
    func latestOffset() throws {
        let broker = try EmbeddedBroker.start()
        defer { broker.close() }
        try broker.createTopic("far", partitions: 1)
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": broker.bootstrapServers]))
        for index in 0..<10 { try producer.send(topic: "far", key: nil, value: [UInt8(index)], partition: 0) }
        try producer.flush()
        producer.close()
        func offset(_ value: Int64) -> JSONValue { KafkaOffsets([TopicPartition("far", 0): value]).json }
        let source = try makeSource(broker.bootstrapServers, ["subscribe": "far"])
        defer { source.close() }
        try source.open()
        let latest = try source.latestOffset()
        #expect(latest == offset(10))
        for reader in try source.readers(from: offset(0), to: offset(4)) {
            while try reader.next() != nil {}
        }
        func figures(_ latest: JSONValue) -> [String: String] {
            Dictionary(
                source.metrics(end: offset(4), latest: latest).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        }
        // With the batch's own end for how far the topic reaches, all that is behind it would seem to be held.
        #expect(figures(offset(4))["lsoLag"] == "6")
        #expect(figures(latest)["lsoLag"] == "0" && figures(latest)["maxOffsetsBehindLatest"] == "6")
        #expect(figures(.null) == ["rowsLost": "0"])
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

    @Test("more partitions than the memory is enough for are refused when the source is opened, with figures")
    func tooManyPartitions() throws {
        let broker = try EmbeddedBroker.start()
        defer { broker.close() }
        try broker.createTopic("many", partitions: 40)
        for (mebibytes, isEnough) in [(3, true), (2, false)] {
            let source = try makeSource(
                broker.bootstrapServers, ["subscribe": "many"], prefetch: PrefetchBudget(bytes: mebibytes << 20))
            defer { source.close() }
            guard !isEnough else {
                try source.open()
                #expect(source.consumer.setting("queued.max.messages.kbytes") == "28")
                continue
            }
            // As often as it is tried: what was refused doesn't count as known.
            for _ in 0..<2 {
                let error = #expect(throws: ConnectorError.self) { try source.open() }
                #expect(error?.code == .tooManyPartitions)
                #expect(
                    error?.message.contains("there are 2 MiB, enough for 32") == true, "\(String(describing: error))")
            }
        }
    }

    @Test("a topic that counts as lost is looked for at the interval, and not at every plan")
    func lostTopic() throws {
        let broker = try EmbeddedBroker.start()
        defer { broker.close() }
        for topic in ["gone", "stays"] { try broker.createTopic(topic, partitions: 1) }
        let lines = LogLines()
        let source = try makeSource(
            broker.bootstrapServers,
            [
                "subscribe": "gone,stays", "failOnDataLoss": "false", "partitionDiscoveryIntervalMs": "86400000",
                "kafka.debug": "metadata",
            ], patience: KafkaPatience(vanished: 0), log: lines.handler)
        defer { source.close() }
        var offset = try source.initialOffset()
        try broker.setTopicError("gone", .unknownTopicOrPartition)
        source.state.withLock { $0.partitions.forget() }
        func plan() throws {
            source.expectNewRows()
            offset = try source.readableRange(from: offset, limit: .configured).end
        }
        try plan()
        #expect(try KafkaOffsets.parse(offset).partitions == [TopicPartition("stays", 0)])
        let before = lines.count("Request metadata for")
        #expect(before > 0)
        for _ in 0..<5 { try plan() }
        #expect(lines.count("Request metadata for") == before)
    }

    @Test("topics that fit a pattern are read, and those that come later from their beginning")
    func pattern() throws {
        let broker = try EmbeddedBroker.start()
        defer { broker.close() }
        for topic in ["events-a", "other"] { try broker.createTopic(topic, partitions: 1) }
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": broker.bootstrapServers]))
        defer { producer.close() }
        func send(_ topic: String, _ value: UInt8) throws {
            try producer.sendAndFlush(topic: topic, key: nil, value: [value], partition: 0)
        }
        try send("events-a", 1)
        try send("other", 2)
        let none = try makeSource(broker.bootstrapServers, ["subscribePattern": "events"])
        defer { none.close() }
        let error = #expect(throws: ConnectorError.self) { try none.initialOffset() }
        #expect(error?.code == .notFound)
        #expect(error?.hint?.contains("topics there are: events-a, other.") == true)

        let source = try makeSource(
            broker.bootstrapServers,
            ["subscribePattern": "events-.*", "startingOffsets": "latest", "partitionDiscoveryIntervalMs": "0"])
        defer { source.close() }
        #expect(source.description == "KafkaV2[SubscribePattern[events-.*]]")
        let start = try source.initialOffset()
        let (a, b) = (TopicPartition("events-a", 0), TopicPartition("events-b", 0))
        #expect(try KafkaOffsets.parse(start) == KafkaOffsets([a: 1]))
        #expect(try source.logIdentities().map(\.name) == ["events-a"])
        try broker.createTopic("events-b", partitions: 1)
        try send("events-b", 3)
        try send("events-a", 4)
        var range = ReadableRange(end: start, latest: start)
        while try KafkaOffsets.parse(range.end) != KafkaOffsets([a: 2, b: 1]) {
            source.expectNewRows()
            range = try source.readableRange(from: start, limit: .configured)
        }
        #expect(try range.start.map { try KafkaOffsets.parse($0) } == KafkaOffsets([a: 1, b: 0]))
        var rows: [[UInt8]] = []
        for reader in try source.readers(from: range.start ?? start, to: range.end) {
            while let batch = try reader.next() {
                rows += (0..<batch.count).map { Array(batch.columns[0].run($0)) }
            }
        }
        #expect(rows.sorted { $0[0] < $1[0] } == [[3], [4]])
    }

    @Test("a query that ends with what there is takes no topic that comes later")
    func patternWithEnd() throws {
        let broker = try EmbeddedBroker.start()
        defer { broker.close() }
        try broker.createTopic("events-a", partitions: 1)
        let source = try makeSource(
            broker.bootstrapServers, ["subscribePattern": "events-.*", "partitionDiscoveryIntervalMs": "0"])
        defer { source.close() }
        let start = try source.initialOffset()
        try source.fixEnd()
        try broker.createTopic("events-b", partitions: 1)
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": broker.bootstrapServers]))
        defer { producer.close() }
        for topic in ["events-a", "events-b"] {
            try producer.sendAndFlush(topic: topic, key: nil, value: [1], partition: 0)
        }
        let range = try source.readableRange(from: start, limit: .configured)
        #expect(range.end == start && range.start == nil)
    }

    @Test("a batch waits for its least rows; a query that ends with what there is does not")
    func leastRows() throws {
        let broker = try EmbeddedBroker.start()
        defer { broker.close() }
        try broker.createTopic("few", partitions: 1)
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": broker.bootstrapServers]))
        defer { producer.close() }
        func send(_ count: Int) throws {
            for _ in 0..<count { try producer.send(topic: "few", key: nil, value: [1], partition: 0) }
            try producer.flush()
        }
        func offset(_ value: Int64) -> JSONValue { KafkaOffsets([TopicPartition("few", 0): value]).json }
        let source = try makeSource(
            broker.bootstrapServers, ["subscribe": "few", "minOffsetsPerTrigger": "5", "maxTriggerDelay": "1d"])
        defer { source.close() }
        func end(from start: Int64, _ limit: ReadLimit = .configured) throws -> JSONValue {
            source.expectNewRows()
            return try source.readableRange(from: offset(start), limit: limit).end
        }
        try send(2)
        _ = try source.initialOffset()
        // The first one comes at once.
        #expect(try end(from: 0) == offset(2))
        try send(4)
        #expect(try end(from: 2) == offset(2))
        #expect(try end(from: 2, .everything) == offset(6))
        try send(1)
        #expect(try end(from: 2) == offset(7))
        try send(1)
        #expect(try end(from: 7) == offset(7))
        try source.fixEnd()
        #expect(try end(from: 7) == offset(8))
    }
}

@Suite("Rows that are gone, on the embedded broker", .serialized)
struct EmbeddedLossTests {
    private let broker: EmbeddedBroker
    private let lines = LogLines()

    init() throws {
        broker = try EmbeddedBroker.start()
        try broker.createTopic("few", partitions: 2)
    }

    private func send(_ partition: Int32, _ values: [[UInt8]]) throws {
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": broker.bootstrapServers]))
        defer { producer.close() }
        for value in values { try producer.send(topic: "few", key: nil, value: value, partition: partition) }
        try producer.flush()
    }

    private func offset(_ offsets: [Int32: Int64]) -> JSONValue {
        KafkaOffsets(
            Dictionary(offsets.map { (TopicPartition("few", $0.key), $0.value) }, uniquingKeysWith: { $1 })
        ).json
    }

    @Test("a loss is told and counted once, though the next batch has to wait for its rows")
    func lossesAndLeastRows() throws {
        defer { broker.close() }
        // The broker keeps the newest 5 MiB of a partition: the first of these are gone.
        try send(1, Array(repeating: Array(repeating: 7, count: 900_000), count: 8))
        try send(0, [[1], [2], [3]])
        let source = try makeSource(
            broker.bootstrapServers,
            [
                "subscribe": "few", "minOffsetsPerTrigger": "100", "maxTriggerDelay": "1d", "failOnDataLoss": "false",
            ], log: lines.handler)
        defer { source.close() }
        let first = try #require(try source.earliest([TopicPartition("few", 1)])[TopicPartition("few", 1)])
        try #require(first > 0)
        func look(from start: JSONValue) throws -> ReadableRange {
            source.expectNewRows()
            return try source.readableRange(from: start, limit: .configured)
        }
        // The first look waits for nothing.
        #expect(try look(from: offset([0: 1, 1: 8])).end == offset([0: 3, 1: 8]))
        #expect(try look(from: offset([0: 1, 1: 8])).end == offset([0: 1, 1: 8]))
        // Each of these would be found again at the next look, if the batch waited.
        let new = try look(from: offset([0: 1]))
        #expect(new.end == offset([0: 3, 1: 8]) && new.start == offset([0: 1, 1: first]))
        #expect(lines.count("new partition few-1 begins at offset") == 1)
        #expect(source.losses.lostRows == first)
        #expect(try look(from: offset([0: 3, 1: 8, 2: 5])).end == offset([0: 3, 1: 8]))
        #expect(lines.count("partition few-2 is gone") == 1)
        #expect(try look(from: offset([0: 9, 1: 8])).end == offset([0: 0, 1: 8]))
        #expect(lines.count("partition few-0 ends at offset 3") == 1)
        // And what is only few rows waits on.
        #expect(try look(from: offset([0: 0, 1: 8])).end == offset([0: 0, 1: 8]))
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
