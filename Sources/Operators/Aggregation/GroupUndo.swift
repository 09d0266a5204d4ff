// What a batch has changed in an aggregation's groups, so that it can be taken back.

import Columns
import Functions

/// The values that groups had before a batch touched or removed them.
///
/// Values of touched groups lie in accumulators of their own, one behind the other: their memory is used again from
/// batch to batch, since taking it anew costs more than the values do.
struct GroupUndo {
    /// Groups that the batch removed.
    struct Removed {
        /// As `GroupKeys.storedKeys` gives them.
        var keys: ColumnVector?
        var count: Int
        var columns: [[ColumnVector]]
    }

    /// In place of a group whose values have been put back.
    private static let restored = UInt32.max
    /// Room for so many groups is kept from batch to batch, and for more where batches need it.
    private static let smallCount = 64 * 1024

    private let makeAccumulators: () -> [Accumulator]
    private var kept: [Accumulator]
    /// The group whose values are at a place in `kept`. A group is there once at most.
    private var groups: [UInt32] = []
    /// Each place's number.
    private var places: [UInt32] = []
    private var count = 0
    private(set) var removed: [Removed] = []
    private var removedBytes = 0

    init(_ makeAccumulators: @escaping () -> [Accumulator]) {
        self.makeAccumulators = makeAccumulators
        kept = makeAccumulators()
    }

    /// Bytes that all of it takes.
    var memoryBytes: Int {
        removedBytes + 4 * (groups.capacity + places.capacity) + kept.reduce(0) { $0 + $1.memoryBytes }
    }

    /// Bytes that keeping the values of so many more groups takes, but for runs of bytes.
    func growthBytes(_ added: Int) -> Int {
        let end = count + added
        guard groups.count < end else { return 0 }
        return 8 * max(end, 2 * groups.count) + kept.reduce(0) { $0 + $1.growthBytes(groups: end) }
    }

    /// Keeps the values of groups that are about to change.
    mutating func keep(_ changed: UnsafePointer<UInt32>, count added: Int, of accumulators: [Accumulator]) {
        guard added > 0 else { return }
        let end = count + added
        if groups.count < end {
            let larger = max(end, 2 * groups.count)
            groups += [UInt32](repeating: GroupUndo.restored, count: larger - groups.count)
            places += UInt32(places.count)..<UInt32(larger)
        }
        groups.withUnsafeMutableBufferPointer { groups in
            for index in 0..<added { groups[count &+ index] = changed[index] }
        }
        places.withUnsafeBufferPointer { places in
            guard let first = places.baseAddress else { return }
            for (mine, theirs) in zip(kept, accumulators) {
                mine.reserve(groups: end)
                mine.copy(theirs, from: changed, into: first + count, count: added)
            }
        }
        count = end
    }

    /// Keeps keys and values of groups that are about to be removed.
    mutating func keepRemoved(_ groups: [UInt32], keys: ColumnVector?, of accumulators: [Accumulator]) {
        let columns = accumulators.map { $0.store(groups: groups, count: groups.count) }
        removedBytes += columns.joined().reduce(0) { $0 + $1.memoryBytes } + (keys?.memoryBytes ?? 0)
        removed.append(Removed(keys: keys, count: groups.count, columns: columns))
    }

    /// Puts back the values that groups had before the batch, as far as it touched them.
    func restore(to accumulators: [Accumulator]) {
        restore(places[..<count].filter { groups[Int($0)] != GroupUndo.restored }, accumulators)
    }

    /// Puts back the values that some groups had before the batch, for good: they are about to be removed.
    mutating func restore(_ some: Set<UInt32>, to accumulators: [Accumulator]) {
        let chosen = places[..<count].filter { some.contains(groups[Int($0)]) }
        restore(chosen, accumulators)
        for place in chosen { groups[Int(place)] = GroupUndo.restored }
    }

    private func restore(_ places: [UInt32], _ accumulators: [Accumulator]) {
        let restored = places.map { groups[Int($0)] }
        for (mine, theirs) in zip(kept, accumulators) {
            theirs.copy(mine, from: places, into: restored, count: places.count)
        }
    }

    /// Puts back the values of groups that were removed, under the numbers that they have now.
    static func load(_ columns: [[ColumnVector]], _ groups: [UInt32], to accumulators: [Accumulator]) {
        for (accumulator, columns) in zip(accumulators, columns) {
            accumulator.load(columns, groups: groups, count: groups.count)
        }
    }

    /// Forgets everything; of the memory, what a batch like this one needs is kept.
    mutating func clear() {
        if groups.count > max(GroupUndo.smallCount, 4 * count) {
            groups = []
            places = []
            kept = makeAccumulators()
        }
        count = 0
        removed = []
        removedBytes = 0
    }
}
