// What goes beyond Spark in event time, where the session asks for it: each script straight, with a restart after every
// batch, and with other numbers of workers.

import Millrace
import MillraceTestKit
import TestSupport
import Testing

@Suite struct ExtensionTests {
    private static let readings = Schema([
        Field("sensor", .string), Field("time", .timestamp), Field("value", .double),
    ])

    private static func time(_ seconds: Int) -> String { "1970-01-01 00:\(seconds / 60):\(seconds % 60)" }

    // MARK: Sessions

    @Test(
        "sessions in update mode: what has changed comes out, and what is over goes",
        arguments: StreamScript.Way.allCases)
    func sessions(_ way: StreamScript.Way) async throws {
        let time = Self.time
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .update,
            query: {
                _ = try $0.sql("SET millrace.extended = true")
                return try $0("readings").withWatermark("time", "30 seconds")
                    .groupBy(col("sensor"), session_window("time", "10 seconds"))
                    .agg(count("*").as("n"), sum("value").as("s"))
                    .selectExpr(
                        "sensor", "unix_seconds(session_window.start)", "unix_seconds(session_window.end)", "n", "s")
            },
            [
                .add("readings", "a, \(time(40)), 1; b, \(time(41)), 2; a, null, 9"),
                .check("a, 40, 50, 1, 1; b, 41, 51, 1, 2"), .checkState(rows: 2),
                .add("readings", "a, \(time(25)), 3"), .check("a, 25, 35, 1, 3"), .checkState(rows: 3),
                // Joins the sessions before and behind it: one row, within which the two before lie.
                .add("readings", "a, \(time(30)), 5"), .check("a, 25, 50, 3, 9"), .checkState(rows: 2),
                .add("readings", "a, \(time(0)), 7"), .check(""),
                .add("readings", "b, \(time(100)), 1"), .check("b, 100, 110, 1, 1"), .checkState(rows: 1),
                .add("readings", "b, \(time(105)), 4; b, \(time(50)), 4"), .check("b, 100, 115, 2, 5"),
            ]
        ).run(way)
    }

    @Test("sessions of all rows, without another key", arguments: StreamScript.Way.allCases)
    func sessionsOfAll(_ way: StreamScript.Way) async throws {
        let time = Self.time
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                _ = try $0.sql("SET millrace.extended = true")
                return try $0("readings").withWatermark("time", "0 seconds")
                    .groupBy(session_window("time", "10 seconds")).agg(count("*").as("n"))
                    .selectExpr("unix_seconds(session_window.start)", "unix_seconds(session_window.end)", "n")
            },
            [
                .add("readings", "a, \(time(1)), 1; b, \(time(5)), 1; a, \(time(30)), 1"), .check("1, 15, 2"),
                .checkState(rows: 1),
                .add("readings", "c, \(time(38)), 1"), .check(""), .checkState(rows: 1),
                .add("readings", "d, \(time(60)), 1"), .check("30, 48, 2"),
            ]
        ).run(way)
    }

    @Test("sessions without a watermark are kept for ever", arguments: StreamScript.Way.allCases)
    func sessionsWithoutWatermark(_ way: StreamScript.Way) async throws {
        let time = Self.time
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .update,
            query: {
                _ = try $0.sql("SET millrace.extended = true")
                return try $0("readings").groupBy(session_window("time", "10 seconds")).agg(count("*").as("n"))
                    .selectExpr("unix_seconds(session_window.start)", "unix_seconds(session_window.end)", "n")
            },
            [
                .add("readings", "a, \(time(1)), 1; a, \(time(50)), 1"), .check("1, 11, 1; 50, 60, 1"),
                .add("readings", "b, \(time(5)), 1"), .check("1, 15, 2"), .checkState(rows: 2),
            ]
        ).run(way)
    }

    // MARK: Anti joins of streams

    @Test(
        "a left row of an anti join comes out when it can find no partner any more",
        arguments: StreamScript.Way.allCases)
    func antiJoin(_ way: StreamScript.Way) async throws {
        let time = Self.time
        try await StreamScript(
            streams: ["asked": Self.readings, "answered": Self.readings], outputMode: .append,
            query: {
                _ = try $0.sql("SET millrace.extended = true")
                return try $0.sql(
                    """
                    SELECT q.sensor, q.value
                    FROM (SELECT * FROM STREAM asked WATERMARK time DELAY OF INTERVAL 10 SECONDS) q
                    LEFT ANTI JOIN (SELECT * FROM STREAM answered WATERMARK time DELAY OF INTERVAL 10 SECONDS) a
                    ON q.sensor = a.sensor AND a.time BETWEEN q.time AND q.time + INTERVAL 5 SECONDS
                    """)
            },
            [
                .add("asked", "a, \(time(10)), 1; b, \(time(11)), 2; null, \(time(12)), 3; c, \(time(13)), 4"),
                .check(""),
                // The answer to `a` is in time, that to `b` is not; a question that has its answer is kept no longer.
                .add("answered", "a, \(time(15)), 0; b, \(time(17)), 0"), .check(""), .checkState(rows: 5),
                // An answer that is there before the question.
                .add("asked", "b, \(time(16)), 5"), .check(""), .checkState(rows: 5),
                .add("asked", "d, \(time(40)), 6"), .check(""),
                .add("answered", "d, \(time(41)), 0"), .check("b, 2; null, 3; c, 4"), .checkState(rows: 1),
                .stop, .dropNewestCommit, .start, .checkLastBatch("b, 2; null, 3; c, 4"),
            ]
        ).run(way)
    }

    // MARK: Rows of the future

    @Test("a row too far in the future is a row, and moves no watermark", arguments: StreamScript.Way.allCases)
    func future(_ way: StreamScript.Way) async throws {
        let time = Self.time
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                _ = try $0.sql("SET millrace.watermark.maxFuture = '1 minute'")
                return try $0("readings").withWatermark("time", "10 seconds").groupBy(window("time", "10 seconds"))
                    .agg(count("*").as("n")).selectExpr("unix_seconds(window.start)", "n")
            },
            [
                // The clock stands at 0: what lies behind 60 is too far.
                .add("readings", "a, \(time(5)), 1; a, 2099-01-01 00:00:00, 1; a, \(time(60)), 1"), .check("0, 1"),
                .checkState(rows: 2),
                .add("readings", "a, \(time(61)), 1"), .check(""), .checkState(rows: 2),
                .advanceClock(.seconds(41)),
                .add("readings", "a, \(time(101)), 1"), .check("60, 2"), .checkState(rows: 2),
            ]
        ).run(way)
    }

    @Test("without the bound it moves it, as in Spark", arguments: [true, false])
    func poisoned(isBounded: Bool) async throws {
        var counts: [Int64] = []
        let progress = Collected<StreamingQueryProgress>()
        var configuration = SessionConfiguration.quiet
        configuration.watermarkMaxFuture = isBounded ? .seconds(3600) : nil
        configuration.manualClock = ManualClock(at: .seconds(1_000_000))
        configuration.onProgress = { progress.append($0) }
        let session = Session(appName: "future", configuration: configuration)
        let stream = MemoryStream(session, schema: Self.readings)
        let query = try await stream.toDF().withWatermark("time", "10 seconds").groupBy(window("time", "10 seconds"))
            .count().writeStream.format("noop").outputMode(.append).start()
        for seconds in [1_000_000, 4_070_908_800, 1_000_060] as [Int64] {
            try stream.addData([[.string("a"), .timestamp(seconds * 1_000_000), .double(1)]])
            try await query.processAllAvailable()
            counts.append(progress.all.last?.stateOperators.first?.numRowsTotal ?? -1)
        }
        await query.stop()
        #expect(counts == (isBounded ? [1, 2, 2] : [1, 1, 1]))
        #expect(progress.all.map { $0.watermarks.first?.numLateRows ?? -1 }.max() == (isBounded ? 0 : 1))
        let last = try #require(progress.all.last?.watermarks.first)
        #expect(last.name == "watermark-0" && last.column == "time" && last.delayMilliseconds == 10_000)
        #expect(last.watermark == (isBounded ? "1970-01-12T13:47:30.000Z" : "2098-12-31T23:59:50.000Z"))
        #expect(progress.all.map { $0.watermarks.first?.numRowsBeyondMaxFuture ?? -1 }.max() == (isBounded ? 1 : 0))
        #expect(progress.all.last?.json.contains(#""watermarks":[{"name":"watermark-0","column":"time""#) == true)
    }

    // MARK: Partitions

    /// Counts by windows of ten seconds over two streams under one watermark that goes by the slower one.
    private static func counts(_ streams: StreamFrames) throws -> DataFrame {
        _ = try streams.sql("SET millrace.watermark.perPartition = true")
        _ = try streams.sql("SET millrace.watermark.idleTimeout = '1 minute'")
        return try streams("a").union(streams("b")).withWatermark("time", "0 seconds")
            .groupBy(window("time", "10 seconds")).agg(count("*").as("n")).selectExpr("unix_seconds(window.start)", "n")
    }

    @Test(
        "a watermark goes by the slower stream, and by the others once it is idle",
        arguments: StreamScript.Way.allCases)
    func slowStream(_ way: StreamScript.Way) async throws {
        let time = Self.time
        try await StreamScript(
            streams: ["a": Self.readings, "b": Self.readings], outputMode: .append, query: Self.counts,
            [
                // Nothing has come of the other one.
                .add("a", "x, \(time(5)), 1; x, \(time(100)), 1"), .check(""), .checkState(rows: 2),
                .add("b", "x, \(time(25)), 1"), .check("0, 1"),
                // Far behind, and in time.
                .add("b", "x, \(time(28)), 1"), .check(""), .checkState(rows: 2),
                // Nothing comes of either: time stands still.
                .advanceClock(.seconds(60)), .check(""),
                // Rows come again, and both are waited for anew.
                .add("a", "x, \(time(120)), 1"), .check(""), .checkState(rows: 3),
                .advanceClock(.seconds(59)), .check(""),
                .advanceClock(.seconds(1)), .check("20, 2; 100, 1"), .checkState(rows: 1),
                // The decision is the batch's: it runs again with the same.
                .stop, .dropNewestCommit, .start, .checkLastBatch("20, 2; 100, 1"),
                // Back again, too late, and waited for.
                .add("b", "x, \(time(40)), 1"), .check(""),
                .add("a", "x, \(time(200)), 1"), .check(""), .checkState(rows: 2),
                .add("b", "x, \(time(135)), 1"), .check("120, 1"),
            ]
        ).run(way)
    }

    @Test("partitions of Kafka: the progress says what holds the watermark, and an empty one does until it is idle")
    func partitionsOfKafka() async throws {
        let kafka = try EmbeddedKafka()
        defer { kafka.close() }
        try kafka.createTopic("in", partitions: 3)
        let directory = try TemporaryFolder()
        let clock = ManualClock(at: .seconds(1000))
        let progress = Collected<StreamingQueryProgress>()
        var configuration = SessionConfiguration.quiet
        configuration.watermarkPerPartition = true
        configuration.watermarkIdleTimeout = .seconds(60)
        configuration.manualClock = clock
        configuration.onProgress = { progress.append($0) }
        let session = Session(appName: "partitions", configuration: configuration)
        func send(_ partition: Int32, _ seconds: Int64...) throws {
            try session.createDataFrame(
                seconds.map { [.string("\($0)"), .integer(partition)] },
                schema: Schema([Field("value", .string), Field("partition", .integer)])
            ).write.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrapServers).option("topic", "in")
                .save()
        }
        /// The counts that come out when all that is there has been read.
        func run() async throws -> [[Value]] {
            let rows = Collected<[Value]>()
            let query = try await session.readStream.format("kafka")
                .option("kafka.bootstrap.servers", kafka.bootstrapServers).option("subscribe", "in")
                .option("startingOffsets", "earliest").load()
                .selectExpr("timestamp_seconds(CAST(CAST(value AS STRING) AS BIGINT)) AS time")
                .withWatermark("time", "0 seconds").groupBy(window("time", "10 seconds")).agg(count("*").as("n"))
                .selectExpr("unix_seconds(window.start)", "n").writeStream.outputMode(.append)
                .trigger(.availableNow).option("checkpointLocation", directory.path)
                .foreachBatch { frame, _ in for row in try frame.collect() { rows.append(row.values) } }
                .start()
            try await query.awaitTermination()
            return rows.all
        }
        try send(0, 5, 100)
        try send(1, 6, 25)
        #expect(try await run().isEmpty)
        let held = try #require(progress.all.last?.watermarks.first)
        #expect(held.heldBy.map(\.name) == ["0/in-2"] && held.heldBy.first?.newest == nil && held.idle.isEmpty)
        #expect(held.why.contains("no event time has come of 0/in-2, known since 1970-01-01T00:16:40.000Z"))
        clock.advance(by: .seconds(60))
        #expect(try await run() == [[.long(0), .long(2)]])
        let behind = try #require(progress.all.last?.watermarks.first)
        #expect(behind.heldBy.map(\.name) == ["0/in-1"] && behind.idle == ["0/in-2"] && behind.isQuerys)
        #expect(behind.watermark == "1970-01-01T00:00:25.000Z" && behind.movedAt == "1970-01-01T00:17:40.000Z")
        #expect(behind.why.contains("0/in-1 has come to 1970-01-01T00:00:25.000Z, last at 1970-01-01T00:16:40.000Z"))
        try send(2, 50)
        try send(1, 60)
        #expect(try await run() == [[.long(20), .long(1)]])
        #expect(progress.all.last?.watermarks.first?.idle.isEmpty == true)
    }

    @Test("only an extended session takes them, and not what has no clear answer")
    func refusals() throws {
        var configuration = SessionConfiguration.quiet
        configuration.isExtended = true
        let (plain, extended) = (
            Session(appName: "plain", configuration: .quiet), Session(appName: "extended", configuration: configuration)
        )
        func check(_ session: Session, _ mode: OutputMode, _ query: (DataFrame) -> DataFrame) throws {
            let stream = MemoryStream(session, schema: Self.readings).toDF()
            try query(stream).writeStream.format("noop").outputMode(mode).check()
        }
        let taken: [(OutputMode, (DataFrame) -> DataFrame)] = [
            (.update, { $0.groupBy(col("sensor"), session_window("time", "5 seconds")).count() }),
            (.complete, { $0.groupBy(session_window("time", "5 seconds")).count() }),
            (.complete, { $0.groupBy("sensor").count().groupBy("count").agg(count("*").as("n")) }),
        ]
        for (mode, query) in taken {
            #expect {
                try check(plain, mode, query)
            } throws: {
                ($0 as? MillraceError)?.hint?.contains("millrace.extended") == true
            }
            try check(extended, mode, query)
        }
        let refused: [(OutputMode, (DataFrame) -> DataFrame)] = [
            (.append, { $0.groupBy(col("sensor"), session_window("time", "5 seconds")).count() }),
            (.update, { $0.groupBy("sensor").count().groupBy("count").agg(count("*").as("n")) }),
            (
                .complete,
                {
                    $0.withWatermark("time", "1 second").groupBy(window("time", "5 seconds")).count().groupBy("count")
                        .agg(count("*").as("n"))
                }
            ),
        ]
        for (mode, query) in refused {
            #expect(throws: MillraceError.self) { try check(extended, mode, query) }
        }
        #expect(throws: MillraceError.self) { _ = try plain.sql("SET millrace.extended = yes") }
    }
}
