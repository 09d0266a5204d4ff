// Topics as tables: what lies between two offsets of each partition.

import Columns
import Connectors
import JSONText
import KafkaClient
import KafkaTestSupport
import Testing

@testable import KafkaConnector

/// A table of `value`.
private func makeTable(
    _ servers: String, _ options: [String: String], log: @escaping LogHandler = { _, _ in }
) throws -> any TableSource {
    let columns = Schema(KafkaSchema.full(includesHeaders: false).fields.filter { $0.name == "value" })
    let given = ["kafka.bootstrap.servers": servers].merging(options) { $1 }
    return try KafkaConnection.makeTable(given, columns: columns, clientID: "test", log: log)
}

private func values(_ table: any TableSource) throws -> [String] {
    try table.open()
    return try openedValues(table)
}

private func openedValues(_ table: any TableSource) throws -> [String] {
    var found: [String] = []
    for reader in try table.readers() { while let batch = try reader.next() { found += RealSourceTests.values(batch) } }
    return found.sorted()
}

@Suite("Tables on the embedded broker", .serialized)
struct KafkaTableTests {
    private let broker: EmbeddedBroker
    private let lines = LogLines()

    init() throws {
        broker = try EmbeddedBroker.start()
        try broker.createTopic("t", partitions: 2)
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": broker.bootstrapServers]))
        defer { producer.close() }
        for partition in 0..<2 as Range<Int32> {
            for row in 0..<4 {
                try producer.send(topic: "t", key: nil, value: Array("\(partition)\(row)".utf8), partition: partition)
            }
        }
        try producer.flush()
    }

    private func read(_ options: [String: String]) throws -> [String] {
        let table = try makeTable(broker.bootstrapServers, options, log: lines.handler)
        defer { table.close() }
        return try values(table)
    }

