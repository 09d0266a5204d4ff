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

    @Test("headers that expressions make are written, and come back")
    func headers() async throws {
        let kafka = try EmbeddedKafka()
        defer { kafka.close() }
        for topic in ["in", "out"] { try kafka.createTopic(topic, partitions: 1) }
        try kafka.send(["a", "b"], to: "in")
        let directory = try TemporaryFolder()
        let session = Session(appName: "writer", configuration: .quiet)
        func read(_ topic: String) -> DataFrameReader {
            session.read.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers)
                .option("subscribe", topic).option("includeHeaders", true)
        }
        let query = try await session.readStream.format("kafka")
            .option("kafka.bootstrap.servers", kafka.bootstrapServers).option("subscribe", "in")
            .option("startingOffsets", "earliest").load()
            .selectExpr(
                "value",
                "array(named_struct('key', 'from', 'value', CAST(topic AS BINARY)), "
                    + "named_struct('key', 'copy', 'value', value)) AS headers"
            )
            .writeStream.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers)
            .option("topic", "out").option("checkpointLocation", directory.path).trigger(.availableNow).start()
        try await query.awaitTermination()
        let found = try read("out").load().selectExpr(
            "concat(headers[0].key, '=', CAST(headers[0].value AS STRING), ' ', headers[1].key, '=', "
                + "CAST(headers[1].value AS STRING)) AS text"
        ).collect().map { "\($0["text"])" }
        #expect(found.sorted() == ["from=in copy=a", "from=in copy=b"])
        #expect(try read("in").load().where("headers IS NOT NULL").count() == 0)
    }

    @Test("a pattern's topics in one exactly-once query: those that come later are read after a restart, too")
    func pattern() async throws {
        let kafka = try EmbeddedKafka()
        defer { kafka.close() }
        for topic in ["in-a", "other", "out"] { try kafka.createTopic(topic, partitions: 1) }
        try kafka.send(["a"], to: "in-a")
        try kafka.send(["no"], to: "other")
        let directory = try TemporaryFolder()
        func run() async throws {
            let session = Session(appName: "writer", configuration: .quiet)
            let query = try await session.readStream.format("kafka")
                .option("kafka.bootstrap.servers", kafka.bootstrapServers).option("subscribePattern", "in-.*")
                .option("startingOffsets", "earliest").load().select("value")
                .writeStream.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers)
                .option("topic", "out").option("checkpointLocation", directory.path).trigger(.availableNow).start()
            try await query.awaitTermination()
        }
        try await run()
        try kafka.createTopic("in-b", partitions: 1)
        try kafka.send(["b"], to: "in-b")
        try await run()
        #expect(try await Self.content(of: "out", on: kafka) == ["a", "b"])
    }

    @Test("one declaration is a table and a stream; one with an end is no stream, and says so")
    func declaredOnce() throws {
        let kafka = try EmbeddedKafka()
        defer { kafka.close() }
        try kafka.createTopic("in", partitions: 1)
        try kafka.send(["a", "b", "c"], to: "in")
        let session = Session(appName: "reader", configuration: .quiet)
        try session.sql(
            """
            CREATE TABLE t USING kafka OPTIONS (`kafka.bootstrap.servers` '\(kafka.bootstrapServers)',
              subscribePattern 'i.', endingOffsets '{"in":{"0":2}}', maxOffsetsPerTrigger 1)
            """)
        let texts = try session.sql("SELECT CAST(value AS STRING) AS v FROM t ORDER BY v").collect().map {
            "\($0["v"])"
        }
        #expect(texts == ["a", "b"])
        let refusal = #expect(throws: MillraceError.self) { try session.sql("SELECT * FROM STREAM t") }
        #expect(refusal?.message.contains("option 'endingOffsets' of the kafka source") == true)
        try session.sql(
            """
            CREATE TABLE u USING kafka OPTIONS (`kafka.bootstrap.servers` '\(kafka.bootstrapServers)',
              subscribePattern 'i.', maxOffsetsPerTrigger 1)
            """)
        #expect(try session.sql("SELECT * FROM u").count() == 3)
        #expect(try session.sql("SELECT * FROM STREAM u").isStreaming)
        let error = #expect(throws: MillraceError.self) {
            try session.read.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers)
                .option("subscribe", "in").option("maxOffsetsPerTrigger", 1).load().count()
        }
        #expect(error?.code == "INVALID_OPTION")
    }
}
