// Different runs of bytes for each group, with how often each came.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A set of runs for each group, each with a number: they lie in `GroupLists`, the number in eight bytes before the
/// run, and one table finds them all. Only the lists are stored.
package final class GroupCounts: GroupLists {
    /// A run that is known; a place of 0 marks a slot that is free.
    private struct Slot: BitwiseCopyable {
        var place: Int
        var hash: UInt32
        var group: UInt32
    }

    private static let countBytes = 8

    private var slots = UnsafeMutablePointer<Slot>.allocate(capacity: 64)
    private var mask = 63
    private var runs = 0
    private let seed = HashSeed.process.second

    override init() {
        super.init()
        memset(slots, 0, 64 * MemoryLayout<Slot>.stride)
    }

    deinit { slots.deallocate() }

    /// Adds to the number of a run, which is 0 before it comes first. What was below 0 once stays below 0, so that it
    /// can be refused whatever comes behind it; beyond the largest number it stays there.
    func add(_ count: Int64, _ run: UnsafeBufferPointer<UInt8>, to group: Int) {
        let hash = hash(run, group)
        var slot = Int(hash) & mask
        while slots[slot].place != 0 {
            if slots[slot].hash == hash, Int(slots[slot].group) == group, isRun(slots[slot].place, run) {
                let known = self.run(slots[slot].place)
                if let address = known.baseAddress {
                    let number = UnsafeMutableRawPointer(address)
                    let sum = GroupCounts.sum(number.loadUnaligned(as: Int64.self), count)
                    number.storeBytes(of: sum, as: Int64.self)
                }
                return
            }
            slot = (slot &+ 1) & mask
        }
        insert(count, run, group, hash)
    }

    @inline(__always)
    private static func sum(_ known: Int64, _ count: Int64) -> Int64 {
        if known < 0 || count < 0 { return -1 }
        let (sum, isTooLarge) = known.addingReportingOverflow(count)
        return isTooLarge ? .max : sum
    }

    @inline(never)
    private func insert(_ count: Int64, _ run: UnsafeBufferPointer<UInt8>, _ group: Int, _ hash: UInt32) {
        let place = room(for: GroupCounts.countBytes + run.count, in: group)
        if let address = self.run(place).baseAddress {
            UnsafeMutableRawPointer(address).storeBytes(of: count, as: Int64.self)
            if let start = run.baseAddress { memcpy(address + GroupCounts.countBytes, start, run.count) }
        }
        runs += 1
        if 2 * runs > mask { grow() }
        set(Slot(place: place, hash: hash, group: UInt32(truncatingIfNeeded: group)))
    }

    private func set(_ new: Slot) {
        var slot = Int(new.hash) & mask
        while slots[slot].place != 0 { slot = (slot &+ 1) & mask }
        slots[slot] = new
    }

    private func isRun(_ place: Int, _ run: UnsafeBufferPointer<UInt8>) -> Bool {
        let known = self.run(place)
        guard known.count == GroupCounts.countBytes + run.count, let mine = known.baseAddress,
            let theirs = run.baseAddress
        else { return known.count == GroupCounts.countBytes + run.count }
        return memcmp(mine + GroupCounts.countBytes, theirs, run.count) == 0
    }

    private func hash(_ run: UnsafeBufferPointer<UInt8>, _ group: Int) -> UInt32 {
        let seed = seed &+ UInt64(truncatingIfNeeded: group) &* 0x9E37_79B9_7F4A_7C15
        let hash = XXHash64.hash(run, seed: seed)
        return UInt32(truncatingIfNeeded: hash ^ hash &>> 32)
    }

    /// The next run of a group with its number.
    @inline(__always)
    func nextCounted(_ cursor: inout Cursor) -> (run: UnsafeBufferPointer<UInt8>, count: Int64)? {
        guard let whole = next(&cursor), let address = whole.baseAddress else { return nil }
        return (
            UnsafeBufferPointer(
                start: address + GroupCounts.countBytes, count: whole.count - GroupCounts.countBytes),
            UnsafeRawPointer(address).loadUnaligned(as: Int64.self)
        )
    }

    // MARK: The table

    private func grow() { rebuild(slots: 2 * (mask + 1)) }

    /// Makes the table anew: slots keep their hashes.
    private func rebuild(slots count: Int) {
        let (old, oldCount) = (slots, mask + 1)
        slots = .allocate(capacity: count)
        memset(slots, 0, count * MemoryLayout<Slot>.stride)
        mask = count - 1
        for slot in 0..<oldCount where old[slot].place != 0 { set(old[slot]) }
        old.deallocate()
    }

    override func moved() {
        memset(slots, 0, (mask + 1) * MemoryLayout<Slot>.stride)
        forEachPlace { place, group in
            let run = UnsafeBufferPointer(rebasing: self.run(place).dropFirst(GroupCounts.countBytes))
            set(Slot(place: place, hash: hash(run, group), group: UInt32(truncatingIfNeeded: group)))
        }
    }

    override func clear(_ count: Int) {
        super.clear(count)
        memset(slots, 0, (mask + 1) * MemoryLayout<Slot>.stride)
        runs = 0
    }

    override func clear(_ groups: UnsafePointer<UInt32>, _ count: Int) {
        for row in 0..<count {
            let group = Int(groups[row])
            var cursor = start(group)
            while let (run, _) = nextCounted(&cursor) { remove(run, group) }
        }
        super.clear(groups, count)
    }

    /// Takes a run out of the table, and moves those behind it that are not where they are looked for first.
    private func remove(_ run: UnsafeBufferPointer<UInt8>, _ group: Int) {
        let hash = hash(run, group)
        var hole = Int(hash) & mask
        while slots[hole].place != 0 {
            if slots[hole].hash == hash, Int(slots[hole].group) == group, isRun(slots[hole].place, run) { break }
            hole = (hole &+ 1) & mask
        }
        guard slots[hole].place != 0 else { return }
        runs -= 1
        var next = (hole &+ 1) & mask
        while slots[next].place != 0 {
            let home = Int(slots[next].hash) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        slots[hole].place = 0
    }

    override func take(_ run: UnsafeBufferPointer<UInt8>, into group: Int) {
        guard run.count >= GroupCounts.countBytes, let address = run.baseAddress else { return }
        let count = UnsafeRawPointer(address).loadUnaligned(as: Int64.self)
        add(
            count,
            UnsafeBufferPointer(start: address + GroupCounts.countBytes, count: run.count - GroupCounts.countBytes),
            to: group)
    }

    // MARK: Memory

    override var memoryBytes: Int { super.memoryBytes + (mask + 1) * MemoryLayout<Slot>.stride }

    override func growthBytes(from other: GroupStorage, _ groups: UnsafePointer<UInt32>, _ count: Int) -> Int {
        let counts = GroupStorage.cast(other, GroupCounts.self)
        var more = 0
        for row in 0..<count { more += counts.count(Int(groups[row])) }
        var size = mask + 1
        while 2 * (runs + more) > size - 1 { size *= 2 }
        return super.growthBytes(from: other, groups, count)
            + (size > mask + 1 ? size * MemoryLayout<Slot>.stride : 0)
    }

    // MARK: Results

    /// The different values of some groups as arrays.
    func arrays(of type: DataType, _ groups: UnsafePointer<UInt32>, _ count: Int) -> ColumnVector? {
        arrays(of: type, groups, count, skipping: GroupCounts.countBytes)
    }
}
