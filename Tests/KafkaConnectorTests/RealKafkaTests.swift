// Source and sink on a real Kafka, without a query around them.

import Columns
import Connectors
import JSONText
import KafkaClient
import KafkaTestSupport
import Testing
import Threads

@testable import KafkaConnector

/// A schema of texts and its rows.
func texts(_ names: [String], _ rows: [[String?]]) -> RecordBatch {
    let columns = names.indices.map { index in
        var builder = BytesBuilder(type: .string)
        for row in rows { if let text = row[index] { builder.append(text) } else { builder.appendNull() } }
        return builder.finish()
    }
    return RecordBatch(schema: Schema(names.map { Field($0, .string) }), columns: columns, count: rows.count)
}

/// A column of whole numbers.
enum FixedNumbers {
    static func column(_ values: [Int32]) -> ColumnVector {
        let buffer = Buffer(capacity: values.count * 4)
        for (row, value) in values.enumerated() { buffer.pointer(as: Int32.self)[row] = value }
        return ColumnVector(type: .integer, count: values.count, values: buffer)
    }
}

@Suite("Rows of a sink")
struct KafkaRowsTests {
    @Test("values are sent from where they lie, also those that a filter has picked")
    func valuesStay() throws {
        let all = texts(["key", "value"], (0..<9).map { ["k\($0)", "v\($0)"] })
        let indices = Buffer(capacity: 8)
        for (index, row) in [Int32(7), 2].enumerated() { indices.pointer(as: Int32.self)[index] = row }
        let picked = RecordBatch(
            schema: all.schema, columns: all.columns, count: 9, selection: Selection(indices: indices, count: 2))
        var calls = 0
        try KafkaRowLayout(all.schema, topic: "t").produce(picked) { columns, rows, topic in
            calls += 1
            #expect(rows == 0..<2)
            #expect(topic == "t")
            // Freed with the compacted batch, the bytes would be gone before the client sends them.
            #expect(columns.keyBytes == all.columns[0].byteStart)
            #expect(columns.valueBytes == all.columns[1].byteStart)
        }
        #expect(calls == 1)
    }
}

@Suite("Sink on a real Kafka", .enabled(if: RealKafka.isAvailable), .serialized)
struct RealSinkTests {
    static func sink(_ options: [String: String], columns: [String]) throws -> any BatchSink {
        let servers = try RealKafka.bootstrapServers()
        let sink = try KafkaConnection.makeSink(
            options.merging(["kafka.bootstrap.servers": servers]) { first, _ in first }, clientID: "test"
        ) { _, _ in }
        try sink.validate(schema: texts(columns, []).schema, outputMode: .update)
        return sink
    }

    static func cluster() throws -> String? {
        let consumer = try KafkaConsumer(KafkaConfiguration(RealKafka.options()), groupId: "cluster")
        defer { consumer.close() }
        return try consumer.clusterId(timeoutMilliseconds: 10_000)
    }

    static func values(_ topic: String) throws -> [String?] {
        try readToEnd(TopicPartition(topic, 0), options: RealKafka.options()).messages.map(\.text)
    }

    @Test("rows that name their topics, with the marker on the source's partitions, from the first batch on")
    func topicByColumn() throws {
        let (source, a, b) = (try RealKafka.makeTopic("in"), try RealKafka.makeTopic("a"), try RealKafka.makeTopic("b"))
        let sink = try #require(try Self.sink([:], columns: ["topic", "value"]) as? any TransactionalSink)
        sink.bind(queryID: RealKafka.uniqueName("q"), queryName: nil, sourceCluster: try Self.cluster())
        defer { sink.close() }
        try sink.open()
        try sink.fence()
        func position(_ offset: Int64) -> [LogPosition] { [LogPosition(log: source, partition: 0, offset: offset)] }
        #expect(try sink.lastMarker(candidates: position(0)) == nil)
        sink.prepareNext(candidates: [])
        let first = SinkMarker(text: "first", positions: position(5))
        try sink.deliver(
            batchID: 0, rows: [texts(["topic", "value"], [[a, "1"], [b, "2"], [a, "3"]])], marker: first, expecting: nil
        )
        sink.prepareNext(candidates: first.positions)
        let second = SinkMarker(text: "second", positions: position(7))
        try sink.deliver(
            batchID: 1, rows: [texts(["topic", "value"], [[b, "4"]])], marker: second, expecting: first)
        try sink.fence()
        #expect(try sink.lastMarker(candidates: position(0)) == second)
        for topic in [a, b] { try RealKafka.settle(topic) }
        #expect(try Self.values(a) == ["1", "3"])
        #expect(try Self.values(b) == ["2", "4"])
    }

