// Steps of a plan run by themselves, on pictures.

import Columns
import Operators
import StateStore
import Testing

/// Runs steps and keyed steps without a query: rows in as pictures, rows out as a picture, and every step's columns
/// checked.
struct OperatorHarness {
    /// What the steps are told of the batch.
    var context = BatchContext(batchTimestampMicroseconds: 1_000_000)

    /// What comes out of steps in a row, for one batch after the other.
    func run(_ steps: [any PhysicalOperator], on pictures: [String]) throws -> String {
        var chain = OperatorChain(checked(steps), context)
        var output: [RecordBatch] = []
        for picture in pictures { try chain.process(RecordBatch.fromPicture(picture), into: &output) }
        return Self.picture(output)
    }

    /// What a keyed step with combiners gives for rows that come to several workers, a list of batches each.
    func run(_ step: any KeyedOperator, onWorkers workers: [[String]], shards count: Int = 1) throws -> String {
        var combiners: [any MapSideCombiner] = []
        for (task, pictures) in workers.enumerated() {
            guard let combiner = step.makeCombiner() else { preconditionFailure("\(step.name) has combiners") }
            for (sequence, picture) in pictures.enumerated() {
                let order = RowOrder(input: 0, task: task, sequence: sequence)
                try combiner.consume(RecordBatch.fromPicture(picture), order, context)
            }
            try combiner.seal(shards: count, UnboundedRoom())
            combiners.append(combiner)
        }
        var output: [RecordBatch] = []
        for index in 0..<count {
            let shard = step.makeShard(index, of: count)
            shard.reset()
            for combiner in combiners { try shard.merge(combiner, UnboundedGrowth()) }
            try shard.finish(context) { output.append($0) }
        }
        var check = OperatorChain(checked([], behind: step), context)
        var passed: [RecordBatch] = []
        for batch in output { try check.process(batch, into: &passed) }
        return Self.picture(passed)
    }

    /// A shard of the step with what this one keeps, as a query that starts again has it.
    static func restarted(_ shard: any KeyedShard, of step: any KeyedOperator) throws -> any KeyedShard {
        let new = step.makeShard(0, of: 1)
        var writer = StateWriter()
        #expect(shard.stored?.encodeRows(from: .start, byteCount: 1 << 20, into: &writer) == nil)
        var reader = StateReader(writer.finish().bytes[...])
        try new.stored?.apply(&reader)
        try reader.finish()
        new.stored?.markClean()
        return new
    }

    private func checked(
        _ steps: [any PhysicalOperator], behind keyed: (any KeyedOperator)? = nil
    )
        -> [any PhysicalOperator]
    {
        let schema = steps.last?.outputSchema ?? keyed?.outputSchema ?? Schema([])
        var stages: [Stage] = []
        if let keyed { stages.append(Stage(inputs: [], keyed: keyed)) }
        let origin: StageInput.Origin = keyed == nil ? .table(0) : .stage(0)
        stages.append(Stage(inputs: [StageInput(from: origin, chain: steps)], keyed: nil))
        return PhysicalPlan(stages: stages, outputSchema: schema).checked.stages[stages.count - 1].inputs[0].chain
    }

    /// All rows in one picture; empty where there are none.
    private static func picture(_ batches: [RecordBatch]) -> String {
        guard let first = batches.first else { return "" }
        let rows = batches.flatMap { $0.rows() }.map(\.values)
        return ValueColumns.batch(schema: first.schema, rows: rows).picture
    }
}
