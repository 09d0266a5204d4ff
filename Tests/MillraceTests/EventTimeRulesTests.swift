// Which queries on event time there can be, and what is said of those that can't; and what the progress says of it.

import Millrace
import MillraceTestKit
import TestSupport
import Testing

@Suite struct EventTimeRulesTests {
    private static let readings = Schema([
        Field("sensor", .string), Field("time", .timestamp), Field("value", .double),
    ])

    private static func time(_ seconds: Int) -> String { "1970-01-01 00:\(seconds / 60):\(seconds % 60)" }

    private static func error(
        _ mode: OutputMode, _ sql: String, extended: Bool = false,
        _ change: (inout SessionConfiguration) -> Void = { _ in }
    ) async throws -> MillraceError? {
        var configuration = SessionConfiguration.quiet
        configuration.isExtended = extended
        change(&configuration)
        let session = Session(appName: "rules", configuration: configuration)
        try MemoryStream(session, schema: readings).toDF().createOrReplaceTempView("s")
        do {
            let query = try await session.sql(sql).writeStream.format("noop").outputMode(mode).start()
            await query.stop()
            return nil
        } catch let error as MillraceError {
            return error
        }
    }

    @Test("a query of many windows over one another is planned at once", .timeLimit(.minutes(1)))
    func chainOfWindows() async throws {
        var times = "SELECT time FROM s WATERMARK time DELAY OF INTERVAL 1 SECOND"
        for _ in 0..<24 {
            times = "SELECT window_time(w) AS time FROM (SELECT window(time, '1 second') AS w FROM (\(times)))"
        }
        let error = try await Self.error(.append, "SELECT time, count(*) FROM (\(times)) GROUP BY time")
        #expect(error == nil, "\(error?.message ?? "")")
    }

    // MARK: Pivot

    private static let pivot = "SELECT * FROM (SELECT time, sensor, value FROM s) PIVOT "
    /// Without an event time among its keys.
    private static let pivotOfNumbers =
        "SELECT * FROM (SELECT sensor, value FROM s) PIVOT (sum(value) FOR sensor IN ('a', 'b'))"

