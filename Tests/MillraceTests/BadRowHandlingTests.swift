// Bad rows that don't end a stream: NULL where an expression has no value.

import Millrace
import MillraceTestKit
import TestSupport
import Testing

@Suite struct BadRowHandlingTests {
    private static let texts = Schema([Field("s", .string)])

    /// Runs a script in every way, with NULL for errors.
    private func runWithNulls(_ script: StreamScript) async throws {
        try await StreamTest.$configure.withValue({ $0.badRows = .null }) { try await script.runAllWays() }
    }

    /// What a query gives for texts, in a batch of its own, and the bad rows that the progress counts.
    private func rows(
        _ texts: [String?], _ handling: BadRowHandling = .null, _ expressions: String..., filter: String? = nil
    ) async throws -> (rows: [[Value]], bad: Int64?) {
        try await StreamTest.$configure.withValue({ $0.badRows = handling }) {
            let test = StreamTest(schema: Self.texts, outputMode: .append) { frame in
                (filter.map { frame.filter($0) } ?? frame).select(expressions.map { expr($0) })
            }
            try await test.start()
            try test.addData(texts.map { [$0.map { .string($0) } ?? .null] })
            let rows = try await test.takeNewRows()
            let bad = test.query?.recentProgress.last { $0.numInputRows > 0 }?.numBadRows
            await test.stop()
            return (rows, bad)
        }
    }

    @Test(
        "each kind of error is NULL, and the row goes on",
        arguments: [
            ("CAST(s AS INT)", "x"), ("CAST(s AS DOUBLE)", "1.2.3"), ("CAST(s AS DATE)", "yesterday"),
            ("CAST(s AS BOOLEAN)", "perhaps"), ("10 div length(s)", ""), ("10 % length(s)", ""),
            ("CAST(length(s) * 100 AS TINYINT)", "ab"), ("CAST(length(s) AS INT) + 2147483647", "a"),
            ("-CAST(s AS INT)", "-2147483648"), ("CAST(s AS DECIMAL(4, 1))", "12345.6"),
            ("split(s, ',')[3]", "a,b"), ("element_at(split(s, ','), 7)", "a,b"), ("element_at(split(s, ','), 0)", "a"),
            ("to_timestamp(s, 'yyyy-MM-dd')", "12/31"), ("to_date(s, 'yyyy-MM-dd')", "x"),
            ("make_date(length(s), 13, 1)", "ab"), ("from_json(s, 'a INT', map('mode', 'FAILFAST')).a", "{"),
            ("to_number(s, '999')", "12a4"), ("CAST(s AS INTERVAL DAY)", "soon"),
            ("sequence(1, 5, length(s) - 1)", "a"), ("size(sequence(0L, CAST(s AS BIGINT)))", "4000000000"),
        ])
    func kinds(expression: String, bad: String) async throws {
        let found = try await rows([bad, nil], .null, "s", "\(expression) AS v")
        #expect(found.rows == [[.string(bad), .null], [.null, found.rows[1][1]]])
        #expect(found.bad == 1)
        await #expect(throws: (any Error).self) { _ = try await rows([bad], .fail, "\(expression) AS v") }
    }

