// Computes each output column from the columns that come in.

import Columns

/// `SELECT`: computes each output column from the input columns of the same row.
package struct Project: PhysicalOperator {
    package let name = "Project"
    package let detail: String
    package let outputSchema: Schema
    private let expressions: [CompiledExpression]

    /// Creates the step; `expressions` are in the order of `outputSchema`.
    package init(expressions: [CompiledExpression], detail: String, outputSchema: Schema) {
        precondition(expressions.count == outputSchema.count, "one expression a column")
        self.expressions = expressions
        self.detail = detail
        self.outputSchema = outputSchema
    }

    package func makeTask(_ context: BatchContext) -> any OperatorTask {
        Task(expressions: expressions, schema: outputSchema, context)
    }

    private final class Task: OperatorTask {
        private let expressions: [CompiledExpression]
        private let schema: Schema
        private let context: BatchContext

        init(expressions: [CompiledExpression], schema: Schema, _ context: BatchContext) {
            self.expressions = expressions
            self.schema = schema
            self.context = context
        }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) throws {
            let rows = BatchView(batch)
            var columns: [ColumnVector] = []
            columns.reserveCapacity(expressions.count)
            for expression in expressions { columns.append(try expression.evaluate(rows, context)) }
            output.append(RecordBatch(schema: schema, columns: columns, count: rows.count))
        }
    }
}
