// Queries with event time, batch by batch as Spark ran them: rows, watermarks and what became of the state.

import Millrace
import Synchronization
import Testing

/// Runs where MILLRACE_CONFORMANCE names the folder with `traces.txt`; elsewhere says that it was skipped.
@Suite struct SparkTraceTests {
    /// What a trace leaves out: its query.
    struct Recorded: CustomTestStringConvertible, Sendable {
        let title: String
        var mode = OutputMode.append
        /// In the order in which steps name them; rows are `(k, v)`, or `v` alone, which is its time, too.
        var streams = ["in"]
        var policy = SessionConfiguration.MultipleWatermarkPolicy.min
        var runsBatchesWithoutData = true
        /// How often the query names its stream: Spark counts a row each time, and here it is read and counted once.
        var places: Int64 = 1
        /// What comes behind the recorded batches here, and in Spark doesn't, as lines of the file.
        var more: [String] = []
        let query: @Sendable ([DataFrame]) -> DataFrame

        var testDescription: String { title }
    }

    private static let windows: [Recorded] = [
        Recorded(title: "tumbling5 wm10 append [append]") { counts($0[0], "10 seconds", window("t", "5 seconds")) },
        Recorded(title: "tumbling5 wm10 complete [complete]", mode: .complete) {
            counts($0[0], "10 seconds", window("t", "5 seconds"))
        },
        Recorded(title: "sliding 10s/5s wm10 [append]") {
            $0[0].withWatermark("t", "10 seconds").groupBy(window("t", "10 seconds", "5 seconds")).count()
                .select(start, end, "count")
        },
        Recorded(title: "window start offset 2s [update]", mode: .update) {
            $0[0].withWatermark("t", "10 seconds").groupBy(window("t", "10 seconds", "10 seconds", "2 seconds"))
                .count().select(start, end, "count")
        },
        Recorded(title: "group by raw event time wm10 [append]") {
            $0[0].withWatermark("t", "10 seconds").groupBy("t").count().select(unix_seconds("t"), col("count"))
        },
        Recorded(title: "key+window append [append]") {
            $0[0].withWatermark("t", "10 seconds").groupBy("k", window("t", "5 seconds")).count()
                .select("k", start, "count")
        },
        Recorded(title: "append: having+projection after window agg [append]") {
            counts($0[0], "10 seconds", window("t", "5 seconds"), from: end).where("count > 1")
        },
        Recorded(title: "watermark never goes back; idle [append]") {
            counts($0[0], "10 seconds", window("t", "5 seconds"))
        },
        Recorded(title: "whole batch older+newer: late rows in the same batch that advances wm are kept [append]") {
            counts($0[0], "0 seconds", window("t", "5 seconds"))
        },
        Recorded(title: "union of 2 watermarked streams, policy min [append]", streams: ["A", "B"]) {
            $0[0].withWatermark("t", "10 seconds").union($0[1].withWatermark("t", "5 seconds"))
                .groupBy(window("t", "5 seconds")).count().select(start, "count")
        },
        Recorded(title: "noDataMicroBatches disabled [append]", runsBatchesWithoutData: false) {
            counts($0[0], "10 seconds", window("t", "5 seconds"))
        },
        Recorded(title: "stateless with watermark: no no-data batch [append]") {
            $0[0].withWatermark("t", "10 seconds").select("v")
        },
        Recorded(title: "window_time = end - 1us [append]") {
            $0[0].withWatermark("t", "0 seconds").groupBy(window("t", "5 seconds")).count()
                .select(start, end, window_time("window"), "count")
        },
        Recorded(title: "watermark delay '1 month' (=31 days) [append]") {
            counts($0[0], "1 month", window("t", "1 day"))
        },
        Recorded(title: "null event time, group by raw time wm10 [update]", mode: .update) {
            $0[0].select(col("k").cast("BIGINT").as("v"), "t").withWatermark("t", "10 seconds").groupBy("t")
                .agg(count("*").as("n"), sum("v").as("s")).select(unix_seconds("t"), col("n"), col("s"))
        },
        Recorded(title: "null event time, window: null rows are filtered out [update]", mode: .update) {
            counts($0[0], "10 seconds", window("t", "5 seconds"))
        },
        Recorded(title: "running agg by key [update]", mode: .update) {
            $0[0].groupBy("k").agg(count("*"), sum("v"), min("v"), max("v"), avg("v"))
        },
        Recorded(title: "having filter after agg [update]", mode: .update) {
            $0[0].groupBy("k").agg(sum("v").as("s")).where("s > 3")
        },
    ]

    private static let start = unix_seconds("window.start")
    private static let end = unix_seconds("window.end")

