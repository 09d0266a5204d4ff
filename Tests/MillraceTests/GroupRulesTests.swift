// What Spark refuses of functions over groups, in its words; and a function tested without a query.

import Millrace
import MillraceTestKit
import Testing

@Suite struct GroupRulesTests {
    private static let session = Session(appName: "test", configuration: .quiet)
    private static var stream: DataFrame { MemoryStream(session, schema: GroupsTests.schema).toDF() }

    private static func flatMap(_ mode: OutputMode) -> DataFrame {
        stream.groupByKey("k").flatMapGroupsWithState(outputMode: mode) {
            (key: String, rows: GroupRows<GroupsTests.Event>, state: inout GroupState<Int>) -> [String] in [key]
        }
    }

    private static func refusal(_ frame: DataFrame, _ mode: OutputMode) -> String {
        let error = #expect(throws: MillraceError.self) {
            try frame.writeStream.foreachBatch { _, _ in }.outputMode(mode).check()
        }
        return error.map { "\($0.code): \($0.message)" } ?? ""
    }

    @Test("mapGroupsWithState is for output mode update")
    func map() throws {
        let frame = GroupsTests.totals(Self.stream)
        #expect(
            Self.refusal(frame, .append).contains(
                "mapGroupsWithState is not supported with Append output mode on a streaming DataFrame/Dataset"))
        #expect(Self.refusal(frame, .complete).hasPrefix("STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"))
        #expect(
            Self.refusal(frame.groupBy("k").count(), .complete).contains(
                "mapGroupsWithState is not supported with aggregation on a streaming DataFrame/Dataset"))
        try frame.writeStream.foreachBatch { _, _ in }.outputMode(.update).check()
    }

    @Test("flatMapGroupsWithState is for its own output mode, or for an aggregation of what it appends")
    func flatMap() throws {
        for (own, other, name) in [(OutputMode.append, OutputMode.update, "Update"), (.update, .append, "Append")] {
            let frame = Self.flatMap(own)
            try frame.writeStream.foreachBatch { _, _ in }.outputMode(own).check()
            #expect(
                Self.refusal(frame, other).contains(
                    "flatMapGroupsWithState in \(own) mode is not supported with \(name) output mode on a streaming"))
        }
        let aggregated = Self.flatMap(.append).groupBy("value").count()
        for mode in [OutputMode.update, .complete] {
            try aggregated.writeStream.foreachBatch { _, _ in }.outputMode(mode).check()
        }
        #expect(Self.refusal(aggregated, .append).contains("streaming aggregations without watermark"))
        #expect(
            Self.refusal(Self.flatMap(.update).groupBy("value").count(), .update).contains(
                "flatMapGroupsWithState in update mode is not supported with aggregation on a streaming"))
    }

    @Test("an event-time timeout needs a watermark")
    func watermark() {
        let frame = Self.stream.groupByKey("k").mapGroupsWithState(timeout: .eventTimeTimeout) {
            (key: String, rows: GroupRows<GroupsTests.Event>, state: inout GroupState<Int>) -> String in key
        }
        #expect(
            Self.refusal(frame, .update).contains(
                "Watermark must be specified in the query using '[Dataset/DataFrame].withWatermark()' for using "
                    + "event-time timeout in a [map|flatMap]GroupsWithState"))
    }

    @Test("columns that the types don't fit are named")
    func columns() {
        struct Odd: Codable { let nothing: Int }
        struct Narrow: Codable { let v: Int32 }
        func schema<T: Codable & SendableMetatype>(_ type: T.Type) -> MillraceError? {
            #expect(throws: MillraceError.self) {
                try Self.stream.groupByKey("k").mapGroupsWithState {
                    (key: String, rows: GroupRows<T>, state: inout GroupState<Int>) -> String in key
                }.schema
            }
        }
        #expect(schema(Odd.self)?.code == "UNRESOLVED_COLUMN")
        #expect(schema(Narrow.self)?.message.contains("Cannot up cast `v` from BIGINT to INT") == true)
        #expect(schema(Int.self)?.message.contains("the rows have 3 columns: k, v, t") == true)
        #expect(schema(UInt64.self)?.code == "ENCODER_NOT_FOUND")
    }

    // MARK: A function alone

    @Test("a function by itself: state, timeouts and what is refused")
    func alone() throws {
        var test = TestGroupState<Int>(
            state: 3, timeout: .eventTimeTimeout, batchProcessingTimeMs: 1000, eventTimeWatermarkMs: 2000)
        #expect(test.state.exists)
        #expect(try test.state.get() == 3)
        #expect(try test.state.getCurrentWatermarkMs() == 2000)
        #expect(test.state.getCurrentProcessingTimeMs() == 1000)
        #expect(!test.isUpdated && !test.isRemoved && test.timeoutTimestampMs == nil)
        test.state.update(4)
        try test.state.setTimeoutTimestamp(2000, "1 minute 5 seconds")
        #expect(test.isUpdated && test.timeoutTimestampMs == 67_000)
        test.state.remove()
        #expect(test.isRemoved && !test.isUpdated && !test.state.exists)
        func message(_ body: () throws -> Void) -> String? {
            do { try body() } catch { return (error as? MillraceError)?.message }
            return nil
        }
        #expect(message { _ = try test.state.get() } == "State is either not defined or has already been removed")
        #expect(
            message { try test.state.setTimeoutTimestamp(1999) }
                == "Timeout timestamp (1999) cannot be earlier than the current watermark (2000)")
        #expect(
            message { try test.state.setTimeoutDuration(5) }
                == "Cannot set timeout duration without enabling processing time timeout in "
                + "[map|flatMap]GroupsWithState.")
        var other = TestGroupState<Int>(timeout: .processingTimeTimeout, batchProcessingTimeMs: 1000)
        try other.state.setTimeoutDuration("1 hour")
        #expect(other.timeoutTimestampMs == 3_601_000)
        #expect(message { try other.state.setTimeoutDuration(0) } == "Timeout duration must be positive")
        #expect(
            message { try other.state.setTimeoutTimestamp(5) }?.hasPrefix("Cannot set timeout timestamp without")
                == true)
        #expect(message { _ = try other.state.getCurrentWatermarkMs() }?.hasPrefix("Cannot get event time") == true)
    }

    @Test("rows for a function by itself")
    func rowsAlone() {
        let rows = GroupRows([1, 2, 3])
        #expect(rows.count == 3 && !rows.isEmpty)
        #expect(Array(rows) == [1, 2, 3] && rows.reduce(0, +) == 6)
    }
}
