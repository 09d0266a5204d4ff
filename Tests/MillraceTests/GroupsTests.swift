// Functions of the program over groups, with a state for each key.

import Columns
import LogicalPlan
import MillraceTestKit
import TestSupport
import Testing

@testable import Millrace

@Suite struct GroupsTests {
    static let schema = Schema([Field("k", .string), Field("v", .long), Field("t", .timestamp)])

    struct Event: Codable {
        let v: Int
        let t: Timestamp?
    }

    struct Total: Codable, Equatable {
        var count: Int
        var sum: Int
    }

    struct Result: Codable, Equatable {
        let k: String
        let count: Int
        let sum: Int
        let note: String
    }

    /// Counts and adds up.
    static func totals(_ frame: DataFrame) -> DataFrame {
        frame.groupByKey("k").mapGroupsWithState("totals") {
            (key: String, rows: GroupRows<Event>, state: inout GroupState<Total>) -> Result in
            var total = state.getOption ?? Total(count: 0, sum: 0)
            for row in rows {
                total.count += 1
                total.sum += row.v
            }
            state.update(total)
            return Result(k: key, count: total.count, sum: total.sum, note: "up")
        }
    }

    @Test("counts and sums by key, through restarts and with other workers")
    func running() async throws {
        let script = StreamScript(
            streams: ["in": Self.schema], query: { Self.totals(try $0("in")) },
            [
                .add("in", "a, 1, null; b, 2, null; a, 3, null"), .check("a, 2, 4, up; b, 1, 2, up"),
                .checkState(rows: 2),
                .add("in", "a, 10, null"), .check("a, 3, 14, up"),
                .stop, .dropNewestCommit, .start, .checkLastBatch("a, 3, 14, up"),
                .add("in", "c, 0, null"), .check("c, 1, 0, up"), .checkState(rows: 3),
            ])
        try await script.runAllWays()
    }

    // MARK: The example of the docs

    struct UserAction: Codable {
        let userId: String
        let action: String
    }

    struct UserStatus: Codable {
        let userId: String
        var active: Bool

        mutating func update(with action: UserAction) { active = action.action != "logout" }
    }

    @Test("the status of users by their actions")
    func userStatus() async throws {
        let script = StreamScript(
            streams: ["actions": Schema([Field("userId", .string), Field("action", .string)])],
            query: {
                let actions = try $0("actions")
                let status = actions.groupByKey("userId").mapGroupsWithState("status") {
                    (
                        userId: String, actions: GroupRows<UserAction>, state: inout GroupState<UserStatus>
                    ) -> UserStatus
                    in
                    var status = state.getOption ?? UserStatus(userId: userId, active: false)
                    for action in actions { status.update(with: action) }
                    state.update(status)
                    return status
                }
                return status
            },
            [
                .add("actions", "ann, login; bob, login; bob, logout"), .check("ann, true; bob, false"),
                .add("actions", "bob, view"), .check("bob, true"),
                .add("actions", "ann, logout; cat, view"), .check("ann, false; cat, true"), .checkState(rows: 3),
            ])
        try await script.runAllWays()
    }

