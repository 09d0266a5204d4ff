// Streams as scripts: add rows, run, check, stop, start.

import Millrace
import MillraceTestKit
import TestSupport
import Testing

@Suite struct StreamTests {
    static let words = Schema([Field("value", .string)])
    static let keyed = Schema([Field("key", .string), Field("v", .integer)])

    static func text(_ text: String) -> [Value] { [.string(text)] }
    static func row(_ key: String, _ value: Int32) -> [Value] { [.string(key), .integer(value)] }

    @Test("word count in update mode emits the touched groups with their whole counts")
    func wordCount() async throws {
        let test = StreamTest(schema: Self.words) {
            $0.select(explode(split(col("value"), "\\s+")).as("word")).groupBy("word").count()
        }
        try await test.start()
        try test.addData([Self.text("to be or not to be")])
        try await test.checkNewRows([
            [.string("to"), .long(2)], [.string("be"), .long(2)], [.string("or"), .long(1)],
            [.string("not"), .long(1)],
        ])
        try test.addData([Self.text("be")])
        try await test.checkNewRows([[.string("be"), .long(3)]])
        await test.stop()
    }

    @Test("empty lines, blanks at the ends and NULL: as Spark splits and counts them")
    func oddLines() async throws {
        let test = StreamTest(schema: Self.words) {
            $0.select(explode(split(col("value"), "\\s+")).as("word")).groupBy("word").count()
        }
        try await test.start()
        try test.addData([Self.text(""), Self.text(" a "), [.null]])
        try await test.checkNewRows([[.string(""), .long(3)], [.string("a"), .long(1)]])
        await test.stop()
    }

    @Test("C04: count, sum, min, max, avg by key in update and complete mode")
    func aggregates() async throws {
        for mode in [OutputMode.update, .complete] {
            let test = StreamTest(schema: Self.keyed, outputMode: mode) {
                $0.groupBy("key").agg(count("*"), sum("v"), min("v"), max("v"), avg("v"))
            }
            try await test.start()
            try test.addData([Self.row("a", 1), Self.row("b", 2), Self.row("a", 3)])
            let a: [Value] = [.string("a"), .long(2), .long(4), .integer(1), .integer(3), .double(2)]
            let b: [Value] = [.string("b"), .long(1), .long(2), .integer(2), .integer(2), .double(2)]
            try await test.checkNewRows([a, b])
            try test.addData([Self.row("a", 2)])
            let changed: [Value] = [.string("a"), .long(3), .long(6), .integer(1), .integer(3), .double(2)]
            try await test.checkNewRows(mode == .update ? [changed] : [changed, b])
            await test.stop()
        }
    }

    @Test("DISTINCT aggregates of a stream are refused before it starts", arguments: [OutputMode.update, .complete])
    func distinctAggregates(mode: OutputMode) async throws {
        for calls in ["count(DISTINCT v)", "sum(DISTINCT v)"] {
            let test = StreamTest(schema: Self.keyed, outputMode: mode) {
                $0.groupBy("key").agg(expr(calls), count("*"))
            }
            let error = await #expect(throws: MillraceError.self) { try await test.start() }
            #expect(error?.code == "UNSUPPORTED_OPERATION")
            #expect(error?.message.hasPrefix("Distinct aggregations are not supported on streaming") == true)
        }
    }

    @Test("C08: a filter behind the aggregation sees the group's new value")
    func havingFilter() async throws {
        let test = StreamTest(schema: Self.keyed) { $0.groupBy("key").agg(sum("v").as("s")).where("s > 3") }
        try await test.start()
        try test.addData([Self.row("a", 2)])
        try await test.checkNewRows([])
        try test.addData([Self.row("a", 3)])
        try await test.checkNewRows([[.string("a"), .long(5)]])
        try test.addData([Self.row("a", -4)])
        try await test.checkNewRows([])
        await test.stop()
    }

    @Test("stop and start from the checkpoint: the state goes on, other numbers of workers give the same")
    func restarts() async throws {
        let directory = try TemporaryFolder()
        var expected: Int64 = 0
        let test = StreamTest(schema: Self.keyed, checkpoint: directory.path, workers: 1) {
            $0.groupBy("key").agg(sum("v").as("s"))
        }
        for round in 0..<4 {
            try await test.start()
            for value in [1, 2] as [Int32] {
                expected += Int64(value)
                try test.addData([Self.row("a", value)])
                try await test.checkNewRows([[.string("a"), .long(expected)]])
            }
            await test.stop()
            #expect(test.query?.exception == nil, "round \(round)")
        }
    }

