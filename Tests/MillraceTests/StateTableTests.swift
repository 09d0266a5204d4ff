// State read as a table, while its query stands still or runs.

import DurableFiles
import Millrace
import MillraceTestKit
import TestSupport
import Testing

@Suite struct StateTableTests {
    private static let schema = Schema([Field("k", .string), Field("t", .timestamp), Field("v", .long)])

    /// A query with a checkpoint, and what its state is then.
    private final class World {
        let folder: TemporaryFolder
        let test: StreamTest
        let session = Session(appName: "state")

        init(_ mode: OutputMode = .update, _ query: @escaping (StreamFrames) throws -> DataFrame) throws {
            folder = try TemporaryFolder()
            test = StreamTest(
                streams: ["s": schema, "u": schema], outputMode: mode, checkpoint: folder.path, query)
        }

        convenience init(_ mode: OutputMode = .update, sql: String) throws {
            try self.init(mode) { try $0.sql(sql) }
        }

        /// Adds rows of a key, seconds and a value, and waits.
        func add(_ rows: [(String?, Int64, Int64?)], to stream: String = "s") async throws {
            try test.addData(
                rows.map { key, seconds, value in
                    [
                        key.map { .string($0) } ?? .null, StateTableTests.seconds(seconds),
                        value.map { .long($0) } ?? .null,
                    ]
                }, to: stream)
            _ = try await test.takeNewRows()
        }

        /// The rows of a query in which `%` stands for the checkpoint.
        func rows(_ sql: String) throws -> [[Value]] {
            let parts = sql.split(separator: "%", omittingEmptySubsequences: false)
            return try session.sql(parts.joined(separator: folder.path)).collect().map(\.values)
        }

        func error(_ sql: String) -> MillraceError? { #expect(throws: MillraceError.self) { try rows(sql) } }
    }

    private static func seconds(_ value: Int64) -> Value { .timestamp(value * 1_000_000) }

