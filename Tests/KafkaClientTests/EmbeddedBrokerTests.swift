// The client against librdkafka's mock cluster: what does not depend on transactions.

import KafkaClient
import KafkaTestSupport
import Synchronization
import Testing

@Suite(.serialized) struct EmbeddedBrokerTests {
    private func options(_ broker: EmbeddedBroker, _ extra: [String: String] = [:]) -> [String: String] {
        ["bootstrap.servers": broker.bootstrapServers].merging(extra) { $1 }
    }

    private func world(partitions: Int = 1) throws -> (EmbeddedBroker, KafkaProducer) {
        let broker = try EmbeddedBroker.start()
        try broker.createTopic("events", partitions: partitions)
        return (broker, try KafkaProducer(KafkaConfiguration(options(broker))))
    }

    @Test func nullEmptyAndLargeKeysAndValuesComeBack() throws {
        let (broker, producer) = try world()
        defer { broker.close() }
        let large = [UInt8](repeating: 7, count: 999_000)
        let rows: [([UInt8]?, [UInt8]?)] = [
            (nil, nil), ([], []), ([1, 0, 2], [0]), (nil, []), ([], nil), ([9], large), (Array("key".utf8), nil),
        ]
        for (key, value) in rows { try producer.send(topic: "events", key: key, value: value, partition: 0) }
        try producer.flush()
        #expect(producer.deliveredCount == rows.count)
        producer.close()
        let (messages, end) = try readToEnd(TopicPartition("events", 0), options: options(broker))
        #expect(end == 7)
        #expect(messages.map(\.offset) == Array(0..<7))
        #expect(messages.map(\.key) == rows.map(\.0))
        #expect(messages.map(\.value) == rows.map(\.1))
    }

    @Test func headersAndTimestampsComeBack() throws {
        let (broker, producer) = try world()
        defer { broker.close() }
        let headers = [
            KafkaHeader("a", [1, 2]), KafkaHeader("a", nil), KafkaHeader("empty", []), KafkaHeader("ä", [0]),
        ]
        try producer.send(
            topic: "events", key: nil, value: [1], partition: 0, timestampMilliseconds: 1_234_567, headers: headers)
        try producer.flush()
        producer.close()
        let message = try #require(readToEnd(TopicPartition("events", 0), options: options(broker)).messages.first)
        #expect(message.headers == headers)
        #expect(message.timestampMilliseconds == 1_234_567)
        #expect(message.timestampType == 0)
    }

    @Test func readsFromTheExactOffsetAndAgainFromAnEarlierOne() throws {
        let (broker, producer) = try world(partitions: 2)
        defer { broker.close() }
        for index in 0..<100 {
            try producer.send(topic: "events", key: nil, value: Array("\(index)".utf8), partition: 0)
            try producer.send(topic: "events", key: nil, value: Array("other".utf8), partition: 1)
        }
        try producer.flush()
        producer.close()
        let consumer = try KafkaConsumer(KafkaConfiguration(options(broker)), groupId: "g")
        defer { consumer.close() }
        let zero = TopicPartition("events", 0)
        let one = TopicPartition("events", 1)
        try consumer.assign([zero: 60])
        #expect(try readToEnd(zero, of: consumer).messages.map(\.offset) == Array(60..<100))
        #expect(consumer.queue(for: one) == nil)
        try consumer.add([one: 98])
        #expect(try readToEnd(one, of: consumer).messages.map(\.offset) == [98, 99])
        #expect(throws: KafkaError.self) { try consumer.add([one: 0]) }
        for start in [Int64(10), 95, 0] {
            try consumer.assign([zero: start])
            #expect(try readToEnd(zero, of: consumer).messages.map(\.offset) == Array(start..<100))
        }
    }

    @Test func anEmptyPartitionTellsItsEnd() throws {
        let (broker, producer) = try world()
        defer { broker.close() }
        producer.close()
        let (messages, end) = try readToEnd(TopicPartition("events", 0), options: options(broker))
        #expect(messages.isEmpty)
        #expect(end == 0)
    }