    @Test("what the page shows is the example, and what runs here")
    func page() throws {
        func words(_ lines: some Sequence<String>) -> String {
            lines.joined().filter { !$0.isWhitespace }
        }
        let page = try File.lines("docs/arbitrary-state.md")
        let blocks = page.indices.filter { page[$0] == "```swift" }.map { start in
            words(page[(start + 1)...].prefix { $0 != "```" })
        }
        #expect(blocks.count > 2 && blocks[0].hasPrefix("structUserAction") && blocks[1].hasPrefix("letstatus"))
        for path in ["Examples/UserStatus/Sources/UserStatus/main.swift", "Tests/MillraceTests/GroupsTests.swift"] {
            let program = words(try File.lines(path))
            for block in blocks.prefix(2) { #expect(program.contains(block), "\(path): \(block)") }
        }
    }

    // MARK: Timeouts

    /// Sums until five seconds behind the last event.
    static func sessions(_ frame: DataFrame, _ mode: OutputMode) -> DataFrame {
        frame.withWatermark("t", "10 seconds").groupByKey("k").flatMapGroupsWithState(
            "sessions", outputMode: mode, timeout: .eventTimeTimeout
        ) { (key: String, rows: GroupRows<Event>, state: inout GroupState<Total>) -> [Result] in
            if state.hasTimedOut {
                let total = try state.get()
                state.remove()
                return [
                    Result(
                        k: key, count: total.count, sum: total.sum,
                        note: "timeout wm=\(try state.getCurrentWatermarkMs())")
                ]
            }
            var total = state.getOption ?? Total(count: 0, sum: 0)
            var last = Int64.min
            for row in rows {
                total.count += 1
                total.sum += row.v
                last = max(last, row.t?.milliseconds ?? last)
            }
            if total.sum == 99 {
                state.remove()
                return [Result(k: key, count: total.count, sum: total.sum, note: "removed")]
            }
            state.update(total)
            try state.setTimeoutTimestamp(last, "5 seconds")
            return []
        }
    }

    private static func time(_ seconds: Int) -> String { "1970-01-01 00:00:\(seconds < 10 ? "0" : "")\(seconds)" }

    private static func rows(_ rows: (String, Int)...) -> String {
        rows.map { "\($0.0), \($0.1), \(time($0.1))" }.joined(separator: "; ")
    }

    @Test(
        "timeouts in event time come behind the watermark, once, and late rows are dropped",
        arguments: [
            OutputMode.append, .update,
        ])
    func eventTime(mode: OutputMode) async throws {
        let script = StreamScript(
            streams: ["in": Self.schema], outputMode: mode, query: { Self.sessions(try $0("in"), mode) },
            [
                .add("in", Self.rows(("a", 11), ("a", 13), ("b", 20))), .check(""), .checkState(rows: 2),
                .add("in", Self.rows(("b", 28))), .check(""), .checkState(rows: 2),
                .add("in", Self.rows(("b", 29))), .check("a, 2, 24, timeout wm=19000"), .checkState(rows: 1),
                .stop, .dropNewestCommit, .start, .checkLastBatch("a, 2, 24, timeout wm=19000"),
                .add("in", Self.rows(("c", 2))), .check(""), .checkState(rows: 1),
                .add("in", Self.rows(("d", 45))), .check("b, 3, 77, timeout wm=35000"), .checkState(rows: 1),
            ])
        try await script.runAllWays()
    }

    @Test("timeouts in processing time come when the clock is there, without batches before")
    func processingTime() async throws {
        for way in StreamScript.Way.allCases {
            let script = StreamScript(
                streams: ["in": Self.schema],
                query: {
                    try $0("in").groupByKey("k").flatMapGroupsWithState(
                        outputMode: .update, timeout: .processingTimeTimeout
                    ) { (key: String, rows: GroupRows<Event>, state: inout GroupState<Int>) -> [Result] in
                        if state.hasTimedOut {
                            let sum = try state.get()
                            state.remove()
                            return [Result(k: key, count: rows.count, sum: sum, note: "timeout")]
                        }
                        state.update((state.getOption ?? 0) + rows.reduce(0) { $0 + $1.v })
                        try state.setTimeoutDuration("1 minute")
                        return []
                    }
                },
                [
                    .add("in", "a, 1, null; b, 2, null"), .check(""), .checkState(rows: 2),
                    .advanceClock(.seconds(30)), .add("in", "b, 3, null"), .check(""),
                    // At the very time nothing happens yet, as in Spark.
                    .advanceClock(.seconds(30)), .check(""), .checkState(rows: 2),
                    .advanceClock(.milliseconds(1)), .check("a, 0, 1, timeout"), .checkState(rows: 1),
                    .advanceClock(.seconds(30)), .check("b, 0, 5, timeout"), .checkState(rows: 0),
                ])
            try await script.run(way)
        }
    }

    @Test("a query that waits for a timeout runs no batches")
    func sleepsUntilDue() async throws {
        let test = StreamTest(schema: Self.schema) {
            $0.groupByKey("k").flatMapGroupsWithState(outputMode: .update, timeout: .processingTimeTimeout) {
                (key: String, rows: GroupRows<Event>, state: inout GroupState<Int>) -> [String] in
                if state.hasTimedOut {
                    state.remove()
                    return [key]
                }
                state.update(rows.count)
                try state.setTimeoutDuration(1000)
                return []
            }
        }
        try await test.start()
        try test.addData([[.string("a"), .long(1), .null]])
        try await test.run()
        for _ in 0..<5 {
            test.advanceClock(by: .milliseconds(200))
            try await test.run()
        }
        #expect(test.query?.lastProgress?.batchID == 0)
        test.advanceClock(by: .milliseconds(1))
        try await test.checkNewRows([[.string("a")]])
        #expect(test.query?.lastProgress?.batchID == 1)
        await test.stop()
    }

    // MARK: Beginning, ending, failing

    @Test("a new query begins with the states that it is given, once")
    func initialState() async throws {
        let script = StreamScript(
            streams: ["in": Self.schema],
            query: {
                try $0("in").groupByKey("k").mapGroupsWithState(initialState: ["a": 10, "z": 26]) {
                    (key: String, rows: GroupRows<Event>, state: inout GroupState<Int>) -> Result in
                    state.update((state.getOption ?? 0) + rows.reduce(0) { $0 + $1.v })
                    return Result(k: key, count: rows.count, sum: state.getOption ?? 0, note: "")
                }
            },
            [
                .add("in", "a, 1, null; b, 2, null"),
                .checkRows([Self.result("a", 1, 11), Self.result("b", 1, 2), Self.result("z", 0, 26)]),
                .checkState(rows: 3),
                .add("in", "z, 1, null"), .checkRows([Self.result("z", 1, 27)]),
            ])
        try await script.runAllWays()
    }

    private static func result(_ key: String, _ count: Int64, _ sum: Int64) -> [Value] {
        [.string(key), .long(count), .long(sum), .string("")]
    }

    @Test("what a function throws fails the batch, with the key")
    func failing() async throws {
        struct Refused: Error {}
        let test = StreamTest(schema: Self.schema) {
            $0.groupByKey("k").mapGroupsWithState("sum") {
                (key: String, rows: GroupRows<Event>, state: inout GroupState<Int>) -> Int in
                state.update((state.getOption ?? 0) + rows.reduce(0) { $0 + $1.v })
                if key == "b" { throw Refused() }
                return state.getOption ?? 0
            }
        }
        try await test.start()
        try test.addData([[.string("a"), .long(1), .null]])
        try await test.checkNewRows([[.long(1)]])
        try test.addData([[.string("a"), .long(2), .null], [.string("b"), .long(3), .null]])
        let error = await #expect(throws: MillraceError.self) { try await test.run() }
        #expect(error?.code == "FLATMAPGROUPSWITHSTATE_USER_FUNCTION_ERROR")
        #expect(error?.message.contains("for the key k = b. Reason: Refused()") == true, "\(error?.message ?? "")")
        await test.stop()
    }

    @Test("a NULL for a property that takes none fails the batch, and names the column")
    func unwantedNull() async throws {
        let test = StreamTest(schema: Self.schema) { Self.totals($0) }
        try await test.start()
        try test.addData([[.string("a"), .null, .null]])
        let error = await #expect(throws: MillraceError.self) { try await test.run() }
        #expect(error?.message.contains("v is NULL") == true, "\(error?.message ?? "")")
        await test.stop()
    }

    @Test("a group of many rows: read twice, and no further than the function wants")
    func largeGroup() async throws {
        let test = StreamTest(schema: Self.schema) {
            $0.groupByKey("k").mapGroupsWithState {
                (key: String, rows: GroupRows<Event>, state: inout GroupState<Int>) -> Result in
                let first = rows.prefix(3).reduce(0) { $0 + $1.v }
                let sum = rows.reduce(0) { $0 + $1.v } + rows.reduce(0) { $0 + $1.v }
                return Result(k: key, count: rows.count, sum: sum, note: "\(first)")
            }
        }
        try await test.start()
        try test.addData((0..<10_000).map { [.string("a"), .long($0), .null] } + [[.string("b"), .long(7), .null]])
        try await test.checkNewRows([
            [.string("a"), .long(10_000), .long(9_999 * 10_000), .string("3")],
            [.string("b"), .long(1), .long(14), .string("7")],
        ])
        try await test.checkState(rows: 0)
        await test.stop()
    }

    private struct NoRows: GroupedRows {
        func piece(from row: Int) -> (columns: [ColumnVector], count: Int) { ([], 0) }
    }

    @Test("a call that gives many rows has most of them emitted before its last, and a key without anything goes")
    func manyResults() throws {
        let body = try TypedGroupFunction<String, Event, Int, Int>(timeout: .processingTimeTimeout, initialState: [:]) {
            _, _, state, give in
            state.remove()
            for number in 0..<10_000 { try give(number) }
        }
        let keys = [Field("k", .string)]
        let task = body.makeTask(keys: keys, rows: Self.schema.fields)
        let calls = GroupCalls(
            keys: [ValueColumns.column(of: [.string("a")], type: .string)],
            states: ValueColumns.column(of: [], type: .long), stateRows: [-1], timeouts: [5], bounds: [0, 0],
            rows: NoRows(), hasTimedOut: true, batchTimestampMilliseconds: 9, watermarkMilliseconds: nil)
        var emitted: [Int] = []
        let changes = try task.call(calls) { emitted.append($0.count) }
        #expect(emitted == [4096, 4096])
        #expect(changes.changes == [.removed])
        try task.flush { emitted.append($0.count) }
        #expect(emitted == [4096, 4096, 1808])
    }

    @Test("over a table: each group once, without a state")
    func tables() async throws {
        let session = Session(appName: "test", configuration: .quiet)
        let frame = try session.createDataFrame(
            [[.string("a"), .long(1), .null], [.string("b"), .long(2), .null], [.string("a"), .long(3), .null]],
            schema: Self.schema)
        let rows = try Self.totals(frame).collect().map { "\($0.values)" }.sorted()
        #expect(
            rows == [
                "\([Value.string("a"), .long(2), .long(4), .string("up")])",
                "\([Value.string("b"), .long(1), .long(2), .string("up")])",
            ])
    }

