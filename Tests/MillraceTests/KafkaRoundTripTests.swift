// Queries from and to the embedded broker: what is written is what is read. Delivery is proved on a real broker
// elsewhere.

import Millrace
import TestSupport
import Testing

@Suite struct KafkaRoundTripTests {
    static let rows = Schema([Field("value", .string)])

    /// What a topic holds, read by a query of its own.
    static func content(of topic: String, on kafka: EmbeddedKafka) async throws -> [String] {
        let session = Session(appName: "reader", configuration: .quiet)
        let query = try await session.readStream.format("kafka")
            .option("kafka.bootstrap.servers", kafka.bootstrapServers).option("subscribe", topic)
            .option("startingOffsets", "earliest").load()
            .selectExpr("CAST(value AS STRING) AS value")
            .writeStream.format("memory").queryName("content").trigger(.availableNow).start()
        try await query.awaitTermination()
        return try session.table("content").collect().map { row in
            if case .string(let text) = row[0] { text } else { "NULL" }
        }
    }

    @Test("rows that a last filter let through are written as they are: their memory lives until the broker has them")
    func filteredRows() async throws {
        let kafka = try EmbeddedKafka()
        defer { kafka.close() }
        try kafka.createTopic("out", partitions: 1)
        let directory = try TemporaryFolder()
        let session = Session(appName: "writer", configuration: .quiet)
        let stream = MemoryStream(session, schema: Self.rows)
        let texts = (0..<3000).map { "row \($0) " + String(repeating: "\($0 % 10)", count: 200) }
        for start in stride(from: 0, to: texts.count, by: 50) {
            try stream.addData(texts[start..<start + 50].map { [.string($0)] })
        }
        let query = try await stream.toDF().where("value NOT LIKE 'row %7 %'")
            .writeStream.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers)
            .option("topic", "out").option("delivery", "at-least-once").option("kafka.linger.ms", 50)
            .option("checkpointLocation", directory.path).trigger(.availableNow).start()
        try await query.awaitTermination()
        let found = try await Self.content(of: "out", on: kafka)
        #expect(found.sorted() == texts.filter { !$0.contains("7 ") }.sorted())
    }

    @Test("a column may name the topic of each row")
    func topicByColumn() async throws {
        let kafka = try EmbeddedKafka()
        defer { kafka.close() }
        for topic in ["in", "a", "b"] { try kafka.createTopic(topic, partitions: 1) }
        try kafka.send(["a", "b", "a"], to: "in")
        let directory = try TemporaryFolder()
        let session = Session(appName: "writer", configuration: .quiet)
        let query = try await session.readStream.format("kafka")
            .option("kafka.bootstrap.servers", kafka.bootstrapServers).option("subscribe", "in")
            .option("startingOffsets", "earliest").load()
            .selectExpr("CAST(value AS STRING) AS topic", "CAST(offset AS STRING) AS value")
            .writeStream.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers)
            .option("delivery", "at-least-once")
            .option("checkpointLocation", directory.path).trigger(.availableNow).start()
        try await query.awaitTermination()
        #expect(try await Self.content(of: "a", on: kafka) == ["0", "2"])
        #expect(try await Self.content(of: "b", on: kafka) == ["1"])
    }

    @Test("a topic read as a table: all its rows, from the beginning to the end of the moment")
    func table() throws {
        let kafka = try EmbeddedKafka()
        defer { kafka.close() }
        try kafka.createTopic("in", partitions: 2)
        try kafka.send(["a", "b", "a"], to: "in")
        let session = Session(appName: "reader", configuration: .quiet)
        let frame = session.read.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers)
            .option("subscribe", "in").load()
        #expect(!frame.isStreaming)
        #expect(try frame.count() == 3)
        let texts = try frame.selectExpr("CAST(value AS STRING) AS text").collect().map { "\($0["text"])" }
        #expect(texts.sorted() == ["a", "a", "b"])
        let error = #expect(throws: MillraceError.self) { try session.read.format("rate").load().schema }
        #expect(error?.message == "'rate' is no table")
    }
}
