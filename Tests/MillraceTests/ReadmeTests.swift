// The README's word count: the text that is printed there is the code that is compiled and run here.

import Millrace
import TestSupport
import Testing

@Suite struct ReadmeTests {
    @Test("the README, its example and this test have the same lines")
    func sameLines() throws {
        let readme = try File.lines("README.md")
        let start = try #require(readme.firstIndex(of: "```swift"), "the README has no Swift")
        let end = try #require(readme[start...].firstIndex(of: "```"))
        let printed = Array(readme[(start + 1)..<end])
        #expect(printed == (try File.lines("Examples/WordCount/Sources/WordCount/main.swift")))

        // What this test puts in the place of a user's names is not compared.
        let run = try File.lines("Tests/MillraceTests/ReadmeTests.swift")
        let first = try #require(run.firstIndex { $0.hasSuffix("// README begins") })
        let last = try #require(run.firstIndex { $0.hasSuffix("// README ends") })
        // Both stand in a function: there the test's, here the closure of `run`.
        let indentation = 8
        let compiled = run[(first + 1)..<last]
            .filter { !$0.hasSuffix("// swift-format-ignore") }
            .map { String($0.dropFirst(indentation)) }
        #expect(Array(printed.prefix(3)) == ["import Millrace", "", "await StreamingProgram.run {"])
        #expect(Array(printed.suffix(2)) == ["    try await query.awaitTermination()", "}"])
        let expected = printed.dropFirst(3).dropLast(2).map { line in
            String(line.dropFirst(4)).replacing("\"localhost:9092\"", with: "servers").replacing(
                "\"checkpoint\")", with: "checkpoint)")
        }
        #expect(compiled == expected)
    }

    @Test("it counts words on the embedded broker")
    func embedded() async throws {
        let kafka = try EmbeddedKafka()
        defer { kafka.close() }
        try kafka.createTopic("events", partitions: 2)
        try kafka.createTopic("wordCounts", partitions: 2)
        try await count(servers: kafka.bootstrapServers) {
            try kafka.send(["to be or not to be", "that is the question"], to: "events")
        }
    }

    /// Runs the README's query until what `send` sends is counted, and looks at what it published.
    private func count(servers: String, send: () throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let checkpoint = folder.path
        // README begins
        let session = Session(appName: "StreamingWordCount")
        let counts = session.readStream
            .format("kafka")
            .option("kafka.bootstrap.servers", servers)
            .option("subscribe", "events")
            .load()
            .select(explode(split(col("value").cast("string"), "\\s+")).as("word"))
            .groupBy("word").count()

        // swift-format-ignore
        let query = try await counts
            .selectExpr("word AS key", "CAST(count AS STRING) AS value")
            .writeStream
            .format("kafka")
            .option("kafka.bootstrap.servers", servers)
            .option("topic", "wordCounts")
            .outputMode("update")
            .trigger(processingTime: "1 second")
            .option("checkpointLocation", checkpoint)
            .start()
        // README ends
        try send()
        var published: [String: Int64] = [:]
        // The counts of a batch come together; the lines that were sent may be in two batches.
        while published.values.reduce(0, +) < 10 {
            try await query.processAllAvailable()
            published = try await latest(in: session, servers: servers)
        }
        await query.stop()
        #expect(query.exception == nil)
        #expect(published == ["to": 2, "be": 2, "or": 1, "not": 1, "that": 1, "is": 1, "the": 1, "question": 1])
    }

    /// The newest count of each word in the topic, as a consumer would have it.
    private func latest(in session: Session, servers: String) async throws -> [String: Int64] {
        let name = "published"
        let reading = try await session.readStream.format("kafka")
            .option("kafka.bootstrap.servers", servers).option("subscribe", "wordCounts")
            .option("startingOffsets", "earliest").load()
            .selectExpr("CAST(key AS STRING) AS word", "CAST(CAST(value AS STRING) AS BIGINT) AS count")
            .groupBy("word").max("count")
            .writeStream.format("memory").queryName(name).outputMode(.complete).trigger(.availableNow).start()
        try await reading.awaitTermination()
        var counts: [String: Int64] = [:]
        for row in try session.table(name).collect() {
            if case .string(let word) = row[0], case .long(let count) = row[1] { counts[word] = count }
        }
        return counts
    }
}
