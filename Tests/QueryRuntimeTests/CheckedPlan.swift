// A plan whose every step is watched: what comes out of it must be whole columns of the schema that it says.

import Columns
import Operators
import Testing

extension PhysicalPlan {
    /// The same plan with a check behind every step and behind every stage.
    var checked: PhysicalPlan {
        PhysicalPlan(
            stages: stages.enumerated().map { index, stage in
                let inputs = stage.inputs.map { input in
                    var chain: [any PhysicalOperator] = []
                    if case .stage(let earlier) = input.from, let keyed = stages[earlier].keyed {
                        chain.append(Check(of: "\(keyed.name) \(keyed.detail)", keyed.outputSchema))
                    }
                    for step in input.chain {
                        chain.append(step)
                        chain.append(Check(of: "\(step.name) \(step.detail)", step.outputSchema))
                    }
                    return StageInput(from: input.from, chain: chain, port: input.port)
                }
                return Stage(inputs: inputs, keyed: stage.keyed)
            }, outputSchema: outputSchema)
    }
}

/// Passes rows on, and finds what is wrong with them.
private struct Check: PhysicalOperator {
    let name = "Check"
    let detail: String
    let outputSchema: Schema

    init(of step: String, _ schema: Schema) {
        detail = step
        outputSchema = schema
    }

    func makeTask(_ context: BatchContext) -> any OperatorTask { Task(detail, outputSchema) }

    private final class Task: OperatorTask {
        private let step: String
        private let schema: Schema

        init(_ step: String, _ schema: Schema) {
            self.step = step
            self.schema = schema
        }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) {
            #expect(batch.schema == schema, "\(step)")
            #expect(batch.columns.map(\.type) == schema.fields.map(\.type), "\(step)")
            for (column, field) in zip(batch.columns, schema.fields) {
                #expect(column.brokenInvariants("\(step), \(field.name)") == [])
                #expect(column.count == batch.physicalCount, "\(step), \(field.name)")
                if !field.isNullable { #expect(column.nullCount == 0, "\(step), \(field.name)") }
            }
            if let selection = batch.selection {
                let rows = (0..<selection.count).map { selection.pointer[$0] }
                #expect(rows.allSatisfy { (0..<Int32(batch.physicalCount)).contains($0) }, "\(step)")
            }
            output.append(batch)
        }
    }
}
