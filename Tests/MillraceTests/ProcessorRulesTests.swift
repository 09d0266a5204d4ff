// What is refused of processors, what their state looks like, and what a failing one does.

import Columns
import MillraceTestKit
import TestSupport
import Testing

@testable import Millrace

@Suite struct ProcessorRulesTests {
    private static let session = Session(appName: "test", configuration: .quiet)
    private static var stream: DataFrame { MemoryStream(session, schema: ProcessorTests.schema).toDF() }

    /// Asks its handle for what the test wants.
    private final class Asking: StatefulProcessor {
        init(_ handle: StatefulProcessorHandle, _ ask: (StatefulProcessorHandle) throws -> Void) throws {
            try ask(handle)
        }

        func handleInputRows(
            _ key: String, _ rows: GroupRows<ProcessorTests.Event>, _ times: TimerValues
        ) throws -> [String] { [key] }
    }

    private static func asking(
        _ mode: OutputMode = .append, _ time: TimeMode = .none, of frame: DataFrame? = nil,
        _ ask: @escaping @Sendable (StatefulProcessorHandle) throws -> Void = { _ in }
    ) -> DataFrame {
        (frame ?? stream).groupByKey("k").transformWithState(timeMode: time, outputMode: mode) {
            try Asking($0, ask)
        }
    }

