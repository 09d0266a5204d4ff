// LIMIT and OFFSET without a sort in front of them.

import Columns
import StateStore

/// `LIMIT` and `OFFSET`: the first rows in the order in which the inputs give them. Of a stream in append mode these
/// are the first rows of all batches, of which the state knows the number.
package struct LimitOperator: KeyedOperator {
    package let name = "Limit"
    package let outputSchema: Schema
    package let state: OperatorState?
    package var detail: String { slice.description }
    package var sharding: Sharding { .single }
    private let slice: RowSlice

    /// Creates the step. `stateID` is what a checkpoint calls its state; without one every batch begins anew.
    package init(_ slice: RowSlice, schema: Schema, stateID: String? = nil) {
        self.slice = slice
        outputSchema = schema
        state = stateID.map {
            OperatorState(
                id: $0, progressName: "globalLimit", shape: ["rows BIGINT"], unboundedBecause: nil,
                layout: StateLayout(
                    .counter, operatorName: "globalLimit", keys: [], values: [.init("value", .long)], shardKeys: []))
        }
    }

    package func makeCombiner() -> (any MapSideCombiner)? { LimitRun(reach: slice.reach) }

    package func makeShard(_ index: Int, of count: Int) -> any KeyedShard {
        LimitShard(slice, given: state == nil ? nil : GivenRows())
    }
}

/// The rows of one worker that may be among the first.
///
/// SAFETY: not synchronised; used by one worker until it is sealed, and only read afterwards.
final class LimitRun: MapSideCombiner, @unchecked Sendable {
    /// One reader or shard, whose rows come in order.
    private struct Origin: Hashable {
        let input: Int
        let task: Int
    }

    private let reach: Int?
    private var counts: [Origin: Int] = [:]
    private(set) var blocks: [(order: RowOrder, rows: RecordBatch)] = []
    private var tally = BufferTally()

    var memoryBytes: Int { tally.bytes }

    init(reach: Int?) { self.reach = reach }

    func consume(_ rows: RecordBatch, _ order: RowOrder, _ context: BatchContext) {
        let origin = Origin(input: order.input, task: order.task)
        let known = counts[origin, default: 0]
        guard known < reach ?? Int.max else { return }
        counts[origin] = known + rows.count
        blocks.append((order, rows))
        tally.add(rows)
    }

    func wantsMore(_ order: RowOrder) -> Bool {
        counts[Origin(input: order.input, task: order.task), default: 0] < reach ?? Int.max
    }

    func seal(shards: Int, _ room: any SealingRoom) {}

    func clear() {
        counts = [:]
        blocks = []
        tally = BufferTally()
    }
}

/// The one shard of a limit.
///
/// SAFETY: not synchronised; the runtime gives a shard to one thread at a time.
final class LimitShard: KeyedShard, @unchecked Sendable {
    private let slice: RowSlice
    /// How many rows the batches before have given, where the step keeps that.
    private let given: GivenRows?
    private var runs: [LimitRun] = []

    init(_ slice: RowSlice, given: GivenRows?) {
        self.slice = slice
        self.given = given
    }

    var stored: (any StateShard)? { given }

    /// The rows are the runs'.
    var memoryBytes: Int { 0 }

    func reset() { runs = [] }

    func merge(_ combiner: any MapSideCombiner, _ budget: any GrowthBudget) {
        guard let run = combiner as? LimitRun else { preconditionFailure("a limit's combiners are its runs") }
        runs.append(run)
    }

    func finish(_ context: BatchContext, _ emit: (RecordBatch) throws -> Void) throws {
        defer { runs = [] }
        var skipped = 0
        var left = slice.count ?? Int.max
        // In complete mode a batch has the whole result, and begins anew.
        let given = context.outputMode == .append ? given : nil
        if let given { left -= min(left, given.count) }
        for (_, rows) in runs.flatMap(\.blocks).sorted(by: { $0.order < $1.order }) where left > 0 {
            let skip = min(slice.offset - skipped, rows.count)
            skipped += skip
            let count = min(rows.count - skip, left)
            guard count > 0 else { continue }
            left -= count
            given?.add(count)
            try emit(count == rows.count ? rows : rows.compacted().selecting(Selection(skip, count: count)))
        }
    }
}
