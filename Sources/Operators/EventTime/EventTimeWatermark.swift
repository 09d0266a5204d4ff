// Watches how far event time has come.

import Columns

/// `withWatermark`: lets all rows pass, and remembers their event times. NULLs have none.
package struct EventTimeWatermark: WatermarkOperator {
    package let name = "EventTimeWatermark"
    package let detail: String
    package let outputSchema: Schema
    package let watermarkID: String
    package let delayMicroseconds: Int64
    private let column: Int

    /// Creates the step; `column` is a TIMESTAMP.
    package init(column: Int, delayMicroseconds: Int64, id: String, schema: Schema) {
        precondition(schema.fields[column].type == .timestamp, "event times are timestamps")
        self.column = column
        self.delayMicroseconds = delayMicroseconds
        watermarkID = id
        outputSchema = schema
        detail = "\(schema.fields[column].name), \(delayMicroseconds / 1000) ms"
    }

    package func makeWatermarkTask(_ context: BatchContext) -> any WatermarkTask { Task(column) }

    private final class Task: WatermarkTask {
        private let column: Int
        private(set) var eventTimes: EventTimes?

        init(_ column: Int) { self.column = column }

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
            var times = EventTimes(values[row(index)])
            index &+= 1
            while index < count {
                let place = row(index)
                if Loops.isValid(validity, place) { times.add(values[place]) }
                index &+= 1
            }
            eventTimes = eventTimes.map { $0.merging(times) } ?? times
        }
    }
}
