// Group numbers for keys of several columns that are one word together.

extension GroupKeys {
    /// Writes the group of each row to `groups`, as long as the keys have room in words; false where they have not.
    /// What has become a group by then stays one.
    func assignPacked(_ keys: [ColumnVector], count: Int, into groups: UnsafeMutablePointer<UInt32>) -> Bool {
        guard var packed, keys.allSatisfy({ $0.nullCount == 0 }) else { return false }
        var hasRoom = true
        FixedGroupTable.inVectors(count) { first, size, scratch in
            guard hasRoom else { return }
            if !packed.write(keys, first: first, count: size, into: scratch) {
                guard let wider = widened(packed, keys, count) else {
                    hasRoom = false
                    return
                }
                packed = wider
                _ = packed.write(keys, first: first, count: size, into: scratch)
            }
            words.assignGroups(keys: scratch, count: size, into: groups + first)
        }
        return hasRoom
    }

    /// Writes to `mapping` the group that each of `groups` of another table has in this one, where both have words;
    /// false where this can't be done by words alone.
    func assignPacked(
        from other: GroupKeys, _ groups: UnsafePointer<UInt32>, count: Int, into mapping: UnsafeMutablePointer<UInt32>
    ) -> Bool {
        guard let theirs = other.packed, packed != nil else { return false }
        if words.groupLimit == 0 { packed = theirs }
        guard let packed else { return false }
        var hasRoom = true
        FixedGroupTable.inVectors(count) { first, size, scratch in
            guard hasRoom else { return }
            hasRoom = GroupKeys.gather(other, groups + first, size, by: packed, theirs, into: scratch)
            if hasRoom { words.assignGroups(keys: scratch, count: size, into: mapping + first) }
        }
        return hasRoom
    }

    /// The keys of some groups of a table by other lanes; false where a value is beyond its lane.
    private static func gather(
        _ other: GroupKeys, _ groups: UnsafePointer<UInt32>, _ count: Int, by packed: PackedKeys,
        _ theirs: PackedKeys, into scratch: UnsafeMutablePointer<UInt64>
    ) -> Bool {
        let keys = other.words.groupKeys
        for index in 0..<count { scratch[index] = keys[Int(groups[index])] }
        return packed.lanes == theirs.lanes || packed.rewrite(scratch, count, of: theirs)
    }

    /// Lanes with room for some rows as well, by which the table's keys are written from now on; `nil` where a word has
    /// none.
    private func widened(_ old: PackedKeys, _ keys: [ColumnVector], _ count: Int) -> PackedKeys? {
        guard let wider = wider(old, PackedKeys.extents(of: keys, count: count)) else { return nil }
        words.rewriteKeys { keys, count in _ = wider.rewrite(keys, count, of: old) }
        packed = wider
        return wider
    }

    private func wider(_ old: PackedKeys, _ extents: [PackedKeys.Extent]) -> PackedKeys? {
        var extents = extents
        let groups = words.allGroups()
        old.add(words.groupKeys, groups, groups.count, to: &extents)
        return old.laidOut(for: extents)
    }

    // MARK: Memory

    /// Whether these rows' keys will be words, too.
    func hasRoom(_ packed: PackedKeys, _ keys: [ColumnVector], _ count: Int) -> Bool {
        guard keys.allSatisfy({ $0.nullCount == 0 }) else { return false }
        var hasRoom = true
        FixedGroupTable.inVectors(count) { first, size, scratch in
            hasRoom = hasRoom && packed.write(keys, first: first, count: size, into: scratch)
        }
        return hasRoom || wider(packed, PackedKeys.extents(of: keys, count: count)) != nil
    }

    /// Whether the keys of these groups of another table will be words, too.
    func hasRoom(
        _ packed: PackedKeys, of other: GroupKeys, _ groups: UnsafePointer<UInt32>, _ count: Int
    ) -> Bool {
        guard let theirs = other.packed else { return false }
        if words.groupLimit == 0 || packed.lanes == theirs.lanes { return true }
        var hasRoom = true
        FixedGroupTable.inVectors(count) { first, size, scratch in
            hasRoom = hasRoom && GroupKeys.gather(other, groups + first, size, by: packed, theirs, into: scratch)
        }
        guard !hasRoom else { return true }
        var extents = packed.lanes.map { _ in PackedKeys.Extent() }
        theirs.add(other.words.groupKeys, groups, count, to: &extents)
        return wider(packed, extents) != nil
    }
}
