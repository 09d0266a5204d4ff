// A plan whose every step is watched: what comes out of it must be whole columns of the schema that it says.

import Columns

/// A defect of a step: what it gave out is not what it promised.
package struct BrokenColumns: Error, CustomStringConvertible {
    package let description: String
}

extension PhysicalPlan {
    /// The same plan with a check behind every step and behind every stage, for tests. A defect ends the query with
    /// `BrokenColumns`.
    package var checked: PhysicalPlan {
        PhysicalPlan(
            stages: stages.map { stage in
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
            }, outputSchema: outputSchema, watermarkPolicy: watermarkPolicy)
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

    func makeTask(_ context: BatchContext) -> any OperatorTask { CheckTask(detail, outputSchema) }
}

private final class CheckTask: OperatorTask {
    private let step: String
    private let schema: Schema

    init(_ step: String, _ schema: Schema) {
        self.step = step
        self.schema = schema
    }

    func process(_ batch: RecordBatch, into output: inout [RecordBatch]) throws {
        let broken = defects(of: batch)
        guard broken.isEmpty else { throw BrokenColumns(description: "\(step): \(broken.joined(separator: "; "))") }
        output.append(batch)
    }

    private func defects(of batch: RecordBatch) -> [String] {
        guard batch.schema == schema, batch.columns.map(\.type) == schema.fields.map(\.type) else {
            return ["columns [\(batch.schema)] with types \(batch.columns.map(\.type)) instead of [\(schema)]"]
        }
        var broken: [String] = []
        for (column, field) in zip(batch.columns, schema.fields) {
            broken += column.brokenInvariants(field.name)
            if column.count != batch.physicalCount {
                broken.append("\(field.name): \(column.count) rows of \(batch.physicalCount)")
            }
            if !field.isNullable, column.nullCount > 0 { broken.append("\(field.name): \(column.nullCount) NULLs") }
        }
        if let selection = batch.selection {
            let rows = 0..<Int32(clamping: batch.physicalCount)
            for index in 0..<selection.count where !rows.contains(selection.pointer[index]) {
                broken.append("row \(selection.pointer[index]) is selected of \(batch.physicalCount)")
            }
        }
        return broken
    }
}
