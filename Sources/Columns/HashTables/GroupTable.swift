// From keys of bytes to dense group numbers: the hash table under every aggregate over strings.

import CPlatform

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Numbers distinct keys of bytes 0, 1, 2... in the order in which they come.
///
/// Open addressing with linear probing over slots of 32 bytes, at most half full. A key of up to 16 bytes is compared
/// as two words inside its slot: one cache line and no call. A longer key compares its hash and then its bytes in the
/// arena, where the slot points. The arena keeps every key once, so that a group finds its key again. NULL is a group
/// of its own, distinct from the empty key.
///
/// Work goes through in vectors of `vectorLength` rows: hash all, ask for the slots' cache lines, probe all. All memory
/// is raw and owned by this value: no reference counts and no exclusivity checks inside a loop.
package struct GroupTable: ~Copyable {
    /// 32 bytes, so that two share a cache line and none straddles one.
    struct Slot: BitwiseCopyable {
        /// The key's first 8 bytes, zeros beyond its end; of a key longer than 16 bytes its hash.
        var low: UInt64
        /// The key's next 8 bytes, zeros beyond its end; of a key longer than 16 bytes where it starts in the arena.
        var high: UInt64
        var hash: UInt64
        var length: UInt32
        /// The group's number plus one; 0 marks an empty slot.
        var groupPlusOne: UInt32
    }

    /// Where a group's key lies in the arena.
    struct Entry: BitwiseCopyable {
        var start: UInt64
        /// Bytes of the key, or `Entry.dead` where the group was removed.
        var length: UInt32
        /// The key's hash, so that merging tables hash no key again.
        var hash: UInt32
        static let dead = UInt32.max
    }

    static let vectorLength = 1024
    /// The longest key that lies in its slot.
    static let inlineBytes = 16
    /// Tables above this many bytes of slots are probed behind a prefetch: about half of a core's second-level cache.
    static let prefetchThreshold = 256 * 1024
    /// How far ahead of the probe slots are asked for.
    static let prefetchDistance = 24
    private static let minimumSlots = 1024
    /// A table with more slots for each group is cleared group by group: a small batch costs what it has brought.
    static let slotsPerClearedGroup = 16
    /// Readable bytes beyond the arena's end, for masked loads.
    private static let arenaPadding = 64

    let seed: HashSeed
    var slots: UnsafeMutablePointer<Slot>
    /// Slots minus one; their number is a power of two.
    var mask: Int
    var entries: UnsafeMutablePointer<Entry>
    var entryCapacity: Int
    var arena: UnsafeMutablePointer<UInt8>
    var arenaCapacity: Int
    var arenaUsed = 0
    /// Bytes in the arena that belong to removed groups.
    var arenaDead = 0
    /// The group of the NULL key, or -1.
    var nullGroup = -1
    /// Numbers given so far, removed ones included: the length that arrays indexed by group need.
    package private(set) var groupLimit = 0
    /// Slots in use.
    var used = 0
    /// Numbers of removed groups, given again before new ones.
    var freeGroups: [UInt32] = []

    // One vector's scratch: keys' words, hashes, lengths and addresses.
    let scratch: UnsafeMutableRawPointer
    var lows: UnsafeMutablePointer<UInt64> { scratch.assumingMemoryBound(to: UInt64.self) }
    var highs: UnsafeMutablePointer<UInt64> { lows + GroupTable.vectorLength }
    var hashes: UnsafeMutablePointer<UInt64> { lows + 2 * GroupTable.vectorLength }

    /// For each length from 0 to 16 the masks of a key's two words: loads, where shifts would take branches.
    var masks: UnsafeMutablePointer<UInt64> { hashes + GroupTable.vectorLength + GroupTable.prefetchDistance }
    private static let scratchWords = 3 * vectorLength + prefetchDistance + 2 * 17

    /// Creates an empty table. Tests choose a seed; everyone else takes that of the process.
    package init(seed: HashSeed = .process) {
        self.seed = seed
        mask = GroupTable.minimumSlots - 1
        slots = allocateZeroed(GroupTable.minimumSlots)
        entryCapacity = GroupTable.minimumSlots / 2
        entries = allocate(GroupTable.minimumSlots / 2)
        arenaCapacity = 16 * 1024
        arena = allocateZeroed(16 * 1024 + GroupTable.arenaPadding)
        // The prefetch looks past the last hash.
        scratch = UnsafeMutableRawPointer(allocateZeroed(GroupTable.scratchWords) as UnsafeMutablePointer<UInt64>)
        for length in 0...16 {
            masks[2 * length] = byteMask(length)
            masks[2 * length + 1] = byteMask(max(length - 8, 0))
        }
    }

    deinit {
        free(slots)
        free(entries)
        free(arena)
        free(scratch)
    }

    /// How many groups there are.
    package var count: Int { groupLimit - freeGroups.count }

    /// Bytes that the table holds.
    package var memoryBytes: Int {
        (mask + 1) * MemoryLayout<Slot>.stride + entryCapacity * MemoryLayout<Entry>.stride + arenaCapacity
            + GroupTable.scratchWords * 8 + freeGroups.capacity * 4
    }

    /// Bytes that so many new groups with `runBytes` of keys may take at the peak: while slots are moved, the old ones
    /// are there, too.
    package func growthBytes(_ added: Int, runBytes: Int) -> Int {
        let fresh = max(0, added - freeGroups.count)
        return TableGrowth.slots(mask + 1, used + added) * MemoryLayout<Slot>.stride
            + TableGrowth.values(entryCapacity, groupLimit + fresh) * MemoryLayout<Entry>.stride
            + TableGrowth.values(arenaCapacity, arenaUsed + runBytes)
    }

    /// Bytes that a new table of so many groups with `runBytes` of keys takes at the peak.
    static func bytes(groups: Int, runBytes: Int) -> Int {
        minimumSlots * MemoryLayout<Slot>.stride + TableGrowth.slots(minimumSlots, groups) * MemoryLayout<Slot>.stride
            + (minimumSlots / 2 + TableGrowth.values(minimumSlots / 2, groups)) * MemoryLayout<Entry>.stride
            + 16 * 1024 + TableGrowth.values(16 * 1024, runBytes)
    }

    /// Bytes of the keys of some groups, or of all groups where those would fit into `room`.
    func runBytes(_ groups: UnsafePointer<UInt32>, _ count: Int, room: Int) -> Int {
        guard arenaUsed > room else { return arenaUsed }
        var bytes = 0
        for row in 0..<count {
            let length = entries[Int(groups[row])].length
            bytes &+= length == Entry.dead ? 0 : Int(length)
        }
        return bytes
    }

    /// Bytes of keys that fit into the memory that there is.
    var runRoom: Int { arenaCapacity - arenaUsed }

    /// Forgets every group and keeps the memory for the next batch.
    package mutating func clear() {
        if groupLimit <= (mask + 1) / GroupTable.slotsPerClearedGroup {
            for group in 0..<groupLimit where entries[group].length != Entry.dead && group != nullGroup {
                emptySlot(of: UInt32(truncatingIfNeeded: group), hash: entries[group].hash)
            }
        } else {
            memset(slots, 0, (mask + 1) * MemoryLayout<Slot>.stride)
        }
        used = 0
        groupLimit = 0
        arenaUsed = 0
        arenaDead = 0
        nullGroup = -1
        freeGroups.removeAll(keepingCapacity: true)
    }

    /// Empties the slot of a group without closing the gap: every group's slot is emptied.
    private func emptySlot(of group: UInt32, hash: UInt32) {
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index].groupPlusOne != group + 1 { index = (index &+ 1) & mask }
        slots[index].groupPlusOne = 0
    }

    // MARK: New groups, the slow path

    /// Puts a key that is in no slot into the table and returns its group. May move `slots`.
    @inline(never)
    mutating func insert(
        low: UInt64, high: UInt64, hash: UInt64, key: UnsafePointer<UInt8>, length: Int
    ) -> UInt32 {
        let group = newGroup(key: key, length: length, hash: hash)
        fillSlot(of: group, low: low, high: high, hash: hash, length: length)
        return group
    }

    private mutating func fillSlot(of group: UInt32, low: UInt64, high: UInt64, hash: UInt64, length: Int) {
        if (used + 1) * 2 > mask + 1 { growSlots() }
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index].groupPlusOne != 0 { index = (index &+ 1) & mask }
        let isLong = length > GroupTable.inlineBytes
        slots[index] = Slot(
            low: isLong ? hash : low, high: isLong ? entries[Int(group)].start : high, hash: hash,
            length: UInt32(truncatingIfNeeded: length), groupPlusOne: group + 1)
        used += 1
    }

    /// The group of the NULL key, made on first use.
    mutating func groupOfNull() -> UInt32 {
        if nullGroup < 0 { nullGroup = Int(newGroup(key: UnsafePointer(arena), length: 0, hash: 0)) }
        return UInt32(truncatingIfNeeded: nullGroup)
    }

    private mutating func newGroup(key: UnsafePointer<UInt8>, length: Int, hash: UInt64) -> UInt32 {
        let group: Int
        if let reused = freeGroups.popLast() {
            group = Int(reused)
        } else {
            group = groupLimit
            precondition(group < Int(UInt32.max) - 1, "a group table holds at most 2^32 - 2 groups")
            groupLimit += 1
            if group >= entryCapacity {
                entryCapacity *= 2
                entries = reallocate(entries, entryCapacity)
            }
        }
        keep(key, length: length, hash: hash, of: group)
        return UInt32(truncatingIfNeeded: group)
    }

    /// Appends a group's key to the arena.
    private mutating func keep(_ key: UnsafePointer<UInt8>, length: Int, hash: UInt64, of group: Int) {
        if arenaUsed + length > arenaCapacity {
            arenaCapacity = max(arenaCapacity * 2, arenaUsed + length)
            arena = reallocate(arena, arenaCapacity + GroupTable.arenaPadding)
        }
        memcpy(arena + arenaUsed, key, length)
        entries[group] = Entry(
            start: UInt64(arenaUsed), length: UInt32(truncatingIfNeeded: length),
            hash: UInt32(truncatingIfNeeded: hash))
        arenaUsed += length
    }

    // MARK: Other keys for the same groups

    /// Creates a table with the numbers of another one, whose groups have no keys until `adopt` brings them.
    init(seed: HashSeed, groupLimit: Int, freeGroups: [UInt32]) {
        self.init(seed: seed)
        while entryCapacity < groupLimit { entryCapacity *= 2 }
        entries = reallocate(entries, entryCapacity)
        for group in 0..<groupLimit { entries[group] = Entry(start: 0, length: Entry.dead, hash: 0) }
        self.groupLimit = groupLimit
        self.freeGroups = freeGroups
    }

    /// Gives some groups their keys, none of them NULL and all different.
    mutating func adopt(_ groups: [UInt32], keys: ColumnVector) {
        let runs = Runs(keys)
        for (row, group) in groups.enumerated() {
            let (key, length) = (runs.address(row), runs.length(row))
            let low = loadWord(key) & byteMask(length)
            let high = loadWord(key + 8) & byteMask(max(length - 8, 0))
            let hash = GroupTable.hash(key, length: length, seed: seed)
            keep(key, length: length, hash: hash, of: Int(group))
            fillSlot(of: group, low: low, high: high, hash: hash, length: length)
        }
    }

    private mutating func growSlots() {
        let oldCount = mask + 1
        let newMask = oldCount * 2 - 1
        let larger: UnsafeMutablePointer<Slot> = allocateZeroed(oldCount * 2)
        let old = slots
        for position in 0..<oldCount where old[position].groupPlusOne != 0 {
            var index = Int(truncatingIfNeeded: old[position].hash) & newMask
            while larger[index].groupPlusOne != 0 { index = (index &+ 1) & newMask }
            larger[index] = old[position]
        }
        free(old)
        slots = larger
        mask = newMask
    }

    // MARK: Removing

    /// Removes groups; their numbers are given to later keys. Costs what it removes, and now and then a compaction of
    /// the arena that costs what is left.
    package mutating func remove(groups: UnsafePointer<UInt32>, count: Int) {
        for row in 0..<count {
            let group = Int(groups[row])
            precondition(group < groupLimit && entries[group].length != Entry.dead, "a group is removed once")
            let entry = entries[group]
            if group == nullGroup {
                nullGroup = -1
            } else {
                removeSlot(of: UInt32(group), hash: entry.hash)
            }
            arenaDead += Int(entry.length)
            entries[group].length = Entry.dead
            freeGroups.append(UInt32(group))
        }
        if arenaDead > 64 * 1024 && arenaDead * 2 > arenaUsed { compactArena() }
    }

    /// Empties the slot of a group and closes the gap, so that probes need no tombstones.
    private mutating func removeSlot(of group: UInt32, hash: UInt32) {
        var hole = Int(truncatingIfNeeded: hash) & mask
        while slots[hole].groupPlusOne != group + 1 { hole = (hole &+ 1) & mask }
        var next = (hole &+ 1) & mask
        while slots[next].groupPlusOne != 0 {
            let home = Int(truncatingIfNeeded: slots[next].hash) & mask
            // The slot may move back only if its home does not lie between the hole and itself.
            if (next &- home) & mask >= (next &- hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        slots[hole].groupPlusOne = 0
        used -= 1
    }

    private mutating func compactArena() {
        let capacity = max(16 * 1024, arenaUsed - arenaDead)
        let fresh: UnsafeMutablePointer<UInt8> = allocateZeroed(capacity + GroupTable.arenaPadding)
        var position = 0
        for group in 0..<groupLimit where entries[group].length != Entry.dead {
            let length = Int(entries[group].length)
            memcpy(fresh + position, arena + Int(entries[group].start), length)
            entries[group].start = UInt64(position)
            position += length
        }
        free(arena)
        arena = fresh
        arenaCapacity = capacity
        arenaUsed = position
        arenaDead = 0
        for index in 0...mask where slots[index].groupPlusOne != 0 && slots[index].length > GroupTable.inlineBytes {
            slots[index].high = entries[Int(slots[index].groupPlusOne) - 1].start
        }
    }

    /// The bits of a hash that count: as many as an entry has room for. A table of 2^32 slots has 128 GiB.
    static let hashMask: UInt64 = 0xFFFF_FFFF

    /// A key's hash, as the vector stage computes it. The key may be read for 16 bytes from its start.
    @inline(__always)
    static func hash(_ key: UnsafePointer<UInt8>, length: Int, seed: HashSeed) -> UInt64 {
        if length > 16 { return seed.hashLong(key, length: length) & hashMask }
        let low = loadWord(key) & byteMask(length)
        let high = loadWord(key + 8) & byteMask(max(length &- 8, 0))
        return seed.hashShort(low, high, length: length) & hashMask
    }

    // MARK: Reading

    /// The bytes of a group's key, empty for NULL; valid until the table changes.
    package func key(of group: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: arena + Int(entries[group].start), count: Int(entries[group].length))
    }

    /// Whether a group is that of the NULL key.
    package func isNull(group: Int) -> Bool { group == nullGroup }

    /// How far keys lie from where their hash points, summed over all: what a collision attack would drive up.
    package var totalDisplacement: Int {
        var total = 0
        for index in 0...mask where slots[index].groupPlusOne != 0 {
            total += (index &- Int(truncatingIfNeeded: slots[index].hash)) & mask
        }
        return total
    }
}

