// Lets rows through for which a condition is true.

import Columns

/// `WHERE`: selects the rows for which the condition is true, neither false nor NULL. Copies nothing.
package struct Filter: PhysicalOperator {
    package let name = "Filter"
    package let detail: String
    package let outputSchema: Schema
    private let condition: CompiledExpression

    package init(condition: CompiledExpression, detail: String, schema: Schema) {
        self.condition = condition
        self.detail = detail
        self.outputSchema = schema
    }

    package func makeTask(_ context: BatchContext) -> any OperatorTask { Task(condition: condition, context) }

    private final class Task: OperatorTask {
        private let condition: CompiledExpression
        private let context: BatchContext

        init(condition: CompiledExpression, _ context: BatchContext) {
            self.condition = condition
            self.context = context
        }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) throws {
            let rows = BatchView(batch)
            let condition = try condition.evaluate(rows, context)
            if BooleanKernels.isAllTrue(condition) { return output.append(batch) }
            let passed = BooleanKernels.selection(of: condition)
            if passed.count == rows.count { return output.append(batch) }
            if passed.count > 0 { output.append(batch.selecting(rows.composed(passed))) }
        }
    }
}
