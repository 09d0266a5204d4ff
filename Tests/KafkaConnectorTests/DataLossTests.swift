// Rows that go away under a source: an error with counts, or counted and gone past.

import Columns
import Connectors
import JSONText
import KafkaClient
import KafkaTestSupport
import Synchronization
import Testing
import Threads

@testable import KafkaConnector

@Suite("Data loss on a real Kafka", .enabled(if: RealKafka.isAvailable), .serialized)
struct DataLossTests {
    /// Fetches a few rows ahead and no more, so that a test can take rows away under the reader.
    private static let littleAhead = ["kafka.queued.min.messages": "1", "kafka.fetch.message.max.bytes": "300"]
    private static let patience = KafkaPatience(
        cancelled: 300_000_000, vanished: 1_500_000_000, look: 100_000_000, held: 0)

    /// What a source logged.
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
        func contain(_ text: String) -> Bool { all.withLock { $0.contains { $0.contains(text) } } }
    }

    private let lines = Lines()

    private func source(_ topics: String, failOnDataLoss: Bool, _ extra: [String: String] = [:]) throws -> KafkaSource {
        let options = ["subscribe": topics, "failOnDataLoss": "\(failOnDataLoss)", "partitionDiscoveryIntervalMs": "0"]
        return try makeSource(
            RealKafka.bootstrapServers(), options.merging(extra) { $1 }, patience: Self.patience
        ) { [lines] _, line in lines.all.withLock { $0.append(line) } }
    }

    private func admin<T>(_ body: (KafkaAdmin) throws -> T) throws -> T {
        let admin = try KafkaAdmin(KafkaConfiguration(RealKafka.options()))
        defer { admin.close() }
        return try body(admin)
    }

    /// Rows in record batches of their own, so that a fetch can bring few of them.
    private func send(_ topic: String, _ label: String, _ count: Int) throws {
        let producer = try KafkaProducer(KafkaConfiguration(RealKafka.options(["linger.ms": "0"])))
        defer { producer.close() }
        for index in 0..<count {
            try producer.sendAndFlush(topic: topic, key: nil, value: Array("\(label)\(index)".utf8), partition: 0)
        }
    }

    private func makeAnew(_ topic: String, _ label: String, _ count: Int) throws {
        try admin { admin in
            try admin.deleteTopics([topic])
            while true {
                do {
                    try admin.createTopics([.init(topic, partitions: 1)])
                    break
                } catch  where (error as? KafkaError)?.code == .topicExists { Monotonic.sleep(nanoseconds: 50_000_000) }
            }
        }
        try send(topic, label, count)
    }

    private func at(_ topic: String, _ offset: Int64) -> JSONValue {
        KafkaOffsets([TopicPartition(topic, 0): offset]).json
    }

    /// Reads to the end, and what the error was.
    private func rest(_ reader: any PartitionReader) -> (values: [String], error: ConnectorError?) {
        var found: [String] = []
        do {
            while let batch = try reader.next() { found += RealSourceTests.values(batch) }
            return (found, nil)
        } catch {
            return (found, error as? ConnectorError)
        }
    }

    private func lost(_ source: KafkaSource, _ topic: String, _ offset: Int64) -> String? {
        source.metrics(end: at(topic, offset), latest: at(topic, offset)).first { $0.name == "rowsLost" }?.value
    }

    @Test("records deleted under a batch that was planned with them", arguments: [false, true])
    func deletedInABatch(fails: Bool) throws {
        let topic = try RealKafka.makeTopic("deleted")
        try send(topic, "r", 100)
        let source = try source(topic, failOnDataLoss: fails, Self.littleAhead)
        defer { source.close() }
        _ = try source.initialOffset()
        let reader = try #require(try source.readers(from: at(topic, 0), to: at(topic, 100)).first)
        let first = try #require(try reader.next())
        try admin { try $0.deleteRecords(below: [TopicPartition(topic, 0): 80]) }
        let (values, error) = rest(reader)
        let all = RealSourceTests.values(first) + values
        let ahead = all.prefix { Int($0.dropFirst()).map { $0 < 80 } ?? false }.count
        #expect(ahead < 80)
        #expect(all.prefix(ahead) == (0..<ahead).map { "r\($0)" }[...])
        if fails {
            #expect(error?.code == .dataLoss)
            #expect(
                error?.message.contains("\(80 - ahead) rows of partition \(topic)-0 at offsets \(ahead) to 79") == true)
        } else {
            #expect(error == nil)
            #expect(all.dropFirst(ahead) == (80..<100).map { "r\($0)" }[...])
            #expect(lost(source, topic, 100) == "\(80 - ahead)")
            #expect(lines.contain("failOnDataLoss is false, going on"))
            #expect(source.takeLogBreaks().map(\.kind) == [.reset])
            // The next batch goes on behind it.
            try send(topic, "s", 3)
            #expect(
                try RealSourceTests.read(source, from: at(topic, 100), to: at(topic, 103)) == ["s0", "s1", "s2"])
        }
    }

    @Test("a topic made anew and shorter under a batch that was planned", arguments: [false, true])
    func madeAnewInABatch(fails: Bool) throws {
        let topic = try RealKafka.makeTopic("anew")
        try send(topic, "old", 100)
        let source = try source(topic, failOnDataLoss: fails, Self.littleAhead)
        defer { source.close() }
        _ = try source.initialOffset()
        let reader = try #require(try source.readers(from: at(topic, 60), to: at(topic, 100)).first)
        let first = try #require(try reader.next())
        try makeAnew(topic, "new", 50)
        let (values, error) = rest(reader)
        let all = RealSourceTests.values(first) + values
        #expect(all == (60..<(60 + all.count)).map { "old\($0)" })
        if fails {
            #expect(error?.code == .dataLoss)
            #expect(error?.message.contains("\(40 - all.count) rows of partition") == true)
        } else {
            #expect(error == nil)
            #expect(lost(source, topic, 100) == "\(40 - all.count)")
            #expect(!source.takeLogBreaks().isEmpty)
            // What the new one holds comes in the next two: one that notices, and one that reads.
            let next = try source.readableRange(from: at(topic, 100), limit: .configured)
            #expect(next.end == at(topic, 0))
            #expect(source.takeLogBreaks().map(\.kind).contains(.shorter))
            #expect(try RealSourceTests.read(source, from: at(topic, 100), to: next.end) == [])
            source.expectNewRows()
            let last = try source.readableRange(from: next.end, limit: .configured)
            #expect(last.end == at(topic, 50))
            #expect(try RealSourceTests.read(source, from: next.end, to: last.end) == (0..<50).map { "new\($0)" })
        }
    }

    @Test("a topic deleted under a batch is lost after a while, and not at once", arguments: [false, true])
    func topicDeleted(fails: Bool) throws {
        let (topic, other) = (try RealKafka.makeTopic("gone"), try RealKafka.makeTopic("stays"))
        try send(topic, "r", 40)
        try send(other, "o", 2)
        let source = try source("\(topic),\(other)", failOnDataLoss: fails, Self.littleAhead)
        defer { source.close() }
        _ = try source.initialOffset()
        func offsets(_ own: Int64?, _ others: Int64) -> JSONValue {
            var offsets = KafkaOffsets([TopicPartition(other, 0): others])
            if let own { offsets.values[TopicPartition(topic, 0)] = own }
            return offsets.json
        }
        let readers = try source.readers(from: offsets(0, 2), to: offsets(40, 2))
        let reader = try #require(readers.first)
        _ = try #require(try reader.next())
        try admin { try $0.deleteTopics([topic]) }
        let begin = Monotonic.nanoseconds
        let (_, error) = rest(reader)
        #expect(Monotonic.nanoseconds - begin > Self.patience.vanished)
        #expect(error?.code == (fails ? .dataLoss : nil))
        guard !fails else { return }
        #expect(lines.contain("the topic was deleted"))
        // Planning waits, too, and then goes on with the other topic.
        try send(other, "p", 1)
        var range: ReadableRange?
        while range == nil {
            do {
                range = try source.readableRange(from: offsets(40, 2), limit: .configured)
            } catch let error as ConnectorError {
                try #require(error.code == .unavailable)
                Monotonic.sleep(nanoseconds: 50_000_000)
            }
        }
        #expect(range?.end == offsets(nil, 3))
        #expect(try RealSourceTests.read(source, from: offsets(40, 2), to: offsets(nil, 3)) == ["p0"])
        // Made anew it is read from its beginning, and whoever asks is told.
        try admin { try $0.createTopics([.init(topic, partitions: 1)]) }
        try send(topic, "n", 2)
        var found = offsets(nil, 3)
        while found == offsets(nil, 3) {
            found = try source.readableRange(from: offsets(nil, 3), limit: .configured).end
        }
        #expect(source.takeLogBreaks().contains { $0.log == topic && $0.kind == .missing })
        #expect(try RealSourceTests.read(source, from: offsets(nil, 3), to: offsets(2, 3)) == ["n0", "n1"])
    }

    @Test("an open transaction holds the readable end: the figures and the log say so")
    func openTransaction() throws {
        let topic = try RealKafka.makeTopic("held")
        let producer = try TransactionalProducer(
            KafkaConfiguration(RealKafka.options(), role: .producer), transactionalId: topic)
        defer { producer.close() }
        try producer.initTransactions(topics: [topic])
        try producer.begin()
        let table = texts(["value"], (0..<7).map { ["\($0)"] })
        try KafkaRowLayout(table.schema, topic: topic).produce(table) { try producer.produce($0, rows: $1, topic: $2) }
        try producer.flush()
        let source = try source(topic, failOnDataLoss: true)
        defer { source.close() }
        let start = try source.initialOffset()
        while !lines.contain("has held the readable end at offset 0") {
            source.expectNewRows()
            let range = try source.readableRange(from: start, limit: .configured)
            #expect(range.end == start)
        }
        #expect(lines.contain("partition \(topic)-0: an open transaction"))
        let figures = Dictionary(
            source.metrics(end: start, latest: start).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        #expect(figures["lsoLag"] == "7")
        #expect(figures["maxOffsetsBehindLatest"] == "7")
        try producer.commit()
        try RealKafka.settle(topic)
        source.expectNewRows()
        #expect(try source.readableRange(from: start, limit: .configured).end == at(topic, 8))
        #expect(try RealSourceTests.read(source, from: start, to: at(topic, 8)) == (0..<7).map { "\($0)" })
    }
}
