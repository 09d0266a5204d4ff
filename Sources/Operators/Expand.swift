// Makes several rows of one by as many projections: grouping sets, UNPIVOT.

import Columns

/// Each row once for each projection, one after the other.
package struct Expand: PhysicalOperator {
    package let name = "Expand"
    package let detail: String
    package let outputSchema: Schema
    /// For each column what it is: one expression where all projections have the same.
    private let columns: [[CompiledExpression]]
    private let copies: Int

    /// Creates the step. `columns` has for each column one expression a projection, or a single one for all.
    package init(_ columns: [[CompiledExpression]], copies: Int, detail: String, schema: Schema) {
        precondition(columns.allSatisfy { $0.count == copies || $0.count == 1 }, "an expression a projection, or one")
        self.columns = columns
        self.copies = copies
        self.detail = detail
        outputSchema = schema
    }

    package func makeTask(_ context: BatchContext) -> any OperatorTask { Task(self, context) }

    private final class Task: OperatorTask {
        private let step: Expand
        private let context: BatchContext

        init(_ step: Expand, _ context: BatchContext) {
            self.step = step
            self.context = context
        }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) throws {
            let rows = BatchView(batch)
            let copies = step.copies
            let count = rows.count * copies
            guard count > 0 else { return }
            let places = Buffer(capacity: count * MemoryLayout<RowPlace>.stride)
            let repeated = Buffer(capacity: count * 4)
            let (place, parent) = (places.pointer(as: RowPlace.self), repeated.pointer(as: Int32.self))
            var next = 0
            for row in 0..<rows.count {
                for copy in 0..<copies {
                    place[next] = RowPlace(batch: copy, row: row)
                    parent[next] = Int32(truncatingIfNeeded: row)
                    next &+= 1
                }
            }
            var columns: [ColumnVector] = []
            for expressions in step.columns {
                var values: [ColumnVector] = []
                for expression in expressions { values.append(try expression.evaluate(rows, context)) }
                columns.append(
                    values.count == copies
                        ? GatherKernel.gather(values, place, count: count)
                        : TakeKernel.take(values[0], Selection(indices: repeated, count: count)))
            }
            output.append(RecordBatch(schema: step.outputSchema, columns: columns, count: count))
        }
    }
}
