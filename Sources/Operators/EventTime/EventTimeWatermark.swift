// Watches how far event time has come.

import Columns
import Functions

/// `withWatermark`: lets all rows pass, and remembers their event times. NULLs have none.
package struct EventTimeWatermark: WatermarkOperator {
    package let name = "EventTimeWatermark"
    package let detail: String
    package let outputSchema: Schema
    package let watermarkID: String
    package let formerWatermarkID: String
    package let timeName: String
    package let delayMicroseconds: Int64
    private let column: Int
    private let lateRowZone: TimeZone?

    /// Creates the step; `column` is a TIMESTAMP. With a zone it keeps rows that come too late, as JSON that shows
    /// timestamps as clocks there do.
    package init(
        column: Int, delayMicroseconds: Int64, id: String, formerID: String? = nil, schema: Schema,
        lateRowZone: TimeZone? = nil
    ) {
        precondition(schema.fields[column].type == .timestamp, "event times are timestamps")
        self.column = column
        self.lateRowZone = lateRowZone
        self.delayMicroseconds = delayMicroseconds
        watermarkID = id
        formerWatermarkID = formerID ?? id
        outputSchema = schema
        timeName = schema.fields[column].name
        detail = "\(timeName), \(delayMicroseconds / 1000) ms"
    }

    package func makeWatermarkTask(_ context: BatchContext) -> any WatermarkTask { Task(column, lateRowZone, context) }

    private final class Task: WatermarkTask {
        private let column: Int
        /// Times up to this one are late.
        private let watermark: Int64
        /// Times behind this one move no watermark.
        private let limit: Int64
        private let lateRowZone: TimeZone?
        private(set) var eventTimes: EventTimes?
        private(set) var late: LateTexts?

        init(_ column: Int, _ lateRowZone: TimeZone?, _ context: BatchContext) {
            self.column = column
            self.lateRowZone = lateRowZone
            watermark = context.lateWatermarkMicroseconds ?? .min
            limit = context.eventTimeLimitMicroseconds ?? .max
        }

        func goBack(to eventTimes: EventTimes?, late: LateTexts?) {
            self.eventTimes = eventTimes
            self.late = late
        }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) {
            output.append(batch)
            let times = batch.columns[column].materialized()
            let (values, validity) = (times.slots(as: Int64.self), times.validityBits)
            guard let selection = batch.selection else {
                let count = batch.physicalCount
                let times = validity == nil && count > 0 ? EventTimes(of: values, count: count) : nil
                return look(at: batch, count, values, validity, times) { $0 }
            }
            let picked = selection.pointer
            look(at: batch, selection.count, values, validity, nil) { Int(picked[$0]) }
        }

        @inline(__always)
        private func look(
            at batch: RecordBatch, _ count: Int, _ values: UnsafePointer<Int64>,
            _ validity: UnsafePointer<UInt8>?, _ times: EventTimes?, _ row: (Int) -> Int
        ) {
            let known = eventTimes?.lateCount ?? 0
            guard var times = times ?? look(count, values, validity, row) else { return }
            if times.oldest <= watermark || times.newest > limit {
                lookAgain(&times, 0..<count, values, validity, row)
            }
            eventTimes = eventTimes.map { $0.merging(times) } ?? times
            guard let lateRowZone, (eventTimes?.lateCount ?? 0) > known else { return }
            let buffer = Buffer(capacity: count * 4)
            let rows = buffer.pointer(as: Int32.self)
            var found = 0
            for index in 0..<count {
                let place = row(index)
                guard Loops.isValid(validity, place), values[place] <= watermark else { continue }
                rows[found] = Int32(truncatingIfNeeded: place)
                found &+= 1
            }
            let late = batch.selecting(Selection(indices: buffer, count: found))
            if self.late == nil { self.late = LateTexts(watermarkMicroseconds: watermark) }
            self.late?.add(EventTimeFunctions.rowTexts(late, zone: lateRowZone))
        }

        /// The event times of some rows; `nil` where all are NULL.
        @inline(__always)
        private func look(
            _ count: Int, _ values: UnsafePointer<Int64>, _ validity: UnsafePointer<UInt8>?, _ row: (Int) -> Int
        ) -> EventTimes? {
            var index = 0
            while index < count, !Loops.isValid(validity, row(index)) { index &+= 1 }
            guard index < count else { return nil }
            var times = EventTimes(values[row(index)])
            index &+= 1
            while index < count {
                let place = row(index)
                if Loops.isValid(validity, place) { times.add(values[place]) }
                index &+= 1
            }
            return times
        }

        /// Looks once more at rows of which some are late, or too far in the future.
        @inline(__always)
        private func lookAgain(
            _ times: inout EventTimes, _ rows: Range<Int>, _ values: UnsafePointer<Int64>,
            _ validity: UnsafePointer<UInt8>?, _ row: (Int) -> Int
        ) {
            var (beyond, lateCount): (Int64, Int64) = (0, 0)
            var (newest, hasNewest) = (Int64.min, false)
            for index in rows {
                let place = row(index)
                guard Loops.isValid(validity, place) else { continue }
                let time = values[place]
                if time <= watermark { lateCount &+= 1 }
                if time > limit {
                    beyond &+= 1
                } else {
                    newest = max(newest, time)
                    hasNewest = true
                }
            }
            times.lateCount = lateCount
            times.leaveOut(beyond, newestWithin: hasNewest ? newest : nil)
        }
    }
}
