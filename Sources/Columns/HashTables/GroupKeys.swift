// Group numbers for any key columns: chooses the table and the form of its keys.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Numbers the distinct rows of some key columns and finds the rows of a number again.
///
/// | key columns | table | canonical key |
/// |---|---|---|
/// | none | none: group 0 for every row | empty |
/// | one boolean, integer, float, double, date or timestamp | `FixedGroupTable` | the value in one word |
/// | one string or binary | `GroupTable` | its bytes |
/// | several of those that are one word | `FixedGroupTable` | `PackedKeys`' word as long as one has room for all |
/// | anything else | `GroupTable` | `CompactKeys`' bytes as long as they can be written, then `KeyEncoder`'s |
///
/// Every call takes a whole batch. Not thread-safe: one owner at a time.
///
/// SAFETY: the tables are not checked for overlapping use: they are private, and no call of one comes back to these
/// keys.
package final class GroupKeys {
    /// Which table and form of key.
    private enum Form {
        case none
        case word
        case bytes
        case encoded(KeyEncoder)
    }

    /// The types of the key columns.
    package let types: [DataType]
    private let form: Form
    @exclusivity(unchecked) var words: FixedGroupTable
    @exclusivity(unchecked) private var runs: GroupTable
    /// The form of keys in `words` where they are encoded: `nil` where they are in `runs`.
    @exclusivity(unchecked) var packed: PackedKeys?
    /// The form of keys in `runs` where they are encoded: `nil` where it is `KeyEncoder`'s.
    @exclusivity(unchecked) private var compact: CompactKeys?
    /// Without key columns: whether the one group exists.
    @exclusivity(unchecked) private var hasGlobalGroup = false

    /// Creates an empty table for keys of these types.
    package init(types: [DataType], seed: HashSeed = .process) {
        self.types = types
        if types.isEmpty {
            form = .none
        } else if types.count == 1, KeyWords.canRead(types[0]) {
            form = .word
        } else if types.count == 1, types[0].isBytes {
            form = .bytes
        } else {
            form = .encoded(KeyEncoder(types: types))
            compact = CompactKeys(types: types)
            packed = PackedKeys(types: types)
        }
        words = FixedGroupTable(seed: seed)
        runs = GroupTable(seed: seed)
    }

    /// Whether columns of a type can be keys.
    package static func canBeKey(_ type: DataType) -> Bool { KeyEncoder.canEncode(type) }

    /// How many groups there are.
    package var count: Int {
        switch form {
        case .encoded where packed != nil: words.count
        case .none: hasGlobalGroup ? 1 : 0
        case .word: words.count
        case .bytes, .encoded: runs.count
        }
    }

    /// One more than the highest number given: the length of arrays indexed by group. Numbers of removed groups are
    /// among those below it.
    package var groupLimit: Int {
        switch form {
        case .encoded where packed != nil: words.groupLimit
        case .none: hasGlobalGroup ? 1 : 0
        case .word: words.groupLimit
        case .bytes, .encoded: runs.groupLimit
        }
    }

    /// Bytes that the tables hold.
    package var memoryBytes: Int { words.memoryBytes + runs.memoryBytes }

    /// Bytes that new groups of these keys may take at the peak.
    package func growthBytes(adding count: Int, keys columns: [ColumnVector]) -> Int {
        if let packed, !hasRoom(packed, columns, count) {
            return unpackedBytes(adding: count)
        }
        var runBytes = columns.reduce(0) { $0 + $1.bytesByRow }
        // What isn't one word or one text is written out, key by key.
        if case .encoded = form { runBytes += count * encodedBytes }
        return growthBytes(adding: count, runBytes: runBytes)
    }

    /// Bytes that so many new groups with `runBytes` of keys may take at the peak.
    package func growthBytes(adding count: Int, runBytes: Int) -> Int {
        switch form {
        case .encoded where packed != nil: words.growthBytes(count)
        case .none: 0
        case .word: words.growthBytes(count)
        case .bytes, .encoded: runs.growthBytes(count, runBytes: runBytes)
        }
    }

    /// Bytes that `assignGroups` of some groups of another table may take at the peak.
    package func growthBytes(from other: GroupKeys, groups: UnsafePointer<UInt32>, count: Int) -> Int {
        if let packed {
            return hasRoom(packed, of: other, groups, count)
                ? words.growthBytes(count) : unpackedBytes(adding: count)
        }
        let runBytes =
            other.packed == nil
            ? other.runs.runBytes(groups, count, room: runs.runRoom) : count * encodedBytes
        // Where keys need another form, the table is written anew beside itself.
        let rewritten = compact != nil && other.compact == nil ? 2 * runs.memoryBytes : 0
        return growthBytes(adding: count, runBytes: runBytes) + rewritten
    }

    /// Forgets every group and keeps the memory.
    package func clear() {
        hasGlobalGroup = false
        words.clear()
        runs.clear()
        compact?.clear()
    }

    /// Removes groups; their numbers are given to later keys. Each must exist and is removed once.
    package func remove(groups: UnsafePointer<UInt32>, count: Int) {
        switch form {
        case .encoded where packed != nil: words.remove(groups: groups, count: count)
        case .none: if count > 0 { hasGlobalGroup = false }
        case .word: words.remove(groups: groups, count: count)
        case .bytes, .encoded: runs.remove(groups: groups, count: count)
        }
    }

    // MARK: Numbering

    /// Makes the one group of a table without key columns, which exists even where no row came.
    package func makeGlobalGroup() {
        precondition(types.isEmpty, "only a table without key columns has a global group")
        hasGlobalGroup = true
    }

    /// Writes the group of each of the first `count` rows to `groups`, making groups for keys that are new.
    package func assignGroups(keys: [ColumnVector], count: Int, into groups: UnsafeMutablePointer<UInt32>) {
        precondition(keys.count == types.count, "as many key columns as key types")
        guard count > 0 else { return }
        switch form {
        case .none:
            hasGlobalGroup = true
            memset(groups, 0, count * 4)
        case .word: assignWords(keys[0], count: count, into: groups)
        case .bytes: runs.assignGroups(keys: keys[0], count: count, into: groups)
        case .encoded(let encoder):
            if packed != nil {
                if assignPacked(keys, count: count, into: groups) { return }
                usePlainForm(encoder, isCompact: keys.allSatisfy { $0.nullCount == 0 })
            }
            runs.assignGroups(keys: encoded(keys, count, encoder), count: count, into: groups)
        }
    }

    /// Keys in the form of those in the table, which changes where they can't be written in it.
    private func encoded(_ keys: [ColumnVector], _ count: Int, _ encoder: KeyEncoder) -> ColumnVector {
        if compact != nil {
            if let short = compact?.encode(keys, count: count) { return short }
            useGeneralForm(encoder)
        }
        return encoder.encode(keys, count: count)
    }

    /// Writes all keys of the table anew: some key has come that `CompactKeys` can't write, and more of them will.
    private func useGeneralForm(_ encoder: KeyEncoder) {
        guard let old = compact else { return }
        compact = nil
        guard runs.groupLimit > 0 else { return }
        var table = GroupTable(seed: runs.seed, groupLimit: runs.groupLimit, freeGroups: runs.freeGroups)
        write(runs.allGroups(), into: &table) { part in
            let columns = old.decode(runs.keyColumn(type: .binary, groups: part, count: part.count))
            return encoder.encode(columns, count: part.count)
        }
        swap(&runs, &table)
    }

    /// Writes all keys of the table of words as bytes: some key has come that has no room in one, and more of them
    /// will.
    private func usePlainForm(_ encoder: KeyEncoder, isCompact: Bool) {
        guard let old = packed else { return }
        defer { packed = nil }
        guard words.groupLimit > 0 else { return }
        var form = isCompact ? compact : nil
        var table = GroupTable(seed: words.seed, groupLimit: words.groupLimit, freeGroups: words.freeGroups)
        write(words.allGroups(), into: &table) { part in
            let columns = old.columns(of: words.groupKeys, part, part.count)
            return form?.encode(columns, count: part.count) ?? encoder.encode(columns, count: part.count)
        }
        compact = form
        swap(&runs, &table)
        words = FixedGroupTable(seed: runs.seed)
    }

    /// Gives groups of a new table their keys, piece by piece.
    private func write(_ groups: [UInt32], into table: inout GroupTable, _ keys: ([UInt32]) -> ColumnVector) {
        var first = 0
        while first < groups.count {
            let end = pieceEnd(of: groups, from: first, maximumRows: 64 * 1024)
            let part = Array(groups[first..<end])
            table.adopt(part, keys: keys(part))
            first = end
        }
    }

    /// Bytes that a key takes at most, written out, beside its texts.
    private var encodedBytes: Int { types.reduce(0) { $0 + $1.encodedBytes } }

    /// Bytes that a table of bytes takes, which takes the place of the table of words, with so many groups more.
    private func unpackedBytes(adding count: Int) -> Int {
        let all = words.groupLimit + count
        return GroupTable.bytes(groups: all, runBytes: all * encodedBytes)
    }

    /// Whether the keys of another table are written in the form of this one's.
    private func sharesForm(with other: GroupKeys) -> Bool {
        guard packed == nil, other.packed == nil else { return false }
        guard let theirs = other.compact else { return compact == nil }
        return compact?.adopt(theirs) ?? false
    }

    /// Writes to `mapping` the group that each of `groups` of a table of the same types has in this one.
    package func assignGroups(
        from other: GroupKeys, groups: UnsafePointer<UInt32>, count: Int, into mapping: UnsafeMutablePointer<UInt32>
    ) {
        precondition(other.types == types, "tables of the same key types")
        guard count > 0 else { return }
        switch form {
        case .none:
            hasGlobalGroup = true
            memset(mapping, 0, count * 4)
        case .encoded where assignPacked(from: other, groups, count: count, into: mapping): return
        case .word:
            let keys = other.words.groupKeys
            let null = other.words.nullGroup
            FixedGroupTable.inVectors(count) { first, size, scratch in
                for index in 0..<size { scratch[index] = keys[Int(groups[first &+ index])] }
                if null < 0 {
                    words.assignGroups(keys: scratch, count: size, into: mapping + first)
                } else {
                    words.assign(scratch, count: size, into: mapping + first) { Int(groups[first + $0]) != null }
                }
            }
        case .encoded where !sharesForm(with: other):
            FixedGroupTable.inVectors(count) { first, size, _ in
                assignGroups(
                    keys: other.keyColumns(groups: groups + first, count: size), count: size, into: mapping + first)
            }
        case .bytes, .encoded: runs.assignGroups(from: other.runs, groups: groups, count: count, into: mapping)
        }
    }

    private func assignWords(_ column: ColumnVector, count: Int, into groups: UnsafeMutablePointer<UInt32>) {
        let validity = column.validityBits
        if validity == nil, column.type == .long || column.type == .timestamp {
            words.assignGroups(keys: column.slots(as: UInt64.self), count: count, into: groups)
            return
        }
        FixedGroupTable.inVectors(count) { first, size, scratch in
            KeyWords.read(column, first: first, count: size, into: scratch)
            if let validity {
                words.assign(scratch, count: size, into: groups + first) { Bitmap.get(validity, first + $0) }
            } else {
                words.assignGroups(keys: scratch, count: size, into: groups + first)
            }
        }
    }

    // MARK: Keys of groups

    /// Bytes that a piece of groups has at most, unless one group alone has more: so no column of a piece reaches the
    /// 4 GiB of its offsets.
    package static let pieceBytes = 256 << 20

    /// How far a piece of `groups` from `first` on reaches: at most `maximumRows`, and keys of at most `bytes`, with
    /// what is kept `beside` each, unless one group alone has more.
    package func pieceEnd(
        of groups: [UInt32], from first: Int, maximumRows: Int, bytes limitBytes: Int = GroupKeys.pieceBytes,
        beside: ((_ group: Int) -> Int)? = nil
    ) -> Int {
        let limit = min(first + maximumRows, groups.count)
        let hasRuns: Bool
        switch form {
        case .none, .word: hasRuns = false
        case .encoded where packed != nil: hasRuns = false
        case .bytes, .encoded: hasRuns = true
        }
        guard hasRuns || beside != nil else { return limit }
        var bytes = 0
        for row in first..<limit {
            let group = Int(groups[row])
            if hasRuns { bytes += runs.key(of: group).count }
            if let beside { bytes += beside(group) }
            if bytes > limitBytes && row > first { return row }
        }
        return limit
    }

    /// The numbers of all groups, ascending.
    package func allGroups() -> [UInt32] {
        switch form {
        case .encoded where packed != nil: words.allGroups()
        case .none: hasGlobalGroup ? [0] : []
        case .word: words.allGroups()
        case .bytes, .encoded: runs.allGroups()
        }
    }

    /// The key columns of some groups, in their order.
    package func keyColumns(groups: UnsafePointer<UInt32>, count: Int) -> [ColumnVector] {
        switch form {
        case .none: return []
        case .word: return [narrow(groups: groups, count: count)]
        case .bytes: return [runs.keyColumn(type: types[0], groups: groups, count: count)]
        case .encoded(let encoder):
            if let packed { return packed.columns(of: words.groupKeys, groups, count) }
            let keys = runs.keyColumn(type: .binary, groups: groups, count: count)
            if let compact { return compact.decode(keys) }
            guard let columns = encoder.decode(keys) else {
                preconditionFailure("a group's key decodes: it was encoded here or checked when it was read")
            }
            return columns
        }
    }

    private func narrow(groups: UnsafePointer<UInt32>, count: Int) -> ColumnVector {
        let (validity, nulls) = GroupKeys.validity(without: words.nullGroup, groups: groups, count: count)
        return ColumnVector(
            type: types[0], count: count, validity: validity, nullCount: nulls,
            values: KeyWords.gather(words.groupKeys, groups, count, types[0]))
    }

    /// Validity bits of rows of which at most one group is NULL.
    static func validity(
        without null: Int, groups: UnsafePointer<UInt32>, count: Int
    ) -> (Buffer?, Int) {
        guard null >= 0 else { return (nil, 0) }
        var nulls = 0
        for row in 0..<count where Int(groups[row]) == null { nulls += 1 }
        guard nulls > 0 else { return (nil, 0) }
        let buffer = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        let bits = buffer.pointer(as: UInt8.self)
        for row in 0..<count where Int(groups[row]) != null { Bitmap.set(bits, row) }
        return (buffer, nulls)
    }

    // MARK: State

    /// The type of the one column that `storedKeys` gives: `nil` without key columns.
    package var storedType: DataType? {
        switch form {
        case .none: nil
        case .word: .long
        case .bytes, .encoded: .binary
        }
    }

    /// The canonical keys of some groups as one column of `storedType`, for state files.
    package func storedKeys(groups: UnsafePointer<UInt32>, count: Int) -> ColumnVector? {
        switch form {
        case .none: return nil
        case .word:
            let keys = words.groupKeys
            let values = Buffer(capacity: count * 8)
            let output = values.pointer(as: UInt64.self)
            for row in 0..<count { output[row] = keys[Int(groups[row])] }
            let (validity, nulls) = GroupKeys.validity(without: words.nullGroup, groups: groups, count: count)
            return ColumnVector(type: .long, count: count, validity: validity, nullCount: nulls, values: values)
        case .encoded(let encoder) where packed != nil:
            return encoder.encode(keyColumns(groups: groups, count: count), count: count)
        case .bytes, .encoded:
            let keys = runs.keyColumn(type: .binary, groups: groups, count: count)
            guard let compact, case .encoded(let encoder) = form else { return keys }
            return encoder.encode(compact.decode(keys), count: count)
        }
    }

    /// Numbers keys as `storedKeys` gave them, perhaps read from a damaged file. False where they are none of ours.
    package func assignGroups(stored: ColumnVector?, count: Int, into groups: UnsafeMutablePointer<UInt32>) -> Bool {
        guard stored?.type == storedType, stored.map({ $0.count == count }) ?? (count <= 1) else { return false }
        guard count > 0 else { return true }
        switch form {
        case .none:
            hasGlobalGroup = true
            groups[0] = 0
        case .word:
            guard let stored else { return false }
            let validity = stored.validityBits
            let keys = stored.slots(as: UInt64.self)
            guard let validity else {
                words.assignGroups(keys: keys, count: count, into: groups)
                return true
            }
            FixedGroupTable.inVectors(count) { first, size, scratch in
                memcpy(scratch, keys + first, size * 8)
                words.assign(scratch, count: size, into: groups + first) { Bitmap.get(validity, first + $0) }
            }
        case .bytes:
            guard let stored else { return false }
            runs.assignGroups(keys: stored, count: count, into: groups)
        case .encoded(let encoder):
            guard let stored, stored.nullCount == 0, let columns = encoder.decode(stored) else { return false }
            if packed != nil {
                assignGroups(keys: columns, count: count, into: groups)
                return true
            }
            runs.assignGroups(
                keys: compact == nil ? stored : encoded(columns, count, encoder), count: count, into: groups)
        }
        return true
    }

    // MARK: Shards

    /// Writes the shard of each group from 0 to `groupLimit` - 1 by the stable hash of its key. For tables from which
    /// nothing was removed.
    package func shards(count shards: Int, into output: UnsafeMutablePointer<UInt32>) {
        switch form {
        case .none: if hasGlobalGroup { output[0] = 0 }
        case .word:
            let keys = words.groupKeys
            for group in 0..<words.groupLimit {
                output[group] = UInt32(
                    truncatingIfNeeded: StableHash.shard(of: StableHash.hash(word: keys[group]), shards: shards))
            }
            setShardOfNull(words.nullGroup, shards, output)
        case .encoded where packed != nil || compact != nil: writeShardsOfCompact(shards, into: output)
        case .bytes, .encoded:
            runs.writeShards(shards, into: output)
            setShardOfNull(runs.nullGroup, shards, output)
        }
    }

    /// The stable hash is that of `KeyEncoder`'s bytes, whatever form the table has.
    private func writeShardsOfCompact(_ shards: Int, into output: UnsafeMutablePointer<UInt32>) {
        for first in stride(from: 0, to: groupLimit, by: 4096) {
            let groups = Array(UInt32(first)..<UInt32(min(first + 4096, groupLimit)))
            guard let keys = storedKeys(groups: groups, count: groups.count) else { return }
            let runs = Runs(keys)
            for row in 0..<keys.count {
                let hash = StableHash.hash(padded: runs.address(row), length: runs.length(row))
                output[first + row] = UInt32(truncatingIfNeeded: StableHash.shard(of: hash, shards: shards))
            }
        }
    }

    private func setShardOfNull(_ group: Int, _ shards: Int, _ output: UnsafeMutablePointer<UInt32>) {
        if group >= 0 { output[group] = UInt32(StableHash.shard(of: StableHash.null, shards: shards)) }
    }
}