    private static func counts(
        _ frame: DataFrame, _ delay: String, _ window: Column, from place: Column = start
    ) -> DataFrame {
        frame.withWatermark("t", delay).groupBy(window).count().select(place, col("count"))
    }

    @Test("windows and watermarks", arguments: windows)
    func aggregations(_ recorded: Recorded) async throws { try await replay(recorded) }

    private static let sessionsByKey: [Recorded] = [
        Recorded(title: "session gap10 wm30 [append]") { sessions($0[0], session_window("t", "10 seconds")) },
        Recorded(title: "session gap10 wm30 [complete]", mode: .complete) {
            sessions($0[0], session_window("t", "10 seconds"))
        },
        Recorded(title: "session boundary: gap exactly 10 -> separate? 0,10,19 [complete]", mode: .complete) {
            sessions($0[0], session_window("t", "10 seconds"))
        },
        Recorded(title: "session dynamic gap [append]") {
            sessions(
                $0[0],
                session_window(
                    "t", when(col("k") == "a", "5 seconds").when(col("k") == "b", "20 seconds").otherwise("0 seconds")))
        },
    ]

    private static func sessions(_ frame: DataFrame, _ window: Column) -> DataFrame {
        frame.withWatermark("t", "30 seconds").groupBy(window, "k").agg(count("*").as("n"), sum("v").as("s"))
            .select(
                col("k"), unix_seconds("session_window.start"), unix_seconds("session_window.end"), col("n"), col("s"))
    }

    @Test("sessions", arguments: sessionsByKey)
    func sessionsOfKeys(_ recorded: Recorded) async throws { try await replay(recorded) }

    private static let duplicates: [Recorded] = [
        Recorded(title: "dropDuplicates(k) no watermark: first row wins, state unbounded [append]") {
            $0[0].dropDuplicates("k").select("k", "v")
        },
        Recorded(title: "dropDuplicates(k) no watermark [update]", mode: .update) {
            $0[0].dropDuplicates("k").select("k", "v")
        },
        Recorded(title: "dropDuplicates(k,t) with wm 10 [append]") {
            $0[0].withWatermark("t", "10 seconds").dropDuplicates("k", "t").select("k", "v")
        },
        Recorded(
            title: "dropDuplicates(k) with wm but t not in key: late rows dropped? state never evicted [append]"
        ) {
            $0[0].withWatermark("t", "10 seconds").dropDuplicates("k").select("k", "v")
        },
        Recorded(title: "window5 -> dedup on window_time [append]") {
            $0[0].withWatermark("t", "0 seconds").groupBy(window("t", "5 seconds")).count()
                .select(window_time("window").as("w"), col("count")).dropDuplicates("w")
                .select((unix_micros("w") / 1_000_000).cast("STRING"), col("count"))
        },
    ]

    @Test("duplicates", arguments: duplicates)
    func firstRows(_ recorded: Recorded) async throws { try await replay(recorded) }