    @Test("good rows are as they were, and branches that nobody asks for are asked for no more than before")
    func branches() async throws {
        let texts = ["1", "x", "0", "40"]
        let found = try await rows(
            texts, .null, "coalesce(CAST(s AS INT), -1) AS c",
            "CASE WHEN s = 'x' THEN 0 WHEN CAST(s AS INT) > 9 THEN 1 ELSE 2 END AS w",
            "s <> '0' AND 10 div CAST(s AS INT) > 3 AS a", "s = '0' OR 10 div CAST(s AS INT) > 3 AS o",
            "CAST(s AS INT) IS NULL AS n")
        func row(_ c: Int32, _ w: Int32, _ a: Value, _ o: Value, _ n: Bool) -> [Value] {
            [.integer(c), .integer(w), a, o, .boolean(n)]
        }
        #expect(
            found.rows == [
                row(1, 2, .boolean(true), .boolean(true), false), row(-1, 0, .null, .null, true),
                row(0, 2, .boolean(false), .boolean(true), false), row(40, 1, .boolean(false), .boolean(false), false),
            ])
        #expect(found.bad == 1)
    }

    @Test("a filter passes no row over whose condition nothing is known, and takes those that it knows of")
    func filters() async throws {
        #expect(
            try await rows(["1", "x", "0"], .null, "s", filter: "10 div CAST(s AS INT) > 3").rows == [[.string("1")]])
        #expect(try await rows(["1", "x"], .null, "s", filter: "CAST(s AS INT) IS NULL").rows == [[.string("x")]])
        #expect(
            try await rows(["1", "x"], .null, "s", filter: "s = 'x' OR CAST(s AS INT) > 5").rows == [[.string("x")]])
    }

    @Test("elements of arrays are NULL one by one, within functions that take lambdas, too")
    func lambdas() async throws {
        let found = try await rows(["1,x,3", "x"], .null, "transform(split(s, ','), e -> CAST(e AS INT)) AS v")
        #expect(found.rows == [[.array([.integer(1), .null, .integer(3)])], [.array([.null])]])
        #expect(found.bad == 2)
    }

    @Test("NULL is what the try_ forms give, however many rows are bad", arguments: [0.0, 0.001, 0.3, 1.0])
    func likeTry(density: Double) async throws {
        let seed = UInt64.random(in: 0...1_000_000)
        var random = SeededRandom(seed)
        let texts = (0..<1500).map { _ in
            Double.random(in: 0..<1, using: &random) < density
                ? ["x", "", "99999999999", "0"].randomElement(using: &random) ?? "x"
                : "\(Int.random(in: 1...99, using: &random))"
        }
        let found = try await rows(
            texts, .null, "CAST(s AS INT) <=> try_cast(s AS INT) AS c",
            "100 / CAST(s AS INT) <=> try_divide(100, try_cast(s AS INT)) AS d",
            "CAST(s AS INT) + 2147483600 <=> try_add(try_cast(s AS INT), 2147483600) AS a")
        #expect(found.rows == texts.map { _ in [.boolean(true), .boolean(true), .boolean(true)] }, "seed \(seed)")
        let bad = try await rows(
            texts, .null,
            "try_divide(1, try_cast(s AS INT)) IS NULL OR try_add(try_cast(s AS INT), 2147483600) IS NULL AS b")
        #expect(found.bad == Int64(bad.rows.count { $0 == [.boolean(true)] }), "seed \(seed)")
    }

    @Test("a column that the schema says is there is NULL all the same, and no test for NULL is left out")
    func promises() async throws {
        let schema = Schema([Field("n", .long, isNullable: false)])
        try await runWithNulls(
            StreamScript(
                streams: ["s": schema], outputMode: .append,
                query: {
                    try $0("s").selectExpr("CAST(n AS TINYINT) AS t").selectExpr(
                        "t IS NULL AS n", "coalesce(t * 0, 7) AS z")
                }, [.add("s", "1; 1000"), .check("false, 0; true, 7")]))
    }

    @Test("aggregations see NULL, and their state is that of another run: fail and null take turns")
    func aggregation() async throws {
        try await runWithNulls(
            StreamScript(
                streams: ["s": Schema([Field("k", .string), Field("v", .string)])],
                query: {
                    try $0("s").selectExpr("k", "CAST(v AS INT) AS v").groupBy("k")
                        .agg(sum("v").as("s"), count("v").as("n"), count("*").as("all"), max("v").as("m"))
                },
                [
                    .add("s", "a, 1; a, x; b, y"), .check("a, 1, 1, 2, 1; b, null, 0, 1, null"),
                    .add("s", "a, 5; b, 2; b, z"), .check("a, 6, 2, 3, 5; b, 2, 1, 3, 2"),
                    .stop, .dropNewestCommit, .start, .check("a, 6, 2, 3, 5; b, 2, 1, 3, 2"), .checkState(rows: 2),
                ]))
    }

    @Test("a sum that overflows is the group's error, and ends the query whatever is said of rows")
    func groups() async throws {
        try await runWithNulls(
            StreamScript(
                streams: ["s": Schema([Field("v", .string)])], outputMode: .complete,
                query: {
                    try $0("s").agg(sum(expr("CAST(v AS BIGINT)")).as("s"))
                },
                [
                    .add("s", "9223372036854775807; x"), .check("9223372036854775807"), .add("s", "1"),
                    .expectError("ARITHMETIC_OVERFLOW"),
                ]))
    }

    @Test("what is computed of groups is NULL, too, and event times move the watermark once")
    func behindGroups() async throws {
        let schema = Schema([Field("t", .timestamp), Field("v", .string)])
        try await runWithNulls(
            StreamScript(
                streams: ["s": schema], outputMode: .append,
                query: {
                    try $0("s").withWatermark("t", "10 seconds").selectExpr("t", "CAST(v AS INT) AS v")
                        .groupBy(window("t", "10 seconds")).agg(count("*").as("n"), sum("v").as("s"))
                        .selectExpr("CAST(window.start AS STRING) AS w", "n", "10 div s AS q")
                },
                [
                    .add("s", "1970-01-01 00:00:01, 5; 1970-01-01 00:00:02, x; 1970-01-01 00:00:12, 0"), .check(""),
                    .add("s", "1970-01-01 00:00:31, x"),
                    .check("1970-01-01 00:00:00, 2, 2; 1970-01-01 00:00:10, 1, null"),
                ]))
    }

    @Test("the query may be started again with another handling: from the batch that it ended at")
    func changed() async throws {
        let checkpoint = try TemporaryFolder()
        let session = Session(appName: "bad rows", configuration: .quiet)
        let stream = MemoryStream(session, schema: Self.texts)
        try stream.addData([[.string("1")], [.string("x")]])
        let frame = stream.toDF().selectExpr("CAST(s AS INT) AS v").groupBy().agg(
            count("v").as("n"), count("*").as("all"))
        func run(_ handling: String) async throws {
            try await frame.writeStream.format("memory").queryName("r").outputMode(.complete)
                .option("badRows", handling).option("checkpointLocation", checkpoint.path).trigger(.availableNow)
                .start()
                .awaitTermination()
        }
        await #expect {
            try await run("fail")
        } throws: {
            "\($0)".contains("'x'") && "\($0)".contains("row 2 of block 0 of MemoryStream[s]")
                && "\($0)".contains("go on without such rows (badRows null or dead-letter)")
        }
        try await run("null")
        #expect(try session.table("r").collect().map(\.values) == [[.long(1), .long(2)]])
    }

    @Test("the option of a table is that of the streams that are written to it, beside the session's")
    func optionsOfTables() throws {
        let session = Session(appName: "bad rows", configuration: .quiet)
        try MemoryStream(session, schema: Self.texts).toDF().createOrReplaceTempView("texts")
        func insert(_ options: String, format: String = "kafka") throws -> DataStreamWriter {
            let broker = format == "kafka" ? "`kafka.bootstrap.servers` '127.0.0.1:1', topic 'out', " : "path '/none', "
            let script = try SQLScript(
                """
                CREATE OR REPLACE TABLE t\(format == "kafka" ? "" : " (value STRING)") USING \(format)
                    OPTIONS (\(broker)\(options));
                INSERT INTO t SELECT CAST(CAST(s AS INT) AS STRING) AS value FROM texts
                """)
            _ = try session.execute(script.statements[0])
            let result = try session.execute(script.statements[1])
            guard case .insert(let insert) = result else { throw CancellationError() }
            return insert.writer().option("checkpointLocation", "never-made")
        }
        func message(_ body: () throws -> Void) throws -> String {
            "\(try #require(#expect(throws: MillraceError.self) { try body() }))"
        }
        try insert("badRows 'dead-letter', badRowsTopic 'bad'").check()
        try insert("BADROWS 'NULL'").check()
        for format in ["json", "parquet", "csv"] { try insert("badRows 'null'", format: format).check() }
        #expect(try message { try insert("badRowsTopic 'bad'").check() }.contains("badRows is fail"))
        #expect(try message { try insert("badRows 'dead-letter'").check() }.contains("has no option 'badRowsTopic'"))
        #expect(
            try message { try insert("badRows 'dead-letter'", format: "json").check() }.contains("has no transaction"))
        #expect(try message { _ = try insert("badRows 'skip'") }.contains("it takes fail, null or dead-letter"))
        // What the table says comes before what the session does.
        try session.sql("SET millrace.badRows = dead-letter")
        try insert("badRows 'null'").check()
        #expect(try message { try insert("groupIdPrefix 'g'").check() }.contains("badRows is dead-letter"))
    }

    @Test("what the option and SET take")
    func options() throws {
        let session = Session(appName: "bad rows", configuration: .quiet)
        let writer = MemoryStream(session, schema: Self.texts).toDF().writeStream.format("console")
        func message(_ body: () throws -> Void) throws -> String {
            "\(try #require(#expect(throws: MillraceError.self) { try body() }))"
        }
        #expect(
            try message { try writer.option("badRows", "skip").check() }.contains("it takes fail, null or dead-letter"))
        #expect(
            try message { try writer.option("badRows", "dead-letter").check() }
                .contains("has no transaction that takes bad rows along"))
        try writer.option("badRows", "NULL").check()
        try session.sql("SET millrace.badRows = dead-letter")
        #expect(try message { try writer.check() }.contains("badRows is dead-letter"))
        try writer.option("badRows", "fail").check()
        let kafka = MemoryStream(session, schema: Self.texts).toDF().selectExpr("s AS value").writeStream.format(
            "kafka"
        )
        .option("kafka.bootstrap.servers", "127.0.0.1:1").option("topic", "out")
        .option("checkpointLocation", "never-made")
        #expect(try message { try kafka.check() }.contains("has no option 'badRowsTopic'"))
        let topic = kafka.option("badRowsTopic", "bad")
        try topic.check()
        #expect(try message { try topic.option("badRows", "null").check() }.contains("badRows is null"))
        #expect(try message { try topic.option("delivery", "at-least-once").check() }.contains("batch's transaction"))
        #expect(try message { try kafka.option("badRowsTopic", "out").check() }.contains("a topic of its own"))
    }
}
