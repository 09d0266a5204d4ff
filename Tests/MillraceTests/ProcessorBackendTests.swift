// What a processor's variables write into the state of a shard, whatever the processor does with what they throw.

import Columns
import LogicalPlan
import MillraceTestKit
import TestSupport
import Testing

@testable import Millrace

@Suite struct ProcessorBackendTests {
    /// Keeps nothing, and remembers what it was asked for.
    private final class WatchedState: ProcessorState {
        /// Of each call that puts: groups, and the rows and bytes of its columns.
        private(set) var puts: [(groups: Int, rows: Set<Int>, bytes: Int)] = []
        private(set) var finds = 0
        var isFull = false

        struct Full: Error {}

        func put(_ variable: Int, groups: [Int32], keys: [ColumnVector], values: [ColumnVector]) throws {
            if isFull { throw Full() }
            let columns = keys + values
            puts.append((groups.count, Set(columns.map(\.count)), columns.reduce(0) { $0 + $1.bytesByRow }))
        }

        func find(_ variable: Int, group: Int, key: [ColumnVector]) -> [ColumnVector]? {
            finds += 1
            return nil
        }

        func values(_ variable: Int, from group: Int) -> ProcessorValues { ProcessorValues(columns: [], rows: [-1]) }
        func isEmpty(_ variable: Int, group: Int) -> Bool { true }
        func forEachPiece(
            _ variable: Int, group: Int, _ body: (_ keys: [ColumnVector], _ values: [ColumnVector]) throws -> Void
        ) {}
        func remove(_ variable: Int, groups: [Int32], keys: [ColumnVector]) {}
        func clear(_ variable: Int, group: Int) -> Int { 0 }
        func timers(group: Int) -> [Int64] { [] }
        func isSet(timer: Int64, group: Int) -> Bool { false }
        func register(timer: Int64, group: Int) {}
        func delete(timer: Int64, group: Int) {}
        func count(updated: Int, removed: Int) {}
    }

    /// A backend in the middle of a call.
    private static func backend() -> (StoredBackend, WatchedState) {
        let (backend, state) = (StoredBackend(), WatchedState())
        backend.begin(state)
        return (backend, state)
    }

    // MARK: What can't be encoded

    /// Has one property written when it finds that it won't.
    struct Moody: Codable, Hashable {
        var first = 1
        var second = 1

