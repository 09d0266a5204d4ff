// Rows that come too late, in a topic of their own.

import KafkaClient
import KafkaTestSupport
import Millrace
import TestSupport
import Testing

@Suite struct LateRowsTests {
    private static let schema = Schema([Field("value", .string)])

    private func session() -> Session { Session(appName: "late rows", configuration: .quiet) }

    /// Means of readings such as `a 105`: sensor and seconds.
    private func counts(_ session: Session, _ kafka: EmbeddedKafka) -> DataFrame {
        session.readStream.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers)
            .option("subscribe", "in").option("startingOffsets", "earliest").load()
            .selectExpr(
                "split_part(CAST(value AS STRING), ' ', 1) AS sensor", "offset",
                "timestamp_seconds(CAST(split_part(CAST(value AS STRING), ' ', 2) AS BIGINT)) AS time"
            )
            .withWatermark("time", "10 seconds").groupBy(window("time", "20 seconds")).count()
            .selectExpr("to_json(struct(window.start, count)) AS value")
    }

    @Test("they lie in the topic with all their columns, and headers say for what they came too late")
    func topic() async throws {
        let kafka = try EmbeddedKafka()
        defer { kafka.close() }
        for topic in ["in", "out", "late"] { try kafka.createTopic(topic, partitions: 1) }
        let (directory, session) = (try TemporaryFolder(), session())
        func run(_ values: [String]) async throws {
            try session.createDataFrame(values.map { [.string($0)] }, schema: Self.schema).write.format("kafka")
                .option("kafka.bootstrap.servers", kafka.bootstrapServers).option("topic", "in").save()
            let query = try await counts(session, kafka).writeStream.format("kafka").outputMode(.append)
                .option("kafka.bootstrap.servers", kafka.bootstrapServers).option("topic", "out")
                .option("lateRowsTopic", "late").option("checkpointLocation", directory.path).trigger(.availableNow)
                .start()
            try await query.awaitTermination()
        }
        func records(_ topic: String) throws -> [String] {
            try session.read.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers)
                .option("subscribe", topic).option("includeHeaders", "true").load()
                .selectExpr(
                    "CAST(value AS STRING) AS text",
                    "transform(headers, h -> concat(h.key, '=', CAST(h.value AS STRING))) AS heads", "key IS NULL AS k"
                ).selectExpr("concat_ws(' ', text, array_join(heads, ' '), k)").collect().map { "\($0.values[0])" }
        }
        // 25 is late for nothing yet; the watermark is at 90 afterwards.
        try await run(["a 100", "b 25"])
        #expect(try records("late").isEmpty)
        // Behind the window's end; within a window that is still open; in time.
        try await run(["a 30", "b 85", "c 95"])
        let heads = "watermark=watermark-0 watermarkTime=1970-01-01T00:01:30.000Z"
        let found = try records("late")
        #expect(
            found.map { $0.replacing(/batchId=[0-9]+/, with: "batchId=N") } == [
                #"{"sensor":"a","offset":2,"time":"1970-01-01T00:00:30.000Z"} \#(heads) batchId=N true"#,
                #"{"sensor":"b","offset":3,"time":"1970-01-01T00:01:25.000Z"} \#(heads) batchId=N true"#,
            ])
        try await run(["d 200"])
        #expect(
            try records("out").sorted().map { String($0.prefix { $0 != "}" }) } == [
                #"{"start":"1970-01-01T00:00:20.000Z","count":1"#, #"{"start":"1970-01-01T00:01:20.000Z","count":2"#,
                #"{"start":"1970-01-01T00:01:40.000Z","count":1"#,
            ])
        #expect(try records("late").count == 2)
    }

    @Test("rows of a table are never late: the option is refused in words of its own")
    func tables() throws {
        #expect {
            try session().createDataFrame([[.string("a")]], schema: Self.schema).write.format("kafka")
                .option("kafka.bootstrap.servers", "127.0.0.1:1").option("topic", "out")
                .option("lateRowsTopic", "late").save()
        } throws: {
            "\($0)".contains("rows of tables have no watermark")
        }
    }

    @Test("a query without a watermark has no late rows")
    func withoutWatermark() throws {
        let kafka = try EmbeddedKafka()
        defer { kafka.close() }
        let plain = session().readStream.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers)
            .option("subscribe", "in").load().selectExpr("value")
        let writer = plain.writeStream.format("kafka").outputMode(.append)
            .option("kafka.bootstrap.servers", kafka.bootstrapServers).option("topic", "out")
            .option("lateRowsTopic", "late").option("checkpointLocation", try TemporaryFolder().path)
        #expect {
            try writer.check()
        } throws: {
            "\($0)".contains("option 'lateRowsTopic': the query has no watermark")
        }
    }
}