    @Test("a row that its topic refuses is an error of the row, and leaves no transaction open in other topics")
    func refusedRow() throws {
        let strict = try RealKafka.makeTopic("strict", settings: ["cleanup.policy": "compact"])
        let (source, plain) = (try RealKafka.makeTopic("in"), try RealKafka.makeTopic("a"))
        let names = ["topic", "key", "value"]
        let sink = try #require(
            try Self.sink(["transactionTimeoutMs": "60000", "kafka.linger.ms": "0"], columns: names)
                as? any TransactionalSink)
        sink.bind(queryID: RealKafka.uniqueName("q"), queryName: nil, sourceCluster: try Self.cluster())
        defer { sink.close() }
        try sink.open()
        try sink.fence()
        let marker = SinkMarker(text: "first", positions: [LogPosition(log: source, partition: 0, offset: 5)])
        let rows = (0..<2000).map { [plain, "key", "\($0)"] as [String?] }
        #expect {
            try sink.deliver(
                batchID: 0, rows: [texts(names, rows), texts(names, [[strict, nil, "2"]])], marker: marker,
                expecting: nil)
        } throws: { ($0 as? ConnectorError)?.code == .badRow }
        // Ends long before the transaction's timeout only if it was aborted.
        try RealKafka.settle(plain)
        #expect(try Self.values(plain) == [])
        try sink.deliver(
            batchID: 0, rows: [texts(names, [[strict, "key", "1"]])], marker: marker, expecting: nil)
        try RealKafka.settle(strict)
        #expect(try Self.values(strict) == ["1"])
    }

    @Test("a topic for late rows that isn't there is named at the start")
    func lateRowsTopic() throws {
        let topic = try RealKafka.makeTopic("results")
        let sink = try Self.sink(["topic": topic, "lateRowsTopic": "\(topic)-late"], columns: ["value"])
        defer { sink.close() }
        (sink as? any TransactionalSink)?.bind(queryID: "\(topic)-query", queryName: nil, sourceCluster: nil)
        let error = #expect(throws: ConnectorError.self) { try sink.open() }
        #expect(error?.code == .notFound && error?.message.contains("\(topic)-late") == true)
    }

    @Test("a partition that the topic doesn't have, and a key beyond the topic's limit, are the row's, with its place")
    func rowsOfTheWrongKind() throws {
        let topic = try RealKafka.makeTopic("narrow", partitions: 2, settings: ["max.message.bytes": "5000"])
        func deliver(_ batch: RecordBatch, _ options: [String: String] = [:]) throws {
            let sink = try #require(
                try Self.sink(
                    ["topic": topic, "delivery": "at-least-once"].merging(options) { $1 }, columns: ["value"])
                    as? any AtLeastOnceSink)
            defer { sink.close() }
            try sink.validate(schema: batch.schema, outputMode: .update)
            try sink.open()
            try sink.deliver(batchID: 0, rows: [batch])
        }
        let numbers = FixedNumbers.column([0, 1, 7])
        let placed = RecordBatch(
            schema: Schema([Field("value", .string), Field("partition", .integer)]),
            columns: [texts(["value"], [["a"], ["b"], ["c"]]).columns[0], numbers], count: 3)
        for _ in 0..<2 {
            let error = #expect(throws: ConnectorError.self) { try deliver(placed) }
            #expect(error?.code == .badRow)
            #expect(error?.message.contains("partition 7") == true)
            #expect(error?.hint?.contains("numbered from 0") == true, "\(String(describing: error))")
        }
        let key = String(repeating: "k", count: 9_000)
        let error = #expect(throws: ConnectorError.self) { try deliver(texts(["key", "value"], [[key, "v"]])) }
        #expect(error?.code == .badRow)
        #expect(error?.message.contains("of 9000 bytes and a value of 1 bytes") == true, "\(String(describing: error))")
    }

    @Test("headers are written as they are read, NULL as none; one without a key is the row's fault")
    func headers() throws {
        let topic = try RealKafka.makeTopic("headers")
        let schema = Schema([Field("value", .string), Field("headers", KafkaSchema.headerType)])
        func rows(_ lists: [Value]) -> RecordBatch {
            ValueColumns.batch(schema: schema, rows: lists.enumerated().map { [.string("\($0.offset)"), $0.element] })
        }
        func header(_ key: Value, _ value: Value) -> Value { .structure([key, value]) }
        let lists: [Value] = [
            .array([header(.string("a"), .binary([1, 0])), header(.string("a"), .null)]), .null, .array([]),
            .array([header(.string("é"), .binary([]))]),
        ]
        let sink = try #require(
            try KafkaConnection.makeSink(
                RealKafka.options().reduce(into: ["topic": topic, "delivery": "at-least-once"]) {
                    $0["kafka.\($1.key)"] = $1.value
                }, clientID: "test"
            ) { _, _ in } as? any AtLeastOnceSink)
        defer { sink.close() }
        try sink.validate(schema: schema, outputMode: .update)
        try sink.open()
        try sink.deliver(batchID: 0, rows: [rows(lists)])
        let messages = try readToEnd(TopicPartition(topic, 0), options: RealKafka.options()).messages
        #expect(messages.map(\.text) == ["0", "1", "2", "3"])
        #expect(
            messages.map(\.headers) == [
                [KafkaHeader("a", [1, 0]), KafkaHeader("a", nil)], [], [], [KafkaHeader("é", [])],
            ])
        for bad in [Value.array([header(.null, .binary([1]))]), .array([.null])] {
            let error = #expect(throws: ConnectorError.self) {
                try sink.deliver(batchID: 1, rows: [rows([.null, bad])])
            }
            #expect(error?.code == .badRow)
            #expect(error?.message.contains("row 1: a header") == true)
        }
        let source = try KafkaConnection.makeSource(
            ["subscribe": topic, "includeHeaders": "true", "kafka.bootstrap.servers": RealKafka.bootstrapServers()],
            columns: Schema([Field("headers", KafkaSchema.headerType)]), clientID: "test"
        ) { _, _ in }
        defer { source.close() }
        try source.open()
        func offset(_ value: Int64) -> JSONValue { KafkaOffsets([TopicPartition(topic, 0): value]).json }
        let reader = try #require(try source.readers(from: offset(0), to: offset(4)).first)
        let read = try #require(try reader.next())
        // No headers are NULL, as in Spark.
        #expect(read.rows().map { $0.values[0] } == [lists[0], .null, .null, lists[3]])
    }

    @Test("an at-least-once sink that failed delivers again as soon as it can")
    func plainSinkRecovers() throws {
        let topic = try RealKafka.makeTopic("plain", settings: ["cleanup.policy": "compact"])
        let sink = try #require(
            try Self.sink(["topic": topic, "delivery": "at-least-once"], columns: ["key", "value"])
                as? any AtLeastOnceSink)
        defer { sink.close() }
        try sink.open()
        #expect(throws: ConnectorError.self) {
            try sink.deliver(batchID: 0, rows: [texts(["key", "value"], [[nil, "1"]])])
        }
        try sink.deliver(batchID: 0, rows: [texts(["key", "value"], [["a", "2"]])])
        #expect(try Self.values(topic) == ["2"])
    }
}

