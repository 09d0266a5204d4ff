// LIMIT and OFFSET without a sort in front of them.

import Columns

/// `LIMIT` and `OFFSET`: the first rows in the order in which the inputs give them.
package struct LimitOperator: KeyedOperator {
    package let name = "Limit"
    package let outputSchema: Schema
    package var detail: String { slice.description }
    package var sharding: Sharding { .single }
    private let slice: RowSlice

    /// Creates the step.
    package init(_ slice: RowSlice, schema: Schema) {
        self.slice = slice
        outputSchema = schema
    }

    package func makeCombiner() -> (any MapSideCombiner)? { LimitRun(reach: slice.reach) }
    package func makeShard(_ index: Int) -> any KeyedShard { LimitShard(slice) }
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

    func seal(shards: Int) {}

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
    private var runs: [LimitRun] = []

    init(_ slice: RowSlice) { self.slice = slice }

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
        for (_, rows) in runs.flatMap(\.blocks).sorted(by: { $0.order < $1.order }) where left > 0 {
            let skip = min(slice.offset - skipped, rows.count)
            skipped += skip
            let count = min(rows.count - skip, left)
            guard count > 0 else { continue }
            left -= count
            try emit(count == rows.count ? rows : rows.compacted().selecting(Selection(skip, count: count)))
        }
    }
}
