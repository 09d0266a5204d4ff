// Words that come over a connection, counted: the first program of Spark's guide.

import Millrace
import TestSupport
import Testing

@Suite struct SocketTests {
    /// Runs a query until it has read so many lines, and gives what it has written then.
    private static func rows(
        _ lines: Int64, _ start: (Session) async throws -> StreamingQuery
    ) async throws -> [[Value]] {
        var configuration = SessionConfiguration.quiet
        let (reports, continuation) = AsyncStream.makeStream(of: Int64.self)
        configuration.onProgress = { progress in continuation.yield(progress.numInputRows) }
        let session = Session(appName: "socket", configuration: configuration)
        let query = try await start(session)
        Task {
            // A query that ends by itself says nothing more.
            try? await query.awaitTermination()
            continuation.finish()
        }
        var seen: Int64 = 0
        for await report in reports {
            seen += report
            if seen >= lines { break }
        }
        await query.stop()
        try await query.awaitTermination()
        return try session.table("counts").collect().map(\.values).sorted { "\($0)" < "\($1)" }
    }

    @Test("as in Spark's guide: lines of a socket, split, grouped and counted")
    func wordCount() async throws {
        let listener = try Listener()
        defer { listener.close() }
        let rows = try await Self.rows(3) { session in
            let lines = session.readStream.format("socket").option("host", "localhost").option("port", listener.port)
                .load()
            let words = lines.select(explode(split(col("value"), " ")).as("word"))
            let query = try await words.groupBy("word").count().writeStream.outputMode("complete").format("memory")
                .queryName("counts").start()
            try listener.send("apache spark\napache hadoop\nspark")
            try listener.send("\n")
            return query
        }
        #expect(
            rows == [
                [.string("apache"), .long(2)], [.string("hadoop"), .long(1)], [.string("spark"), .long(2)],
            ])
    }

    @Test("the README's lines in Swift are those that run here, onto the console", .timeLimit(.minutes(1)))
    func console() async throws {
        let readme = try File.lines("README.md")
        let start = try #require(
            readme.firstIndex { $0.hasPrefix("let lines = session.readStream.format(\"socket\")") })
        let printed = readme[start...].prefix { $0 != "```" }
        let here = try File.lines("Tests/MillraceTests/SocketTests.swift")
        let first = try #require(here.firstIndex { $0.hasSuffix("// README begins") })
        let last = try #require(here.firstIndex { $0.hasSuffix("// README ends") })
        let compiled = here[(first + 1)..<last].map { String($0.dropFirst(8)).replacing("listener.port", with: "9999") }
        #expect(Array(printed) == compiled)

        let listener = try Listener()
        defer { listener.close() }
        var configuration = SessionConfiguration.quiet
        let (reports, continuation) = AsyncStream.makeStream(of: Int64.self)
        configuration.onProgress = { progress in continuation.yield(progress.numInputRows) }
        let session = Session(appName: "socket", configuration: configuration)
        // The query ends once its three lines are counted.
        let ending = Task {
            var seen: Int64 = 0
            for await report in reports {
                seen += report
                if seen >= 3 { break }
            }
            // It may tell of its first batch before its start is done.
            while session.streams.active.isEmpty { await Task.yield() }
            for query in session.streams.active { await query.stop() }
            return seen
        }
        // Waits for whoever reads.
        let sending = Task.detached { try listener.send("apache spark\napache hadoop\nspark\n") }
        // README begins
        let lines = session.readStream.format("socket").option("host", "localhost").option("port", listener.port).load()
        let words = lines.select(explode(split(col("value"), " ")).as("word"))
        let query = try await words.groupBy("word").count()
            .writeStream.outputMode("complete").format("console").trigger(processingTime: "1 second").start()
        try await query.awaitTermination()
        // README ends
        try await sending.value
        #expect(await ending.value == 3)
    }

    @Test("the example in SQL counts the same")
    func example() async throws {
        let listener = try Listener()
        defer { listener.close() }
        let lines = try File.lines("Examples/SQL/socket.sql").filter { !$0.isEmpty && !$0.hasPrefix("--") }
        let statements = lines.joined(separator: "\n").replacing("port 9999", with: "port \(listener.port)")
            .split(separator: ";").map(String.init)
        #expect(statements.count == 2)
        let rows = try await Self.rows(1) { session in
            _ = try session.sql(statements[0])
            let query = try await session.sql(statements[1]).writeStream.outputMode("complete").format("memory")
                .queryName("counts").start()
            try listener.send("to be or not to be\n")
            return query
        }
        #expect(rows.map { $0[1] } == [.long(2), .long(1), .long(1), .long(2)])
    }

    @Test("the same in SQL, with times of arrival")
    func sql() async throws {
        let listener = try Listener()
        defer { listener.close() }
        let rows = try await Self.rows(2) { session in
            _ = try session.sql(
                "CREATE TABLE lines USING socket OPTIONS (host '127.0.0.1', port \(listener.port), "
                    + "includeTimestamp true)")
            let query = try await session.sql(
                "SELECT value, count(timestamp) AS n FROM STREAM lines GROUP BY value"
            ).writeStream.outputMode("complete").format("memory").queryName("counts").start()
            try listener.send("a\nb\n")
            return query
        }
        #expect(rows == [[.string("a"), .long(1)], [.string("b"), .long(1)]])
    }

    @Test("a socket is no table, and needs a host")
    func refusals() async throws {
        let session = Session(appName: "socket", configuration: .quiet)
        #expect {
            _ = try session.read.format("socket").option("host", "localhost").option("port", 1).load().collect()
        } throws: {
            "\($0)".contains("'socket' is no table")
        }
        await #expect {
            _ = try await session.readStream.format("socket").option("port", 1).load().writeStream.format("noop")
                .start()
        } throws: {
            "\($0)".contains("Set a host to read from")
        }
    }
}
