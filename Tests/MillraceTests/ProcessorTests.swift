// Processors of the program, with variables and timers for each key.

import Columns
import LogicalPlan
import MillraceTestKit
import TestSupport
import Testing

@testable import Millrace

@Suite struct ProcessorTests {
    static let schema = Schema([Field("k", .string), Field("v", .long), Field("t", .timestamp)])

    static func time(_ seconds: Int) -> String { "1970-01-01 00:\(seconds / 60):\(seconds % 60)" }

    // MARK: As Spark's

    struct Event: Codable {
        let v: Int
        let t: Timestamp?
    }

    struct Result: Codable {
        let k: String
        let count: Int
        let note: String
    }

    /// Counts, remembers all values and the last one, and gives them five seconds behind the newest.
    final class Newest: StatefulProcessor {
        private let handle: StatefulProcessorHandle
        private let count: ValueState<Int>
        private let values: ListState<Int>
        private let last: MapState<String, Int>

        init(_ handle: StatefulProcessorHandle) throws {
            self.handle = handle
            count = try handle.getValueState("count")
            values = try handle.getListState("values")
            last = try handle.getMapState("last")
        }

        func handleInputRows(_ key: String, _ rows: GroupRows<Event>, _ times: TimerValues) throws -> [Result] {
            var end = try handle.listTimers().first ?? 0
            for row in rows {
                try values.appendValue(row.v)
                try last.updateValue("last", row.v)
                end = max(end, (row.t?.milliseconds ?? 0) + 5000)
            }
            let all = try (count.get() ?? 0) + rows.count
            try count.update(all)
            for timer in try handle.listTimers() where timer != end { try handle.deleteTimer(timer) }
            try handle.registerTimer(end)
            return [Result(k: key, count: all, note: "data wm=\(times.getCurrentWatermarkInMs())")]
        }

        func handleExpiredTimer(
            _ key: String, _ times: TimerValues, _ timer: ExpiredTimerInfo
        ) throws -> [Result] {
            let list = try values.get().map(String.init).joined(separator: "|")
            let note = "timer \(timer.getExpiryTimeInMs()) list=\(list) last=\(try last.getValue("last") ?? 0)"
            let result = Result(k: key, count: try count.get() ?? 0, note: note)
            try count.clear()
            try values.clear()
            try last.clear()
            return [result]
        }
    }

    static func newest(_ frame: DataFrame) -> DataFrame {
        frame.withWatermark("t", "10 seconds").groupByKey("k").transformWithState(
            "newest", timeMode: .eventTime, outputMode: .update
        ) { try Newest($0) }
    }

    private static func rows(_ rows: (String, Int)...) -> String {
        rows.map { "\($0.0), \($0.1), \(time($0.1))" }.joined(separator: "; ")
    }

    @Test("timers in event time come when the watermark is there, and late rows are dropped")
    func eventTime() async throws {
        let script = StreamScript(
            streams: ["in": Self.schema], query: { Self.newest(try $0("in")) },
            [
                .add("in", Self.rows(("a", 11), ("a", 13), ("b", 20))), .check("a, 2, data wm=0; b, 1, data wm=0"),
                // A list counts as one row, and timers as none.
                .checkState(rows: 6),
                .add("in", Self.rows(("b", 28))),
                .check("b, 2, data wm=10000; a, 2, timer 18000 list=11|13 last=13"), .checkState(rows: 3),
                .stop, .dropNewestCommit, .start, .checkLastBatch("a, 2, timer 18000 list=11|13 last=13"),
                .add("in", Self.rows(("b", 29))), .check("b, 3, data wm=18000"), .checkState(rows: 3),
                .add("in", Self.rows(("c", 2))), .check(""), .checkState(rows: 3),
                .add("in", Self.rows(("d", 45))),
                .check("d, 1, data wm=19000; b, 3, timer 34000 list=20|28|29 last=29"), .checkState(rows: 3),
            ])
        try await script.runAllWays()
    }

    // MARK: The example of the docs

    struct Charge: Codable {
        let card: String
        let cents: Int
        let at: Timestamp
    }

    struct Alert: Codable, Equatable {
        let card: String
        let cents: Int
    }

    /// Finds a large charge within a minute behind a small one.
    final class FraudDetector: StatefulProcessor {
        private let handle: StatefulProcessorHandle
        /// Until when a large charge is suspicious.
        private let suspicious: ValueState<Int64>

        init(_ handle: StatefulProcessorHandle) throws {
            self.handle = handle
            suspicious = try handle.getValueState("suspicious")
        }

        func handleInputRows(_ card: String, _ charges: GroupRows<Charge>, _ times: TimerValues) throws -> [Alert] {
            var alerts: [Alert] = []
            for charge in charges {
                let now = charge.at.milliseconds
                if let end = try suspicious.get() {
                    if charge.cents > 50_000, now <= end { alerts.append(Alert(card: card, cents: charge.cents)) }
                    try handle.deleteTimer(end)
                    try suspicious.clear()
                }
                if charge.cents < 100 {
                    try suspicious.update(now + 60_000)
                    try handle.registerTimer(now + 60_000)
                }
            }
            return alerts
        }

        func handleExpiredTimer(_ card: String, _ times: TimerValues, _ timer: ExpiredTimerInfo) throws -> [Alert] {
            try suspicious.clear()
            return []
        }
    }