    // MARK: Checkpoints

    @Test("another type of the state, or another name, is another query")
    func changedState() async throws {
        struct Wider: Codable {
            var count: Int
            var sum: Int
            var last: String?
        }
        let folder = try TemporaryFolder()
        let first = StreamTest(schema: Self.schema, checkpoint: folder.path) { Self.totals($0) }
        try await first.start()
        try first.addData([[.string("a"), .long(1), .null]])
        try await first.run()
        await first.stop()
        let second = StreamTest(schema: Self.schema, checkpoint: folder.path) {
            $0.groupByKey("k").mapGroupsWithState("totals") {
                (key: String, rows: GroupRows<Event>, state: inout GroupState<Wider>) -> Result in
                Result(k: key, count: 0, sum: 0, note: "")
            }
        }
        let error = await #expect(throws: MillraceError.self) { try await second.start() }
        #expect(error?.code == "CHECKPOINT_PLAN_CHANGED")
        #expect(error?.message.contains("last STRING") == true, "\(error?.message ?? "")")
    }

    // MARK: Against a model

    @Test("random rows, removals and restarts, against a dictionary", arguments: [UInt64](1...4))
    func model(seed: UInt64) async throws {
        var random = SeededRandom(seed)
        let folder = try TemporaryFolder()
        // A key whose sum is a multiple of five is forgotten.
        let test = StreamTest(schema: Self.schema, checkpoint: folder.path, workers: 2) {
            $0.groupByKey("k").mapGroupsWithState {
                (key: String?, rows: GroupRows<Event>, state: inout GroupState<Int>) -> Result in
                let sum = (state.getOption ?? 0) + rows.reduce(0) { $0 + $1.v }
                if sum % 5 == 0 { state.remove() } else { state.update(sum) }
                return Result(k: key ?? "none", count: rows.count, sum: sum, note: "")
            }
        }
        try await test.start()
        var model: [String: Int64] = [:]
        for _ in 0..<12 {
            if Int.random(in: 0..<3, using: &random) == 0 {
                await test.stop()
                try await test.start(workers: Int.random(in: 1...4, using: &random))
            }
            let rows = (0..<Int.random(in: 1...300, using: &random)).map { _ in
                (key: Int.random(in: 0..<80, using: &random), value: Int64.random(in: 0..<9, using: &random))
            }
            try test.addData(rows.map { [$0.key == 0 ? .null : .string("k\($0.key)"), .long($0.value), .null] })
            var expected: [[Value]] = []
            for (key, own) in Dictionary(grouping: rows, by: \.key) {
                let name = key == 0 ? "none" : "k\(key)"
                let sum = (model[name] ?? 0) + own.reduce(0) { $0 + $1.value }
                model[name] = sum % 5 == 0 ? nil : sum
                expected.append([.string(name), .long(Int64(own.count)), .long(sum), .string("")])
            }
            try await test.checkNewRows(expected)
            try await test.checkState(rows: Int64(model.count))
        }
        await test.stop()
    }
}
