// Processors whose rows have event time, and what they know of their query.

import Columns
import MillraceTestKit
import TestSupport
import Testing

@testable import Millrace

@Suite struct ProcessorEventTimeTests {
    struct Seen: Codable {
        let k: String
        let at: Timestamp?
    }

    /// Passes rows on, so many seconds older than they are, and says when nothing more came for five seconds.
    final class Passing: StatefulProcessor {
        private let handle: StatefulProcessorHandle
        private let seconds: Int64

        init(_ handle: StatefulProcessorHandle, olderBy seconds: Int64) throws {
            self.handle = handle
            self.seconds = seconds
        }

        func handleInputRows(
            _ key: String, _ rows: GroupRows<ProcessorTests.Event>, _ times: TimerValues
        ) throws -> [Seen] {
            try rows.map { row in
                guard let time = row.t?.milliseconds else { return Seen(k: key, at: nil) }
                for timer in try handle.listTimers() { try handle.deleteTimer(timer) }
                try handle.registerTimer(time + 5000)
                return Seen(k: key, at: Timestamp(milliseconds: time - seconds * 1000))
            }
        }

        func handleExpiredTimer(
            _ key: String, _ times: TimerValues, _ timer: ExpiredTimerInfo
        ) throws -> [Seen] { [Seen(k: "\(key) ended", at: Timestamp(milliseconds: timer.getExpiryTimeInMs()))] }
    }

    private static func passing(
        _ frame: DataFrame, olderBy seconds: Int64 = 0, _ column: String = "at"
    ) -> DataFrame {
        frame.withWatermark("t", "10 seconds").groupByKey("k").transformWithState(
            "passing", eventTimeColumnName: column, outputMode: .append
        ) { try Passing($0, olderBy: seconds) }
    }

    private static func windows(_ frame: DataFrame) -> DataFrame {
        frame.groupBy(window("at", "10 seconds"), "k").count()
            .selectExpr("k", "unix_seconds(window.end) AS e", "count")
    }

    private static func rows(_ rows: (String, Int)...) -> String {
        rows.map { "\($0.0), \($0.1), \(ProcessorTests.time($0.1))" }.joined(separator: "; ")
    }

    @Test("windows behind a processor are final when the watermark says so, timers' rows counted in")
    func windowsBehind() async throws {
        let script = StreamScript(
            streams: ["in": ProcessorTests.schema], outputMode: .append,
            query: { Self.windows(Self.passing(try $0("in"))) },
            [
                .add("in", Self.rows(("a", 3), ("a", 4), ("b", 15))), .check(""),
                // The watermark is 18: the first window is over, and a's timer at 9 has counted in it.
                .add("in", Self.rows(("c", 28))), .check("a, 10, 2; a ended, 10, 1"),
                // Late for the processor.
                .add("in", Self.rows(("d", 2), ("c", 29))), .check(""),
                .add("in", Self.rows(("e", 45))), .check("b, 20, 1; b ended, 30, 1; c, 30, 2"),
                // The timer at 34 goes into a window that is open.
                .add("in", Self.rows(("e", 60))), .check("c ended, 40, 1; e, 50, 1"),
            ])
        try await script.runAllWays()
    }

    @Test("a row that is older than the watermark fails the batch; one without a time passes")
    func olderThanTheWatermark() async throws {
        let script = StreamScript(
            streams: ["in": ProcessorTests.schema], outputMode: .append,
            query: { Self.passing(try $0("in"), olderBy: 15).selectExpr("k", "unix_seconds(at) AS s") },
            [
                // There is no watermark yet.
                .add("in", Self.rows(("a", 30))), .check("a, 15"),
                .add("in", "b, 0, null"), .check("b, null"),
                .add("in", Self.rows(("c", 40))), .check("c, 25"),
                .add("in", Self.rows(("d", 44))), .expectError("EMITTING_ROWS_OLDER_THAN_WATERMARK_NOT_ALLOWED"),
            ])
        try await script.runAllWays()
    }

