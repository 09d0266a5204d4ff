// What a batch has changed in an aggregation's groups, so that it can be taken back.

import Columns
import Functions

/// The values that groups had before a batch touched or removed them.
struct GroupUndo {
    /// Groups as the batch found them. A group is in one of them at most.
    private struct Before {
        /// `restored` where the values have been put back.
        var groups: [UInt32]
        /// For each accumulator the columns that it stores.
        var columns: [[ColumnVector]]
    }

    /// Groups that the batch removed.
    struct Removed {
        /// As `GroupKeys.storedKeys` gives them.
        var keys: ColumnVector?
        var count: Int
        var columns: [[ColumnVector]]
    }

    private static let restored = UInt32.max
    private var before: [Before] = []
    private(set) var removed: [Removed] = []
    /// Bytes that all of it takes.
    private(set) var memoryBytes = 0

    /// Keeps the values of groups that are about to change.
    mutating func keep(_ groups: [UInt32], of accumulators: [Accumulator]) {
        let columns = GroupUndo.store(groups, of: accumulators)
        memoryBytes += 4 * groups.count + GroupUndo.bytes(of: columns)
        before.append(Before(groups: groups, columns: columns))
    }

    /// Keeps keys and values of groups that are about to be removed.
    mutating func keepRemoved(_ groups: [UInt32], keys: ColumnVector?, of accumulators: [Accumulator]) {
        let columns = GroupUndo.store(groups, of: accumulators)
        memoryBytes += GroupUndo.bytes(of: columns) + (keys?.memoryBytes ?? 0)
        removed.append(Removed(keys: keys, count: groups.count, columns: columns))
    }

    /// Puts back the values that groups had before the batch, as far as it touched them.
    func restore(to accumulators: [Accumulator]) {
        for one in before {
            if one.groups.contains(GroupUndo.restored) {
                GroupUndo.load(
                    one, rows: one.groups.indices.filter { one.groups[$0] != GroupUndo.restored }, accumulators)
            } else {
                GroupUndo.load(one.columns, one.groups, to: accumulators)
            }
        }
    }

    /// Puts back the values that some groups had before the batch, for good: they are about to be removed.
    mutating func restore(_ groups: Set<UInt32>, to accumulators: [Accumulator]) {
        for index in before.indices {
            let rows = before[index].groups.indices.filter { groups.contains(before[index].groups[$0]) }
            GroupUndo.load(before[index], rows: rows, accumulators)
            for row in rows { before[index].groups[row] = GroupUndo.restored }
        }
    }

    private static func load(_ one: Before, rows: [Int], _ accumulators: [Accumulator]) {
        guard !rows.isEmpty else { return }
        let indices = Buffer(capacity: rows.count * 4)
        for (index, row) in rows.enumerated() {
            indices.pointer(as: Int32.self)[index] = Int32(truncatingIfNeeded: row)
        }
        let selection = Selection(indices: indices, count: rows.count)
        load(
            one.columns.map { $0.map { TakeKernel.take($0, selection) } }, rows.map { one.groups[$0] },
            to: accumulators)
    }

    /// Sets the values of groups to stored ones.
    static func load(_ columns: [[ColumnVector]], _ groups: [UInt32], to accumulators: [Accumulator]) {
        for (accumulator, columns) in zip(accumulators, columns) {
            accumulator.load(columns, groups: groups, count: groups.count)
        }
    }

    private static func store(_ groups: [UInt32], of accumulators: [Accumulator]) -> [[ColumnVector]] {
        accumulators.map { $0.store(groups: groups, count: groups.count) }
    }

    private static func bytes(of columns: [[ColumnVector]]) -> Int {
        columns.reduce(0) { $0 + $1.reduce(0) { $0 + $1.memoryBytes } }
    }
}
