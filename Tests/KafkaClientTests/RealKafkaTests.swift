// What only a real Kafka shows: transactions, fencing, last stable offsets, placement of keys.

import KafkaClient
import KafkaTestSupport
import Testing

@Suite(.serialized, .enabled(if: RealKafka.isAvailable)) struct RealKafkaTests {
    private func transactional(_ id: String, _ extra: [String: String] = [:]) throws -> TransactionalProducer {
        try TransactionalProducer(KafkaConfiguration(RealKafka.options(extra), role: .producer), transactionalId: id)
    }

    private func produce(_ producer: TransactionalProducer, _ topic: String, _ texts: [String]) throws {
        let table = TestColumns(keys: texts.map { _ in nil }, values: texts.map { Array($0.utf8) })
        try table.withColumns {
            try producer.produce($0, rows: 0..<table.count, topic: topic)
            try producer.flush()
        }
    }

    private func texts(_ topic: String, _ extra: [String: String] = [:]) throws -> [String?] {
        try readToEnd(TopicPartition(topic, 0), options: RealKafka.options(extra)).messages.map(\.text)
    }

    private func consumer(_ group: String, _ extra: [String: String] = [:]) throws -> KafkaConsumer {
        try KafkaConsumer(KafkaConfiguration(RealKafka.options(extra), role: .consumer), groupId: group)
    }

    @Test func committedRowsAreSeenAndAbortedAndOpenOnesAreNot() throws {
        let topic = try RealKafka.makeTopic("commit")
        let partition = TopicPartition(topic, 0)
        let producer = try transactional(topic)
        defer { producer.close() }
        try producer.initTransactions(topics: [topic])
        let reader = try consumer("reader")
        defer { reader.close() }
        let dirty = try consumer("reader", ["isolation.level": "read_uncommitted"])
        defer { dirty.close() }

        try producer.begin()
        try produce(producer, topic, ["a", "b"])
        #expect(try texts(topic) == [])
        #expect(try texts(topic, ["isolation.level": "read_uncommitted"]) == ["a", "b"])
        // An open transaction holds the last stable offset back.
        #expect(try reader.latestOffsets([partition], timeoutMilliseconds: 10_000) == [partition: 0])
        #expect(try dirty.latestOffsets([partition], timeoutMilliseconds: 10_000) == [partition: 2])
        try producer.commit()
        try RealKafka.settle(topic)
        #expect(try texts(topic) == ["a", "b"])
        // Two rows and the marker: the end's position passes what is no row.
        #expect(try reader.latestOffsets([partition], timeoutMilliseconds: 10_000) == [partition: 3])
        #expect(try readToEnd(partition, options: RealKafka.options()).end == 3)

        try producer.begin()
        try produce(producer, topic, ["c"])
        try producer.abort()
        try RealKafka.settle(topic)
        #expect(try texts(topic) == ["a", "b"])
        #expect(try texts(topic, ["isolation.level": "read_uncommitted"]) == ["a", "b", "c"])
        #expect(try readToEnd(partition, options: RealKafka.options()).end == 5)
        #expect(try reader.earliestOffsets([partition], timeoutMilliseconds: 10_000) == [partition: 0])
        #expect(producer.acceptedCount == 3)
        #expect(producer.deliveredCount == 3)
    }

    @Test func aNewInstanceFencesTheOldOneAndEndsItsTransaction() throws {
        let topic = try RealKafka.makeTopic("fence")
        let zombie = try transactional(topic)
        defer { zombie.close() }
        try zombie.initTransactions(topics: [topic])
        try zombie.begin()
        try produce(zombie, topic, ["zombie"])
        let heir = try transactional(topic)
        defer { heir.close() }
        try heir.initTransactions(topics: [topic])
        let error = #expect(throws: KafkaError.self) { try zombie.commit(timeoutMilliseconds: 20_000) }
        #expect(error?.code == .fenced, "\(String(describing: error))")
        #expect(error?.isFatal == true)
        #expect(error?.isRetriable == false)
        try heir.begin()
        try produce(heir, topic, ["heir"])
        try heir.commit()
        try RealKafka.settle(topic)
        #expect(try texts(topic) == ["heir"])
    }

    @Test func offsetsAndTheirNotesAreCommittedWithTheRows() throws {
        let source = try RealKafka.makeTopic("source", partitions: 2)
        let sink = try RealKafka.makeTopic("sink")
        let group = RealKafka.uniqueName("group")
        let partitions = [TopicPartition(source, 0), TopicPartition(source, 1)]
        let producer = try transactional(group)
        defer { producer.close() }
        try producer.initTransactions(topics: [sink])
        let reader = try consumer(group)
        defer { reader.close() }
        #expect(try reader.committed(partitions, timeoutMilliseconds: 30_000).isEmpty)

        let note = #"{"v":1,"b":7,"a":"x1","h":"ä"}"#
        let first = [
            partitions[0]: CommittedOffset(offset: 5, metadata: note),
            partitions[1]: CommittedOffset(offset: 0, metadata: ""),
        ]
        try producer.begin()
        try produce(producer, sink, ["row"])
        try producer.sendOffsets(first, group: group)
        try producer.commit()
        #expect(try reader.committed(partitions, timeoutMilliseconds: 30_000) == first)

        try producer.begin()
        try producer.sendOffsets([partitions[0]: CommittedOffset(offset: 9, metadata: "no")], group: group)
        // Offsets of a transaction that is not decided are waited for, not guessed.
        let pending = #expect(throws: KafkaError.self) {
            try reader.committed(partitions, timeoutMilliseconds: 1_200)
        }
        // Not "timed out", which is all that librdkafka says.
        #expect(pending?.code == .unstableOffsetCommit, "\(String(describing: pending))")
        #expect(pending?.isRetriable == true)
        #expect(pending?.topic == source)
        #expect(pending?.message.contains("those of group '\(group)' belong to a transaction") == true)
        try producer.abort()
        #expect(try reader.committed(partitions, timeoutMilliseconds: 30_000) == first)
    }

    /// Java's `Utils.murmur2` of these keys, from Apache Kafka's own tests.
    private static let murmur2: [(String, Int32)] = [
        ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
    ]

    @Test func keysGoToJavasPartitions() throws {
        let topic = try RealKafka.makeTopic("murmur", partitions: 7)
        let producer = try KafkaProducer(KafkaConfiguration(RealKafka.options()))
        defer { producer.close() }
        for (key, _) in Self.murmur2 { try producer.send(topic: topic, key: Array(key.utf8), value: nil) }
        try producer.flush()
        for partition in Int32(0)..<7 {
            let messages = try readToEnd(TopicPartition(topic, partition), options: RealKafka.options()).messages
            let expected = Self.murmur2.filter { ($0.1 & 0x7fff_ffff) % 7 == partition }.map(\.0)
            #expect(messages.map { String(decoding: $0.key ?? [], as: UTF8.self) } == expected)
        }
    }

    @Test func tenMegabytesComeBack() throws {
        let topic = try RealKafka.makeTopic("large", settings: ["max.message.bytes": "20000000"])
        let producer = try transactional(topic, ["message.max.bytes": "20000000"])
        defer { producer.close() }
        try producer.initTransactions(topics: [topic])
        let value = [UInt8]((0..<10_485_760).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let table = TestColumns(keys: [nil], values: [value])
        try producer.begin()
        try table.withColumns {
            try producer.produce($0, rows: 0..<1, topic: topic)
            try producer.flush()
        }
        try producer.commit()
        try RealKafka.settle(topic)
        let messages = try readToEnd(TopicPartition(topic, 0), options: RealKafka.options()).messages
        #expect(messages.count == 1)
        #expect(messages.first?.value == value)
    }

    @Test func aRefusedRowKeepsTheTransactionFromBeingCommitted() throws {
        let topic = try RealKafka.makeTopic("refused")
        let producer = try transactional(topic)
        defer { producer.close() }
        try producer.initTransactions(topics: [topic])
        try producer.begin()
        let table = TestColumns(keys: [nil, nil], values: [[1], [UInt8](repeating: 0, count: 1_100_000)])
        try table.withColumns { columns in
            let error = #expect(throws: KafkaError.self) { try producer.produce(columns, rows: 0..<2, topic: topic) }
            #expect(error?.code == .messageTooLarge)
            #expect(error?.row == 1)
            #expect(throws: KafkaError.self) { try producer.commit() }
            try producer.abort()
        }
        try RealKafka.settle(topic)
        #expect(try texts(topic) == [])
    }

    @Test func columnsWithPartitionsSelectionAndHeadersArrive() throws {
        let topic = try RealKafka.makeTopic("columns", partitions: 2)
        let producer = try transactional(topic)
        defer { producer.close() }
        try producer.initTransactions(topics: [topic])
        let table = TestColumns(keys: [nil, [], [1], [2]], values: [[], [5], nil, [6, 7]])
        try producer.begin()
        try [Int32(1), 1, 0, 1].withUnsafeBufferPointer { partitions in
            try [Int32(3), 1, 0].withUnsafeBufferPointer { selection in
                try table.withColumns { columns in
                    var columns = columns
                    columns.partitions = partitions.baseAddress
                    try producer.produce(columns, rows: 0..<4, topic: topic)
                    columns.selection = selection.baseAddress
                    columns.headers = { $0 == 1 ? [] : [KafkaHeader("row", [UInt8($0)]), KafkaHeader("none", nil)] }
                    try producer.produce(columns, rows: 0..<3, topic: topic)
                    try producer.flush()
                }
            }
        }
        try producer.commit()
        try RealKafka.settle(topic, partitions: 2)
        let options = try RealKafka.options()
        let zero = try readToEnd(TopicPartition(topic, 0), options: options).messages
        #expect(zero.map(\.key) == [[1]])
        #expect(zero.map(\.value) == [nil])
        let one = try readToEnd(TopicPartition(topic, 1), options: options).messages
        #expect(one.map(\.key) == [nil, [], [2], [2], [], nil])
        #expect(one.map(\.value) == [[], [5], [6, 7], [6, 7], [5], []])
        #expect(one.map(\.headers.count) == [0, 0, 0, 2, 0, 2])
        #expect(one.last?.headers == [KafkaHeader("row", [0]), KafkaHeader("none", nil)])
    }

    @Test func topicsThatAreThereOrNot() throws {
        let topic = try RealKafka.makeTopic("admin", partitions: 3)
        let admin = try KafkaAdmin(KafkaConfiguration(RealKafka.options()))
        defer { admin.close() }
        let again = #expect(throws: KafkaError.self) { try admin.createTopics([.init(topic, partitions: 3)]) }
        #expect(again?.code == .topicExists)
        #expect(again?.topic == topic)
        let unknown = try admin.metadata(topics: [topic + "-x"], timeoutMilliseconds: 10_000)
        #expect(unknown.map { $0.error?.code } == [.unknownTopicOrPartition])
        let producer = try transactional(topic)
        let error = #expect(throws: KafkaError.self) { try producer.initTransactions(topics: [topic + "-x"]) }
        producer.close()
        #expect(error?.code == .unknownTopicOrPartition)
        #expect(error?.topic == topic + "-x")
        try admin.deleteTopics([topic])
    }

    @Test func offsetsOfTimes() throws {
        let topic = try RealKafka.makeTopic("times")
        let partition = TopicPartition(topic, 0)
        let producer = try KafkaProducer(KafkaConfiguration(RealKafka.options()))
        defer { producer.close() }
        for time in [Int64(1_000), 2_000, 3_000] {
            try producer.send(topic: topic, key: nil, value: [1], partition: 0, timestampMilliseconds: time)
        }
        try producer.flush()
        let reader = try consumer("times")
        defer { reader.close() }
        for (time, offset) in [(Int64(0), Int64?(0)), (1_001, 1), (3_000, 2), (3_001, nil)] {
            let found = try reader.offsetsForTimestamps([partition: time], timeoutMilliseconds: 10_000)
            #expect(found == [partition: offset], "time \(time)")
        }
        let stranger = TopicPartition(topic, 9)
        let error = #expect(throws: KafkaError.self) {
            try reader.latestOffsets([partition, stranger], timeoutMilliseconds: 3_000)
        }
        #expect(error?.code == .unknownPartition, "\(String(describing: error))")
    }

    /// librdkafka keeps what it was told of a topic for a quarter of an hour; what is not in there may be there.
    @Test(.enabled(if: LocalBroker.home != nil, "no KAFKA_HOME with Kafka's tools"))
    func partitionsThatCameSinceAreAskedFor() throws {
        let topic = try RealKafka.makeTopic("grown")
        let reader = try consumer("grown")
        defer { reader.close() }
        let (first, second) = (TopicPartition(topic, 0), TopicPartition(topic, 1))
        #expect(try reader.latestOffsets([first], timeoutMilliseconds: 30_000) == [first: 0])
        let home = try #require(LocalBroker.home)
        let servers = try RealKafka.bootstrapServers()
        let said = LocalBroker.output(
            "'\(home)/kafka' topics --bootstrap-server \(servers) --alter --topic \(topic) --partitions 2 2>&1")
        #expect(
            try reader.latestOffsets([first, second], timeoutMilliseconds: 30_000) == [first: 0, second: 0], "\(said)")
    }

    /// Messages fetched ahead for the old assignment must not come in the new one.
    @Test func assignmentsWhileMessagesAreFetchedAheadStayExact() throws {
        let topic = try RealKafka.makeTopic("again", partitions: 2)
        let partitions = [TopicPartition(topic, 0), TopicPartition(topic, 1)]
        let producer = try KafkaProducer(KafkaConfiguration(RealKafka.options()))
        defer { producer.close() }
        for index in 0..<100_000 {
            try producer.send(
                topic: topic, key: nil, value: [UInt8](repeating: 1, count: 50), partition: Int32(index % 2))
        }
        try producer.flush()
        let reader = try consumer("again")
        defer { reader.close() }
        #expect(try Set(reader.latestOffsets(partitions, timeoutMilliseconds: 10_000).values) == [50_000])
        var batch = MessageBatch(capacity: 1_000)
        for start in [Int64(0), 40_000, 10, 49_000, 25_000, 0, 7] {
            try reader.assign([partitions[0]: start, partitions[1]: 50_000 - start])
            for (partition, first) in [(partitions[0], start), (partitions[1], 50_000 - start)] where first < 50_000 {
                let queue = try #require(reader.queue(for: partition))
                for _ in 0..<1_000 where batch.count < 500 && queue.position < 50_000 {
                    try queue.read(into: &batch, maximumCount: 500, timeoutMilliseconds: 20)
                }
                let count = batch.count
                #expect(count >= min(500, Int(50_000 - first)))
                for row in 0..<count where batch.offset(row) != first + Int64(row) {
                    Issue.record("offset \(batch.offset(row)) where \(first + Int64(row)) was expected")
                    break
                }
                batch.removeAll()
            }
        }
        #expect(reader.pollEvents().map(\.description) == [])
    }

    @Test func timesOfTheBrokerAreTold() throws {
        let topic = try RealKafka.makeTopic("append", settings: ["message.timestamp.type": "LogAppendTime"])
        let producer = try KafkaProducer(KafkaConfiguration(RealKafka.options()))
        defer { producer.close() }
        try producer.send(topic: topic, key: nil, value: [1], partition: 0, timestampMilliseconds: 5)
        try producer.flush()
        let message = try #require(
            readToEnd(TopicPartition(topic, 0), options: RealKafka.options()).messages.first)
        #expect(message.timestampType == 1)
        #expect(message.timestampMilliseconds > 1_600_000_000_000)
    }
}