    @Test(
        "a PIVOT that is two aggregations in Spark is refused outside of append mode, unless the session is extended",
        arguments: [OutputMode.update, .complete])
    func pivots(_ mode: OutputMode) async throws {
        for aggregates in ["sum(value)", "count(value), max(value)", "max(CAST(value AS DECIMAL(38, 2)))"] {
            let sql = Self.pivot + "(\(aggregates) FOR sensor IN ('a', 'b'))"
            let error = try #require(try await Self.error(mode, sql), "\(aggregates)")
            #expect(error.code == "UNSUPPORTED_OPERATION")
            #expect(
                error.message.contains("Detected pattern of possible 'correctness' issue due to global watermark."))
            #expect(error.hint?.contains("SET millrace.extended = true") == true)
            #expect(try await Self.error(mode, sql, extended: true) == nil)
        }
        // With one value that Spark pivots in one step, all are.
        for aggregates in ["max(sensor)", "sum(value), max(time)", "collect_list(value)"] {
            let sql = Self.pivot + "(\(aggregates) FOR sensor IN ('a', 'b'))"
            #expect(try await Self.error(mode, sql) == nil, "\(aggregates)")
        }
    }

    @Test("where a PIVOT in append mode needs an event time, no other mode is proposed that it doesn't have")
    func pivotWithoutEventTime() async throws {
        let sql = Self.pivotOfNumbers
        let hint = try await Self.error(.append, sql)?.hint
        #expect(hint?.hasPrefix("PIVOT takes output mode update or complete only with SET millrace.extended") == true)
        #expect(try await Self.error(.append, sql, extended: true)?.hint?.hasPrefix("use output mode update") == true)
    }

    @Test("in append mode a PIVOT is an aggregation by event time", arguments: StreamScript.Way.allCases)
    func pivotInAppend(_ way: StreamScript.Way) async throws {
        let refused = try await Self.error(.append, Self.pivot + "(sum(value) FOR sensor IN ('a', 'b'))")
        #expect(refused?.code == "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION")
        let time = Self.time
        try await StreamScript(
            streams: ["s": Self.readings], outputMode: .append,
            query: {
                try $0.sql(
                    """
                    SELECT unix_seconds(time), a, b
                    FROM (SELECT * FROM STREAM s WATERMARK time DELAY OF INTERVAL 5 SECONDS)
                    PIVOT (sum(value) FOR sensor IN ('a', 'b'))
                    """)
            },
            [
                .add("s", "a, \(time(1)), 1; b, \(time(1)), 2; a, \(time(1)), 4; a, \(time(3)), 1"), .check(""),
                .add("s", "c, \(time(8)), 1"), .check("1, 5, 2; 3, 1, null"),
            ]
        ).run(way)
    }

    @Test("an extended session pivots in update mode", arguments: StreamScript.Way.allCases)
    func pivotInUpdate(_ way: StreamScript.Way) async throws {
        let time = Self.time
        try await StreamScript(
            streams: ["s": Self.readings], outputMode: .update,
            query: {
                _ = try $0.sql("SET millrace.extended = true")
                return try $0.sql(
                    """
                    SELECT unix_seconds(time), a, b FROM (SELECT * FROM STREAM s)
                    PIVOT (sum(value) FOR sensor IN ('a', 'b'))
                    """)
            },
            [
                .add("s", "a, \(time(1)), 1; b, \(time(2)), 2"), .check("1, 1, null; 2, null, 2"),
                .add("s", "b, \(time(1)), 4"), .check("1, 1, 4"), .checkState(rows: 2),
            ]
        ).run(way)
    }

    // MARK: Fields of structures

    @Test("a field of a structure that was made of an event time is one", arguments: StreamScript.Way.allCases)
    func fields(_ way: StreamScript.Way) async throws {
        let time = Self.time
        for list in [
            "x.time AS at FROM (SELECT struct(time, sensor) AS x FROM r)",
            "x.at FROM (SELECT named_struct('v', value, 'at', time) AS x FROM r)",
            "y.x.at FROM (SELECT struct(value, struct(time AS at) AS x) AS y FROM r)",
            "z.at FROM (SELECT y.x AS z FROM (SELECT struct(value, struct(time AS at) AS x) AS y FROM r))",
            "x.* FROM (SELECT struct(time AS at, sensor) AS x FROM r)",
        ] {
            try await StreamScript(
                streams: ["s": Self.readings], outputMode: .append,
                query: {
                    try $0.sql(
                        """
                        WITH r AS (SELECT * FROM STREAM s WATERMARK time DELAY OF INTERVAL 0 SECONDS)
                        SELECT unix_seconds(window.start), count(*) FROM (SELECT \(list))
                        GROUP BY window(at, '10 seconds')
                        """)
                },
                [
                    .add("s", "a, \(time(1)), 1; b, \(time(9)), 2; b, \(time(12)), 2"), .check("0, 2"),
                    .checkState(rows: 1),
                ]
            ).run(way)
        }
    }

    @Test(
        "as in Spark a field is an event time once it is a column, and no other value of one is",
        arguments: [
            "SELECT count(*) FROM (SELECT struct(time) AS x FROM r) GROUP BY window(x.time, '10 seconds')",
            "SELECT count(*) FROM (SELECT struct(time) AS x FROM r) GROUP BY x.time",
            "SELECT count(*) FROM (SELECT x.v AS at FROM (SELECT struct(time, time + INTERVAL 1 SECOND AS v) AS x "
                + "FROM r)) GROUP BY window(at, '10 seconds')",
            "SELECT count(*) FROM (SELECT array(time)[0] AS at FROM r) GROUP BY window(at, '10 seconds')",
        ])
    func noFields(_ query: String) async throws {
        let sql = "WITH r AS (SELECT * FROM s WATERMARK time DELAY OF INTERVAL 0 SECONDS) " + query
        #expect(try await Self.error(.append, sql)?.code == "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION")
    }

    // MARK: Watermarks

    @Test(
        "a second watermark on the way of the same rows is refused, as in Spark",
        arguments: [
            "SELECT * FROM (SELECT * FROM r) WATERMARK time DELAY OF INTERVAL 2 SECONDS",
            "SELECT * FROM (SELECT time AS other, sensor FROM r) WATERMARK other DELAY OF INTERVAL 2 SECONDS",
            "SELECT * FROM (SELECT * FROM r UNION ALL SELECT * FROM s) WATERMARK time DELAY OF INTERVAL 2 SECONDS",
            "SELECT * FROM (SELECT window, max(time) AS other FROM r GROUP BY window(time, '5 seconds')) "
                + "WATERMARK other DELAY OF INTERVAL 2 SECONDS",
        ])
    func redefined(_ query: String) async throws {
        let sql = "WITH r AS (SELECT * FROM s WATERMARK time DELAY OF INTERVAL 0 SECONDS) " + query
        let error = try #require(try await Self.error(.append, sql))
        #expect(error.code == "UNSUPPORTED_OPERATION" && error.message.contains("Redefining watermark is disallowed"))
        #expect(error.hint?.isEmpty == false)
    }

    @Test("a timeout that nothing waits for is refused, for queries with a watermark")
    func timeouts() async throws {
        let counts =
            "SELECT count(*) FROM s WATERMARK time DELAY OF INTERVAL 0 SECONDS GROUP BY window(time, '10 seconds')"
        let alone = try await Self.error(.update, counts) { $0.watermarkIdleTimeout = .seconds(60) }
        #expect(alone?.code == "INVALID_CONF_VALUE")
        #expect(alone?.hint?.contains("millrace.watermark.perPartition") == true)
        #expect(try await Self.error(.append, "SELECT * FROM s") { $0.watermarkIdleTimeout = .seconds(60) } == nil)
        #expect(
            try await Self.error(.update, counts) {
                $0.watermarkIdleTimeout = .seconds(60)
                $0.watermarkPerPartition = true
            } == nil)
        #expect(
            try await Self.error(.update, counts) {
                $0.watermarkIdleTimeout = .zero
                $0.watermarkPerPartition = true
            }?.code == "INVALID_CONF_VALUE")
        let session = Session(appName: "set", configuration: .quiet)
        #expect {
            _ = try session.sql("SET millrace.watermark.idleTimeout = '0 seconds'")
        } throws: {
            ($0 as? MillraceError)?.code == "INVALID_CONF_VALUE"
        }
        _ = try session.sql("SET millrace.watermark.maxFuture = '0 seconds'")
        _ = try session.sql("SET millrace.watermark.idleTimeout = none")
    }

    @Test(
        "what is refused says what to write instead",
        arguments: [
            (.update, "SELECT * FROM s LIMIT 1", "output mode append"),
            (.append, "SELECT * FROM s ORDER BY time", "output mode complete"),
            (.append, "SELECT * FROM s LIMIT 1 OFFSET 2", "WHERE"),
            (.append, "SELECT row_number() OVER (PARTITION BY sensor ORDER BY time) FROM s", "dropDuplicates"),
            (
                .complete, "SELECT count(*) FROM s GROUP BY sensor, session_window(time, INTERVAL 10 SECONDS)",
                "'10 seconds'"
            ),
            (.complete, "SELECT count(*) FROM s GROUP BY window(time, INTERVAL 10 SECONDS)", "'10 seconds'"),
            (
                .append,
                "SELECT * FROM (SELECT window(time, '10 seconds') AS w FROM s) WATERMARK w DELAY OF INTERVAL 1 SECOND",
                "window_time"
            ),
        ] as [(OutputMode, String, String)])
    func hints(mode: OutputMode, sql: String, hint: String) async throws {
        let error = try #require(try await Self.error(mode, sql))
        #expect(error.hint?.contains(hint) == true, "\(error)")
    }

    // MARK: Progress

    @Test("the progress tells the oldest, newest and mean time of a batch, and without rows the watermark alone")
    func eventTimes() async throws {
        let progress = Collected<StreamingQueryProgress>()
        var configuration = SessionConfiguration.quiet
        configuration.onProgress = { progress.append($0) }
        let session = Session(appName: "times", configuration: configuration)
        let stream = MemoryStream(session, schema: Self.readings)
        let query = try await stream.toDF().withWatermark("time", "10 seconds").groupBy(window("time", "5 seconds"))
            .count().writeStream.format("noop").outputMode(.append).start()
        func add(_ milliseconds: Int64?...) async throws {
            try stream.addData(
                milliseconds.map { [.string("a"), $0.map { .timestamp($0 * 1000) } ?? .null, .double(1)] })
            try await query.processAllAvailable()
        }
        try await add(20_000, 31_500, nil, 26_000)
        try await add(30_000)
        await query.stop()
        let found = progress.all.map { one in
            let times = one.eventTime
            return [times?.min, times?.max, times?.avg, times?.watermark].map { $0 ?? "-" }.joined(separator: " ")
        }
        #expect(
            found == [
                "1970-01-01T00:00:20.000Z 1970-01-01T00:00:31.500Z 1970-01-01T00:00:25.833Z 1970-01-01T00:00:00.000Z",
                "- - - 1970-01-01T00:00:21.500Z",
                "1970-01-01T00:00:30.000Z 1970-01-01T00:00:30.000Z 1970-01-01T00:00:30.000Z 1970-01-01T00:00:21.500Z",
            ])
        #expect(progress.all[1].json.contains(#""eventTime":{"watermark":"1970-01-01T00:00:21.500Z"}"#))
    }

    // MARK: Checkpoints

    @Test("a checkpoint's summary has the rows of each operator's state")
    func stateRows() async throws {
        let directory = try TemporaryFolder()
        let session = Session(appName: "rows", configuration: .quiet)
        let stream = MemoryStream(session, schema: Self.readings)
        func run(_ frame: DataFrame, _ path: String) async throws {
            let query = try await frame.writeStream.format("noop").outputMode(.update).trigger(.availableNow)
                .option("checkpointLocation", path).start()
            try await query.awaitTermination()
        }
        try stream.addData(["a", "b", "a", "c"].map { [.string($0), .timestamp(1), .double(1)] })
        let (stateful, stateless) = ("\(directory.path)/a", "\(directory.path)/b")
        try await run(stream.toDF().dropDuplicates("sensor", "value").groupBy("value").count(), stateful)
        try await run(stream.toDF(), stateless)
        let rows = try CheckpointDirectory(stateful).summary().stateRows
        #expect(
            rows.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" } == ["aggregate-0 1", "deduplicate-0 3"])
        #expect(try CheckpointDirectory(stateless).summary().stateRows == [:])
    }
}
