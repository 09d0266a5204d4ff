// A position that is lost: looked for now and then, and nothing is given up before it has been gone for long.

import Connectors
import JSONText
import KafkaClient
import Testing
import Threads

@testable import KafkaConnector

@Suite("A lost position on the embedded broker", .serialized)
struct LostPositionTests {
    /// What a fetch is answered with that passes, and that the client tells.
    private static let passing = KafkaErrorCode(rawValue: 13)
    private static let leaderNotAvailable = KafkaErrorCode(rawValue: 5)

    private let broker: EmbeddedBroker
    private let lines = LogLines()

    init() throws {
        broker = try EmbeddedBroker.start()
        try broker.createTopic("lost", partitions: 1)
    }

    /// A reader of more rows than there are, whose fetches fail from now on, and its source.
    private func reader(_ patience: KafkaPatience) throws -> (KafkaSource, any PartitionReader) {
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": broker.bootstrapServers]))
        for value in 0..<2 as Range<UInt8> { try producer.send(topic: "lost", key: nil, value: [value], partition: 0) }
        try producer.flush()
        producer.close()
        let source = try makeSource(
            broker.bootstrapServers, ["subscribe": "lost"], patience: patience, log: lines.handler)
        let start = try source.initialOffset()
        let reader = try #require(
            try source.readers(from: start, to: KafkaOffsets([TopicPartition("lost", 0): 5]).json).first)
        while true { if case .rows = try reader.poll(waitMilliseconds: 100) { break } }
        try broker.injectErrors(.fetch, Array(repeating: Self.passing, count: 3))
        return (source, reader)
    }

    @Test("the brokers are asked once in a while, not at every poll")
    func asksNowAndThen() throws {
        defer { broker.close() }
        let (source, reader) = try reader(KafkaPatience(look: 3_600_000_000_000))
        defer { source.close() }
        try broker.setTopicError("lost", Self.leaderNotAvailable)
        while lines.count("asking where partition lost-0 stands") == 0 { _ = try reader.poll(waitMilliseconds: 5) }
        for _ in 0..<50 {
            guard case .nothingYet = try reader.poll(waitMilliseconds: 0) else {
                Issue.record("rows out of nowhere")
                return
            }
        }
        #expect(lines.count("asking where partition lost-0 stands") == 1)
    }

    @Test("after an error that passes an end that is too low is given time to come back")
    func lowEnd() throws {
        defer { broker.close() }
        let patience = KafkaPatience(vanished: 1_000_000_000, look: 10_000_000)
        let (source, reader) = try reader(patience)
        defer { source.close() }
        let begin = Monotonic.nanoseconds
        let error = #expect(throws: ConnectorError.self) { while true { _ = try reader.poll(waitMilliseconds: 5) } }
        #expect(error?.code == .dataLoss)
        #expect(error?.message.contains("3 rows of partition lost-0 at offsets 2 to 4") == true)
        #expect(Monotonic.nanoseconds - begin >= patience.vanished)
    }
}
