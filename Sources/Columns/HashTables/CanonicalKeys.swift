// The keys of some rows in the form in which they are hashed and compared.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The key of each row of a batch as a word or as a run of bytes: equal keys are equal there, by Spark's rules for
/// grouping. Immutable.
///
/// SAFETY: the words are written before `init` returns and never afterwards.
package struct CanonicalKeys: Sendable {
    /// Which form the keys have.
    package enum Form: Sendable {
        /// There are no key columns: all keys are equal.
        case none
        /// One value of at most 8 bytes.
        case words(Buffer)
        /// One string or binary, or the encoding of several columns.
        case runs(ColumnVector)
    }

    package let form: Form
    package let count: Int
    /// One bit a row, clear where a key column is NULL in which NULL equals nothing; `nil` where there is no such row.
    package let validity: Buffer?
    /// Whether NULLs are part of the runs: with several columns, or one that is nested.
    private let encodesNulls: Bool

    /// The keys of `count` rows. In columns that are `nullSafe` NULL is a value like others, which equals itself; both
    /// sides of a join say the same of them.
    package init(_ columns: [ColumnVector], count: Int, nullSafe: [Bool] = []) {
        self.count = count
        let strict = nullSafe.isEmpty ? columns : zip(columns, nullSafe).filter { !$1 }.map(\.0)
        validity = ValidityKernel.all(strict, count: count).bits
        if strict.count < columns.count {
            form = .runs(KeyEncoder(types: columns.map(\.type)).encode(columns, count: count))
            encodesNulls = true
        } else if columns.isEmpty {
            form = .none
            encodesNulls = false
        } else if columns.count == 1, KeyWords.canRead(columns[0].type) {
            let words = Buffer(capacity: max(count, 1) * 8)
            KeyWords.read(columns[0], first: 0, count: count, into: words.pointer(as: UInt64.self))
            form = .words(words)
            encodesNulls = false
        } else if columns.count == 1, columns[0].type.isBytes {
            form = .runs(columns[0])
            encodesNulls = false
        } else {
            form = .runs(KeyEncoder(types: columns.map(\.type)).encode(columns, count: count))
            encodesNulls = true
        }
    }

    /// Bytes of memory that the keys take beside the columns that they were made of.
    package var memoryBytes: Int {
        switch form {
        case .none: 0
        case .words(let words): words.capacity
        case .runs(let column): encodesNulls ? column.memoryBytes : 0
        }
    }

    /// Whether some rows have a NULL in their keys that equals nothing.
    package var hasInvalidRows: Bool { validity != nil && (0..<count).contains { !isValid($0) } }

    /// Whether a row can be found: no key column in which NULL equals nothing is NULL.
    @inline(__always)
    package func isValid(_ row: Int) -> Bool {
        guard let validity else { return true }
        return Bitmap.get(validity.pointer(as: UInt8.self), row)
    }

    /// The rows that belong to each of so many shards: those that `GroupKeys.shards` gives the same keys.
    package func selections(shards: Int) -> [Selection] {
        precondition(shards > 0, "there is at least one shard")
        var shardOf = [UInt32](repeating: 0, count: count)
        if shards > 1 { writeShards(shards, into: &shardOf) }
        var sizes = [Int](repeating: 0, count: shards)
        for shard in shardOf { sizes[Int(shard)] += 1 }
        let buffers = sizes.map { Buffer(capacity: max($0, 1) * 4) }
        let pointers = buffers.map { $0.pointer(as: Int32.self) }
        var next = [Int](repeating: 0, count: shards)
        for row in 0..<count {
            let shard = Int(shardOf[row])
            pointers[shard][next[shard]] = Int32(truncatingIfNeeded: row)
            next[shard] += 1
        }
        return zip(buffers, sizes).map { Selection(indices: $0, count: $1) }
    }

    private func writeShards(_ shards: Int, into shardOf: inout [UInt32]) {
        let null = UInt32(StableHash.shard(of: StableHash.null, shards: shards))
        switch form {
        case .none: return
        case .words(let words):
            let words = words.pointer(as: UInt64.self)
            for row in 0..<count {
                let shard = StableHash.shard(of: StableHash.hash(word: words[row]), shards: shards)
                shardOf[row] = isValid(row) ? UInt32(truncatingIfNeeded: shard) : null
            }
        case .runs(let column):
            let (base, starts, ends) = (column.byteStart, column.starts, column.ends)
            for row in 0..<count {
                let hash = StableHash.hash(padded: base + Int(starts[row]), length: Int(ends[row] &- starts[row]))
                let shard = StableHash.shard(of: hash, shards: shards)
                shardOf[row] = encodesNulls || isValid(row) ? UInt32(truncatingIfNeeded: shard) : null
            }
        }
    }

    /// Hashes for tables in memory.
    package func hashes(_ seed: HashSeed) -> [UInt32] {
        var hashes = [UInt32](repeating: 0, count: count)
        switch form {
        case .none: break
        case .words(let words):
            let words = words.pointer(as: UInt64.self)
            for row in 0..<count { hashes[row] = CanonicalKeys.folded(seed.hashWord(words[row])) }
        case .runs(let column):
            let (base, starts, ends) = (column.byteStart, column.starts, column.ends)
            for row in 0..<count {
                let (address, length) = (base + Int(starts[row]), Int(ends[row] &- starts[row]))
                let hash =
                    length > 16
                    ? seed.hashLong(address, length: length)
                    : seed.hashShort(
                        loadWord(address) & byteMask(length), loadWord(address + 8) & byteMask(max(length &- 8, 0)),
                        length: length)
                hashes[row] = CanonicalKeys.folded(hash)
            }
        }
        return hashes
    }

    @inline(__always)
    private static func folded(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash ^ hash &>> 32) }
}
