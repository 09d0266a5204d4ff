// Watermarks and windows as users write them: each script straight, with a restart after every batch, and with other
// numbers of workers.

import Millrace
import MillraceTestKit
import Testing

@Suite struct EventTimeScriptTests {
    private static let readings = Schema([
        Field("sensor", .string), Field("time", .timestamp), Field("value", .double),
    ])

    /// The rows of docs/event-time.md's query, in append mode.
    private static let means: [StreamScript.Step] = [
        .add("readings", "a, 2026-01-01 00:02:00, 1; a, 2026-01-01 00:07:00, 3; b, 2026-01-01 00:07:00, 10"),
        .check(""),
        .checkState(rows: 5),
        // Moves the watermark to 00:12: what ends until then is final.
        .add("readings", "a, 2026-01-01 00:22:00, 5"),
        .check(
            """
            a, 2025-12-31 23:55:00, 2026-01-01 00:05:00, 1
            a, 2026-01-01 00:00:00, 2026-01-01 00:10:00, 2
            b, 2026-01-01 00:00:00, 2026-01-01 00:10:00, 10
            """),
        .checkState(rows: 4),
        // Late for [0, 10), and in time for [5, 15).
        .add("readings", "a, 2026-01-01 00:08:00, 9; a, null, 100"),
        .check(""),
        .add("readings", "b, 2026-01-01 00:40:00, 1"),
        .check(
            """
            a, 2026-01-01 00:05:00, 2026-01-01 00:15:00, 6
            b, 2026-01-01 00:05:00, 2026-01-01 00:15:00, 10
            a, 2026-01-01 00:15:00, 2026-01-01 00:25:00, 5
            a, 2026-01-01 00:20:00, 2026-01-01 00:30:00, 5
            """),
        .checkState(rows: 2),
    ]

