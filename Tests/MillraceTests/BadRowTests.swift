// A row that raises an error is named: the value, the expression, and the row's place in its source.

import Millrace
import Testing

@Suite struct BadRowTests {
    private static let schema = Schema([Field("name", .string), Field("n", .string)])

    private func session(_ workers: Int) -> Session {
        var configuration = SessionConfiguration.quiet
        configuration.workerCount = workers
        return Session(appName: "BadRowTests", configuration: configuration)
    }

    private func error(of body: () throws -> Void) throws -> MillraceError {
        try #require(#expect(throws: MillraceError.self) { try body() })
    }

    @Test("a row of a table is named by its number, through filters, projections and explode", arguments: [1, 2])
    func table(workers: Int) throws {
        let rows: [[Value]] = (0..<9000).map { number in
            [.string("row \(number)"), .string(number == 7123 ? "7 x9" : "\(number) \(number + 1)")]
        }
        let frame = try session(workers).createDataFrame(rows, schema: Self.schema)
            .filter("name <> 'row 5'")
            .select("name", explode(split("n", " ")).as("part"))
            .filter("part <> ''")
        let cast = try error { _ = try frame.select(col("part").cast("int")).collect() }
        #expect(cast.code == "CAST_INVALID_INPUT")
        #expect("\(cast)".contains("'x9'"))
        #expect("\(cast)".contains("CAST(part"))
        #expect("\(cast)".contains("row 7124 of "))
        // Behind it an aggregation.
        let total = try error { _ = try frame.groupBy("name").agg(sum(col("part").cast("int"))).collect() }
        #expect("\(total)".contains("row 7124 of "))
    }

    @Test("division by zero and an index beyond the array name their rows, too")
    func others() throws {
        let rows: [[Value]] = [[.string("a"), .string("1")], [.string("b"), .string("0")]]
        let frame = try session(2).createDataFrame(rows, schema: Self.schema)
        let division = try error { _ = try frame.selectExpr("10 div CAST(n AS INT)").collect() }
        #expect(division.code == "DIVIDE_BY_ZERO")
        #expect("\(division)".contains("row 2 of "))
        let index = try error { _ = try frame.selectExpr("split(name, 'b')[1]").collect() }
        #expect(index.code == "INVALID_ARRAY_INDEX")
        #expect("\(index)".contains("row 1 of "))
    }

    @Test("a record of a topic is named by topic, partition and offset")
    func kafka() async throws {
        let kafka = try EmbeddedKafka()
        defer { kafka.close() }
        try kafka.createTopic("numbers", partitions: 1)
        try kafka.send(["1", "2", "three", "4"], to: "numbers")
        let query = try await session(2).readStream
            .format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers)
            .option("subscribe", "numbers").option("startingOffsets", "earliest").load()
            .select(col("value").cast("string").cast("int").as("n"))
            .writeStream.format("memory").queryName("bad").trigger(.availableNow).start()
        do {
            try await query.awaitTermination()
            Issue.record("the query ended well")
        } catch {
            #expect("\(error)".contains("'three'"))
            #expect("\(error)".contains("offset 2 of partition 0 of topic 'numbers'"))
        }
    }
}