/// How tables grow: by doubling.
enum TableGrowth {
    /// Slots that are there at the peak beyond `slots`, until at most half of them are `used`.
    static func slots(_ slots: Int, _ used: Int) -> Int {
        var larger = slots
        while used * 2 > larger { larger *= 2 }
        return larger == slots ? 0 : larger + larger / 2 - slots
    }

    /// Values that are added to `capacity` to hold `count`.
    static func values(_ capacity: Int, _ count: Int) -> Int {
        var larger = max(capacity, 1)
        while larger < count { larger *= 2 }
        return larger - max(capacity, 1)
    }
}

// MARK: Raw memory

/// Memory for `count` values, undefined.
@inline(never)
func allocate<T: BitwiseCopyable>(_ count: Int) -> UnsafeMutablePointer<T> {
    guard let memory = malloc(max(count, 1) * MemoryLayout<T>.stride) else { failAllocation(count, T.self) }
    return memory.assumingMemoryBound(to: T.self)
}

/// Memory for `count` values, all bytes zero; large blocks come zeroed from the system and cost nothing until touched.
@inline(never)
func allocateZeroed<T: BitwiseCopyable>(_ count: Int) -> UnsafeMutablePointer<T> {
    guard let memory = calloc(max(count, 1), MemoryLayout<T>.stride) else { failAllocation(count, T.self) }
    LargePages.prefer(memory, byteCount: count * MemoryLayout<T>.stride)
    return memory.assumingMemoryBound(to: T.self)
}

/// The same values with room for `count`; large blocks are moved by the page table and not copied.
@inline(never)
func reallocate<T: BitwiseCopyable>(_ old: UnsafeMutablePointer<T>, _ count: Int) -> UnsafeMutablePointer<T> {
    guard let memory = realloc(old, max(count, 1) * MemoryLayout<T>.stride) else { failAllocation(count, T.self) }
    LargePages.prefer(memory, byteCount: count * MemoryLayout<T>.stride)
    return memory.assumingMemoryBound(to: T.self)
}

private func failAllocation<T>(_ count: Int, _ type: T.Type) -> Never {
    // Nothing can be reported or released without memory: as in Buffer, the one place where we give up.
    preconditionFailure("out of memory: could not allocate \(count) values of \(MemoryLayout<T>.stride) bytes")
}
