// FULL OUTER JOIN: both sides go to the shard of their key.

import Columns

/// A full join. Rows of both sides without a partner come out, which is known only where all rows of a key meet.
package struct FullJoin: KeyedOperator {
    /// The port of the side that is looked up in: all its rows come first.
    package static let buildPort = 0
    /// The port of the side that looks up.
    package static let probePort = 1

    package let name = "FullJoin"
    package let detail: String
    package var outputSchema: Schema { shape.pairSchema }
    package var sharding: Sharding { .byKey }
    let shape: JoinShape
    let probe: Side
    let build: Side

    /// What is known of one side.
    package struct Side: Sendable {
        package let keys: JoinKeyColumns
        package let schema: Schema

        package init(keys: JoinKeyColumns, schema: Schema) {
            self.keys = keys
            self.schema = schema
        }
    }

    /// Creates the step; without keys all rows meet in one shard.
    package init(_ shape: JoinShape, probe: Side, build: Side, detail: String) {
        precondition(shape.kind == .full, "other joins need no exchange")
        self.shape = shape
        self.probe = probe
        self.build = build
        self.detail = detail
    }

    package func exchange(
        _ rows: RecordBatch, port: Int, shards: Int, _ context: BatchContext
    ) throws -> [Selection] {
        let keys = port == FullJoin.buildPort ? build.keys : probe.keys
        return try keys.canonical(of: rows, context).selections(shards: shards)
    }

    package func makeShard(_ index: Int, of count: Int) -> any KeyedShard { FullJoinShard(self) }
}

/// The rows of both sides whose keys belong to one shard.
///
/// SAFETY: not synchronised; the runtime gives a shard to one thread at a time.
final class FullJoinShard: KeyedShard, @unchecked Sendable {
    private let join: FullJoin
    private var built: [RecordBatch] = []
    private var probing: [RecordBatch] = []

    init(_ join: FullJoin) { self.join = join }

    /// The rows are the exchange's.
    var memoryBytes: Int { 0 }

    func reset() {
        built = []
        probing = []
    }

    func consume(_ rows: RecordBatch, port: Int, _ context: BatchContext) {
        if port == FullJoin.buildPort { built.append(rows) } else { probing.append(rows) }
    }

    func finish(
        _ context: BatchContext, _ budget: any GrowthBudget, _ emit: (RecordBatch) throws -> Void
    ) throws {
        defer { reset() }
        let bytes = JoinSide.indexBytes(rows: built.reduce(0) { $0 + $1.count }, join.build.schema)
        try budget.take(bytes)
        defer { budget.give(bytes) }
        let side = try JoinSide(built, keys: join.build.keys, schema: join.build.schema, context)
        let probe = JoinProbe(join.shape, keys: join.probe.keys, in: side, context)
        for batch in probing { try probe.process(batch, emit) }
        try probe.emitRest(join.probe.schema, emit)
    }
}
