// Queries whose state is divided anew between batches: they give what they give without.

import Millrace
import MillraceTestKit
import TestSupport
import Testing

@Suite struct ReshardScriptTests {
    /// A query that keeps state.
    struct Shape: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let mode: OutputMode
        let query: @Sendable (StreamFrames) throws -> DataFrame

        init(_ name: String, _ mode: OutputMode, _ query: @escaping @Sendable (StreamFrames) throws -> DataFrame) {
            testDescription = name
            self.mode = mode
            self.query = query
        }

        init(_ name: String, _ mode: OutputMode, sql: String) { self.init(name, mode) { try $0.sql(sql) } }
    }

    /// A row, as functions have it.
    private struct Amount: Codable {
        let v: Int
    }

    /// A function's state, and its result.
    private struct Total: Codable {
        let k: String?
        var count = 0
        var sum = 0

        func adding(_ rows: GroupRows<Amount>) -> Total {
            var total = self
            for row in rows {
                total.count += 1
                total.sum += row.v
            }
            return total
        }
    }

    private static let schema = Schema([Field("k", .string), Field("t", .timestamp), Field("v", .long)])

    /// Rows of both streams; times of batch n are from 10 n seconds on.
    private static func rows(_ batch: Int, stream: Int) -> [[Value]] {
        (0..<40).map { number in
            let key = (number * 7 + batch * 3 + stream) % 23
            let seconds = Int64(batch * 10 + (number * 3) % 14)
            return [
                key == 11 ? .null : .string("key \(key)"), .timestamp(seconds * 1_000_000),
                .long(Int64(number % 9 - stream)),
            ]
        }
    }

    private static let sides = """
        FROM (SELECT * FROM STREAM s WATERMARK t DELAY OF INTERVAL 5 SECONDS) l
        %KIND% JOIN (SELECT * FROM STREAM u WATERMARK t DELAY OF INTERVAL 5 SECONDS) r
        """

    private static func join(
        _ kind: String, _ condition: String, columns: String = "l.k, l.v, r.v AS w"
    ) -> String {
        let parts = sides.split(separator: "%KIND%", maxSplits: 1, omittingEmptySubsequences: false)
        return "SELECT \(columns) \(parts.joined(separator: kind)) ON \(condition)"
    }

    private static let inTime = "r.t BETWEEN l.t AND l.t + INTERVAL 4 SECONDS"

    static let shapes = [
        Shape(
            "groups", .update,
            sql: "SELECT k, count(*) n, sum(v) s, max(k) m, avg(v) a, min(t) f FROM STREAM s GROUP BY k"),
        Shape(
            "groups by two keys", .update,
            sql: "SELECT k, v % 3 r, sort_array(collect_set(v)) l FROM STREAM s GROUP BY k, v % 3"),
        Shape("groups by a number", .update, sql: "SELECT v, count(*) n FROM STREAM s GROUP BY v"),
        Shape("groups in complete mode", .complete, sql: "SELECT k, count(*) n FROM STREAM s GROUP BY k"),
        Shape("one group", .update, sql: "SELECT count(*) n, sum(v) s FROM STREAM s"),
        Shape(
            "windows", .append,
            sql: "SELECT window.start, k, count(*) n FROM STREAM s WATERMARK t DELAY OF INTERVAL 5 SECONDS "
                + "GROUP BY window(t, '10 seconds', '5 seconds'), k"),
        Shape(
            "sessions", .append,
            sql: "SELECT session_window.start, session_window.end, k, sum(v) s FROM STREAM s "
                + "WATERMARK t DELAY OF INTERVAL 5 SECONDS GROUP BY session_window(t, '4 seconds'), k"),
        Shape("first rows", .append) { try $0("s").dropDuplicates(["k"]).select("k") },
        Shape("first rows by time", .append) {
            try $0("s").withWatermark("t", "5 seconds").dropDuplicates(["k", "t"]).select("k", "t")
        },
        Shape("first rows for a while", .append) {
            try $0("s").withWatermark("t", "5 seconds").dropDuplicatesWithinWatermark(["k"]).select("k", "t")
        },
        Shape("limit", .append, sql: "SELECT v FROM STREAM s LIMIT 130"),
        Shape("inner join", .append, sql: join("INNER", "l.k = r.k AND \(inTime)")),
        Shape("left join", .append, sql: join("LEFT", "l.k = r.k AND \(inTime)")),
        Shape("join of NULLs", .append, sql: join("INNER", "l.k <=> r.k AND \(inTime)")),
        Shape("join by two keys", .append, sql: join("FULL", "l.k = r.k AND l.v = r.v AND \(inTime)")),
        Shape("semi join", .append, sql: join("LEFT SEMI", "l.k = r.k AND \(inTime)", columns: "l.k, l.v, l.t")),
        Shape("a function's states", .update) {
            try $0("s").groupByKey("k").mapGroupsWithState {
                (key: String?, rows: GroupRows<Amount>, state: inout GroupState<Total>) -> Total in
                let total = (state.getOption ?? Total(k: key)).adding(rows)
                state.update(total)
                return total
            }
        },
        Shape("a function's states with timeouts", .append) {
            try $0("s").withWatermark("t", "5 seconds").groupByKey("k")
                .flatMapGroupsWithState(outputMode: .append, timeout: .eventTimeTimeout) {
                    (key: String?, rows: GroupRows<Amount>, state: inout GroupState<Total>) -> [Total] in
                    let total = (state.getOption ?? Total(k: key)).adding(rows)
                    if state.hasTimedOut {
                        state.remove()
                        return [total]
                    }
                    state.update(total)
                    try state.setTimeoutTimestamp(state.getCurrentWatermarkMs() + 6_000)
                    return []
                }
        },
        Shape("two steps", .append) {
            try $0("s").withWatermark("t", "5 seconds").dropDuplicates(["k", "t"])
                .groupBy(window("t", "10 seconds")).count()
        },
    ]

    /// What comes out batch by batch; before some of them the state is divided.
    private static func outputs(_ shape: Shape, divisions: [Int: Int]) async throws -> [[String]] {
        let checkpoint = try TemporaryFolder()
        let test = StreamTest(
            streams: ["s": schema, "u": schema], outputMode: shape.mode, checkpoint: checkpoint.path, shape.query)
        var outputs: [[String]] = []
        try await test.start()
        for batch in 0..<8 {
            if let shards = divisions[batch] {
                await test.stop()
                let directory = CheckpointDirectory(checkpoint.path)
                #expect(try directory.reshard(shards: shards).newShardCount == shards)
                _ = try directory.verify()
                try await test.start()
            }
            try test.addData(rows(batch, stream: 0), to: "s")
            try test.addData(rows(batch, stream: 1), to: "u")
            outputs.append(try await test.takeNewRows().map { "\($0)" }.sorted())
        }
        await test.stop()
        return outputs
    }

    @Test("8 shards, 4, 1, 7: the same rows in every batch", arguments: shapes)
    func sameRows(_ shape: Shape) async throws {
        let expected = try await Self.outputs(shape, divisions: [:])
        #expect(expected.joined().count > 1)
        let found = try await Self.outputs(shape, divisions: [2: 4, 3: 1, 5: 7])
        for batch in expected.indices { #expect(found[batch] == expected[batch], "batch \(batch)") }
    }

    @Test("a batch whose commit isn't logged runs again on the state that was divided")
    func runsAgain() async throws {
        let checkpoint = try TemporaryFolder()
        let test = StreamTest(schema: Self.schema, checkpoint: checkpoint.path) { $0.groupBy("k").count() }
        try await test.start()
        try test.addData(Self.rows(0, stream: 0))
        _ = try await test.takeNewRows()
        try test.addData(Self.rows(1, stream: 0))
        let last = try await test.takeNewRows()
        await test.stop()
        try test.dropNewestCommit()
        _ = try CheckpointDirectory(checkpoint.path).reshard(shards: 3)
        try await test.start()
        try await test.checkNewRows(last)
        await test.stop()
    }

    @Test("a number that is none, and a query that runs")
    func refused() async throws {
        let checkpoint = try TemporaryFolder()
        let directory = CheckpointDirectory(checkpoint.path)
        for shards in [0, -1, 5000] {
            let error = #expect(throws: MillraceError.self) { try directory.reshard(shards: shards) }
            #expect(error?.code == "INVALID_OPTION")
        }
        let test = StreamTest(schema: Self.schema, checkpoint: checkpoint.path) { $0.groupBy("k").count() }
        try await test.start()
        let error = #expect(throws: MillraceError.self) { try directory.reshard(shards: 3) }
        #expect(error?.code == "CHECKPOINT_IN_USE")
        await test.stop()
        #expect(try directory.reshard(shards: 3).newShardCount == 3)
    }
}
