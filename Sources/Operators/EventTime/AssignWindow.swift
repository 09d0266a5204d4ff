// Puts rows into windows of time, where no aggregation does it by panes.

import Columns

/// Each row once for each window that its time is in: its columns, then the window. Rows without a time are dropped.
package struct AssignWindow: PhysicalOperator {
    package let name = "TimeWindow"
    package let detail: String
    package let outputSchema: Schema
    private let time: CompiledExpression
    private let cut: WindowCut

    /// Creates the step; the last column of the schema is the window.
    package init(_ time: CompiledExpression, _ cut: WindowCut, detail: String, schema: Schema) {
        self.time = time
        self.cut = cut
        self.detail = detail
        outputSchema = schema
    }

    package var rowsAtOnce: Int { cut.timesAtOnce(most: .max) }

    package func makeTask(_ context: BatchContext) -> any OperatorTask { Task(self, context) }

    private final class Task: OperatorTask {
        private let step: AssignWindow
        private let context: BatchContext

        init(_ step: AssignWindow, _ context: BatchContext) {
            self.step = step
            self.context = context
        }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) throws {
            let view = BatchView(batch)
            let times = try step.time.evaluate(view, context)
            let most = step.cut.timesAtOnce(most: times.count)
            var first = 0
            while first < times.count {
                let count = min(most, times.count - first)
                add(batch, view, times, first..<first + count, &output)
                first += count
            }
        }

        private func add(
            _ batch: RecordBatch, _ view: BatchView, _ times: ColumnVector, _ rows: Range<Int>,
            _ output: inout [RecordBatch]
        ) {
            let assigned = TimeWindowKernel.assign(times, rows, step.cut)
            guard assigned.rows.count > 0 else { return }
            let origins = view.composed(assigned.rows)
            var columns = batch.columns.map { TakeKernel.take($0, origins) }
            columns.append(TimeWindowKernel.windows(startingAt: assigned.starts, size: step.cut.size))
            output.append(RecordBatch(schema: step.outputSchema, columns: columns, count: assigned.rows.count))
        }
    }
}
