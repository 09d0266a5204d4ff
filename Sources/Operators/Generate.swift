// Makes several rows of one: `explode`.

import Columns

/// `explode(array)`: one output row for each element, with the kept input columns beside it. An empty or NULL array
/// gives no row.
package struct Generate: PhysicalOperator {
    package let name = "Generate"
    package let detail: String
    package let outputSchema: Schema
    private let generator: CompiledExpression
    private let keptColumns: [Int]

    /// Creates the step. The output has the kept input columns in order, then the element.
    package init(generator: CompiledExpression, keptColumns: [Int], detail: String, outputSchema: Schema) {
        self.generator = generator
        self.keptColumns = keptColumns
        self.detail = detail
        self.outputSchema = outputSchema
    }

    package func makeTask(_ context: EvaluationContext) -> any OperatorTask {
        Task(generator: generator, keptColumns: keptColumns, schema: outputSchema, context)
    }

    private final class Task: OperatorTask {
        private let generator: CompiledExpression
        private let keptColumns: [Int]
        private let schema: Schema
        private let context: EvaluationContext

        init(generator: CompiledExpression, keptColumns: [Int], schema: Schema, _ context: EvaluationContext) {
            self.generator = generator
            self.keptColumns = keptColumns
            self.schema = schema
            self.context = context
        }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) throws {
            let rows = BatchView(batch)
            let arrays = try generator.evaluate(rows, context)
            let exploded = ExplodeKernel.explode(arrays, needsParents: !keptColumns.isEmpty)
            guard exploded.elements.count > 0 else { return }
            var columns: [ColumnVector] = []
            if let parents = exploded.parents {
                let origins = rows.composed(parents)
                for index in keptColumns { columns.append(TakeKernel.take(batch.columns[index], origins)) }
            }
            columns.append(exploded.elements)
            output.append(RecordBatch(schema: schema, columns: columns, count: exploded.elements.count))
        }
    }
}
