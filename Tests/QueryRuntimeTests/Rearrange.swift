// A step for plans that tests put together by hand: columns of its input, in another order or several times.

import Columns
import Operators

/// The columns at some places of the input.
struct Rearrange: PhysicalOperator {
    let name: String
    let outputSchema: Schema
    private let places: [Int]

    /// Creates the step, which takes `fields` from `places`.
    init(_ name: String, _ fields: [Field], from places: [Int]) {
        self.name = name
        outputSchema = Schema(fields)
        self.places = places
    }

    var detail: String { "[\(outputSchema.names.joined(separator: ", "))]" }

    func makeTask(_ context: BatchContext) -> any OperatorTask { Task(self) }

    private final class Task: OperatorTask {
        private let step: Rearrange

        init(_ step: Rearrange) { self.step = step }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) {
            output.append(
                RecordBatch(
                    schema: step.outputSchema, columns: step.places.map { batch.columns[$0] },
                    count: batch.physicalCount, selection: batch.selection))
        }
    }
}