        struct Refused: Error {}

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(first, forKey: .first)
            if second < 0 { throw Refused() }
            try container.encode(second, forKey: .second)
        }
    }

    /// Writes something that can't be encoded, and takes no notice.
    final class Careless: StatefulProcessor {
        private let list: ListState<Moody>
        private let map: MapState<Moody, Moody>
        private let value: ValueState<Moody>

        init(_ handle: StatefulProcessorHandle) throws {
            list = try handle.getListState("list")
            map = try handle.getMapState("map")
            value = try handle.getValueState("value")
        }

        func handleInputRows(
            _ key: String, _ rows: GroupRows<ProcessorTests.Event>, _ times: TimerValues
        ) throws -> [Int] {
            for row in rows {
                switch row.v {
                case 1: try? list.appendValue(Moody(second: -1))
                case 2: _ = try? map.getValue(Moody(second: -1))
                case 3: try? map.updateValue(Moody(second: -1), Moody())
                case 4:
                    try? map.updateValue(Moody(), Moody(second: -1))
                    _ = try? map.exists()
                case 5: try value.update(Moody(second: -1))
                default: try value.update(Moody())
                }
                try? list.appendValue(Moody(first: 7))
            }
            return [try list.get().count]
        }
    }

    @Test("a value that can't be encoded fails the batch, though the processor has caught that", arguments: 1...5)
    func refused(_ what: Int) async throws {
        let test = StreamTest(schema: ProcessorTests.schema) { frame in
            frame.groupByKey("k").transformWithState(timeMode: .none, outputMode: .update) { try Careless($0) }
        }
        try await test.start()
        try test.addData([[.string("a"), .long(0), .null]])
        try await test.checkNewRows([[.long(1)]])
        try test.addData([[.string("a"), .long(Int64(what)), .null]])
        let error = await #expect(throws: MillraceError.self) { try await test.run() }
        #expect(error?.code == "TRANSFORM_WITH_STATE_USER_FUNCTION_ERROR")
        #expect(error?.message.contains("for the key k = a. Reason: Refused()") == true, "\(error?.message ?? "")")
        await test.stop()
    }

    @Test("behind a value that can't be encoded, or stored, nothing is written")
    func nothingMore() throws {
        let (backend, state) = Self.backend()
        let list: ListCells<Moody> = backend.list(0, "list")
        #expect(throws: Moody.Refused.self) { try list.append(Moody(second: -1)) }
        #expect(throws: Moody.Refused.self) { try list.append(Moody()) }
        #expect(throws: Moody.Refused.self) { try backend.registerTimer(1) }
        backend.reset()
        backend.begin(state)
        try list.append(Moody())
        state.isFull = true
        #expect(throws: WatchedState.Full.self) { try list.all() }
        state.isFull = false
        try list.append(Moody())
        #expect(throws: WatchedState.Full.self) { try list.all() }
        #expect(state.puts.isEmpty && backend.failure is WatchedState.Full)
        backend.reset()
        backend.begin(state)
        try list.append(Moody())
        try backend.flush()
        #expect(state.puts.map(\.groups) == [1] && state.puts.allSatisfy { $0.rows == [$0.groups] })
    }

    // MARK: Maps

    @Test("large values of a map are written some at a time")
    func largeValues() throws {
        let (backend, state) = Self.backend()
        let map: MapCells<String, String> = backend.map(0, "map")
        let text = String(repeating: "x", count: 100_000)
        for number in 0..<200 { try map.set("\(number)", text) }
        try backend.leave()
        try backend.flush()
        #expect(state.puts.reduce(0) { $0 + $1.groups } == 200 && state.puts.allSatisfy { $0.rows == [$0.groups] })
        #expect(state.puts.allSatisfy { $0.bytes < 5 << 20 })
    }

    @Test("what is known of a map stays known when the whole of it is asked for")
    func knownEntries() throws {
        let (backend, state) = Self.backend()
        let map: MapCells<String, Int> = backend.map(0, "map")
        try map.set("a", 1)
        #expect(try map.get("b") == nil)
        for _ in 0..<3 {
            _ = try map.all()
            _ = try map.isEmpty()
            #expect(try map.get("a") == 1 && map.get("b") == nil)
        }
        #expect(state.finds == 1 && state.puts.map(\.groups) == [1])
        try map.clear()
        #expect(try map.get("a") == nil && map.get("b") == nil && state.finds == 1)
        try backend.leave()
        try backend.flush()
        #expect(state.puts.count == 1)
    }

    /// Sets the same keys twice, in other words.
    final class Spellings: StatefulProcessor {
        private let texts: MapState<String, Int>
        private let numbers: MapState<Double, Int>

        init(_ handle: StatefulProcessorHandle) throws {
            texts = try handle.getMapState("texts")
            numbers = try handle.getMapState("numbers")
        }

        func handleInputRows(
            _ key: String, _ rows: GroupRows<ProcessorTests.Event>, _ times: TimerValues
        ) throws -> [String] {
            var seen = [try text()]
            for row in rows {
                try texts.updateValue("\u{e9}", row.v)
                try texts.updateValue("e\u{301}", row.v + 1)
                try numbers.updateValue(.nan, row.v)
                try numbers.updateValue(-.nan, row.v + 1)
                try numbers.updateValue(0, row.v + 2)
                try numbers.updateValue(-0.0, row.v + 3)
                seen.append(try text())
                try numbers.removeKey(.nan)
                if row.v == 20 { try texts.removeKey("\u{e9}") }
                seen.append(try text())
            }
            return seen
        }

        private func text() throws -> String {
            func text(_ value: Int?) -> String { value.map { "\($0)" } ?? "-" }
            let each = try [
                texts.getValue("\u{e9}"), texts.getValue("e\u{301}"), numbers.getValue(.nan), numbers.getValue(0),
            ]
            return try each.map(text).joined(separator: " ") + " \(texts.values()) \(numbers.values())"
        }
    }

    @Test("keys of a map are the same where their bytes are, one NaN and one zero, in a query and without one")
    func spellings() async throws {
        let first = ["- - - - [] []", "10 11 11 13 [11, 10] [13, 11]", "10 11 - 13 [11, 10] [13]"]
        let second = ["10 11 - 13 [11, 10] [13]", "20 21 21 23 [21, 20] [23, 21]", "- 21 - 23 [21] [23]"]
        let tester = try TwsTester { try Spellings($0) }
        #expect(try tester.test("a", [ProcessorTests.Event(v: 10, t: nil)]) == first)
        #expect(try tester.test("a", [ProcessorTests.Event(v: 20, t: nil)]) == second)
        let test = StreamTest(schema: ProcessorTests.schema) { frame in
            frame.groupByKey("k").transformWithState(timeMode: .none, outputMode: .update) { try Spellings($0) }
        }
        try await test.start()
        try test.addData([[.string("a"), .long(10), .null]])
        try await test.checkNewRows(first.map { [.string($0)] })
        try test.addData([[.string("a"), .long(20), .null]])
        try await test.checkNewRows(second.map { [.string($0)] })
        await test.stop()
    }

    // MARK: Without a query

    /// Sets a timer for each key, and says for which key it has come.
    final class Alarms: StatefulProcessor {
        let handle: StatefulProcessorHandle
        let count: ValueState<Int>

        init(_ handle: StatefulProcessorHandle) throws {
            self.handle = handle
            count = try handle.getValueState("count")
        }

        func handleInputRows(_ key: String, _ rows: GroupRows<Int>, _ times: TimerValues) throws -> [String] {
            for row in rows { try handle.registerTimer(Int64(row)) }
            return []
        }

        func handleExpiredTimer(_ key: String, _ times: TimerValues, _ timer: ExpiredTimerInfo) -> [String] {
            ["\(key) \(timer.getExpiryTimeInMs())"]
        }
    }

    @Test("without a query timers of one time come as they were set")
    func timersInOrder() throws {
        let tester = try TwsTester(timeMode: .processingTime) { try Alarms($0) }
        let keys = (0..<20).map { "k\($0 * 7 % 20)" }
        for key in keys { #expect(try tester.test(key, [6, 5, 5]).isEmpty) }
        #expect(tester.listTimers("k3") == [5, 6])
        #expect(try tester.setProcessingTime(6) == [5, 6].flatMap { time in keys.map { "\($0) \(time)" } })
        #expect(tester.listTimers("k3").isEmpty)
    }

    @Test("without a query there is no key outside of a call, either")
    func noCall() throws {
        func code(_ body: () throws -> Void) -> String? { #expect(throws: MillraceError.self) { try body() }?.code }
        let early = code {
            _ = try TwsTester<Alarms>(timeMode: .processingTime) {
                _ = try $0.listTimers()
                return try Alarms($0)
            }
        }
        #expect(early == "STATE_STORE_HANDLE_NOT_INITIALIZED")
        let tester = try TwsTester(timeMode: .processingTime) { try Alarms($0) }
        #expect(code { _ = try tester.processor.count.get() } == "STATE_STORE_HANDLE_NOT_INITIALIZED")
        _ = try tester.test("a", [5])
        #expect(code { try tester.processor.handle.registerTimer(1) } == "STATE_STORE_HANDLE_NOT_INITIALIZED")
        #expect(code { try tester.processor.count.update(1) } == "STATE_STORE_HANDLE_NOT_INITIALIZED")
    }
}
