// The vector stages of GroupTable: hash, prefetch, probe.

import CPlatform

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Where the keys of some rows lie. Specialised inside this module: one compiled loop for each conforming type.
protocol KeyRuns {
    func address(_ row: Int) -> UnsafePointer<UInt8>
    func length(_ row: Int) -> Int
    /// The key's hash where it is known already.
    func knownHash(_ row: Int) -> UInt64?
}

/// Keys as starts and ends in one run of bytes: a column in either layout.
struct OffsetRuns: KeyRuns {
    let base: UnsafePointer<UInt8>
    let starts: UnsafePointer<UInt32>
    let ends: UnsafePointer<UInt32>

    @inline(__always)
    func address(_ row: Int) -> UnsafePointer<UInt8> { base + Int(starts[row]) }
    @inline(__always)
    func length(_ row: Int) -> Int { Int(ends[row] &- starts[row]) }
    @inline(__always)
    func knownHash(_ row: Int) -> UInt64? { nil }
}

/// The keys of some groups of another table with the same seed.
struct PickedRuns: KeyRuns {
    let base: UnsafePointer<UInt8>
    let entries: UnsafePointer<GroupTable.Entry>
    let groups: UnsafePointer<UInt32>

    @inline(__always)
    func address(_ row: Int) -> UnsafePointer<UInt8> { base + Int(entries[Int(groups[row])].start) }
    @inline(__always)
    func length(_ row: Int) -> Int { Int(entries[Int(groups[row])].length) }
    @inline(__always)
    func knownHash(_ row: Int) -> UInt64? { UInt64(entries[Int(groups[row])].hash) }
}

extension GroupTable {
    /// Writes the group of each row's key to `groups`, making groups for keys that are new.
    ///
    /// - Parameters:
    ///   - bytes: The run of bytes that holds all keys, readable for 16 bytes beyond any key.
    ///   - starts: Where each row's key starts in `bytes`.
    ///   - ends: Where it ends, exclusive.
    ///   - validity: One bit a row, clear where the key is NULL; `nil` where none is.
    package mutating func assignGroups(
        bytes: UnsafePointer<UInt8>, starts: UnsafePointer<UInt32>, ends: UnsafePointer<UInt32>,
        validity: UnsafePointer<UInt8>?, count: Int, into groups: UnsafeMutablePointer<UInt32>
    ) {
        guard let validity else {
            assign(OffsetRuns(base: bytes, starts: starts, ends: ends), count: count, into: groups)
            return
        }
        assignWithNulls(
            bytes: bytes, starts: starts, ends: ends, validity: validity, count: count, into: groups)
    }

    /// Writes the group of each row's key to `groups`. The column is of strings or binaries, in either layout.
    package mutating func assignGroups(keys: ColumnVector, count: Int, into groups: UnsafeMutablePointer<UInt32>) {
        precondition(keys.type.isBytes && count <= keys.count, "keys of bytes, as many as rows")
        assignGroups(
            bytes: keys.byteStart, starts: keys.starts, ends: keys.ends, validity: keys.validityBits, count: count,
            into: groups)
    }

    /// Writes to `mapping` the group that the key of each of `groups` of another table has here.
    package mutating func assignGroups(
        from other: borrowing GroupTable, groups: UnsafePointer<UInt32>, count: Int,
        into mapping: UnsafeMutablePointer<UInt32>
    ) {
        guard other.seed == seed else {
            // Only tests have tables of several seeds.
            let keys = other.keyColumn(type: .binary, groups: groups, count: count)
            return assignGroups(keys: keys, count: count, into: mapping)
        }
        assign(
            PickedRuns(base: UnsafePointer(other.arena), entries: UnsafePointer(other.entries), groups: groups),
            count: count, into: mapping, skipping: other.nullGroup < 0 ? nil : UInt32(other.nullGroup), of: groups)
    }