    @Test(
        "what lies between the offsets is read",
        arguments: [
            ([:], ["00", "01", "02", "03", "10", "11", "12", "13"]),
            (["endingOffsets": "latest"], ["00", "01", "02", "03", "10", "11", "12", "13"]),
            (["startingOffsets": #"{"t":{"0":3,"1":-2}}"#], ["03", "10", "11", "12", "13"]),
            (["endingOffsets": #"{"t":{"0":1,"1":-1}}"#], ["00", "10", "11", "12", "13"]),
            (
                ["startingOffsets": #"{"t":{"0":1,"1":2}}"#, "endingOffsets": #"{"t":{"0":3,"1":2}}"#], ["01", "02"]
            ),
            (["startingOffsets": #"{"t":{"0":4,"1":4}}"#], []),
        ] as [([String: String], [String])])
    func between(options: [String: String], expected: [String]) throws {
        defer { broker.close() }
        #expect(try read(options.merging(["subscribe": "t"]) { $1 }) == expected)
    }

    @Test("assigned partitions and patterns are tables, too; a pattern that fits nothing is an empty one")
    func subscriptions() throws {
        defer { broker.close() }
        #expect(try read(["assign": #"{"t":[1]}"#, "endingOffsets": #"{"t":{"1":2}}"#]) == ["10", "11"])
        #expect(try read(["subscribePattern": "t|u"]).count == 8)
        #expect(try read(["subscribePattern": "u"]) == [])
    }

    @Test(
        "offsets that aren't there, or the wrong way round, are refused",
        arguments: [
            (["endingOffsets": #"{"t":{"0":5,"1":4}}"#], "ends partition t-0 at offset 5, and it has offsets 0 to 4"),
            (["startingOffsets": #"{"t":{"0":9,"1":0}}"#], "begins partition t-0 at offset 9"),
            (["endingOffsets": #"{"t":{"0":5}}"#], "option 'endingOffsets' lacks [\"t-1\"]"),
            (
                ["startingOffsets": #"{"t":{"0":2,"1":3}}"#, "endingOffsets": #"{"t":{"0":2,"1":1}}"#],
                "partition t-1 would begin at offset 3, behind its end at 1"
            ),
        ] as [([String: String], String)])
    func refused(options: [String: String], expected: String) throws {
        defer { broker.close() }
        let error = #expect(throws: ConnectorError.self) { try read(options.merging(["subscribe": "t"]) { $1 }) }
        #expect(error?.code == .invalidOption)
        #expect(error?.message.contains(expected) == true, "\(String(describing: error))")
    }

    @Test("where rows may be lost, offsets that aren't there are the nearest that are")
    func nearest() throws {
        defer { broker.close() }
        let options = ["subscribe": "t", "failOnDataLoss": "false", "endingOffsets": #"{"t":{"0":50,"1":1}}"#]
        #expect(try read(options) == ["00", "01", "02", "03", "10"])
        #expect(lines.count("the nearest one counts") == 1)
    }

    @Test("a table is what there was when it was opened")
    func fixed() throws {
        defer { broker.close() }
        let table = try makeTable(broker.bootstrapServers, ["assign": #"{"t":[0]}"#])
        defer { table.close() }
        try table.open()
        #expect(table.estimatedRowCount == 4)
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": broker.bootstrapServers]))
        try producer.sendAndFlush(topic: "t", key: nil, value: [1], partition: 0)
        producer.close()
        #expect(try openedValues(table) == ["00", "01", "02", "03"])
        #expect(try values(table).count == 5, "opened anew it has what is there then")
    }
}

@Suite("Tables and times on a real Kafka", .enabled(if: RealKafka.isAvailable), .serialized)
struct RealTableTests {
    /// A topic of two partitions: rows at 1000, 2000 and 3000 in the first one, at 2500 in the second one.
    private static func makeTopic() throws -> String {
        let topic = try RealKafka.makeTopic("times", partitions: 2)
        let producer = try KafkaProducer(KafkaConfiguration(RealKafka.options()))
        defer { producer.close() }
        for (time, partition) in [(1000, 0), (2000, 0), (3000, 0), (2500, 1)] as [(Int64, Int32)] {
            try producer.send(
                topic: topic, key: nil, value: Array("\(time)".utf8), partition: partition,
                timestampMilliseconds: time)
            try producer.flush()
        }
        return topic
    }

    @Test(
        "a table between times; where no row is that young it ends at the end, and begins there only if that is wanted")
    func times() throws {
        let topic = try Self.makeTopic()
        func read(_ options: [String: String]) throws -> [String] {
            let table = try makeTable(RealKafka.bootstrapServers(), options.merging(["subscribe": topic]) { $1 })
            defer { table.close() }
            return try values(table)
        }
        #expect(try read(["startingTimestamp": "2000"]) == ["2000", "2500", "3000"])
        #expect(try read(["endingTimestamp": "2500"]) == ["1000", "2000"])
        #expect(try read(["endingTimestamp": "9999"]).count == 4)
        let times = #"{"\#(topic)":{"0":1500,"1":2400}}"#
        #expect(try read(["startingOffsetsByTimestamp": times]) == ["2000", "2500", "3000"])
        let between = [
            "startingOffsetsByTimestamp": #"{"\#(topic)":{"0":1500,"1":0}}"#,
            "endingOffsetsByTimestamp": #"{"\#(topic)":{"0":3000,"1":1}}"#,
        ]
        #expect(try read(between) == ["2000"])
        let error = #expect(throws: ConnectorError.self) { try read(["startingTimestamp": "2600"]) }
        #expect(error?.code == .invalidOption)
        #expect(error?.message.contains("partition \(topic)-1 has no row with a time of 2600 or later") == true)
        let lenient = ["startingTimestamp": "2600", "startingOffsetsByTimestampStrategy": "latest"]
        #expect(try read(lenient) == ["3000"])
        #expect(throws: ConnectorError.self) {
            try read(["startingOffsetsByTimestamp": #"{"\#(topic)":{"0":1500}}"#])
        }
    }

    @Test("a stream begins at times")
    func stream() throws {
        let topic = try Self.makeTopic()
        let options = [
            "subscribe": topic, "startingOffsetsByTimestamp": #"{"\#(topic)":{"0":2000,"1":9000}}"#,
            "startingOffsetsByTimestampStrategy": "latest",
        ]
        let source = try makeSource(RealKafka.bootstrapServers(), options)
        defer { source.close() }
        let expected = KafkaOffsets([TopicPartition(topic, 0): 1, TopicPartition(topic, 1): 1])
        #expect(try source.initialOffset() == expected.json)
    }
}