    private static let joins: [Recorded] =
        ["inner", "right_outer", "full_outer"].map { kind in
            Recorded(title: "window equi-join \(kind), wm 10/10 [append]", streams: ["L", "R"]) {
                let left = $0[0].withWatermark("t", "10 seconds")
                    .select(col("v").as("lk"), window("t", "10 seconds").as("lw"), (col("v") * 2).as("lv"))
                let right = $0[1].withWatermark("t", "10 seconds")
                    .select(col("v").as("rk"), window("t", "10 seconds").as("rw"), (col("v") * 3).as("rv"))
                return left.join(
                    right, on: col("lk") == col("rk") && col("lw") == col("rw"), how: types[kind] ?? .inner
                )
                .select(
                    coalesce("lk", "rk"), unix_seconds(coalesce("lw.end", "rw.end")), col("lv"), col("rv"))
            }
        }
        + ["inner", "left_outer", "full_outer", "left_semi"].map { kind in
            Recorded(title: "range join +-5s \(kind), wm 10/10 [append]", streams: ["L", "R"]) {
                ranges($0[0], $0[1], types[kind] ?? .inner)
            }
        } + [
            Recorded(
                title: "one-sided watermark range join left_outer wl=10 seconds wr=10 seconds [append]",
                streams: ["L", "R"]
            ) { ranges($0[0], $0[1], .left) },
            // Spark never drops these rows: it has only the other side's watermark.
            Recorded(
                title: "range join left_outer wl=null wr=10 seconds [append]", streams: ["L", "R"],
                more: ["b2 in=0 wm=70000 ops=[symmetricHashJoin(total=4,upd=0,rem=2,late=0)] out=(3,5,null,null)"]
            ) { ranges($0[0], $0[1], .left, leftDelay: nil) },
            Recorded(
                title: "range join full_outer wl=10 seconds wr=null [append]", streams: ["L", "R"],
                more: ["b2 in=0 wm=70000 ops=[symmetricHashJoin(total=4,upd=0,rem=2,late=0)] out=(null,null,2,5)"]
            ) { ranges($0[0], $0[1], .full, rightDelay: nil) },
            Recorded(title: "range join inner in update mode [update]", mode: .update, streams: ["L", "R"]) {
                ranges($0[0], $0[1], .inner)
            },
            Recorded(title: "left_outer with null keys [append]", streams: ["L", "R"]) {
                let left = $0[0].withWatermark("t", "0 seconds").select(col("k").as("lk"), col("t").as("lt"))
                let right = $0[1].withWatermark("t", "0 seconds").select(col("k").as("rk"), col("t").as("rt"))
                return left.join(right, on: col("lk") == col("rk") && col("lt") == col("rt"), how: .left)
                    .select(col("lk"), unix_seconds("lt"), col("rk"), unix_seconds("rt"))
            },
            Recorded(title: "inner join on time -> window5 [append]", streams: ["L", "R"]) {
                let left = $0[0].withWatermark("t", "0 seconds").select(col("t").as("lt"))
                let right = $0[1].withWatermark("t", "0 seconds").select(col("t").as("rt"))
                return left.join(right, on: col("lt") == col("rt")).groupBy(window("lt", "5 seconds")).count()
                    .select(start, "count")
            },
            Recorded(title: "self join left_outer (right side filtered even ids) [append]", places: 2) {
                let left = $0[0].withWatermark("t", "5 seconds").select(col("k").as("lk"), col("t").as("lt"))
                let right = $0[0].where("k IN ('2', '4', '6')")
                    .withWatermark("t", "5 seconds").select(col("k").as("rk"), col("t").as("rt"))
                return left.join(right, on: near, how: .left)
                    .select(col("lk"), unix_seconds("lt"), col("rk"), unix_seconds("rt"))
            },
            Recorded(title: "inner no watermark [append]", streams: ["L", "R"]) {
                $0[0].select(col("v").as("a"), (col("v") * 2).as("b"))
                    .join($0[1].select(col("v").as("c"), (col("v") * 3).as("d")), on: col("a") == col("c"))
                    .select("a", "b", "d")
            },
        ]

    private static let types: [String: JoinType] = [
        "left_outer": .left, "right_outer": .right, "full_outer": .full, "left_semi": .leftSemi,
    ]

    private static let near = expr(
        "lk = rk AND lt BETWEEN rt - INTERVAL 5 SECONDS AND rt + INTERVAL 5 SECONDS")

    private static func ranges(
        _ left: DataFrame, _ right: DataFrame, _ type: JoinType, leftDelay: String? = "10 seconds",
        rightDelay: String? = "10 seconds"
    ) -> DataFrame {
        func marked(_ frame: DataFrame, _ delay: String?) -> DataFrame {
            delay.map { frame.withWatermark("t", $0) } ?? frame
        }
        let joined = marked(left, leftDelay).select(col("k").as("lk"), col("t").as("lt"))
            .join(
                marked(right, rightDelay).select(col("k").as("rk"), col("t").as("rt")), on: near, how: type)
        return type == .leftSemi
            ? joined.select(col("lk"), unix_seconds("lt"))
            : joined.select(col("lk"), unix_seconds("lt"), col("rk"), unix_seconds("rt"))
    }

    @Test("joins of two streams", arguments: joins)
    func pairs(_ recorded: Recorded) async throws { try await replay(recorded) }

    private static let groups: [Recorded] = [
        Recorded(title: "mapGroupsWithState NoTimeout running count/sum [update]", mode: .update) {
            GroupsTests.totals($0[0])
        },
        Recorded(title: "flatMapGroupsWithState, event-time timeout = max event + 5s, wm10 [update]", mode: .update) {
            GroupsTests.sessions($0[0], .update)
        },
        Recorded(title: "transformWithState event timers max+5s wm10 [update]", mode: .update) {
            ProcessorTests.newest($0[0])
        },
    ]

    @Test("functions over groups", arguments: groups)
    func functions(_ recorded: Recorded) async throws { try await replay(recorded) }

    // MARK: Running