    @Test("the mean over a sliding window", arguments: StreamScript.Way.allCases)
    func slidingMean(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: { streams in
                let means = try streams("readings")
                    .withWatermark("time", "10 minutes")
                    .groupBy("sensor", window("time", "10 minutes", "5 minutes"))
                    .agg(avg("value").as("mean"))
                    .select("sensor", "window.start", "window.end", "mean")
                return means
            }, Self.means
        ).run(way)
    }

    @Test("ROLLUP keeps the event time of its keys", arguments: StreamScript.Way.allCases)
    func rollup(_ way: StreamScript.Way) async throws {
        let sql = { (groupings: String) in
            """
            SELECT sensor, window.start, count(*) AS n
            FROM STREAM readings WATERMARK time DELAY OF INTERVAL 10 SECONDS GROUP BY \(groupings)
            """
        }
        let rows = { (second: Int) in StreamScript.Step.add("readings", "a, 2026-01-01 00:00:0\(second), 1") }
        let later = StreamScript.Step.add("readings", "a, 2026-01-01 00:01:40, 1")
        // Spark's answers. A late row counts where there is no window, and in no other group.
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .update,
            query: { try $0.sql(sql("ROLLUP(window(time, '5 seconds'), sensor)")) },
            [
                rows(1), .check("a, 2026-01-01 00:00:00, 1; null, 2026-01-01 00:00:00, 1; null, null, 1"), later,
                .check("a, 2026-01-01 00:01:40, 1; null, 2026-01-01 00:01:40, 1; null, null, 2"),
                .checkState(rows: 3), rows(2), .check("null, null, 3"), .checkState(rows: 3),
            ]
        ).run(way)
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: { try $0.sql(sql("window(time, '5 seconds'), ROLLUP(sensor)")) },
            [
                rows(1), .check(""), later, .check("a, 2026-01-01 00:00:00, 1; null, 2026-01-01 00:00:00, 1"),
                .checkState(rows: 2), rows(2), .check(""), .checkState(rows: 2),
            ]
        ).run(way)
    }

    @Test("the same in SQL, and the page shows both as they are here", arguments: StreamScript.Way.allCases)
    func slidingMeanInSQL(_ way: StreamScript.Way) async throws {
        let page = try File.lines("docs/event-time.md")
        let sql = page.drop { $0 != "```sql" }.dropFirst().prefix { $0 != "```" }.joined(separator: "\n")
        let swift = page.drop { $0 != "```swift" }.dropFirst().prefix { $0 != "```" }.map { $0.drop { $0 == " " } }
        let here = try File.lines("Tests/MillraceTests/EventTimeScriptTests.swift").map { $0.drop { $0 == " " } }
        let start = try #require(here.firstIndex(of: swift[0]))
        #expect(Array(here[start...].prefix(swift.count)) == swift)
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: { try $0.sql(sql) }, Self.means
        ).run(way)
    }

    @Test(
        "from Kafka to Kafka: what the page shows is what the delivery tests kill",
        arguments: [
            (
                "let schema =", "Examples/SQL/means.sql", ["Tests/DeliveryQueries/EventQueries.swift"]
            ),
            (
                "let impressions =", "Examples/SQL/adclicks.sql",
                ["Tests/DeliveryQueries/JoinQueries.swift", "Examples/AdClicks/Sources/AdClicks/main.swift"]
            ),
        ])
    func fromKafkaToKafka(beginning: String, script: String, programs: [String]) throws {
        let page = try File.lines("docs/event-time.md")
        func blocks(_ language: String) -> [[String]] {
            page.indices.filter { page[$0] == "```\(language)" }.map { Array(page[($0 + 1)...].prefix { $0 != "```" }) }
        }
        #expect(blocks("sql").contains(Array(try File.lines(script).drop { $0.hasPrefix("--") })))
        let shown = try #require(blocks("swift").first { $0.first?.hasPrefix(beginning) ?? false })
        let swift = shown.map { $0.drop { $0 == " " } }
        for path in programs {
            let program = try File.lines(path).map { $0.drop { $0 == " " } }
            let start = try #require(program.lastIndex(of: swift[0]), "\(path)")
            #expect(Array(program[start...].prefix(swift.count)) == swift, "\(path)")
        }
    }

    @Test("update mode gives what has changed, and lets go of what is final", arguments: StreamScript.Way.allCases)
    func update(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["readings": Self.readings],
            query: {
                try $0("readings").withWatermark("time", "0 seconds").groupBy(window("time", "10 seconds"))
                    .agg(count("*").as("n")).select(unix_seconds("window.start"), col("n"))
            },
            [
                .add("readings", "a, 1970-01-01 00:00:03, 1; a, 1970-01-01 00:00:12, 1"), .check("0, 1; 10, 1"),
                .checkState(rows: 1),
                .add("readings", "a, 1970-01-01 00:00:04, 1; a, 1970-01-01 00:00:13, 1"), .check("10, 2"),
            ]
        ).run(way)
    }

    @Test(
        "windows of windows: the outer ones take what is final of the inner ones", arguments: StreamScript.Way.allCases)
    func chain(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                try $0("readings").withWatermark("time", "0 seconds").groupBy(window("time", "5 seconds"))
                    .agg(count("*").as("n")).groupBy(window("window", "10 seconds"))
                    .agg(count("*").as("c"), sum("n").as("s"))
                    .select(unix_seconds("window.start"), col("c"), col("s"))
            },
            [
                .addRows("readings", (10...21).map { [.null, .timestamp($0 * 1_000_000), .null] }),
                .check("10, 2, 10"), .checkState(rows: 0, operator: 0), .checkState(rows: 1, operator: 1),
                .addRows("readings", (10...29).map { [.null, .timestamp($0 * 1_000_000), .null] }),
                .check(""), .checkState(rows: 1, operator: 0), .checkState(rows: 1, operator: 1),
                .add("readings", "a, 1970-01-01 00:00:30, 1; a, 1970-01-01 00:00:31, 1"),
                .check("20, 2, 12"),
            ]
        ).run(way)
    }

    @Test("duplicates go for as long as the delay", arguments: StreamScript.Way.allCases)
    func duplicatesWithinWatermark(_ way: StreamScript.Way) async throws {
        func time(_ seconds: Int) -> String { "1970-01-01 00:00:\(seconds)" }
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                try $0("readings").withWatermark("time", "2 seconds").dropDuplicatesWithinWatermark("sensor")
                    .select(col("sensor"), unix_seconds("time"))
            },
            [
                .add("readings", "a, \(time(17)), 1"), .check("a, 17"),
                .add("readings", "a, \(time(16)), 1"), .check(""),
                .add("readings", "a, \(time(13)), 1"), .check(""),
                // The watermark comes to 20: the first row's time and the delay are 19.
                .add("readings", "b, \(time(22)), 1; c, \(time(21)), 1"), .check("b, 22; c, 21"),
                .checkState(rows: 2),
                .add("readings", "a, \(time(21)), 1"), .check("a, 21"),
                .add("readings", "d, \(time(25)), 1"), .check("d, 25"), .checkState(rows: 2),
                .add("readings", "c, \(time(23)), 1; c, \(time(24)), 1"), .check("c, 24"),
            ]
        ).run(way)
    }

    @Test("sessions grow together, and end with the watermark", arguments: StreamScript.Way.allCases)
    func sessions(_ way: StreamScript.Way) async throws {
        func time(_ seconds: Int) -> String { "1970-01-01 00:\(seconds / 60):\(seconds % 60)" }
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                try $0("readings").withWatermark("time", "30 seconds")
                    .groupBy(col("sensor"), session_window("time", "10 seconds"))
                    .agg(count("*").as("n"), sum("value").as("s"), max("value").as("m"))
                    .selectExpr(
                        "sensor", "unix_seconds(session_window.start)", "unix_seconds(session_window.end)", "n", "s",
                        "m")
            },
            [
                .add("readings", "a, \(time(40)), 1; b, \(time(41)), 2; a, null, 9"), .check(""), .checkState(rows: 2),
                .add("readings", "a, \(time(25)), 3"), .check(""), .checkState(rows: 3),
                // Joins the sessions before and behind it.
                .add("readings", "a, \(time(30)), 5"), .check(""), .checkState(rows: 2),
                .add("readings", "a, \(time(0)), 7"), .check(""),
                .add("readings", "b, \(time(100)), 1"), .check("a, 25, 50, 3, 9, 5; b, 41, 51, 1, 2, 2"),
                .checkState(rows: 1),
                .add("readings", "b, \(time(140)), 1"), .check("b, 100, 110, 1, 1, 1"),
            ]
        ).run(way)
    }

    /// What the rows of a stream are joined with: those of the same stream of which few are left.
    enum Twice: CaseIterable {
        case frame, cte, view

        func frame(_ streams: StreamFrames) throws -> DataFrame {
            let join = """
                SELECT a.value AS x, b.value AS y FROM l a LEFT JOIN (SELECT * FROM l WHERE value > 100) b
                ON a.sensor = b.sensor AND b.time BETWEEN a.time AND a.time + INTERVAL 20 SECONDS
                """
            let rows = "SELECT * FROM STREAM readings WATERMARK time DELAY OF INTERVAL 5 SECONDS"
            switch self {
            case .frame:
                try streams("readings").withWatermark("time", "5 seconds").createOrReplaceTempView("l")
                return try streams.sql(join)
            case .cte: return try streams.sql("WITH l AS (\(rows)) \(join)")
            case .view:
                _ = try streams.sql("CREATE OR REPLACE TEMPORARY VIEW l AS \(rows)")
                return try streams.sql(join)
            }
        }
    }

    /// Spark's rows, for the frame and the CTE.
    @Test(
        "what is used twice has one watermark, that of the use which is ahead", arguments: StreamScript.Way.allCases,
        Twice.allCases)
    func watermarksOfOnePlace(_ way: StreamScript.Way, _ twice: Twice) async throws {
        func time(_ seconds: Int) -> String { "1970-01-01 00:\(seconds / 60):\(seconds % 60)" }
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append, query: { try twice.frame($0) },
            [
                .add("readings", "a, \(time(0)), 1"), .check(""),
                .add("readings", "a, \(time(11)), 200; b, \(time(12)), 2"), .check("200.0, 200.0"),
                // The few rows stand at second 11 and hold nothing up.
                .add("readings", "a, \(time(60)), 3"), .check("2.0, null"),
                .add("readings", "a, \(time(120)), 4"), .check("3.0, null"),
                .add("readings", "a, \(time(180)), 5"), .check("4.0, null"),
            ]
        ).run(way)
    }

    @Test(
        "two watermarks that are written have one each, and the slower one counts", arguments: StreamScript.Way.allCases
    )
    func watermarksOfTwoPlaces(_ way: StreamScript.Way) async throws {
        func time(_ seconds: Int) -> String { "1970-01-01 00:\(seconds / 60):\(seconds % 60)" }
        let rows = "FROM STREAM readings WATERMARK time DELAY OF INTERVAL 5 SECONDS"
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                try $0.sql(
                    """
                    SELECT unix_seconds(window.start), count(*) FROM (SELECT * \(rows) UNION ALL
                    SELECT * FROM (SELECT * \(rows)) WHERE value > 100) GROUP BY window(time, '10 seconds')
                    """)
            },
            [
                .add("readings", "a, \(time(0)), 1"), .check(""),
                .add("readings", "a, \(time(21)), 200"), .check("0, 1"),
                .add("readings", "a, \(time(60)), 3"), .check(""), .add("readings", "a, \(time(120)), 4"), .check(""),
            ]
        ).run(way)
    }

    @Test("sessions by grouping sets: each set merges its own", arguments: StreamScript.Way.allCases)
    func sessionsOfSets(_ way: StreamScript.Way) async throws {
        func time(_ seconds: Int) -> String { "1970-01-01 00:\(seconds / 60):\(seconds % 60)" }
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                try $0.sql(
                    """
                    SELECT unix_seconds(session_window.start), unix_seconds(session_window.end), sensor, sum(value)
                    FROM STREAM readings WATERMARK time DELAY OF INTERVAL 0 SECONDS
                    GROUP BY session_window(time, '5 seconds'), ROLLUP(sensor)
                    """)
            },
            [
                .add("readings", "a, \(time(0)), 1; a, \(time(3)), 2; b, \(time(4)), 4; b, \(time(7)), 16"), .check(""),
                .checkState(rows: 3),
                .add("readings", "a, \(time(30)), 8"),
                .check("0, 8, a, 3.0; 4, 12, b, 20.0; 0, 12, null, 23.0"), .checkState(rows: 2),
                .add("readings", "b, \(time(40)), 1"), .check("30, 35, a, 8.0; 30, 35, null, 8.0"),
            ]
        ).run(way)
    }

    @Test("what comes of a table is whole, whatever the stream's output mode", arguments: StreamScript.Way.allCases)
    func sessionsBesideAStream(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                try $0.sql(
                    """
                    SELECT r.sensor, s.n FROM STREAM readings r JOIN (
                      SELECT k, count(*) AS n FROM VALUES ('a', TIMESTAMP'2024-01-01 00:00:00'),
                        ('a', TIMESTAMP'2024-01-01 00:00:03'), ('b', TIMESTAMP'2024-01-01 00:00:03') AS t(k, ts)
                      GROUP BY k, session_window(ts, '5 seconds')) s ON r.sensor = s.k
                    """)
            },
            [.add("readings", "a, null, 1; b, null, 1; c, null, 1"), .check("a, 2; b, 1")]
        ).run(way)
    }

    @Test("the last time of a window is event time as a key, too", arguments: StreamScript.Way.allCases)
    func lastTimes(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                try $0("readings").withWatermark("time", "0 seconds").select(window("time", "10 seconds").as("w"))
                    .groupBy(window_time("w").as("last")).agg(count("*").as("n")).selectExpr("unix_millis(last)", "n")
            },
            [
                .add("readings", "a, 1970-01-01 00:00:01, 1; a, 1970-01-01 00:00:02, 1"), .check(""),
                .add("readings", "a, 1970-01-01 00:00:12, 1"), .check("9999, 2"), .checkState(rows: 1),
                .add("readings", "a, 1970-01-01 00:00:25, 1"), .check("19999, 1"), .checkState(rows: 1),
            ]
        ).run(way)
    }

    @Test("event time as a key beside a window of another time", arguments: StreamScript.Way.allCases)
    func timeBesideAWindow(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                try $0("readings").withWatermark("time", "0 seconds")
                    .select(col("time"), expr("time + INTERVAL 1 HOUR").as("other"))
                    .groupBy(window("other", "10 seconds"), col("time")).agg(count("*").as("n"))
                    .selectExpr("unix_seconds(window.start)", "unix_seconds(time)", "n")
            },
            [
                // The watermark reaches the time in the batch without rows that follows: the time decides, no window.
                .add("readings", "a, 1970-01-01 00:00:01, 1; b, 1970-01-01 00:00:01, 1"), .check("3600, 1, 2"),
                .checkState(rows: 0),
                .add("readings", "a, 1970-01-01 00:00:12, 1"), .check("3610, 12, 1"), .checkState(rows: 0),
            ]
        ).run(way)
    }

    @Test("what Spark refuses is refused, in its words")
    func refusals() throws {
        let session = Session(appName: "refusals", configuration: .quiet)
        let stream = MemoryStream(session, schema: Self.readings).toDF()
        let marked = stream.withWatermark("time", "1 second")
        let counts = marked.groupBy(window("time", "5 seconds")).count()
        let twice = counts.groupBy(window("window", "10 seconds")).count()
        let sessions = marked.groupBy(session_window("time", "5 seconds"), "sensor").count()
        let cases: [(DataFrame, OutputMode, String)] = [
            (stream.groupBy(window("time", "5 seconds")).count(), .append, "aggregations without watermark"),
            (marked.groupBy("sensor").count(), .append, "aggregations without watermark"),
            (twice, .update, "possible 'correctness' issue"), (twice, .complete, "possible 'correctness' issue"),
            (sessions, .update, "session window streaming aggregations"),
            (marked.groupBy(session_window("time", "5 seconds")).count(), .append, "Global aggregation with session"),
            (
                marked.select(col("time"), expr("time + INTERVAL 1 HOUR").as("other"))
                    .groupBy(session_window("other", "5 seconds"), col("time")).count(), .append,
                "an event time as a key beside sessions of another time"
            ),
            (stream.dropDuplicatesWithinWatermark("sensor"), .append, "DataFrames/DataSets without watermark"),
            (marked.dropDuplicates("sensor"), .complete, "no streaming aggregations"),
        ]
        for (frame, mode, message) in cases {
            #expect {
                try frame.writeStream.format("noop").outputMode(mode).check()
            } throws: {
                ($0 as? MillraceError)?.message.contains(message) == true
            }
        }
    }

    @Test("sessions of tables")
    func sessionsOfTables() throws {
        let session = Session(appName: "tables", configuration: .quiet)
        let rows: [[Value]] = [0, 5, 30, 12, 100].map { [.string("a"), .timestamp($0 * 1_000_000), .double(1)] }
        let frame = try session.createDataFrame(rows, schema: Self.readings)
        let sums = frame.groupBy(session_window("time", "10 seconds")).agg(count("*").as("n"))
            .selectExpr("unix_seconds(session_window.start) AS s", "unix_seconds(session_window.end) AS e", "n")
        #expect(
            try sums.orderBy("s").collect().map(\.values) == [
                [.long(0), .long(22), .long(3)], [.long(30), .long(40), .long(1)], [.long(100), .long(110), .long(1)],
            ])
    }

    @Test("the first row of each key, and what may follow", arguments: StreamScript.Way.allCases)
    func duplicates(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["readings": Self.readings],
            query: {
                try $0("readings").dropDuplicates("sensor").groupBy("value").agg(count("*").as("n"))
            },
            [
                .add("readings", "a, null, 1; b, null, 2; a, null, 2"), .check("1, 1; 2, 1"),
                .checkState(rows: 2, operator: 1),
                .add("readings", "null, null, 1; a, null, 7; null, null, 2"), .check("1, 2"),
                .checkState(rows: 3, operator: 1), .checkState(rows: 2, operator: 0),
            ]
        ).run(way)
    }

    @Test("the first rows of a table keep their columns and their order")
    func duplicatesOfTables() throws {
        let session = Session(appName: "tables", configuration: .quiet)
        let rows: [[Value]] = [
            [.string("a"), .null, .double(1)], [.null, .null, .double(2)], [.string("a"), .timestamp(0), .double(3)],
        ]
        let frame = try session.createDataFrame(rows, schema: Self.readings)
        #expect(try frame.dropDuplicates("sensor").collect().map(\.values) == [rows[0], rows[1]])
        #expect(try frame.dropDuplicates().count() == 3)
        #expect(throws: MillraceError.self) { _ = try frame.dropDuplicatesWithinWatermark("sensor").schema }
        #expect(throws: MillraceError.self) { _ = try frame.dropDuplicates("none").schema }
    }

    @Test("a batch that runs again after a crash has the same watermark", arguments: StreamScript.Way.allCases)
    func crash(_ way: StreamScript.Way) async throws {
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                try $0("readings").withWatermark("time", "5 seconds").groupBy(window("time", "5 seconds"))
                    .agg(count("*").as("n")).select(unix_seconds("window.start"), col("n"))
            },
            [
                .add("readings", "a, 1970-01-01 00:00:10, 1; a, 1970-01-01 00:00:11, 1"), .check(""),
                .add("readings", "a, 1970-01-01 00:00:25, 1"), .check("10, 2"),
                .stop, .dropNewestCommit, .start, .checkLastBatch("10, 2"),
                .add("readings", "a, 1970-01-01 00:00:12, 1; a, 1970-01-01 00:00:40, 1"), .check("25, 1"),
            ]
        ).run(way)
    }

    @Test("windows on tables need no watermark, and may stand without a grouping")
    func tables() throws {
        let session = Session(appName: "tables", configuration: .quiet)
        let frame = try session.createDataFrame(
            [[.string("a"), .timestamp(-1_000_000), .double(1)], [.string("b"), .null, .double(1)]],
            schema: Self.readings)
        let grouped = frame.withWatermark("time", "1 second").groupBy(window("time", "5 seconds")).count()
        #expect(try grouped.schema.names == ["window", "count"])
        let window5 = Value.structure([.timestamp(-5_000_000), .timestamp(0)])
        #expect(try grouped.collect().map(\.values) == [[window5, .long(1)]])
        let sliding = frame.select(col("sensor"), window("time", "10 seconds", "5 seconds").as("w"))
        #expect(
            try sliding.select("sensor", "w.start").collect().map(\.values) == [
                [.string("a"), .timestamp(-10_000_000)], [.string("a"), .timestamp(-5_000_000)],
            ])
    }

    @Test(
        "what is wrong with a watermark or a window is said",
        arguments: [
            Mistake("EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE") { $0.withWatermark("value", "1 second") },
            Mistake("EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE") {
                $0.select(expr("CAST(time AS TIME)").as("at")).withWatermark("at", "1 second")
            },
            Mistake("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE") {
                $0.groupBy(window(expr("CAST(time AS TIME)"), "5 seconds")).count()
            },
            Mistake("UNRESOLVED_COLUMN.WITH_SUGGESTION") { $0.withWatermark("tim", "1 second") },
            Mistake("INVALID_INTERVAL_FORMAT") { $0.withWatermark("time", "-1 second") },
            Mistake("CANNOT_PARSE_INTERVAL") { $0.withWatermark("time", "abc") },
            Mistake("CANNOT_PARSE_INTERVAL") { $0.groupBy(window("time", "5 sons")).count() },
            Mistake("DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION") {
                $0.groupBy(window("time", "5 seconds", "10 seconds")).count()
            },
            Mistake("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE") { $0.groupBy(window("time", "-5 seconds")).count() },
            Mistake("UNSUPPORTED_FEATURE") { $0.groupBy(window("time", "1 month")).count() },
            Mistake("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE") { $0.groupBy(window("value", "5 seconds")).count() },
            Mistake("UNSUPPORTED_FEATURE") {
                $0.groupBy(window("time", "5 seconds"), window("time", "7 seconds")).count()
            },
        ])
    func mistakes(_ mistake: Mistake) throws {
        let session = Session(appName: "mistakes", configuration: .quiet)
        let stream = MemoryStream(session, schema: Self.readings)
        #expect {
            _ = try mistake.query(stream.toDF()).schema
        } throws: {
            ($0 as? MillraceError)?.code == mistake.code
        }
    }

    /// A query that is refused.
    struct Mistake: Sendable {
        let code: String
        let query: @Sendable (DataFrame) -> DataFrame

        init(_ code: String, _ query: @escaping @Sendable (DataFrame) -> DataFrame) {
            self.code = code
            self.query = query
        }
    }
}
