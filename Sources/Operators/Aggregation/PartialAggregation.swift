// The first half of an aggregation: what one worker makes of its rows of a batch.

import Columns
import Functions

/// Aggregates the rows of one worker's task before the exchange, so that a key crosses it once a task and batch.
///
/// One table for the whole micro-batch, cleared and used again for the next. One owner at a time; after the last
/// `consume` several threads may read it at once, each merging other groups (`AggregationShard.merge`).
///
/// SAFETY: not synchronised; the runtime's fork and join order the worker's writes before the shards' reads.
package final class PartialAggregation: @unchecked Sendable {
    package let plan: AggregationPlan
    let keys: GroupKeys
    let accumulators: [Accumulator]
    /// The groups by shard, once all rows are in.
    private(set) var sealed: GroupPartition?
    /// Groups that end at or before this are too late, in microseconds since 1970; `nil` where none is.
    var lateWatermark: Int64?
    /// The first end among those of the groups by event time.
    private var firstEnd: Int64?
    private var groupIDs = Buffer(capacity: 16 * 1024 * 4)

    /// Creates an empty aggregation.
    package init(_ plan: AggregationPlan) {
        self.plan = plan
        keys = GroupKeys(types: plan.keys.map(\.type))
        accumulators = plan.makeAccumulators()
        if plan.isGlobal { makeGlobalGroup() }
    }

    /// How many groups there are.
    package var groupCount: Int { keys.count }

    /// Bytes that tables and accumulators hold.
    package var memoryBytes: Int {
        keys.memoryBytes + groupIDs.capacity + accumulators.reduce(0) { $0 + $1.memoryBytes }
    }

    package func growthBytes(rows: Int) -> Int {
        let limit = keys.groupLimit + rows
        return keys.growthBytes(adding: rows, runBytes: 0)
            + accumulators.reduce(0) { $0 + $1.growthBytes(groups: limit) }
    }

    /// Takes in `count` rows: their key columns, and the input columns that `AggregateSpec` counts.
    package func consume(keys columns: [ColumnVector], inputs: [ColumnVector], count: Int) {
        guard count > 0 else { return }
        if count * 4 > groupIDs.capacity { groupIDs = Buffer(capacity: count * 4) }
        let groups = groupIDs.pointer(as: UInt32.self)
        keys.assignGroups(keys: columns, count: count, into: groups)
        noteTimes(columns)
        var filters: [Int: FilteredGroups] = [:]
        for (part, accumulator) in zip(plan.parts, accumulators) {
            accumulator.reserve(groups: keys.groupLimit)
            guard let filter = part.filter else {
                update(accumulator, groups, count, part.inputs.map { inputs[$0] })
                continue
            }
            let taken = filters[filter] ?? FilteredGroups(groups, where: inputs[filter])
            filters[filter] = taken
            if taken.rows.count == 0 { continue }
            update(
                accumulator, taken.groups.pointer(as: UInt32.self), taken.rows.count,
                part.inputs.map { TakeKernel.take(inputs[$0], taken.rows) })
        }
    }

    private func update(
        _ accumulator: Accumulator, _ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]
    ) {
        if plan.isGlobal, accumulator.updateOne(0, count, inputs) { return }
        accumulator.update(groups, count, inputs)
    }

    /// Takes in groups of another aggregation of the same plan under other keys: its group `groups[i]` into that of row
    /// i of the keys.
    func absorb(
        keys columns: [ColumnVector], from other: PartialAggregation, _ groups: UnsafePointer<UInt32>, count: Int
    ) {
        guard count > 0 else { return }
        if count * 4 > groupIDs.capacity { groupIDs = Buffer(capacity: count * 4) }
        let own = groupIDs.pointer(as: UInt32.self)
        keys.assignGroups(keys: columns, count: count, into: own)
        noteTimes(columns)
        for (mine, theirs) in zip(accumulators, other.accumulators) {
            mine.reserve(groups: keys.groupLimit)
            mine.merge(theirs, from: groups, into: own, count: count)
        }
    }

    private func noteTimes(_ columns: [ColumnVector]) {
        guard let time = plan.time, let first = time.firstEnd(columns[time.key]) else { return }
        firstEnd = min(firstEnd ?? first, first)
    }

    /// The rows that a FILTER leaves, and their groups.
    private struct FilteredGroups {
        let rows: Selection
        let groups: Buffer

        init(_ groups: UnsafePointer<UInt32>, where condition: ColumnVector) {
            rows = BooleanKernels.selection(of: condition)
            self.groups = Buffer(capacity: rows.count * 4)
            let out = self.groups.pointer(as: UInt32.self)
            let picked = rows.pointer
            for row in 0..<rows.count { out[row] = groups[Int(picked[row])] }
        }
    }

    /// Sorts the groups by shard: what the shards merge.
    package func seal(shards: Int, _ room: any SealingRoom) { seal(shards: shards) }

    /// The same, which takes no more than the order of the groups.
    package func seal(shards: Int) { sealed = partition(shards: shards) }

    /// The groups by the shard that their keys belong to, in all processes and versions the same.
    package func partition(shards: Int) -> GroupPartition {
        precondition(shards > 0, "there is at least one shard")
        let count = keys.groupLimit
        var shardOf = [UInt32](repeating: 0, count: count)
        shardOf.withUnsafeMutableBufferPointer { buffer in
            if shards > 1, let address = buffer.baseAddress { keys.shards(count: shards, into: address) }
        }
        // Behind the last shard: what is too late.
        let lateCount = markLate(&shardOf, as: UInt32(truncatingIfNeeded: shards))
        var starts = [Int](repeating: 0, count: shards + 2)
        for shard in shardOf { starts[Int(shard) + 1] += 1 }
        for shard in 0...shards { starts[shard + 1] += starts[shard] }
        var next = starts
        var groups = [UInt32](repeating: 0, count: count)
        for group in 0..<count {
            let shard = Int(shardOf[group])
            groups[next[shard]] = UInt32(truncatingIfNeeded: group)
            next[shard] += 1
        }
        return GroupPartition(groups: groups, starts: Array(starts.dropLast()), lateCount: lateCount)
    }

    /// Moves the groups that are too late to a shard of their own; returns how many there are.
    private func markLate(_ shardOf: inout [UInt32], as late: UInt32) -> Int {
        guard let time = plan.time, let lateWatermark, let firstEnd, firstEnd <= lateWatermark else { return 0 }
        var count = 0
        let groups = keys.allGroups()
        var first = 0
        while first < groups.count {
            let end = keys.pieceEnd(of: groups, from: first, maximumRows: 16 * 1024)
            let part = Array(groups[first..<end])
            let ends = time.ends(keys.keyColumns(groups: part, count: part.count)[time.key])
            let (values, validity) = (ends.slots(as: Int64.self), ends.validityBits)
            for row in 0..<part.count where Loops.isValid(validity, row) && values[row] <= lateWatermark {
                shardOf[Int(part[row])] = late
                count += 1
            }
            first = end
        }
        return count
    }

    /// Forgets all rows and keeps the memory for the next batch.
    package func clear() {
        sealed = nil
        firstEnd = nil
        for accumulator in accumulators { accumulator.clear(groups: keys.groupLimit) }
        keys.clear()
        if plan.isGlobal { makeGlobalGroup() }
    }

    /// Spark's global aggregate has its one row even of no input.
    private func makeGlobalGroup() {
        keys.makeGlobalGroup()
        for accumulator in accumulators { accumulator.reserve(groups: 1) }
    }
}