    private func replay(_ recorded: Recorded) async throws {
        guard let folder = SparkTrace.folder else {
            print("SKIPPED: Spark's recorded batches. Set MILLRACE_CONFORMANCE to the folder that holds them.")
            return
        }
        let traces = SparkTrace.all(try File.lines(at: "\(folder)/traces.txt"))
        let trace = try #require(traces[recorded.title], "the file has no such trace").followed(by: recorded.more)
        var configuration = SessionConfiguration.quiet
        configuration.multipleWatermarkPolicy = recorded.policy
        configuration.runsBatchesWithoutData = recorded.runsBatchesWithoutData
        configuration.checksColumns = true
        // All that a step adds is in one batch: batches run when the clock says so.
        let clock = ManualClock()
        configuration.manualClock = clock
        let progress = Collected<StreamingQueryProgress>()
        configuration.onProgress = { progress.append($0) }
        let session = Session(appName: "traces", configuration: configuration)
        let schema = Schema([Field("k", .string), Field("v", .long), Field("t", .timestamp)])
        let streams = recorded.streams.map { _ in MemoryStream(session, schema: schema) }
        let rows = Collected<(batch: Int64, text: String)>()
        let calls = Collected<Int64>()
        let query = try await recorded.query(streams.map { $0.toDF() }).writeStream.outputMode(recorded.mode)
            .trigger(.processingTime(.seconds(1)))
            .foreachBatch { frame, batch in
                calls.append(batch)
                for row in try frame.collect() { rows.append((batch, Self.text(row.values))) }
            }
            .start()
        try await query.waitForClock()
        for step in trace.steps {
            let all = added(step.text, recorded.streams)
            let isSplit = all.joined().count > step.batches.first.map { Int($0.inputRows) / Int(recorded.places) } ?? 0
            for (stream, values) in all.enumerated() where !values.isEmpty {
                try streams[stream].addData(values)
                // Spark may have run a batch between the rows of the two streams.
                guard isSplit else { continue }
                clock.advance(by: .seconds(1))
                try await query.waitForClock()
            }
            for _ in 0...step.batches.count {
                clock.advance(by: .seconds(1))
                try await query.waitForClock()
            }
            let known = rows.all
            let first = step.batches.first?.id ?? .max
            let found = progress.all.filter { $0.batchID >= first && $0.batchID <= step.batches.last?.id ?? -1 }
            let batches = found.map { one in
                batch(one, known.filter { $0.batch == one.batchID }.map(\.text), recorded)
            }
            #expect(batches == step.batches, "step \(step.text)")
        }
        let last = trace.steps.flatMap(\.batches).map(\.id).max() ?? -1
        #expect(progress.all.allSatisfy { $0.batchID <= last }, "there are more batches")
        #expect(calls.all == progress.all.map(\.batchID), "foreachBatch is called for batches without rows, too")
        await query.stop()
    }

    private func batch(
        _ progress: StreamingQueryProgress, _ rows: [String], _ recorded: Recorded
    ) -> SparkTrace.Batch {
        let operators = progress.stateOperators.map {
            "\($0.operatorName)(total=\($0.numRowsTotal),upd=\($0.numRowsUpdated),rem=\($0.numRowsRemoved),"
                + "late=\($0.numRowsDroppedByWatermark))"
        }
        return SparkTrace.Batch(
            id: progress.batchID, inputRows: progress.numInputRows * recorded.places,
            watermark: progress.eventTime?.watermark, operators: operators,
            rows: rows.sorted())
    }

    /// `add 1,2`, `in (a,1) (null,2)`, `A 12 B 3`, `L null:1`, `L 1..4`: rows by stream.
    private func added(_ text: String, _ streams: [String]) -> [[[Value]]] {
        var result: [[[Value]]] = streams.map { _ in [] }
        var stream = 0
        let end = text.firstRange(of: " (late")?.lowerBound ?? text.endIndex
        for word in text[..<end].split(separator: " ") {
            if ["add", "in", "idle"].contains(word) { continue }
            if let place = streams.firstIndex(of: String(word)) {
                stream = place
            } else if word.hasPrefix("(") {
                result[stream] += SparkTrace.pieces(word).map { piece in
                    let parts = piece.dropFirst().dropLast().split(separator: ",")
                    return row(key: parts[0], Int64(parts[1]))
                }
            } else if let dots = word.firstRange(of: ".."), let first = Int64(word[..<dots.lowerBound]),
                let last = Int64(word[dots.upperBound...]), first <= last
            {
                result[stream] += (first...last).map { row(key: "\($0)", $0) }
            } else {
                result[stream] += word.split(separator: ",").map { piece in
                    let parts = piece.split(separator: ":")
                    return row(key: parts.count > 1 && parts[0] == "null" ? nil : parts[0], Int64(parts.last ?? ""))
                }
            }
        }
        return result
    }

    private func row(key: Substring?, _ value: Int64?) -> [Value] {
        [
            key.map { .string(String($0)) } ?? .null, value.map { .long($0) } ?? .null,
            value.map { .timestamp($0 * 1_000_000) } ?? .null,
        ]
    }

    private static func text(_ values: [Value]) -> String {
        "(\(values.map { $0.isNull ? "null" : "\($0)" }.joined(separator: ",")))"
    }
}
