// The shape of a step that brings rows together: by key into shards, or all of them into one.

import Columns
import StateStore

/// A step that sees rows of all workers together: an aggregation, a sort, a join. Immutable; its shards hold the rows.
///
/// In a micro-batch, rows reach it in one of two ways. With a combiner each worker makes something smaller of its own
/// rows, and the shards merge that. Without one, the rows themselves go to the shard of their key, by reference.
package protocol KeyedOperator: Sendable {
    /// The step's name in `explain` and in errors.
    var name: String { get }
    /// What the step does, for `explain`.
    var detail: String { get }
    /// The columns that come out.
    var outputSchema: Schema { get }
    /// What its shards keep from batch to batch; `nil` where every batch begins with empty shards.
    var state: OperatorState? { get }
    /// Into how many shards its rows go.
    var sharding: Sharding { get }
    /// Whether a combiner may be merged into the shards before all rows of a batch are in, and be smaller afterwards:
    /// what is done where memory is short.
    var mergesEarly: Bool { get }

    /// Makes what one worker folds its rows into before the exchange; `nil` where the rows themselves are exchanged.
    func makeCombiner() -> (any MapSideCombiner)?
    /// Makes one of so many shards.
    func makeShard(_ index: Int, of count: Int) -> any KeyedShard
    /// Which rows go to which of the shards, where the rows themselves are exchanged; `rows` have no selection.
    func exchange(
        _ rows: RecordBatch, port: Int, shards: Int, _ context: BatchContext
    ) throws -> [Selection]

    /// The watermark of what comes out, from those of its inputs, in microseconds since 1970; `nil` where event time
    /// ends here.
    func outputWatermark(_ inputs: [Int64]) -> Int64?
    /// Whether the step has something to emit or to drop even if no row comes, once its watermark is `next` and was
    /// `last` in the batch before; in microseconds since 1970, `nil` without a watermark. Asked before each batch.
    func needsBatchWithoutData(lastWatermarkMicroseconds last: Int64?, nextWatermarkMicroseconds next: Int64?) -> Bool
    /// Whether what it gives in append mode is what the watermark has made final.
    var givesWhatIsFinal: Bool { get }
}

extension KeyedOperator {
    package var state: OperatorState? { nil }
    package var mergesEarly: Bool { false }
    package var givesWhatIsFinal: Bool { false }
    package func makeCombiner() -> (any MapSideCombiner)? { nil }

    package func exchange(
        _ rows: RecordBatch, port: Int, shards: Int, _ context: BatchContext
    ) throws -> [Selection] {
        preconditionFailure("\(name) has one shard, or combiners")
    }

    package func outputWatermark(_ inputs: [Int64]) -> Int64? { inputs.min() }

    package func needsBatchWithoutData(
        lastWatermarkMicroseconds last: Int64?, nextWatermarkMicroseconds next: Int64?
    ) -> Bool { false }
}

/// How many shards a keyed step has.
package enum Sharding: Sendable, Equatable {
    /// As many as the state has, or as there are workers where there is no state.
    case byKey
    /// One, which sees everything in order.
    case single
}

/// What a keyed step keeps on disk.
package struct OperatorState: Sendable, Equatable {
    /// What the checkpoint calls it: stable over restarts, such as `aggregate-0`.
    package let id: String
    /// What the progress calls it: Spark's name.
    package let progressName: String
    /// What a row looks like, a line a column.
    package let shape: [String]
    /// Why it grows with every new key and nothing ever leaves it; `nil` where something does, or keys have an end.
    package let unboundedBecause: String?
    /// How its rows lie in files, for who reads or divides them without the query; `nil` where only the step can.
    package let layout: StateLayout?

    package init(
        id: String, progressName: String, shape: [String], unboundedBecause: String?, layout: StateLayout? = nil
    ) {
        self.id = id
        self.progressName = progressName
        self.shape = shape
        self.unboundedBecause = unboundedBecause
        self.layout = layout
    }

    /// Why rows by these keys never leave.
    package static func noEnd(among keys: [String]) -> String {
        "none of its keys (\(keys.joined(separator: ", "))) is an event time with a watermark"
    }
}

/// Where rows stand among all rows that a stage gets in a batch, however many workers bring them: inputs in the plan's
/// order, their readers or shards in order, and the rows of each as they came.
package struct RowOrder: Comparable, Sendable {
    package let input: Int
    package let task: Int
    package let sequence: Int

    package init(input: Int, task: Int, sequence: Int) {
        self.input = input
        self.task = task
        self.sequence = sequence
    }

    package static func < (left: RowOrder, right: RowOrder) -> Bool {
        if left.input != right.input { return left.input < right.input }
        if left.task != right.task { return left.task < right.task }
        return left.sequence < right.sequence
    }
}

