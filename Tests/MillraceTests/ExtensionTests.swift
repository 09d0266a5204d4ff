// What goes beyond Spark in event time, where the session asks for it: each script straight, with a restart after every
// batch, and with other numbers of workers.

import Millrace
import MillraceTestKit
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