    @Test("another query on the same checkpoint is refused, naming what differs")
    func changedQuery() async throws {
        let directory = try TemporaryFolder()
        let first = StreamTest(schema: Self.keyed, checkpoint: directory.path) { $0.groupBy("key").count() }
        try await first.start()
        try first.addData([Self.row("a", 1)])
        _ = try await first.takeNewRows()
        await first.stop()
        // Spark takes the state of count(*) for sum(v) without a word, since both are BIGINT.
        let second = StreamTest(schema: Self.keyed, checkpoint: directory.path) {
            $0.groupBy("key").agg(sum("v").as("count"))
        }
        await #expect {
            try await second.start()
        } throws: { ($0 as? MillraceError)?.code == "CHECKPOINT_PLAN_CHANGED" }
    }

    @Test("what a streaming query can't do is refused in Spark's words")
    func refusals() async throws {
        let append = StreamTest(schema: Self.keyed, outputMode: .append) { $0.groupBy("key").count() }
        await #expect {
            try await append.start()
        } throws: {
            "\($0)".contains(
                "[STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION] Invalid streaming output mode: append. This output mode "
                    + "is not supported for streaming aggregations without watermark on streaming DataFrames/DataSets")
        }
        let complete = StreamTest(schema: Self.keyed, outputMode: .complete) { $0.select("key") }
        await #expect {
            try await complete.start()
        } throws: { "\($0)".contains("not supported for no streaming aggregations") }
        let unknown = StreamTest(schema: Self.keyed) { $0.select("kye") }
        await #expect {
            try await unknown.start()
        } throws: { ($0 as? MillraceError)?.code.hasPrefix("UNRESOLVED_COLUMN.WITH_SUGGESTION") ?? false }
    }

    @Test("progress and status tell the truth")
    func progress() async throws {
        let test = StreamTest(schema: Self.keyed) { $0.groupBy("key").count() }
        try await test.start()
        try test.addData([Self.row("a", 1), Self.row("b", 1)])
        _ = try await test.takeNewRows()
        try test.addData([Self.row("a", 1)])
        _ = try await test.takeNewRows()
        let query = try #require(test.query)
        let progress = query.recentProgress
        #expect(progress.map(\.batchID) == [0, 1])
        #expect(progress.map(\.numInputRows) == [2, 1])
        #expect(progress.map(\.sink.numOutputRows) == [2, 1])
        #expect(progress[1].stateOperators.first?.numRowsTotal == 2)
        #expect(progress[1].stateOperators.first?.numRowsUpdated == 1)
        #expect(progress[1].sources.first?.startOffset == "1")
        #expect(progress[1].sources.first?.endOffset == "2")
        #expect(progress[1].durations.map(\.name).contains("walCommit"))
        #expect(query.isActive)
        await test.stop()
        #expect(!query.isActive)
        #expect(query.status.message == "Stopped")
    }

    @Test(
        "foreachBatch gets a static frame and the batch's id; what it throws ends the query, and the batch comes again")
    func foreachBatch() async throws {
        struct Refused: Error {}
        let directory = try TemporaryFolder()
        let session = Session(appName: "test", configuration: .quiet)
        let stream = MemoryStream(session, schema: Self.keyed)
        let calls = Collected<String>()
        try stream.addData([Self.row("a", 1)])
        func start(failing: Int64?) async throws -> StreamingQuery {
            try await stream.toDF().writeStream
                .foreachBatch { frame, id in
                    for row in try frame.selectExpr("CAST(v AS STRING)").collect() {
                        guard case .string(let text) = row[0] else { continue }
                        calls.append("b\(id): \(text)")
                    }
                    if id == failing { throw Refused() }
                }
                .option("checkpointLocation", directory.path)
                .start()
        }
        let first = try await start(failing: 1)
        try await first.processAllAvailable()
        try stream.addData([Self.row("b", 2)])
        await #expect(throws: MillraceError.self) { try await first.awaitTermination() }
        try stream.addData([Self.row("c", 3)])
        let second = try await start(failing: nil)
        try await second.processAllAvailable()
        await second.stop()
        // New data is not mixed into the batch that runs again (Spark's R02).
        #expect(
            calls.all == ["b0: 1", "b1: 2", "b1: 2", "b2: 3"])
    }

    @Test("available-now takes what is there and ends; once takes it in one batch")
    func finiteTriggers() async throws {
        for trigger in [Trigger.availableNow, .once] {
            let test = StreamTest(schema: Self.keyed, trigger: trigger) { $0.select("v") }
            try test.addData([Self.row("a", 1)])
            try test.addData([Self.row("a", 2)])
            try await test.start()
            try await test.query?.awaitTermination()
            #expect(test.query?.recentProgress.count == 1)
            try await test.checkNewRows([[.integer(1)], [.integer(2)]])
        }
    }

    @Test("two queries on one stream: each has its own end, and each its own rows")
    func sharedStream() async throws {
        let session = Session(appName: "test", configuration: .quiet)
        let stream = MemoryStream(session, schema: Self.words)
        func start(_ name: String, _ trigger: Trigger) async throws -> StreamingQuery {
            try await stream.toDF().writeStream.format("memory").queryName(name).trigger(trigger).start()
        }
        try stream.addData([Self.text("a")])
        let lasting = try await start("lasting", .immediately)
        let finite = try await start("finite", .availableNow)
        try await finite.awaitTermination()
        try stream.addData([Self.text("b")])
        try await lasting.processAllAvailable()
        await lasting.stop()
        #expect(try session.table("lasting").count() == 2)
        #expect(try session.table("finite").count() == 1)
    }

    @Test("a memory table begins anew with a query that has no checkpoint, and goes on with one that has")
    func memoryTables() async throws {
        let directory = try TemporaryFolder()
        for (location, expected) in [(nil, 2), (directory.path, 3)] as [(String?, Int)] {
            let session = Session(appName: "test", configuration: .quiet)
            let stream = MemoryStream(session, schema: Self.words)
            for block in [["a"], ["b"]] {
                try stream.addData(block.map(Self.text))
                var writer = stream.toDF().writeStream.format("memory").queryName("t").trigger(.availableNow)
                if let location { writer = writer.option("checkpointLocation", location) }
                try await writer.start().awaitTermination()
            }
            if location != nil {
                try stream.addData([Self.text("c")])
                try await stream.toDF().writeStream.format("memory").queryName("t").trigger(.availableNow)
                    .option("checkpointLocation", directory.path).start().awaitTermination()
            }
            #expect(try session.table("t").count() == expected)
        }
    }

    @Test("an option's name has no case, and the last value counts")
    func optionNames() async throws {
        let session = Session(appName: "test", configuration: .quiet)
        let directory = try TemporaryFolder()
        for _ in 0..<10 {
            let query = try await MemoryStream(session, schema: Self.words).toDF().writeStream.format("noop")
                .option("checkpointlocation", "/proc/none").option("CheckpointLocation", directory.path)
                .trigger(.availableNow).start()
            try await query.awaitTermination()
        }
    }

    @Test("a row that can't be cast ends the query with the value and the batch in the error")
    func badCast() async throws {
        let test = StreamTest(schema: Self.words) { $0.select(col("value").cast("int").as("n")) }
        try await test.start()
        try test.addData([Self.text("12"), Self.text("x1")])
        await #expect {
            _ = try await test.takeNewRows()
        } throws: {
            let error = $0 as? MillraceError
            return error?.code == "CAST_INVALID_INPUT" && (error?.message.contains("x1") ?? false)
                && (error?.message.contains("batch 0") ?? false)
        }
    }
}