    @Test func offsetsThatAreGoneAreAnErrorWithItsPlace() throws {
        let (broker, producer) = try world()
        defer { broker.close() }
        try producer.sendAndFlush(topic: "events", key: nil, value: [1], partition: 0)
        producer.close()
        let error = #expect(throws: KafkaError.self) {
            _ = try readToEnd(TopicPartition("events", 0), from: 50, options: options(broker))
        }
        #expect(error?.code == .automaticOffsetReset)
        #expect(error?.topic == "events")
        #expect(error?.partition == 0)
        #expect(error?.hint?.contains("retention") == true)
    }

    @Test func aRecordThatIsTooLargeNamesItsRowKeyAndSize() throws {
        let (broker, producer) = try world()
        defer { broker.close() }
        let table = TestColumns(
            keys: [Array("small".utf8), Array("key".utf8)], values: [[1], [UInt8](repeating: 1, count: 1_199_990)])
        let error = #expect(throws: KafkaError.self) {
            try table.withColumns { try producer.produce($0, rows: 0..<2, topic: "events") }
        }
        producer.close()
        #expect(error?.code == .messageTooLarge)
        #expect(error?.row == 1)
        #expect(error?.topic == "events")
        #expect(error?.message.contains("'key'") == true)
        #expect(error?.message.contains("1199990 bytes") == true)
    }

    @Test func topicErrorsAreInTheMetadata() throws {
        let (broker, producer) = try world(partitions: 3)
        defer { broker.close() }
        producer.close()
        try broker.createTopic("missing", partitions: 1)
        try broker.setTopicError("missing", .unknownTopicOrPartition)
        try broker.createTopic("secret", partitions: 1)
        try broker.setTopicError("secret", .topicAuthorizationFailed)
        let consumer = try KafkaConsumer(KafkaConfiguration(options(broker)), groupId: "g")
        defer { consumer.close() }
        let topics = try consumer.metadata(topics: ["events", "missing", "secret"], timeoutMilliseconds: 10_000)
        #expect(topics.map(\.topic) == ["events", "missing", "secret"])
        #expect(topics.first?.partitions.map(\.partition) == [0, 1, 2])
        #expect(topics.map { $0.error?.code } == [nil, .unknownTopicOrPartition, .topicAuthorizationFailed])
        #expect(topics.last?.error?.domain == .user)
        #expect(topics.dropFirst().first?.error?.hint?.contains("create the topic") == true)
        let all = try consumer.metadata(topics: nil, timeoutMilliseconds: 10_000)
        #expect(all.map(\.topic).contains("events"))
    }

    @Test func transientErrorsAreRetriedAndLastingOnesSurface() throws {
        let (broker, producer) = try world()
        defer { broker.close() }
        try broker.injectErrors(.produce, [.transport, KafkaErrorCode(rawValue: 19)])
        try producer.sendAndFlush(topic: "events", key: [1], value: [1], partition: 0)
        #expect(producer.deliveredCount == 1)
        try broker.injectErrors(.produce, [.topicAuthorizationFailed])
        let error = #expect(throws: KafkaError.self) {
            try producer.sendAndFlush(topic: "events", key: Array("k1".utf8), value: [2], partition: 0)
        }
        #expect(error?.code == .topicAuthorizationFailed)
        #expect(error?.message.contains("'k1'") == true)
        producer.close()
        #expect(throws: KafkaError.self) { try producer.sendAndFlush(topic: "events", key: nil, value: nil) }
        try broker.injectErrors(.fetch, [.transport, KafkaErrorCode(rawValue: 6)])
        #expect(try readToEnd(TopicPartition("events", 0), options: options(broker)).messages.count == 1)
    }

    @Test(arguments: [
        ("127.0.0.1:1", "nothing listens there"), ("no-such-host.invalid:9092", "host's name"),
    ])
    func aBrokerThatCannotBeReachedIsNamed(_ servers: String, _ advice: String) throws {
        let lines = Mutex<[KafkaLogRecord]>([])
        let admin = try KafkaAdmin(KafkaConfiguration(["bootstrap.servers": servers])) { record in
            lines.withLock { $0.append(record) }
        }
        defer { admin.close() }
        let error = #expect(throws: KafkaError.self) { try admin.metadata(topics: nil, timeoutMilliseconds: 1_500) }
        #expect(error?.message.contains(servers) == true)
        #expect(error?.hint?.contains(advice) == true, "\(String(describing: error))")
        #expect(error?.domain == .external)
        #expect(error?.isRetriable == true)
        #expect(lines.withLock { $0.contains { $0.kind == .error } })
    }

    @Test func aBrokerComesBack() throws {
        let (broker, producer) = try world()
        defer { broker.close() }
        try producer.sendAndFlush(topic: "events", key: nil, value: [1], partition: 0)
        try broker.brokerDown(1)
        try producer.send(topic: "events", key: nil, value: [2], partition: 0)
        #expect(throws: KafkaError.self) { try producer.flush(timeoutMilliseconds: 300) }
        try broker.brokerUp(1)
        try producer.flush()
        #expect(producer.deliveredCount == 2)
        producer.close()
        #expect(throws: KafkaError.self) { try broker.brokerDown(7) }
    }

    @Test func theSignalWakesForAnyQueue() throws {
        let (broker, producer) = try world(partitions: 2)
        defer { broker.close() }
        let consumer = try KafkaConsumer(
            KafkaConfiguration(options(broker, ["fetch.wait.max.ms": "10"])), groupId: "g")
        defer { consumer.close() }
        let partitions = [TopicPartition("events", 0), TopicPartition("events", 1)]
        try consumer.assign([partitions[0]: 0, partitions[1]: 0])
        let queues = partitions.compactMap { consumer.queue(for: $0) }
        #expect(queues.count == 2)
        let signal = consumer.arrivals
        var batch = MessageBatch(capacity: 10)
        func readUntil(_ isDone: (borrowing MessageBatch) -> Bool) throws {
            while true {
                let mark = signal.mark
                for queue in queues { try queue.read(into: &batch, maximumCount: 10) }
                if isDone(batch) { return }
                #expect(signal.wait(since: mark, timeoutMilliseconds: 10_000))
            }
        }
        try readUntil { _ in queues.allSatisfy { $0.end != nil } }
        for partition in [Int32(1), 0] {
            try producer.sendAndFlush(topic: "events", key: nil, value: [UInt8(partition)], partition: partition)
            try readUntil { !$0.isEmpty }
            #expect(batch.count == 1)
            #expect(batch.value(0) == [UInt8(partition)])
            batch.removeAll()
            // The partition's end comes after its message.
            try readUntil { _ in queues.allSatisfy { $0.end != nil } }
        }
        let mark = signal.mark
        #expect(!signal.wait(since: mark, timeoutMilliseconds: 1))
        signal.wake()
        #expect(signal.wait(since: mark, timeoutMilliseconds: 0))
        producer.close()
    }
}
