// What a batch's own rows make final comes out in that batch, where the session asks for it. Batches without rows are
// off where it matters: in them the same would come out as in Spark.

import Millrace
import MillraceTestKit
import Synchronization
import TestSupport
import Testing

@Suite struct CrossingTests {
    private static let readings = Schema([
        Field("sensor", .string), Field("time", .timestamp), Field("value", .double),
    ])

    private static func time(_ seconds: Int) -> String { "1970-01-01 00:\(seconds / 60):\(seconds % 60)" }

    private static func set(_ streams: StreamFrames, isOn: Bool = true) throws {
        _ = try streams.sql("SET spark.sql.streaming.noDataMicroBatches.enabled = false")
        _ = try streams.sql("SET millrace.watermark.emitInCrossingBatch = \(isOn)")
    }

    private static func counts(_ streams: StreamFrames, _ name: String = "readings") throws -> DataFrame {
        try streams(name).withWatermark("time", "10 seconds").groupBy(window("time", "10 seconds"))
            .agg(count("*").as("n")).selectExpr("unix_seconds(window.start)", "n")
    }

    @Test("windows come out in the batch that moves the watermark past them", arguments: StreamScript.Way.allCases)
    func windows(_ way: StreamScript.Way) async throws {
        let time = Self.time
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                try Self.set($0)
                return try Self.counts($0)
            },
            [
                .add("readings", "a, \(time(5)), 1; a, \(time(21)), 1"), .check("0, 1"), .checkState(rows: 1),
                // The watermark stands at 11: the first comes too late for what came out, the second doesn't.
                .add("readings", "a, \(time(7)), 1; b, \(time(12)), 1; c, \(time(31)), 1"), .check("10, 1"),
                .checkState(rows: 2),
                // The batch's own watermark makes none of its rows late.
                .add("readings", "x, \(time(100)), 1; a, \(time(22)), 1"), .check("20, 2; 30, 1"),
                .checkState(rows: 1),
                .stop, .dropNewestCommit, .start, .checkLastBatch("20, 2; 30, 1"),
                .add("readings", "a, \(time(25)), 1; a, \(time(101)), 1"), .check(""), .checkState(rows: 1),
                .add("readings", "a, \(time(120)), 1"), .check("100, 2"),
            ]
        ).run(way)
    }

    @Test("a window that slides, and the event time itself", arguments: StreamScript.Way.allCases)
    func otherGroups(_ way: StreamScript.Way) async throws {
        let time = Self.time
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                try Self.set($0)
                return try $0("readings").withWatermark("time", "0 seconds")
                    .groupBy(window("time", "10 seconds", "5 seconds")).agg(count("*").as("n"))
                    .selectExpr("unix_seconds(window.start)", "n")
            },
            [
                .add("readings", "a, \(time(1)), 1; a, \(time(6)), 1"), .check("-5, 1"), .checkState(rows: 2),
                .add("readings", "a, \(time(3)), 1; a, \(time(10)), 1"), .check("0, 3"), .checkState(rows: 2),
            ]
        ).run(way)
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                try Self.set($0)
                return try $0("readings").withWatermark("time", "5 seconds").groupBy("time", "sensor")
                    .agg(count("*").as("n")).selectExpr("sensor", "unix_seconds(time)", "n")
            },
            [
                .add("readings", "a, \(time(1)), 1; a, \(time(6)), 1; b, \(time(1)), 1; a, null, 1"),
                .check("a, 1, 1; b, 1, 1"), .checkState(rows: 2),
                .add("readings", "a, \(time(1)), 1; a, \(time(6)), 1; a, \(time(11)), 1"), .check("a, 6, 2"),
            ]
        ).run(way)
    }

    @Test("sessions come out in the batch that ends them", arguments: StreamScript.Way.allCases)
    func sessions(_ way: StreamScript.Way) async throws {
        let time = Self.time
        try await StreamScript(
            streams: ["readings": Self.readings], outputMode: .append,
            query: {
                try Self.set($0)
                return try $0("readings").withWatermark("time", "10 seconds")
                    .groupBy(col("sensor"), session_window("time", "5 seconds")).agg(count("*").as("n"))
                    .selectExpr("sensor", "unix_seconds(session_window.start)", "unix_seconds(session_window.end)", "n")
            },
            [
                .add("readings", "a, \(time(1)), 1; b, \(time(3)), 1; a, \(time(4)), 1; c, \(time(20)), 1"),
                .check("a, 1, 9, 2; b, 3, 8, 1"), .checkState(rows: 1),
                .add("readings", "a, \(time(4)), 1; c, \(time(23)), 1; b, \(time(22)), 1"), .check(""),
                .checkState(rows: 2),
                .add("readings", "d, \(time(60)), 1; c, \(time(28)), 1"),
                .check("c, 20, 33, 3; b, 22, 27, 1"), .checkState(rows: 1),
                .stop, .dropNewestCommit, .start, .checkLastBatch("c, 20, 33, 3; b, 22, 27, 1"),
            ]
        ).run(way)
    }

    @Test("by partitions: the slower stream's rows make final what they do", arguments: StreamScript.Way.allCases)
    func partitions(_ way: StreamScript.Way) async throws {
        let time = Self.time
        try await StreamScript(
            streams: ["a": Self.readings, "b": Self.readings], outputMode: .append,
            query: {
                try Self.set($0)
                _ = try $0.sql("SET millrace.watermark.perPartition = true")
                return try $0("a").union($0("b")).withWatermark("time", "0 seconds")
                    .groupBy(window("time", "10 seconds")).agg(count("*").as("n"))
                    .selectExpr("unix_seconds(window.start)", "n")
            },
            [
                .add("a", "x, \(time(5)), 1; x, \(time(100)), 1"), .check(""), .checkState(rows: 2),
                .add("b", "x, \(time(9)), 1; x, \(time(25)), 1"), .check("0, 2"), .checkState(rows: 2),
                .add("b", "x, \(time(110)), 1"), .check("20, 1"), .checkState(rows: 2),
                .add("a", "x, \(time(110)), 1"), .check("100, 1"),
            ]
        ).run(way)
    }

    @Test("other steps with state forget as in Spark: a row that is late by the batch's end is not late in the next")
    func others() async throws {
        let time = Self.time
        for isOn in [true, false] {
            try await StreamScript(
                streams: ["readings": Self.readings], outputMode: .append,
                query: {
                    try Self.set($0, isOn: isOn)
                    return try $0("readings").withWatermark("time", "0 seconds").dropDuplicates("sensor", "time")
                        .select("sensor")
                },
                [
                    .add("readings", "a, \(time(5)), 1; b, \(time(20)), 1"), .check("a; b"), .checkState(rows: 2),
                    .add("readings", "c, \(time(10)), 1"), .check("c"), .checkState(rows: 0),
                    .add("readings", "d, \(time(10)), 1"), .check(""),
                ]
            ).runAllWays()
            // Two steps with state.
            try await StreamScript(
                streams: ["readings": Self.readings], outputMode: .append,
                query: {
                    try Self.set($0, isOn: isOn)
                    return try $0("readings").withWatermark("time", "0 seconds").dropDuplicates("sensor", "time")
                        .groupBy(window("time", "10 seconds")).agg(count("*").as("n"))
                        .selectExpr("unix_seconds(window.start)", "n")
                },
                [
                    .add("readings", "a, \(time(5)), 1; b, \(time(20)), 1"), .check(""),
                    .add("readings", "c, \(time(6)), 1"), .check("0, 2"),
                ]
            ).runAllWays()
        }
    }

    @Test("the setting may change at any restart: nothing comes out twice, and nothing is lost")
    func changes() async throws {
        let isOn = Mutex(true)
        let directory = try TemporaryFolder()
        let test = StreamTest(
            streams: ["readings": Self.readings], outputMode: .append, checkpoint: directory.path
        ) {
            try Self.set($0, isOn: isOn.withLock { $0 })
            return try Self.counts($0)
        }
        func start(isOn value: Bool) async throws {
            isOn.withLock { $0 = value }
            try await test.start()
        }
        func add(_ seconds: Int64...) throws {
            try test.addData(seconds.map { [.string("a"), .timestamp($0 * 1_000_000), .double(1)] })
        }
        try await start(isOn: true)
        try add(5, 21)
        try await test.checkNewRows([[.long(0), .long(1)]])
        await test.stop()
        // The next batch finds too late for what came out, though what it makes final itself waits.
        try await start(isOn: false)
        try add(8, 12, 31)
        try await test.checkNewRows([])
        try await test.checkState(rows: 3)
        await test.stop()
        try await start(isOn: true)
        try add(13, 41)
        let final: [[Value]] = [[.long(10), .long(2)], [.long(20), .long(1)]]
        try await test.checkNewRows(final)
        await test.stop()
        // A batch that runs again is the same batch, whatever is set by then.
        try test.dropNewestCommit()
        try await start(isOn: false)
        try await test.checkLastBatch(final)
        try add(25, 51)
        try await test.checkNewRows([])
        try await test.checkState(rows: 3)
        await test.stop()
    }

    @Test("the progress has the watermark that the batch used, and no batch follows")
    func progress() async throws {
        let progress = Collected<StreamingQueryProgress>()
        let lines = Collected<String>()
        var configuration = SessionConfiguration.quiet
        configuration.watermarkEmitsInCrossingBatch = true
        configuration.onProgress = { progress.append($0) }
        configuration.log = { level, line in if level == .warning { lines.append(line) } }
        let session = Session(appName: "crossing", configuration: configuration)
        let stream = MemoryStream(session, schema: Self.readings)
        func run(_ frame: DataFrame, _ mode: OutputMode, _ seconds: [Int64]) async throws {
            let query = try await frame.writeStream.format("noop").outputMode(mode).start()
            try stream.addData(seconds.map { [.string("a"), .timestamp($0 * 1_000_000), .double(1)] })
            try await query.processAllAvailable()
            await query.stop()
        }
        let marked = stream.toDF().withWatermark("time", "10 seconds")
        let counts = marked.groupBy(window("time", "10 seconds")).count()
        try await run(counts, .append, [5, 21])
        let one = try #require(progress.all.first)
        #expect(progress.all.count == 1 && one.sink.numOutputRows == 1)
        #expect(one.eventTime?.watermark == "1970-01-01T00:00:11.000Z")
        #expect(one.stateOperators.first?.numRowsRemoved == 1 && one.stateOperators.first?.numRowsTotal == 1)
        #expect(lines.all == [])
        // What it changes nothing of says so.
        try await run(counts, .update, [])
        try await run(marked.dropDuplicates("time"), .append, [])
        #expect(lines.all.filter { $0.contains("millrace.watermark.emitInCrossingBatch changes nothing") }.count == 2)
    }
}