@Suite struct StaticFrameTests {
    @Test("the same steps on a table")
    func staticQuery() throws {
        let session = Session(appName: "test", configuration: .quiet)
        let rows: [[Value]] = [
            [.string("a"), .integer(1)], [.string("b"), .integer(2)], [.string("a"), .integer(3)],
        ]
        let frame = try session.createDataFrame(rows, schema: StreamTests.keyed)
        let sums = try frame.groupBy("key").agg(sum("v").as("s")).where("s > 2").collect()
        #expect(sums.map(\.values) == [[.string("a"), .long(4)]])
        #expect(try frame.filter(col("v") >= 2).count() == 2)
        #expect(try frame.agg(count("*")).collect().map(\.values) == [[.long(3)]])
        #expect(
            try frame.selectExpr("upper(key) AS k", "v + 1 AS w").collect()[1].values == [.string("B"), .integer(3)])
    }

    @Test("rows hold arrays, maps and structures")
    func nestedRows() throws {
        let session = Session(appName: "test", configuration: .quiet)
        let schema = Schema([
            Field("a", .array(.long, containsNull: false)),
            Field("m", .map(key: .string, value: .double, valueContainsNull: true)),
            Field("s", .structure([Field("x", .integer, isNullable: false), Field("y", .string)])),
        ])
        let rows: [[Value]] = [
            [
                .array([.long(1), .long(2)]), .map([.init(key: .string("k"), value: .null)]),
                .structure([.integer(7), .null]),
            ],
            [.null, .map([]), .null],
        ]
        #expect(try session.createDataFrame(rows, schema: schema).collect().map(\.values) == rows)
        let wrong: [[Value]] = [
            [.array([.null]), .null, .null], [.array([.integer(1)]), .null, .null], [.null, .array([]), .null],
            [.null, .map([.init(key: .null, value: .null)]), .null],
            [.null, .null, .structure([.null, .string("y")])], [.null, .null, .structure([.integer(1)])],
        ]
        for row in wrong {
            let error = #expect(throws: MillraceError.self) { try session.createDataFrame([row], schema: schema) }
            #expect(error?.code == "INVALID_ROW")
        }
    }
}
