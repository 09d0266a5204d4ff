// A join of passing rows with a side that was gathered before.

import Columns

/// Gathers one side of a join, to be looked up in. Emits nothing.
package struct JoinBuild: KeyedOperator {
    package let name = "JoinBuild"
    package let detail: String
    package let outputSchema: Schema
    package var sharding: Sharding { .single }
    private let keys: JoinKeyColumns

    /// Creates the step; without keys every row is found by all.
    package init(keys: JoinKeyColumns, detail: String, schema: Schema) {
        self.keys = keys
        self.detail = detail
        outputSchema = schema
    }

    package func makeShard(_ index: Int, of count: Int) -> any KeyedShard { JoinBuildShard(keys, outputSchema) }
}

/// The gathered side of a join.
///
/// SAFETY: one thread at a time until it is finished, and only read afterwards.
final class JoinBuildShard: KeyedShard, @unchecked Sendable {
    private let keys: JoinKeyColumns
    private let schema: Schema
    private var rows: [RecordBatch] = []
    private(set) var side: JoinSide?

    init(_ keys: JoinKeyColumns, _ schema: Schema) {
        self.keys = keys
        self.schema = schema
    }

    /// Before it is finished, the rows are the exchange's.
    var memoryBytes: Int { side?.memoryBytes ?? 0 }

    func reset() {
        rows = []
        side = nil
    }

    func consume(_ rows: RecordBatch, port: Int, _ context: BatchContext) { self.rows.append(rows) }

    func finish(
        _ context: BatchContext, _ budget: any GrowthBudget, _ emit: (RecordBatch) throws -> Void
    ) throws {
        let bytes = JoinSide.indexBytes(rows: rows.reduce(0) { $0 + $1.count }, schema)
        try budget.take(bytes)
        // From here on it counts as the shard's own.
        defer { budget.give(bytes) }
        side = try JoinSide(rows, keys: keys, schema: schema, context)
        rows = []
    }
}

/// Looks each row up in the side that a stage has gathered. Copies only where the rows of pairs are put together.
package struct HashJoin: LookupOperator {
    package let name = "HashJoin"
    package let detail: String
    package let outputSchema: Schema
    package var lookupStages: [Int] { [lookupStage] }
    package var rowsAtFirst: Int { keys.keys.isEmpty ? 1 : 64 }
    private let lookupStage: Int
    private let shape: JoinShape
    private let keys: JoinKeyColumns

    /// Creates the step: `keys` are those of the rows that pass, of the types of the gathered side's.
    package init(
        _ shape: JoinShape, keys: JoinKeyColumns, lookupStage: Int, detail: String, outputSchema: Schema
    ) {
        precondition(shape.kind != .full, "the rows that find no partner are known only when all have passed")
        self.shape = shape
        self.keys = keys
        self.lookupStage = lookupStage
        self.detail = detail
        self.outputSchema = outputSchema
    }

    package func makeTask(_ context: BatchContext, shards: (_ stage: Int) -> [any KeyedShard]) -> any OperatorTask {
        guard let side = (shards(lookupStage).first as? JoinBuildShard)?.side else {
            preconditionFailure("the other side of a join is gathered first")
        }
        return Task(JoinProbe(shape, keys: keys, in: side, context))
    }

    private final class Task: OperatorTask {
        private let probe: JoinProbe

        init(_ probe: JoinProbe) { self.probe = probe }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) throws {
            try probe.process(batch) { output.append($0) }
        }
    }
}
