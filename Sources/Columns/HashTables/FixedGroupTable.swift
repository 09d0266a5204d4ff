// From keys of one word to dense group numbers.

import CPlatform

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Numbers distinct 64-bit keys 0, 1, 2... in the order in which they come: `GroupTable` with slots of 16 bytes.
///
/// The caller has made words of its values (`GroupKeys` does), so that equal keys are equal words.
package struct FixedGroupTable: ~Copyable {
    struct Slot: BitwiseCopyable {
        var key: UInt64
        /// The group's number plus one; 0 marks an empty slot.
        var groupPlusOne: UInt64
    }

    static let vectorLength = 1024

    /// Goes through `count` rows, as many at a time as the table looks up together, with room for a word each: `body`
    /// is told the first row, how many there are, and where the room is.
    @inline(__always)
    static func inVectors(_ count: Int, _ body: (Int, Int, UnsafeMutablePointer<UInt64>) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: vectorLength) { memory in
            guard let scratch = memory.baseAddress else { return }
            var first = 0
            while first < count {
                let size = min(vectorLength, count - first)
                body(first, size, scratch)
                first += size
            }
        }
    }
    private static let minimumSlots = 1024

    let seed: HashSeed
    private var slots: UnsafeMutablePointer<Slot>
    private var mask: Int
    /// The key of each group.
    private var keys: UnsafeMutablePointer<UInt64>
    private var keyCapacity: Int
    /// The group of the NULL key, or -1.
    package private(set) var nullGroup = -1
    /// Numbers given so far, removed ones included: the length that arrays indexed by group need.
    package private(set) var groupLimit = 0
    private var used = 0
    /// Numbers of removed groups, given again before new ones.
    private(set) var freeGroups: [UInt32] = []
    private let hashes: UnsafeMutablePointer<UInt64>

    /// Creates an empty table. Tests choose a seed; everyone else takes that of the process.
    package init(seed: HashSeed = .process) {
        self.seed = seed
        mask = FixedGroupTable.minimumSlots - 1
        slots = allocateZeroed(FixedGroupTable.minimumSlots)
        keyCapacity = FixedGroupTable.minimumSlots / 2
        keys = allocate(FixedGroupTable.minimumSlots / 2)
        // The prefetch looks past the last hash.
        hashes = allocateZeroed(FixedGroupTable.vectorLength + GroupTable.prefetchDistance)
    }

    deinit {
        free(slots)
        free(keys)
        free(hashes)
    }

    /// How many groups there are.
    package var count: Int { groupLimit - freeGroups.count }

    /// Bytes that the table holds.
    package var memoryBytes: Int {
        (mask + 1) * MemoryLayout<Slot>.stride + keyCapacity * 8
            + (FixedGroupTable.vectorLength + GroupTable.prefetchDistance) * 8 + freeGroups.capacity * 4
    }

    /// Bytes that so many new groups may take at the peak: while slots are moved, the old ones are there, too.
    package func growthBytes(_ added: Int) -> Int {
        let fresh = max(0, added - freeGroups.count)
        return TableGrowth.slots(mask + 1, used + added) * MemoryLayout<Slot>.stride
            + TableGrowth.values(keyCapacity, groupLimit + fresh) * 8
    }

    /// The keys of groups 0 to `groupLimit` - 1; valid until the table changes.
    package var groupKeys: UnsafePointer<UInt64> { UnsafePointer(keys) }

    /// Forgets every group and keeps the memory for the next batch.
    package mutating func clear() {
        if freeGroups.isEmpty, groupLimit <= (mask + 1) / GroupTable.slotsPerClearedGroup {
            for group in 0..<groupLimit where group != nullGroup { emptySlot(of: group) }
        } else {
            memset(slots, 0, (mask + 1) * MemoryLayout<Slot>.stride)
        }
        used = 0
        groupLimit = 0
        nullGroup = -1
        freeGroups.removeAll(keepingCapacity: true)
    }

    /// Empties the slot of a group without closing the gap: every group's slot is emptied.
    private func emptySlot(of group: Int) {
        var index = Int(truncatingIfNeeded: seed.hashWord(keys[group])) & mask
        while slots[index].groupPlusOne != UInt64(group) + 1 { index = (index &+ 1) & mask }
        slots[index].groupPlusOne = 0
    }

    /// Writes the group of each key to `groups`, making groups for keys that are new.
    package mutating func assignGroups(
        keys input: UnsafePointer<UInt64>, count: Int, into groups: UnsafeMutablePointer<UInt32>
    ) {
        var first = 0
        while first < count {
            let size = min(FixedGroupTable.vectorLength, count - first)
            assignVector(keys: input + first, count: size, into: groups + first)
            first += size
        }
    }

    private mutating func assignVector(
        keys input: UnsafePointer<UInt64>, count: Int, into groups: UnsafeMutablePointer<UInt32>
    ) {
        let seed = seed
        let hashes = hashes
        for index in 0..<count { hashes[index] = seed.hashWord(input[index]) }
        var slots = slots
        var mask = mask
        let distance =
            (mask &+ 1) &* MemoryLayout<Slot>.stride > GroupTable.prefetchThreshold
            ? GroupTable.prefetchDistance : 0
        for index in 0..<min(distance, count) {
            platform_prefetch(slots + (Int(truncatingIfNeeded: hashes[index]) & mask))
        }
        for index in 0..<count {
            if distance > 0 {
                platform_prefetch(slots + (Int(truncatingIfNeeded: hashes[index &+ distance]) & mask))
            }
            let key = input[index]
            var position = Int(truncatingIfNeeded: hashes[index]) & mask
            while true {
                let slot = slots + position
                let group = slot.pointee.groupPlusOne
                if slot.pointee.key == key && group != 0 {
                    groups[index] = UInt32(truncatingIfNeeded: group &- 1)
                    break
                }
                if group == 0 {
                    groups[index] = insert(key, hash: hashes[index])
                    slots = self.slots
                    mask = self.mask
                    break
                }
                position = (position &+ 1) & mask
            }
        }
    }

    /// The group of the NULL key, made on first use.
    package mutating func groupOfNull() -> UInt32 {
        if nullGroup < 0 { nullGroup = Int(newGroup(0)) }
        return UInt32(truncatingIfNeeded: nullGroup)
    }

    @inline(never)
    private mutating func insert(_ key: UInt64, hash: UInt64) -> UInt32 {
        if (used + 1) * 2 > mask + 1 { growSlots() }
        let group = newGroup(key)
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index].groupPlusOne != 0 { index = (index &+ 1) & mask }
        slots[index] = Slot(key: key, groupPlusOne: UInt64(group) + 1)
        used += 1
        return group
    }

    private mutating func newGroup(_ key: UInt64) -> UInt32 {
        if let reused = freeGroups.popLast() {
            keys[Int(reused)] = key
            return reused
        }
        let group = groupLimit
        precondition(group < Int(UInt32.max) - 1, "a group table holds at most 2^32 - 2 groups")
        groupLimit += 1
        if group >= keyCapacity {
            keyCapacity *= 2
            keys = reallocate(keys, keyCapacity)
        }
        keys[group] = key
        return UInt32(truncatingIfNeeded: group)
    }

    private mutating func growSlots() {
        let oldCount = mask + 1
        let newMask = oldCount * 2 - 1
        let larger: UnsafeMutablePointer<Slot> = allocateZeroed(oldCount * 2)
        let old = slots
        for position in 0..<oldCount where old[position].groupPlusOne != 0 {
            var index = Int(truncatingIfNeeded: seed.hashWord(old[position].key)) & newMask
            while larger[index].groupPlusOne != 0 { index = (index &+ 1) & newMask }
            larger[index] = old[position]
        }
        free(old)
        slots = larger
        mask = newMask
    }

    /// Gives every group another key, all different: `body` writes the new ones in the place of the old ones.
    mutating func rewriteKeys(_ body: (UnsafeMutablePointer<UInt64>, Int) -> Void) {
        let groups = allGroups()
        body(keys, groupLimit)
        memset(slots, 0, (mask + 1) * MemoryLayout<Slot>.stride)
        for group in groups where Int(group) != nullGroup {
            let key = keys[Int(group)]
            var index = Int(truncatingIfNeeded: seed.hashWord(key)) & mask
            while slots[index].groupPlusOne != 0 { index = (index &+ 1) & mask }
            slots[index] = Slot(key: key, groupPlusOne: UInt64(group) + 1)
        }
    }

    /// Removes groups; their numbers are given to later keys.
    package mutating func remove(groups: UnsafePointer<UInt32>, count: Int) {
        let isLarge = (mask &+ 1) &* MemoryLayout<Slot>.stride > GroupTable.prefetchThreshold
        for row in 0..<count {
            if isLarge { fetch(groups, behind: row, count) }
            let group = Int(groups[row])
            precondition(group < groupLimit, "a removed group exists")
            if group == nullGroup { nullGroup = -1 } else { removeSlot(of: group) }
            freeGroups.append(UInt32(group))
        }
    }

    /// Fetches what removing groups some way behind this row will read.
    @inline(__always)
    private func fetch(_ groups: UnsafePointer<UInt32>, behind row: Int, _ count: Int) {
        let (far, near) = (row &+ GroupTable.prefetchDistance, row &+ GroupTable.prefetchDistance / 2)
        if far < count { platform_prefetch(keys + Int(groups[far])) }
        if near < count {
            let key = keys[Int(groups[near])]
            platform_prefetch(slots + (Int(truncatingIfNeeded: seed.hashWord(key)) & mask))
        }
    }

    private mutating func removeSlot(of group: Int) {
        var hole = Int(truncatingIfNeeded: seed.hashWord(keys[group])) & mask
        while slots[hole].groupPlusOne != UInt64(group) + 1 {
            precondition(slots[hole].groupPlusOne != 0, "a group is removed once")
            hole = (hole &+ 1) & mask
        }
        var next = (hole &+ 1) & mask
        while slots[next].groupPlusOne != 0 {
            let home = Int(truncatingIfNeeded: seed.hashWord(slots[next].key)) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        slots[hole].groupPlusOne = 0
        used -= 1
    }

    /// How far keys lie from where their hash points, summed over all.
    package var totalDisplacement: Int {
        var total = 0
        for index in 0...mask where slots[index].groupPlusOne != 0 {
            total += (index &- Int(truncatingIfNeeded: seed.hashWord(slots[index].key))) & mask
        }
        return total
    }
}
