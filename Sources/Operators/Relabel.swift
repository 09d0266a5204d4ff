// Gives columns other names.

import Columns

/// The same columns under the names of another schema, as the inputs of a union get them. Copies nothing.
package struct Relabel: PhysicalOperator {
    package let name = "Relabel"
    package let outputSchema: Schema

    package var detail: String { "[\(outputSchema.names.joined(separator: ", "))]" }

    /// Creates the step; the types are those of the columns that come in.
    package init(to schema: Schema) { outputSchema = schema }

    package func makeTask(_ context: BatchContext) -> any OperatorTask { Task(outputSchema) }

    private final class Task: OperatorTask {
        private let schema: Schema

        init(_ schema: Schema) { self.schema = schema }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) {
            output.append(
                RecordBatch(
                    schema: schema, columns: batch.columns, count: batch.physicalCount, selection: batch.selection))
        }
    }
}