@Suite("Source on a real Kafka", .enabled(if: RealKafka.isAvailable), .serialized)
struct RealSourceTests {
    static func source(_ options: [String: String], _ columns: [String] = ["value", "offset"]) throws -> KafkaSource {
        let servers = try RealKafka.bootstrapServers()
        let schema = KafkaSchema.full(includesHeaders: false)
        let source = try KafkaConnection.makeSource(
            options.merging(["kafka.bootstrap.servers": servers]) { first, _ in first },
            columns: Schema(schema.fields.filter { columns.contains($0.name) }), clientID: "test"
        ) { _, _ in }
        return try #require(source as? KafkaSource)
    }

    static func send(_ topic: String, _ texts: [String], partition: Int32 = 0) throws {
        let producer = try KafkaProducer(KafkaConfiguration(RealKafka.options()))
        defer { producer.close() }
        for text in texts { try producer.send(topic: topic, key: nil, value: Array(text.utf8), partition: partition) }
        try producer.flush()
    }

    static func values(_ batch: RecordBatch) -> [String] {
        batch.rows().map { row in
            if case .binary(let bytes)? = row.values.first { String(decoding: bytes, as: UTF8.self) } else { "NULL" }
        }
    }

    static func read(_ source: KafkaSource, from start: JSONValue, to end: JSONValue) throws -> [String] {
        var found: [String] = []
        for reader in try source.readers(from: start, to: end) {
            while let batch = try reader.next() { found += Self.values(batch) }
        }
        return found
    }

