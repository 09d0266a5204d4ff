// Watches how far event time has come.

import Columns

/// `withWatermark`: lets all rows pass, and remembers their event times. NULLs have none.
package struct EventTimeWatermark: WatermarkOperator {
    package let name = "EventTimeWatermark"
    package let detail: String
    package let outputSchema: Schema
    package let watermarkID: String
    package let timeName: String
    package let delayMicroseconds: Int64
    private let column: Int

    /// Creates the step; `column` is a TIMESTAMP.
    package init(column: Int, delayMicroseconds: Int64, id: String, schema: Schema) {
        precondition(schema.fields[column].type == .timestamp, "event times are timestamps")
        self.column = column
        self.delayMicroseconds = delayMicroseconds
        watermarkID = id
        outputSchema = schema
        timeName = schema.fields[column].name
        detail = "\(timeName), \(delayMicroseconds / 1000) ms"
    }

    package func makeWatermarkTask(_ context: BatchContext) -> any WatermarkTask {
        Task(
            column, late: context.lateWatermarkMicroseconds ?? .min, limit: context.eventTimeLimitMicroseconds ?? .max)
    }

    private final class Task: WatermarkTask {
        private let column: Int
        /// Times up to this one are late.
        private let late: Int64
        /// Times behind this one move no watermark.
        private let limit: Int64
        private(set) var eventTimes: EventTimes?

        init(_ column: Int, late: Int64, limit: Int64) {
            self.column = column
            self.late = late
            self.limit = limit
        }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) {
            output.append(batch)
            let times = batch.columns[column].materialized()
            let (values, validity) = (times.slots(as: Int64.self), times.validityBits)
            guard let selection = batch.selection else {
                return add(batch.physicalCount, values, validity) { $0 }
            }
            let picked = selection.pointer
            add(selection.count, values, validity) { Int(picked[$0]) }
        }

        @inline(__always)
        private func add(
            _ count: Int, _ values: UnsafePointer<Int64>, _ validity: UnsafePointer<UInt8>?, _ row: (Int) -> Int
        ) {
            var index = 0
            while index < count, !Loops.isValid(validity, row(index)) { index &+= 1 }
            guard index < count else { return }
            let first = index
            var times = EventTimes(values[row(index)])
            index &+= 1
            while index < count {
                let place = row(index)
                if Loops.isValid(validity, place) { times.add(values[place]) }
                index &+= 1
            }
            if times.oldest <= late || times.newest > limit {
                lookAgain(&times, first..<count, values, validity, row)
            }
            eventTimes = eventTimes.map { $0.merging(times) } ?? times
        }

        /// Looks once more at rows of which some are late, or too far in the future.
        @inline(__always)
        private func lookAgain(
            _ times: inout EventTimes, _ rows: Range<Int>, _ values: UnsafePointer<Int64>,
            _ validity: UnsafePointer<UInt8>?, _ row: (Int) -> Int
        ) {
            var (beyond, lateRows): (Int64, Int64) = (0, 0)
            var (newest, hasNewest) = (Int64.min, false)
            for index in rows {
                let place = row(index)
                guard Loops.isValid(validity, place) else { continue }
                let time = values[place]
                if time <= late { lateRows &+= 1 }
                if time > limit {
                    beyond &+= 1
                } else {
                    newest = max(newest, time)
                    hasNewest = true
                }
            }
            times.lateCount = lateRows
            times.leaveOut(beyond, newestWithin: hasNewest ? newest : nil)
        }
    }
}