    @Test("a large charge within a minute behind a small one")
    func fraud() async throws {
        let script = StreamScript(
            streams: ["charges": Schema([Field("card", .string), Field("cents", .long), Field("at", .timestamp)])],
            outputMode: .append,
            query: {
                let charges = try $0("charges")
                let alerts = charges.withWatermark("at", "10 seconds").groupByKey("card").transformWithState(
                    "fraud", timeMode: .eventTime, outputMode: .append
                ) { try FraudDetector($0) }
                return alerts
            },
            [
                .add("charges", "ann, 50, \(Self.time(1)); bob, 70, \(Self.time(2))"), .check(""), .checkState(rows: 2),
                // Something between them makes it harmless.
                .add("charges", "ann, 60000, \(Self.time(30)); bob, 500, \(Self.time(31))"), .check("ann, 60000"),
                .checkState(rows: 0),
                .add("charges", "bob, 90000, \(Self.time(40)); ann, 10, \(Self.time(41))"), .check(""),
                // The minute is over.
                .add("charges", "cat, 1000, \(Self.time(120))"), .check(""), .checkState(rows: 0),
                .add("charges", "ann, 60000, \(Self.time(125))"), .check(""),
            ])
        try await script.runAllWays()
    }

    @Test("the same without a query")
    func tester() throws {
        func charge(_ cents: Int, _ seconds: Int64) -> Charge {
            Charge(card: "ann", cents: cents, at: Timestamp(milliseconds: seconds * 1000))
        }
        let tester = try TwsTester(timeMode: .eventTime) { try FraudDetector($0) }
        #expect(try tester.test("ann", [charge(50, 1)]).isEmpty)
        #expect(tester.peekValueState("suspicious", "ann") == Int64(61_000) && tester.listTimers("ann") == [61_000])
        #expect(try tester.test("ann", [charge(70_000, 2)]) == [Alert(card: "ann", cents: 70_000)])
        #expect(tester.peekValueState("suspicious", "ann", as: Int64.self) == nil && tester.listTimers("ann").isEmpty)
        tester.updateValueState("suspicious", "bob", Int64(5000))
        #expect(try tester.test("bob", [charge(70_000, 5)]).count == 1)
        _ = try tester.test("ann", [charge(50, 10)])
        #expect(try tester.setWatermark(69_999).isEmpty && tester.listTimers("ann") == [70_000])
        #expect(try tester.setWatermark(70_000).isEmpty && tester.listTimers("ann").isEmpty)
        #expect(tester.peekValueState("suspicious", "ann", as: Int64.self) == nil)
    }

    @Test("the page shows what runs here")
    func page() throws {
        func words(_ lines: some Sequence<String>) -> String {
            lines.joined().filter { !$0.isWhitespace }
        }
        let page = try File.lines("docs/arbitrary-state.md")
        let blocks = page.indices.filter { page[$0] == "```swift" }.map { start in
            words(page[(start + 1)...].prefix { $0 != "```" })
        }.filter { $0.contains("FraudDetector") && !$0.contains("TwsTester") }
        #expect(blocks.count == 2)
        for path in [
            "Examples/FraudAlerts/Sources/FraudAlerts/main.swift", "Tests/MillraceTests/ProcessorTests.swift",
        ] {
            let program = words(try File.lines(path))
            for block in blocks { #expect(program.contains(block), "\(path): \(block)") }
        }
    }

    // MARK: What keys begin with

    final class Sums: StatefulProcessorWithInitialState {
        private let sum: ValueState<Int>

        init(_ handle: StatefulProcessorHandle) throws { sum = try handle.getValueState("sum") }

        func handleInitialState(_ key: String, _ initialState: Int, _ times: TimerValues) throws {
            try sum.update(initialState)
        }

        func handleInputRows(_ key: String, _ rows: GroupRows<Event>, _ times: TimerValues) throws -> [Result] {
            let all = try (sum.get() ?? 0) + rows.reduce(0) { $0 + $1.v }
            try sum.update(all)
            return [Result(k: key, count: all, note: "sum")]
        }
    }

    @Test("keys begin with what they are given, in the first batch")
    func initialState() async throws {
        let script = StreamScript(
            streams: ["in": Self.schema],
            query: {
                try $0("in").groupByKey("k").transformWithState(
                    "sums", timeMode: .none, outputMode: .update, initialState: ["a": 100, "b": 200]
                ) { try Sums($0) }
            },
            [
                .add("in", "a, 1, null; c, 5, null"), .check("a, 101, sum; c, 5, sum"), .checkState(rows: 3),
                .add("in", "b, 2, null; a, 1, null"), .check("b, 202, sum; a, 102, sum"), .checkState(rows: 3),
            ])
        try await script.runAllWays()
    }

    @Test("over a table each group is called once")
    func table() throws {
        let session = Session(appName: "table", configuration: .quiet)
        let rows: [[Value]] = [
            [.string("a"), .long(1), .null], [.string("b"), .long(2), .null], [.string("a"), .long(3), .null],
        ]
        let frame = try session.createDataFrame(rows, schema: Self.schema).groupByKey("k").transformWithState(
            timeMode: .none, outputMode: .append, initialState: ["b": 10]
        ) { try Sums($0) }
        #expect(
            try Set(frame.collect().map { $0.values.map(\.description) }) == [["a", "4", "sum"], ["b", "12", "sum"]])
    }
}
