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
    private let lateText: CompiledExpression?

    /// Creates the step; `column` is a TIMESTAMP. With `lateText` it keeps rows that come too late, as what that gives.
    package init(
        column: Int, delayMicroseconds: Int64, id: String, schema: Schema, lateText: CompiledExpression? = nil
    ) {
        precondition(schema.fields[column].type == .timestamp, "event times are timestamps")
        self.column = column
        self.lateText = lateText
        self.delayMicroseconds = delayMicroseconds
        watermarkID = id
        outputSchema = schema
        timeName = schema.fields[column].name
        detail = "\(timeName), \(delayMicroseconds / 1000) ms"
    }

    package func makeWatermarkTask(_ context: BatchContext) -> any WatermarkTask { Task(column, lateText, context) }

    private final class Task: WatermarkTask {
        private let column: Int
        /// Times up to this one are late.
        private let watermark: Int64
        /// Times behind this one move no watermark.
        private let limit: Int64
        private let lateText: CompiledExpression?
        private let context: BatchContext
        private(set) var eventTimes: EventTimes?
        private(set) var late: LateTexts?

        init(_ column: Int, _ lateText: CompiledExpression?, _ context: BatchContext) {
            self.column = column
            self.lateText = lateText
            self.context = context
            watermark = context.lateWatermarkMicroseconds ?? .min
            limit = context.eventTimeLimitMicroseconds ?? .max
        }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) throws {
            output.append(batch)
            let known = eventTimes?.lateCount ?? 0
            let times = batch.columns[column].materialized()
            let (values, validity) = (times.slots(as: Int64.self), times.validityBits)
            if let selection = batch.selection {
                let picked = selection.pointer
                add(selection.count, values, validity) { Int(picked[$0]) }
            } else {
                add(batch.physicalCount, values, validity) { $0 }
            }
            guard let lateText, (eventTimes?.lateCount ?? 0) > known else { return }
            var rows = late ?? LateTexts(watermarkMicroseconds: watermark)
            rows.add(try lateText.evaluate(batch.selecting(lateRows(of: batch, values, validity)), context))
            late = rows
        }

        /// The rows of a batch whose times are late.
        private func lateRows(
            of batch: RecordBatch, _ values: UnsafePointer<Int64>, _ validity: UnsafePointer<UInt8>?
        ) -> Selection {
            let (buffer, picked) = (Buffer(capacity: batch.count * 4), batch.selection?.pointer)
            let rows = buffer.pointer(as: Int32.self)
            var count = 0
            for index in 0..<batch.count {
                let row = picked.map { Int($0[index]) } ?? index
                guard Loops.isValid(validity, row), values[row] <= watermark else { continue }
                rows[count] = Int32(truncatingIfNeeded: row)
                count &+= 1
            }
            return Selection(indices: buffer, count: count)
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
            if times.oldest <= watermark || times.newest > limit {
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
