// What the step sees that watches event times: the newest, the late, and those too far in the future.

import Columns
import Testing

@testable import Operators

@Suite struct EventTimeWatermarkTests {
    private static let schema = Schema([Field("t", .timestamp)])

    /// Sends batches of times through the step, of each those with these numbers or all.
    private static func seen(
        _ batches: [(times: [Int64?], picked: [Int32]?)], late: Int64? = nil, limit: Int64? = nil
    ) throws -> EventTimes? {
        let step = EventTimeWatermark(column: 0, delayMicroseconds: 0, id: "w", schema: schema)
        let task = step.makeWatermarkTask(
            BatchContext(
                batchTimestampMicroseconds: 0, lateWatermarkMicroseconds: late, eventTimeLimitMicroseconds: limit))
        for (times, picked) in batches {
            let column = ValueColumns.column(of: times.map { $0.map { .timestamp($0) } ?? .null }, type: .timestamp)
            var batch = RecordBatch(schema: schema, columns: [column], count: times.count)
            if let picked { batch = batch.selecting(Selection(picked)) }
            var output: [RecordBatch] = []
            try task.process(batch, into: &output)
            #expect(output.map(\.count) == [picked?.count ?? times.count])
        }
        return task.eventTimes
    }

    @Test("what lies too far in the future is counted, and moves nothing")
    func future() throws {
        let times = try #require(
            try Self.seen([([5, nil, 99, 7, 51, 1, 50], nil), ([8, 200, nil], [1, 2]), ([20, 9], nil)], limit: 50))
        #expect(times.oldest == 1 && times.newest == 200)
        #expect(times.newestThatCounts == 50 && times.beyondCount == 3)
        let none = try #require(try Self.seen([([99, nil, 77], nil)], limit: 50))
        #expect(none.newestThatCounts == nil && none.newest == 99 && none.beyondCount == 2)
        let both = try #require(try Self.seen([([99], nil), ([3], nil)], limit: 50))
        #expect(both.newestThatCounts == 3)
        let all = try #require(try Self.seen([([99, 3], nil)]))
        #expect(all.newestThatCounts == 99 && all.beyondCount == 0)
    }

    @Test("what isn't behind the watermark is late, each row once")
    func late() throws {
        let times = try #require(
            try Self.seen([([5, nil, 10, 11, 99], nil), ([1, 20, 10], [0, 1]), ([30], nil)], late: 10, limit: 50))
        #expect(times.lateCount == 3 && times.beyondCount == 1 && times.newestThatCounts == 30)
        #expect(try Self.seen([([5, 6], nil)])?.lateCount == 0)
        #expect(try Self.seen([([nil, nil], nil)], late: 10) == nil)
    }

    @Test("late rows are kept as texts where they are asked for, and pass all the same")
    func lateTexts() throws {
        let step = EventTimeWatermark(
            column: 0, delayMicroseconds: 0, id: "w", schema: Self.schema, lateRowZone: .utc)
        let task = step.makeWatermarkTask(
            BatchContext(batchTimestampMicroseconds: 0, lateWatermarkMicroseconds: 10_000))
        func process(_ times: [Int64?], picked: [Int32]? = nil) throws {
            let column = ValueColumns.column(of: times.map { $0.map { .timestamp($0) } ?? .null }, type: .timestamp)
            var batch = RecordBatch(schema: Self.schema, columns: [column], count: times.count)
            if let picked { batch = batch.selecting(Selection(picked)) }
            var output: [RecordBatch] = []
            try task.process(batch, into: &output)
            #expect(output.map(\.count) == [batch.count])
        }
        try process([20_000, nil, 11_000])
        #expect(task.late == nil)
        try process([5000, nil, 10_000, 10_001, 99_000])
        try process([1000, 20_000, 7000, 2000], picked: [1, 2, 3])
        let late = try #require(task.late)
        #expect(late.watermarkMicroseconds == 10_000 && late.memoryBytes > 0)
        let texts = late.texts.flatMap { column in (0..<column.count).map { column.value(at: $0) } }
        #expect(
            texts == [5, 10, 7, 2].map { .string(#"{"t":"1970-01-01T00:00:00.\#($0 < 10 ? "00" : "0")\#($0)Z"}"#) })
    }
}
