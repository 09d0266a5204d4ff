// Numbers at a distance: the table function `range`.

import Columns

/// The rows from which a query makes rows of its own: one column, their numbers from 0 on.
package enum Numbers {
    /// The one column.
    package static let schema = Schema([Field("number", .long, isNullable: false)])
}

/// `range`: makes a number at a distance of each row's number.
package struct NumberRange: PhysicalOperator {
    package let name = "Range"
    package let outputSchema: Schema
    package var detail: String { "\(count) rows from \(start) by \(step)" }
    private let start: Int64
    private let step: Int64
    private let count: Int

    /// Creates the step for rows with numbers below `count`, of which none overflows.
    package init(start: Int64, step: Int64, count: Int, schema: Schema) {
        self.start = start
        self.step = step
        self.count = count
        outputSchema = schema
    }

    package func makeTask(_ context: BatchContext) -> any OperatorTask { Task(self) }

    private final class Task: OperatorTask {
        private let range: NumberRange

        init(_ range: NumberRange) { self.range = range }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) {
            let batch = batch.compacted()
            let numbers = batch.columns[0].slots(as: Int64.self)
            let buffer = Buffer(capacity: batch.physicalCount * 8)
            let out = buffer.pointer(as: Int64.self)
            for row in 0..<batch.physicalCount { out[row] = range.start &+ range.step &* numbers[row] }
            let column = ColumnVector(type: .long, count: batch.physicalCount, values: buffer)
            output.append(RecordBatch(schema: range.outputSchema, columns: [column], count: batch.physicalCount))
        }
    }
}