    @Test("the groups of an aggregation, with what each aggregate has so far")
    func groups() async throws {
        let world = try World(
            sql: "SELECT k, count(*) n, sum(v) s, max(v) m, count(v) c, max(k) l FROM STREAM s GROUP BY k")
        try await world.test.start()
        try await world.add([("a", 0, 5), ("b", 0, nil), (nil, 0, 7), ("a", 0, 8)])
        // The query still runs.
        let columns = "key.k, value.count, value.sum, value.max, value.count_2, value.max_2"
        #expect(
            try world.rows("SELECT \(columns) FROM state('%') ORDER BY key.k") == [
                [.null, .long(1), .long(7), .long(7), .long(1), .null],
                [.string("a"), .long(2), .long(13), .long(8), .long(2), .string("a")],
                [.string("b"), .long(1), .null, .null, .long(0), .string("b")],
            ])
        #expect(
            try world.rows("SELECT count(DISTINCT partition_id) > 1 FROM state('%', operator => 0)")
                == [[.boolean(true)]])
        #expect(
            try world.session.read.format("statestore").option("operatorId", "0").load(world.folder.path).schema
                .names == ["key", "value", "partition_id"])
        await world.test.stop()
        // The names are those of the run that wrote it last.
        #expect(try world.rows("SELECT count(*) FROM state('%') WHERE key.k = 'a'") == [[.long(1)]])
    }

    @Test("windows are shown as windows, and sessions with their ends")
    func times() async throws {
        let windows = try World(
            sql: "SELECT window, k, count(*) FROM STREAM s GROUP BY window(t, '10 seconds'), k")
        try await windows.test.start()
        try await windows.add([("a", 12, 1)])
        #expect(
            try windows.rows("SELECT key.window.start, key.window.end, key.k, value.count FROM state('%')")
                == [[Self.seconds(10), Self.seconds(20), .string("a"), .long(1)]])
        await windows.test.stop()
        let sessions = try World(
            .append,
            sql: "SELECT session_window, k, sum(v) FROM STREAM s WATERMARK t DELAY OF INTERVAL 5 SECONDS "
                + "GROUP BY session_window(t, '4 seconds'), k")
        try await sessions.test.start()
        try await sessions.add([("a", 12, 1), ("a", 14, 2)])
        #expect(
            try sessions.rows("SELECT key.k, key.start, value.`end`, value.sum FROM state('%')")
                == [[.string("a"), Self.seconds(12), Self.seconds(18), .long(3)]])
        await sessions.test.stop()
    }

    @Test("deduplications, limits and queries without a key")
    func others() async throws {
        let within = try World(.append) {
            try $0("s").withWatermark("t", "5 seconds").dropDuplicatesWithinWatermark(["k"])
        }
        try await within.test.start()
        try await within.add([("a", 10, 1), ("a", 11, 2)])
        #expect(
            try within.rows("SELECT key.k, value.expiresAt FROM state('%')") == [[.string("a"), Self.seconds(15)]])
        await within.test.stop()
        let distinct = try World(.append) { try $0("s").dropDuplicates(["k", "v"]) }
        try await distinct.test.start()
        try await distinct.add([("a", 10, 1), ("a", 11, 2), ("a", 12, 1)])
        #expect(
            try distinct.rows("SELECT key.k, key.v FROM state('%') ORDER BY key.v") == [
                [.string("a"), .long(1)], [.string("a"), .long(2)],
            ])
        await distinct.test.stop()
        let limit = try World(.append, sql: "SELECT v FROM STREAM s LIMIT 3")
        try await limit.test.start()
        try await limit.add([("a", 10, 1), ("a", 11, 2)])
        #expect(
            try limit.rows("SELECT key.key, value.value, partition_id FROM state('%')")
                == [[.null, .long(2), .integer(0)]])
        await limit.test.stop()
        let global = try World(sql: "SELECT count(*) n FROM STREAM s")
        try await global.test.start()
        try await global.add([("a", 10, 1), ("a", 11, 2)])
        #expect(try global.rows("SELECT value.count FROM state('%')") == [[.long(2)]])
        await global.test.stop()
    }

    @Test("both sides of a join of two streams")
    func joins() async throws {
        let world = try World(
            .append, sql: "SELECT l.v, r.v AS w FROM STREAM s l JOIN STREAM u r ON upper(l.k) = r.k")
        try await world.test.start()
        try await world.add([("a", 10, 1), (nil, 11, 2)])
        try await world.add([("B", 10, 3)], to: "u")
        #expect(
            try world.rows("SELECT key.field0, value.k, value.v FROM state('%', joinSide => 'left')")
                == [[.string("A"), .string("a"), .long(1)]])
        #expect(
            try world.rows("SELECT key.field0, value.v FROM state('%', joinSide => 'RIGHT')")
                == [[.string("B"), .long(3)]])
        #expect(world.error("SELECT * FROM state('%')")?.hint?.contains("left or right") == true)
        #expect(world.error("SELECT * FROM state('%', joinSide => 'both')")?.code == "INVALID_OPTION")
        await world.test.stop()
    }

    @Test("the state after a batch before the newest, and which there are")
    func batches() async throws {
        let world = try World(sql: "SELECT k, count(*) n FROM STREAM s GROUP BY k")
        try await world.test.start()
        #expect(world.error("SELECT * FROM state('%')")?.code == "STATE_BATCH_NOT_FOUND")
        for value in 1...3 { try await world.add([("a", 0, Int64(value))]) }
        #expect(
            try world.rows("SELECT * FROM state_metadata('%')") == [
                [.long(0), .string("stateStoreSave"), .string("aggregate-0"), .integer(8), .long(0), .long(2)]
            ])
        for batch in 0...2 {
            #expect(
                try world.rows("SELECT value.count FROM state('%', batchId => \(batch))")
                    == [[.long(Int64(batch) + 1)]])
        }
        let none = world.error("SELECT * FROM state('%', batchId => 3)")
        #expect(none?.code == "STATE_BATCH_NOT_FOUND" && none?.message.contains("0 to 2") == true)
        await world.test.stop()
        _ = try CheckpointDirectory(world.folder.path).reshard(shards: 3)
        #expect(
            try world.rows("SELECT numPartitions, minBatchId, maxBatchId FROM state_metadata('%')")
                == [[.integer(3), .long(2), .long(2)]])
        #expect(try world.rows("SELECT value.count FROM state('%')") == [[.long(3)]])
    }

    @Test("what can't be read says why")
    func errors() async throws {
        let world = try World(sql: "SELECT k, count(*) n FROM STREAM s GROUP BY k")
        #expect(world.error("SELECT * FROM state('%')")?.code == "CHECKPOINT_NOT_FOUND")
        try await world.test.start()
        try await world.add([("a", 0, 1)])
        await world.test.stop()
        let other = world.error("SELECT * FROM state('%', operator => 4)")
        #expect(other?.code == "STATE_OPERATOR_NOT_FOUND" && other?.hint?.contains("0 (aggregate-0)") == true)
        #expect(world.error("SELECT * FROM state('%', joinSide => 'left')")?.code == "INVALID_OPTION")
        #expect(world.error("SELECT * FROM state('%', operators => 0)")?.code == "UNRECOGNIZED_PARAMETER_NAME")
        #expect(world.error("SELECT * FROM state('%', 0)")?.code == "WRONG_NUM_ARGS.WITHOUT_SUGGESTION")
        #expect(world.error("SELECT * FROM state()")?.code == "WRONG_NUM_ARGS.WITHOUT_SUGGESTION")
        #expect(world.error("SELECT * FROM state('%', operator => 1 - 1)")?.code == "NON_FOLDABLE_ARGUMENT")
        #expect(world.error("SELECT * FROM state('%', batchId => 'x')")?.code == "INVALID_OPTION")
        let option = #expect(throws: MillraceError.self) {
            try world.session.read.format("statestore").option("readChangeFeed", "true").load(world.folder.path)
                .collect()
        }
        #expect(option?.message.contains("readChangeFeed") == true)
    }

    @Test("a damaged file is named")
    func damage() async throws {
        let world = try World(sql: "SELECT k, count(*) n FROM STREAM s GROUP BY k")
        try await world.test.start()
        try await world.add([("a", 0, 1)])
        await world.test.stop()
        let directory = world.folder.path + "/state"
        let name = try #require(try RealDisk().list(directory).first { $0.hasPrefix("changelog") })
        let file = try OpenFile("\(directory)/\(name)", .readWrite, disk: RealDisk())
        defer { file.close() }
        let bytes = try file.read(at: 0, count: Int(try file.size()))
        // The last byte that is no zero written ahead: one of the changes.
        let last = try #require(bytes.lastIndex { $0 != 0 })
        try file.write([bytes[last] ^ 1], at: Int64(last))
        let error = world.error("SELECT * FROM state('%')")
        #expect(error?.code == "STATE_CORRUPT" && error?.message.contains(name) == true)
    }
}