    @Test(
        "a new partition is read from its first row on; one that has lost rows by then is an error",
        arguments: [
            false, true,
        ])
    func newPartitions(losesRows: Bool) throws {
        let topic = try RealKafka.makeTopic("growing", partitions: 2)
        let source = try Self.source(["subscribe": topic, "startingOffsets": "earliest"])
        defer { source.close() }
        try Self.send(topic, ["a"])
        try Self.send(topic, ["b", "c"], partition: 1)
        // The offset of a time when there was one partition.
        let start = KafkaOffsets([TopicPartition(topic, 0): 0]).json
        let end = KafkaOffsets([TopicPartition(topic, 0): 1, TopicPartition(topic, 1): 2]).json
        if losesRows {
            let admin = try KafkaAdmin(KafkaConfiguration(RealKafka.options()))
            defer { admin.close() }
            try admin.deleteRecords(below: [TopicPartition(topic, 1): 1])
            for call in [
                { _ = try source.readableRange(from: start, limit: .configured) },
                { _ = try source.readers(from: start, to: end) },
            ] {
                #expect { try call() } throws: { ($0 as? ConnectorError)?.code == .dataLoss }
            }
        } else {
            #expect(try source.readableRange(from: start, limit: .configured).end == end)
            #expect(try Self.read(source, from: start, to: end).sorted() == ["a", "b", "c"])
        }
    }

    @Test("ranges can be read again, forwards and backwards, and each read is as quick as the first")
    func rereads() throws {
        let topic = try RealKafka.makeTopic("again")
        try Self.send(topic, (0..<100).map { "\($0)" })
        let source = try Self.source(["subscribe": topic, "startingOffsets": "earliest"])
        defer { source.close() }
        let start = try source.initialOffset()
        let middle = KafkaOffsets([TopicPartition(topic, 0): 40]).json
        let end = try source.readableRange(from: start, limit: .configured).end
        for _ in 0..<5 {
            #expect(try Self.read(source, from: start, to: middle) == (0..<40).map { "\($0)" })
            #expect(try Self.read(source, from: start, to: end) == (0..<100).map { "\($0)" })
            #expect(try Self.read(source, from: middle, to: end) == (40..<100).map { "\($0)" })
        }
    }

    @Test("a reader whose rows don't come ends after it was cancelled")
    func cancelled() throws {
        let topic = try RealKafka.makeTopic("missing")
        try Self.send(topic, ["a"])
        let source = try Self.source(["subscribe": topic, "startingOffsets": "earliest"])
        defer { source.close() }
        let start = try source.initialOffset()
        // More than there is: as if the broker had gone away before the rows were read.
        let readers = try source.readers(from: start, to: KafkaOffsets([TopicPartition(topic, 0): 5]).json)
        let reader = try #require(readers.first)
        #expect(try reader.next()?.count == 1)
        source.cancelReads()
        #expect { try reader.next() } throws: { ($0 as? ConnectorError)?.code == .cancelled }
    }
}