extension FixedGroupTable {
    /// The numbers of all groups, ascending.
    func allGroups() -> [UInt32] {
        guard !freeGroups.isEmpty else { return Array(0..<UInt32(groupLimit)) }
        var isFree = [Bool](repeating: false, count: groupLimit)
        for group in freeGroups { isFree[Int(group)] = true }
        return (0..<UInt32(groupLimit)).filter { !isFree[Int($0)] }
    }

    /// Numbers at most `vectorLength` words of which only the valid ones count; the others are NULL. Packs `words`.
    @inline(__always)
    mutating func assign(
        _ words: UnsafeMutablePointer<UInt64>, count: Int, into groups: UnsafeMutablePointer<UInt32>,
        isValid: (Int) -> Bool
    ) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 2 * FixedGroupTable.vectorLength) { memory in
            guard let rows = memory.baseAddress else { return }
            let packed = rows + FixedGroupTable.vectorLength
            var valid = 0
            for row in 0..<count {
                words[valid] = words[row]
                rows[valid] = UInt32(truncatingIfNeeded: row)
                valid &+= isValid(row) ? 1 : 0
            }
            if valid < count {
                let null = groupOfNull()
                for row in 0..<count { groups[row] = null }
            }
            assignGroups(keys: words, count: valid, into: packed)
            for index in 0..<valid { groups[Int(rows[index])] = packed[index] }
        }
    }
}

