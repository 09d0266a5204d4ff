// Rows that the query itself has: VALUES, and the one row of a query without FROM.

import Columns

/// `VALUES`: in place of the one number that comes in, the rows that the query lists.
package struct Values: PhysicalOperator {
    /// What a column has in all rows.
    package enum Column: Sendable {
        /// Constants, known when the query was planned.
        case constants(ColumnVector)
        /// An expression a row.
        case computed([CompiledExpression])
    }

    package let name = "Values"
    package let outputSchema: Schema
    package var detail: String { "\(rowCount) rows [\(outputSchema.names.joined(separator: ", "))]" }
    private let columns: [Column]
    private let rowCount: Int

    /// Creates the step.
    package init(_ columns: [Column], rowCount: Int, schema: Schema) {
        precondition(columns.count == schema.count, "something for each column")
        self.columns = columns
        self.rowCount = rowCount
        outputSchema = schema
    }

    package func makeTask(_ context: BatchContext) -> any OperatorTask { Task(self, context) }

    private final class Task: OperatorTask {
        private let step: Values
        private let context: BatchContext

        init(_ step: Values, _ context: BatchContext) {
            self.step = step
            self.context = context
        }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) throws {
            guard step.rowCount > 0 else { return }
            let one = BatchView(batch)
            var columns: [ColumnVector] = []
            for column in step.columns {
                switch column {
                case .constants(let values): columns.append(values)
                case .computed(let expressions):
                    var values: [ColumnVector] = []
                    for expression in expressions { values.append(try expression.evaluate(one, context)) }
                    columns.append(ConcatKernel.concat(columns: values))
                }
            }
            output.append(RecordBatch(schema: step.outputSchema, columns: columns, count: step.rowCount))
        }
    }
}