    @Test("the event time is a TIMESTAMP that the processor gives")
    func refused() {
        let stream = MemoryStream(Session(appName: "test", configuration: .quiet), schema: ProcessorTests.schema)
        func code(_ frame: DataFrame) -> String? {
            let error = #expect(throws: MillraceError.self) {
                try frame.writeStream.foreachBatch { _, _ in }.outputMode(.append).check()
            }
            return error?.code
        }
        #expect(code(Self.passing(stream.toDF(), "time")) == "UNRESOLVED_COLUMN")
        #expect(code(Self.passing(stream.toDF(), "k")) == "EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE")
        let without = stream.toDF().groupByKey("k").transformWithState(
            eventTimeColumnName: "at", outputMode: .append
        ) { try Passing($0, olderBy: 0) }
        #expect(code(without) == "CANNOT_ASSIGN_EVENT_TIME_COLUMN_WITHOUT_WATERMARK")
        // What comes out without one has none.
        let other = stream.toDF().withWatermark("t", "10 seconds").groupByKey("k").transformWithState(
            timeMode: .eventTime, outputMode: .append
        ) { try Passing($0, olderBy: 0) }
        #expect(code(Self.windows(other)) != nil)
    }

    @Test("over a table nothing is late")
    func tables() throws {
        let session = Session(appName: "test", configuration: .quiet)
        let table = try session.sql("SELECT 'a' AS k, 1L AS v, TIMESTAMP '1970-01-01 00:00:20' AS t")
        let counts = try Self.windows(Self.passing(table, olderBy: 10)).collect()
        #expect(counts.map(\.values) == [[.string("a"), .long(20), .long(1)]])
    }

    // MARK: The query

    struct Told: Codable {
        let query: String
        let run: String
        let batch: Int64
    }

    final class Telling: StatefulProcessor {
        private let handle: StatefulProcessorHandle
        private let calls: ValueState<Int64>
        /// What the initialiser was told.
        private let first: QueryInfo

        init(_ handle: StatefulProcessorHandle) throws {
            self.handle = handle
            calls = try handle.getValueState("calls")
            first = handle.getQueryInfo()
        }

        func handleInputRows(
            _ key: String, _ rows: GroupRows<ProcessorTests.Event>, _ times: TimerValues
        ) throws -> [Told] {
            let query = handle.getQueryInfo()
            #expect(first == QueryInfo())
            try calls.update((calls.get() ?? 0) + 1)
            return [Told(query: query.getQueryId(), run: query.getRunId(), batch: query.getBatchId())]
        }
    }

    @Test("a processor knows its query, the run and the batch")
    func queryInfo() async throws {
        let folder = try TemporaryFolder()
        let test = StreamTest(schema: ProcessorTests.schema, checkpoint: folder.path) {
            $0.groupByKey("k").transformWithState("telling", timeMode: .none, outputMode: .update) { try Telling($0) }
        }
        var told: [[Value]] = []
        for _ in 0..<2 {
            try await test.start()
            for _ in 0..<2 {
                try test.addData([[.string("a"), .long(1), .null]])
                told += try await test.takeNewRows()
            }
            await test.stop()
        }
        #expect(told.map { $0[2] } == [.long(0), .long(1), .long(2), .long(3)])
        // One query in two runs.
        #expect(Set(told.map { "\($0[0])" }).count == 1 && Set(told.map { "\($0[1])" }).count == 2)
        #expect(told.allSatisfy { row in row[0...1].allSatisfy { !"\($0)".contains("00000000-0000") } })
        let table = try Session(appName: "test", configuration: .quiet).sql("SELECT 'a' AS k, 1L AS v, now() AS t")
        let rows = try table.groupByKey("k").transformWithState(timeMode: .none, outputMode: .update) {
            try Telling($0)
        }.collect()
        let none = "00000000-0000-0000-0000-000000000000"
        #expect(rows.map(\.values) == [[.string(none), .string(none), .long(0)]])
    }
}