extension GroupTable {
    /// The numbers of all groups, ascending.
    func allGroups() -> [UInt32] {
        var groups: [UInt32] = []
        groups.reserveCapacity(count)
        for group in 0..<groupLimit where entries[group].length != Entry.dead { groups.append(UInt32(group)) }
        return groups
    }

    /// The keys of some groups as a column of strings or binaries.
    func keyColumn(type: DataType, groups: UnsafePointer<UInt32>, count: Int) -> ColumnVector {
        let offsets = Buffer(capacity: (count + 1) * 4)
        let starts = offsets.pointer(as: UInt32.self)
        var total = 0
        starts[0] = 0
        for row in 0..<count {
            total &+= Int(entries[Int(groups[row])].length)
            starts[row &+ 1] = UInt32(truncatingIfNeeded: total)
        }
        precondition(total <= Int(UInt32.max), "keys are read in pieces far below 4 GiB")
        let bytes = Buffer(capacity: total)
        let output = bytes.pointer(as: UInt8.self)
        for row in 0..<count {
            let entry = entries[Int(groups[row])]
            memcpy(output + Int(starts[row]), arena + Int(entry.start), Int(entry.length))
        }
        let (validity, nulls) = GroupKeys.validity(without: nullGroup, groups: groups, count: count)
        return ColumnVector(
            type: type, count: count, validity: validity, nullCount: nulls, starts: offsets, bytes: bytes)
    }

    /// Writes the shard of every group's key.
    func writeShards(_ shards: Int, into output: UnsafeMutablePointer<UInt32>) {
        for group in 0..<groupLimit {
            let entry = entries[group]
            let hash = StableHash.hash(padded: UnsafePointer(arena) + Int(entry.start), length: Int(entry.length))
            output[group] = UInt32(truncatingIfNeeded: StableHash.shard(of: hash, shards: shards))
        }
    }
}