    private static func refusal(_ frame: DataFrame, _ mode: OutputMode = .append) -> String {
        let error = #expect(throws: MillraceError.self) {
            try frame.writeStream.foreachBatch { _, _ in }.outputMode(mode).check()
        }
        return error.map { "\($0.code): \($0.message)" } ?? ""
    }

    @Test("a processor is for its own output mode, or for an aggregation of what it appends")
    func outputModes() throws {
        try Self.asking(.update).writeStream.foreachBatch { _, _ in }.outputMode(.update).check()
        #expect(
            Self.refusal(Self.asking(.update)).contains(
                "transformWithState in update mode is not supported with Append output mode on a streaming"))
        #expect(Self.refusal(Self.asking(.complete)).contains("should be append or update"))
        let aggregated = Self.asking().groupBy("value").count()
        try aggregated.writeStream.foreachBatch { _, _ in }.outputMode(.update).check()
        #expect(
            Self.refusal(Self.asking(.update).groupBy("value").count(), .update).contains(
                "transformWithState in update mode is not supported with aggregation"))
        #expect(Self.refusal(Self.asking(.append, .eventTime)).contains("Watermark must be specified in the query"))
    }

    @Test("what a handle refuses, in Spark's words")
    func handles() {
        func message(_ time: TimeMode, _ ask: @escaping @Sendable (StatefulProcessorHandle) throws -> Void) -> String {
            Self.refusal(Self.asking(.append, time, ask))
        }
        let twice = message(.none) {
            _ = try $0.getValueState("a", as: Int.self)
            _ = try $0.getListState("a", as: Int.self)
        }
        #expect(
            twice == "STATEFUL_PROCESSOR_DUPLICATE_STATE_VARIABLE_DEFINED: State variable with name a has already been "
                + "defined in the StatefulProcessor.")
        let life = message(.none) { _ = try $0.getValueState("a", as: Int.self, ttlConfig: TTLConfig(.seconds(1))) }
        #expect(life.contains("Cannot use TTL for state=a in timeMode=None, use TimeMode.ProcessingTime() instead."))
        let none = message(.processingTime) {
            _ = try $0.getValueState("a", as: Int.self, ttlConfig: TTLConfig(.seconds(0)))
        }
        #expect(none.contains("TTL duration must be greater than zero"))
        #expect(message(.none) { _ = try $0.getMapState("a", key: [Int].self, as: Int.self) }.hasPrefix("ENCODER_NOT"))
        #expect(
            message(.none) { _ = try $0.getValueState("a", as: Optional<Int>.self) }.contains(
                "no state is what clear()"))
        #expect(message(.none) { _ = try $0.getValueState("$timers", as: Int.self) }.contains("can't have the name"))
        #expect(
            message(.none) { try $0.registerTimer(5) }.contains("operation=register_timer with invalid timeMode=None"))
        let both = message(.none) {
            _ = try $0.getValueState("a", as: Int.self)
            try $0.deleteIfExists("a")
        }
        #expect(both.contains("asks for the state variable 'a' and deletes it (deleteIfExists)"))
        let bothToo = message(.none) {
            try $0.deleteIfExists("a")
            try $0.deleteIfExists("a")
            _ = try $0.getListState("a", as: Int.self)
        }
        #expect(bothToo == both)
        #expect(message(.none) { try $0.deleteIfExists("$timers") }.contains("can't have the name"))
        // Only during a call is there a key.
        #expect(message(.processingTime) { _ = try $0.listTimers() }.hasPrefix("STATE_STORE_HANDLE_NOT_INITIALIZED"))
    }

    /// What is thrown for values above 99.
    private struct Refused: Error {}

    /// Sums, and remembers what it was given.
    private final class Sum: StatefulProcessor {
        private let handle: StatefulProcessorHandle
        private let sum: ValueState<Int>
        private let all: ListState<ProcessorTests.Event>
        private let times: MapState<String, Int>

        init(_ handle: StatefulProcessorHandle, more: Bool = false) throws {
            self.handle = handle
            sum = try handle.getValueState("sum")
            all = try handle.getListState("all")
            times = try handle.getMapState("times", ttlConfig: TTLConfig(.seconds(100)))
            if more { _ = try handle.getValueState("more", as: String.self) }
        }

        func handleInputRows(
            _ key: String, _ rows: GroupRows<ProcessorTests.Event>, _ timers: TimerValues
        ) throws -> [Int] {
            for row in rows {
                try sum.update((sum.get() ?? 0) + row.v)
                try all.appendValue(row)
                try times.updateValue("v\(row.v)", (times.getValue("v\(row.v)") ?? 0) + 1)
                try handle.registerTimer(1000 * Int64(row.v))
                if row.v > 99 { throw Refused() }
            }
            return [try sum.get() ?? 0]
        }
    }

    private static func sums(_ frame: DataFrame, more: Bool = false) -> DataFrame {
        frame.groupByKey("k").transformWithState("sums", timeMode: .processingTime, outputMode: .update) {
            try Sum($0, more: more)
        }
    }

    @Test("what a processor throws fails the batch, with call and key, and leaves nothing")
    func failing() async throws {
        let folder = try TemporaryFolder()
        let test = StreamTest(schema: ProcessorTests.schema, checkpoint: folder.path) { Self.sums($0) }
        try await test.start()
        try test.addData([[.string("a"), .long(1), .null]])
        try await test.checkNewRows([[.long(1)]])
        try test.addData([[.string("a"), .long(2), .null], [.string("b"), .long(100), .null]])
        let error = await #expect(throws: MillraceError.self) { try await test.run() }
        #expect(error?.code == "TRANSFORM_WITH_STATE_USER_FUNCTION_ERROR")
        #expect(
            error?.message.contains(
                "An error occurred in the user defined function handleInputRows of the StatefulProcessor, for the key "
                    + "k = b. Reason: Refused()") == true, "\(error?.message ?? "")")
        await test.stop()
        let sums = try Session(appName: "state", configuration: .quiet).sql(
            "SELECT value.value FROM state('\(folder.path)', stateVarName => 'sum')")
        #expect(try sums.collect().map(\.values) == [[.long(1)]])
    }

    @Test("variables and timers of a checkpoint are tables, and stay what they are over another number of workers")
    func tables() async throws {
        let folder = try TemporaryFolder()
        let test = StreamTest(schema: ProcessorTests.schema, checkpoint: folder.path) { Self.sums($0) }
        try await test.start()
        try test.addData([
            [.string("a"), .long(3), .null], [.string("b"), .long(4), .timestamp(5_000_000)],
            [.string("a"), .long(3), .null],
        ])
        try await test.checkNewRows([[.long(6)], [.long(4)]])
        await test.stop()
        let session = Session(appName: "state", configuration: .quiet)
        func rows(_ columns: String, _ option: String) throws -> [[Value]] {
            try session.sql("SELECT key.k, \(columns) FROM state('\(folder.path)', \(option)) ORDER BY 1, 2").collect()
                .map(\.values)
        }
        let (a, b) = (Value.string("a"), Value.string("b"))
        #expect(try rows("value.value", "stateVarName => 'sum'") == [[a, .long(6)], [b, .long(4)]])
        #expect(
            try rows("list_element.v, list_element.t", "stateVarName => 'all'") == [
                [a, .long(3), .null], [a, .long(3), .null], [b, .long(4), .timestamp(5_000_000)],
            ])
        #expect(
            try rows(
                "user_map_key.value, user_map_value.value, user_map_value.ttlExpirationMs", "stateVarName => 'times'")
                == [[a, .string("v3"), .long(2), .long(100_000)], [b, .string("v4"), .long(1), .long(100_000)]])
        #expect(
            try rows("expiration_timestamp_ms", "readRegisteredTimers => 'true'") == [
                [a, .long(3000)], [b, .long(4000)],
            ])
        for option in ["stateVarName => 'other'", "joinSide => 'left'", "operator => 0"] {
            let error = #expect(throws: MillraceError.self, "\(option)") { try rows("1", option) }
            #expect(error?.code == "INVALID_OPTION", "\(option)")
        }
    }

    @Test("a variable less is another query, and the difference is said")
    func changed() async throws {
        let folder = try TemporaryFolder()
        let first = StreamTest(schema: ProcessorTests.schema, checkpoint: folder.path) { Self.sums($0, more: true) }
        try await first.start()
        try first.addData([[.string("a"), .long(1), .null]])
        try await first.run()
        await first.stop()
        let second = StreamTest(schema: ProcessorTests.schema, checkpoint: folder.path) { Self.sums($0) }
        let error = await #expect(throws: MillraceError.self) { try await second.start() }
        #expect(error?.code == "CHECKPOINT_PLAN_CHANGED")
        #expect(error?.description.contains("value 'more' of (value STRING") == true, "\(error?.description ?? "")")
    }
}