/// What one worker makes of its rows before the exchange.
///
/// One owner while rows come in; after `seal` several threads read it at once, each for another shard.
package protocol MapSideCombiner: AnyObject, Sendable {
    /// Takes rows in.
    func consume(_ rows: RecordBatch, _ order: RowOrder, _ context: BatchContext) throws
    /// All rows are in: gets ready to be merged by so many shards. What grows by that asks for room.
    func seal(shards: Int, _ room: any SealingRoom) throws
    /// Forgets all rows and keeps the memory for the next batch.
    func clear()
    /// Bytes of memory that it holds.
    var memoryBytes: Int { get }
    /// Whether more rows of the reader or shard that `order` is of can make a difference.
    func wantsMore(_ order: RowOrder) -> Bool
    /// Bytes that it may take at the peak, beyond those that it holds, while it takes so many rows in.
    func growthBytes(rows: Int) -> Int
}

extension MapSideCombiner {
    package func growthBytes(rows: Int) -> Int { 0 }
    package func wantsMore(_ order: RowOrder) -> Bool { true }
}

/// A part of what a keyed step holds. One owner at a time; shards run in parallel.
package protocol KeyedShard: AnyObject, Sendable {
    /// What of it is kept from batch to batch; `nil` where nothing is.
    var stored: (any StateShard)? { get }
    /// What the batch under way has done to what is kept.
    var counts: StateRowCounts { get }
    /// Bytes of memory that it holds.
    var memoryBytes: Int { get }

    /// Forgets all rows before a batch; shards with state forget nothing.
    func reset()
    /// Takes in what belongs to this shard of a sealed combiner, and what it grows by from the budget before it does.
    func merge(_ combiner: any MapSideCombiner, _ budget: any GrowthBudget) throws
    /// Takes in rows of this shard: all of a port before those of the next, and those of a port in order.
    func consume(_ rows: RecordBatch, port: Int, _ context: BatchContext) throws
    /// All rows of the batch are in: gives what comes of them. What it needs for that beyond what it holds it takes
    /// from the budget first, and gives it back.
    func finish(
        _ context: BatchContext, _ budget: any GrowthBudget, _ emit: (RecordBatch) throws -> Void
    ) throws
    /// The same for a shard that needs nothing more.
    func finish(_ context: BatchContext, _ emit: (RecordBatch) throws -> Void) throws
    /// The time of day behind which it has something to do even if no row comes, in microseconds since 1970; `nil`
    /// where there is none. Asked between batches.
    func nextDueMicroseconds() -> Int64?
}

/// What a batch has done to the rows that a step keeps.
package struct StateRowCounts: Equatable, Sendable {
    /// Rows that were set.
    package var updated: Int64
    /// Rows that were removed.
    package var removed: Int64
    /// What came too late, as the step sees it: a group of an aggregation counts once, however many rows it has.
    package var late: Int64

    package init(updated: Int64 = 0, removed: Int64 = 0, late: Int64 = 0) {
        self.updated = updated
        self.removed = removed
        self.late = late
    }

    package static func + (left: StateRowCounts, right: StateRowCounts) -> StateRowCounts {
        StateRowCounts(
            updated: left.updated + right.updated, removed: left.removed + right.removed, late: left.late + right.late)
    }
}

extension KeyedShard {
    package var stored: (any StateShard)? { nil }
    package func nextDueMicroseconds() -> Int64? { nil }
    package var counts: StateRowCounts { StateRowCounts(updated: Int64(stored?.updatedCount ?? 0)) }

    package func finish(
        _ context: BatchContext, _ budget: any GrowthBudget, _ emit: (RecordBatch) throws -> Void
    ) throws { try finish(context, emit) }

    package func finish(_ context: BatchContext, _ emit: (RecordBatch) throws -> Void) throws {
        try finish(context, UnboundedGrowth(), emit)
    }

    package func merge(_ combiner: any MapSideCombiner, _ budget: any GrowthBudget) throws {
        preconditionFailure("\(type(of: self)) takes rows, no combiners")
    }

    package func consume(_ rows: RecordBatch, port: Int, _ context: BatchContext) throws {
        preconditionFailure("\(type(of: self)) takes combiners, no rows")
    }
}