    /// The vectors of rows whose keys may be NULL: the valid ones are packed, numbered and spread again.
    private mutating func assignWithNulls(
        bytes: UnsafePointer<UInt8>, starts: UnsafePointer<UInt32>, ends: UnsafePointer<UInt32>,
        validity: UnsafePointer<UInt8>, count: Int, into groups: UnsafeMutablePointer<UInt32>
    ) {
        let length = GroupTable.vectorLength
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4 * length) { memory in
            guard let packedStarts = memory.baseAddress else { return }
            let packedEnds = packedStarts + length
            let rows = packedStarts + 2 * length
            let packedGroups = packedStarts + 3 * length
            var first = 0
            while first < count {
                let size = min(length, count - first)
                var valid = 0
                for row in first..<(first + size) {
                    packedStarts[valid] = starts[row]
                    packedEnds[valid] = ends[row]
                    rows[valid] = UInt32(truncatingIfNeeded: row)
                    valid &+= Int(truncatingIfNeeded: (validity[row &>> 3] &>> UInt8(truncatingIfNeeded: row & 7)) & 1)
                }
                if valid < size {
                    let null = groupOfNull()
                    for row in first..<(first + size) { groups[row] = null }
                }
                assign(
                    OffsetRuns(base: bytes, starts: packedStarts, ends: packedEnds), count: valid, into: packedGroups)
                for index in 0..<valid { groups[Int(rows[index])] = packedGroups[index] }
                first += size
            }
        }
    }

    /// Numbers the keys of another table's groups, of which one may be the NULL group.
    private mutating func assign(
        _ runs: PickedRuns, count: Int, into mapping: UnsafeMutablePointer<UInt32>, skipping null: UInt32?,
        of groups: UnsafePointer<UInt32>
    ) {
        guard let null else {
            assign(runs, count: count, into: mapping)
            return
        }
        // NULL is at most one of them: what lies before and after it goes as usual.
        var first = 0
        for row in 0..<count where groups[row] == null {
            assign(
                PickedRuns(base: runs.base, entries: runs.entries, groups: groups + first), count: row - first,
                into: mapping + first)
            mapping[row] = groupOfNull()
            first = row + 1
        }
        assign(
            PickedRuns(base: runs.base, entries: runs.entries, groups: groups + first), count: count - first,
            into: mapping + first)
    }

    /// The stages over all vectors of some rows, none of them NULL.
    @inline(__always)
    private mutating func assign<Runs: KeyRuns>(
        _ runs: Runs, count: Int, into groups: UnsafeMutablePointer<UInt32>
    ) {
        var first = 0
        while first < count {
            let size = min(GroupTable.vectorLength, count - first)
            let longCount = hashVector(runs, first: first, count: size)
            if longCount &* 4 > size { prefetchLong(count: size) }
            probeVector(runs, first: first, count: size, into: groups)
            first += size
        }
    }

    /// Hashes a vector and returns how many of its keys are long.
    @inline(__always)
    private func hashVector<Runs: KeyRuns>(_ runs: Runs, first: Int, count: Int) -> Int {
        var longCount = 0
        let seed = seed
        let lows = lows
        let highs = highs
        let hashes = hashes
        let masks = masks
        for index in 0..<count {
            let key = runs.address(first &+ index)
            let length = runs.length(first &+ index)
            let masks = masks + 2 &* min(length, 16)
            let low = loadWord(key) & masks[0]
            let high = loadWord(key + 8) & masks[1]
            lows[index] = low
            highs[index] = high
            var hash =
                runs.knownHash(first &+ index) ?? (seed.hashShort(low, high, length: length) & GroupTable.hashMask)
            if length > GroupTable.inlineBytes {
                if runs.knownHash(first &+ index) == nil {
                    hash = seed.hashLong(key, length: length) & GroupTable.hashMask
                }
                lows[index] = hash
                longCount &+= 1
            }
            hashes[index] = hash
        }
        return longCount
    }

    /// Asks for the arena's cache lines of long keys that are probably in the table. Only for vectors where many keys
    /// are long: it looks at every slot once more.
    @inline(never)
    private func prefetchLong(count: Int) {
        let slots = slots
        let mask = mask
        let arena = arena
        let hashes = hashes
        guard (mask &+ 1) &* MemoryLayout<Slot>.stride > GroupTable.prefetchThreshold else { return }
        for index in 0..<min(GroupTable.prefetchDistance, count) {
            platform_prefetch(slots + (Int(truncatingIfNeeded: hashes[index]) & mask))
        }
        for index in 0..<count {
            platform_prefetch(
                slots + (Int(truncatingIfNeeded: hashes[index &+ GroupTable.prefetchDistance]) & mask))
            let slot = slots + (Int(truncatingIfNeeded: hashes[index]) & mask)
            if slot.pointee.low == hashes[index] {
                // Of a short key these may be any bytes; an address beyond the arena is asked for in vain.
                platform_prefetch(arena + Int(truncatingIfNeeded: slot.pointee.high & 0xFFFF_FFFF_FFFF))
            }
        }
    }

    @inline(__always)
    private mutating func probeVector<Runs: KeyRuns>(
        _ runs: Runs, first: Int, count: Int, into groups: UnsafeMutablePointer<UInt32>
    ) {
        let lows = lows
        let highs = highs
        let hashes = hashes
        var slots = slots
        var mask = mask
        let distance =
            (mask &+ 1) &* MemoryLayout<Slot>.stride > GroupTable.prefetchThreshold
            ? GroupTable.prefetchDistance : 0
        for index in 0..<min(distance, count) {
            platform_prefetch(slots + (Int(truncatingIfNeeded: hashes[index]) & mask))
        }
        for index in 0..<count {
            // Beyond the vector's end this asks for a line of no use, from scratch that is ours: cheaper than a branch.
            if distance > 0 {
                platform_prefetch(slots + (Int(truncatingIfNeeded: hashes[index &+ distance]) & mask))
            }
            let low = lows[index]
            let high = highs[index]
            let hash = hashes[index]
            let length = UInt32(truncatingIfNeeded: runs.length(first &+ index))
            if length > GroupTable.inlineBytes {
                groups[first &+ index] = groupOfLong(runs.address(first &+ index), length: length, hash: hash)
                slots = self.slots
                mask = self.mask
                continue
            }
            var position = Int(truncatingIfNeeded: hash) & mask
            while true {
                let slot = slots + position
                let group = slot.pointee.groupPlusOne
                let difference =
                    (slot.pointee.low ^ low) | (slot.pointee.high ^ high)
                    | UInt64(slot.pointee.length ^ length)
                if difference == 0 && group != 0 {
                    groups[first &+ index] = group &- 1
                    break
                }
                if group == 0 {
                    groups[first &+ index] = insert(
                        low: low, high: high, hash: hash, key: runs.address(first &+ index), length: Int(length))
                    // The insertion may have moved the slots.
                    slots = self.slots
                    mask = self.mask
                    break
                }
                position = (position &+ 1) & mask
            }
        }
    }

    /// The group of a key longer than 16 bytes, which is made where it is new. Mutating all the way down, so that
    /// `self` is passed by address, where it would be copied for each row.
    @inline(never)
    private mutating func groupOfLong(_ key: UnsafePointer<UInt8>, length: UInt32, hash: UInt64) -> UInt32 {
        let slots = slots
        let mask = mask
        let arena = arena
        var position = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots + position
            let group = slot.pointee.groupPlusOne
            if group == 0 { return insert(low: 0, high: 0, hash: hash, key: key, length: Int(length)) }
            if slot.pointee.low == hash && slot.pointee.length == length
                && memcmp(arena + Int(slot.pointee.high), key, Int(length)) == 0
            {
                return group &- 1
            }
            position = (position &+ 1) & mask
        }
    }
}
