// Finds the rows of some batches by key: the build side of a join.

import CPlatform

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The rows of some batches by their keys. A row with a NULL in its key is found by nothing; without key columns every
/// row is found by all. Immutable once made: any number of threads may look rows up at once.
///
/// Each bucket is a chain of entries, one a row, in the order of the batches and their rows.
package struct JoinIndex: Sendable {
    private struct Entry: BitwiseCopyable {
        let hash: UInt32
        /// The entry behind this one in its bucket, counted from 1; 0 for none.
        let next: UInt32
        let place: RowPlace
    }

    private let keys: [CanonicalKeys]
    /// Where the words of each batch's keys lie, where keys are a word each; `nil` elsewhere.
    private let words: Buffer?
    private let entries: Buffer
    private let buckets: Buffer
    private let mask: UInt32
    private let seed: HashSeed

    /// The most rows that an index can have.
    package static let maximumRows = Int(Int32.max)

    /// Indexes the rows of these keys, one value a batch.
    package init(_ keys: [CanonicalKeys], seed: HashSeed = .process) {
        let count = keys.reduce(0) { $0 + $1.count }
        precondition(count <= JoinIndex.maximumRows, "the caller has checked the number of rows")
        self.keys = keys
        self.seed = seed
        words = JoinIndex.words(of: keys)
        var bucketCount = 16
        while bucketCount < 2 * count { bucketCount *= 2 }
        mask = UInt32(truncatingIfNeeded: bucketCount &- 1)
        entries = Buffer(capacity: max(count, 1) * MemoryLayout<Entry>.stride)
        buckets = Buffer.zeroed(capacity: bucketCount * 4)
        let (entries, heads) = (entries.pointer(as: Entry.self), buckets.pointer(as: UInt32.self))
        var used = 0
        // Last row first: each goes before those that are in its bucket already.
        for (batch, one) in keys.enumerated().reversed() {
            let hashes = one.hashes(seed)
            for row in (0..<one.count).reversed() where one.isValid(row) {
                let ahead = row &- JoinIndex.headDistance
                if ahead >= 0 { platform_prefetch(heads + Int(hashes[ahead] & mask)) }
                let bucket = Int(hashes[row] & mask)
                entries[used] = Entry(
                    hash: hashes[row], next: heads[bucket], place: RowPlace(batch: batch, row: row))
                used &+= 1
                heads[bucket] = UInt32(truncatingIfNeeded: used)
            }
        }
    }

    private static func words(of keys: [CanonicalKeys]) -> Buffer? {
        let buffer = Buffer(capacity: keys.count * MemoryLayout<UnsafePointer<UInt64>>.stride)
        let pointers = buffer.pointer(as: UnsafePointer<UInt64>.self)
        for (batch, one) in keys.enumerated() {
            guard case .words(let words) = one.form else { return nil }
            pointers[batch] = UnsafePointer(words.pointer(as: UInt64.self))
        }
        return buffer
    }

    /// How many rows ahead of its turn each of the places is fetched in which a row is looked for.
    private static let headDistance = 24
    private static let entryDistance = 12
    private static let keyDistance = 6

    /// Bytes of memory that the index takes.
    package var memoryBytes: Int { entries.capacity + buckets.capacity + keys.reduce(0) { $0 + $1.memoryBytes } }

    /// Looks rows up, in order, a piece of the pairs at a time.
    package struct Lookup {
        private let index: JoinIndex
        private let rows: CanonicalKeys
        private let hashes: [UInt32]
        private var row = 0
        /// The entry that is to be looked at next for `row`, counted from 1; 0 for none.
        private var entry: UInt32 = 0

        /// Begins to look up these rows.
        package init(_ index: JoinIndex, _ rows: CanonicalKeys) {
            self.index = index
            self.rows = rows
            hashes = rows.hashes(index.seed)
            if rows.count > 0 { entry = head(of: 0) }
        }

        /// Writes the next pairs: the row that was looked up, and where it was found. Returns how many they are: fewer
        /// than `limit` only at the end.
        package mutating func next(
            _ limit: Int, rows found: UnsafeMutablePointer<Int32>, places: UnsafeMutablePointer<RowPlace>
        ) -> Int {
            if let known = index.words, case .words(let own) = rows.form {
                return next(
                    limit, words: own.pointer(as: UInt64.self),
                    in: UnsafePointer(known.pointer(as: UnsafePointer<UInt64>.self)), rows: found, places: places)
            }
            let entries = index.entries.pointer(as: Entry.self)
            var count = 0
            while row < rows.count {
                while entry != 0 {
                    if count == limit { return count }
                    let candidate = entries[Int(entry) &- 1]
                    if candidate.hash == hashes[row], index.isEqual(rows, row, candidate.place) {
                        found[count] = Int32(truncatingIfNeeded: row)
                        places[count] = candidate.place
                        count &+= 1
                    }
                    entry = candidate.next
                }
                row &+= 1
                if row < rows.count { entry = head(of: row) }
            }
            return count
        }

        /// The same where keys are a word each.
        private mutating func next(
            _ limit: Int, words own: UnsafePointer<UInt64>, in known: UnsafePointer<UnsafePointer<UInt64>>,
            rows found: UnsafeMutablePointer<Int32>, places: UnsafeMutablePointer<RowPlace>
        ) -> Int {
            let entries = index.entries.pointer(as: Entry.self)
            let (hashes, end) = (hashes, rows.count)
            var (row, entry, count) = (self.row, self.entry, 0)
            while row < end {
                let (hash, word) = (hashes[row], own[row])
                while entry != 0 {
                    if count == limit {
                        (self.row, self.entry) = (row, entry)
                        return count
                    }
                    let candidate = entries[Int(entry) &- 1]
                    let place = candidate.place
                    if candidate.hash == hash, known[Int(place.batch)][Int(place.row)] == word {
                        found[count] = Int32(truncatingIfNeeded: row)
                        places[count] = place
                        count &+= 1
                    }
                    entry = candidate.next
                }
                row &+= 1
                guard row < end else { break }
                fetch(behind: row, hashes, known)
                entry = head(of: row)
            }
            (self.row, self.entry) = (row, 0)
            return count
        }

        /// Fetches what rows some way behind this one will need.
        @inline(__always)
        private func fetch(
            behind row: Int, _ hashes: [UInt32], _ known: UnsafePointer<UnsafePointer<UInt64>>
        ) {
            let (heads, mask) = (index.buckets.pointer(as: UInt32.self), index.mask)
            let entries = index.entries.pointer(as: Entry.self)
            let (far, near, next) = (
                row &+ JoinIndex.headDistance, row &+ JoinIndex.entryDistance, row &+ JoinIndex.keyDistance
            )
            if far < rows.count { platform_prefetch(heads + Int(hashes[far] & mask)) }
            if near < rows.count {
                let entry = heads[Int(hashes[near] & mask)]
                if entry != 0 { platform_prefetch(entries + (Int(entry) &- 1)) }
            }
            if next < rows.count {
                let entry = heads[Int(hashes[next] & mask)]
                if entry != 0 {
                    let place = entries[Int(entry) &- 1].place
                    platform_prefetch(known[Int(place.batch)] + Int(place.row))
                }
            }
        }

        /// Looks no further for the row that is under way where `isDone` has its bit: the rest of its pairs decide
        /// nothing.
        package mutating func skip(_ isDone: UnsafePointer<UInt8>) {
            if row < rows.count, Bitmap.get(isDone, row) { entry = 0 }
        }

        /// The first entry of a row's bucket.
        @inline(__always)
        private func head(of row: Int) -> UInt32 {
            rows.isValid(row) ? index.buckets.pointer(as: UInt32.self)[Int(hashes[row] & index.mask)] : 0
        }

        /// The rows that are found at all, by a bit each.
        package func found() -> Buffer {
            let entries = index.entries.pointer(as: Entry.self)
            let heads = index.buckets.pointer(as: UInt32.self)
            let buffer = Buffer.zeroed(capacity: Bitmap.byteCount(rows.count) + 8)
            let bits = buffer.pointer(as: UInt8.self)
            for row in 0..<rows.count where rows.isValid(row) {
                var entry = heads[Int(hashes[row] & index.mask)]
                while entry != 0 {
                    let candidate = entries[Int(entry) &- 1]
                    if candidate.hash == hashes[row], index.isEqual(rows, row, candidate.place) {
                        Bitmap.set(bits, row)
                        break
                    }
                    entry = candidate.next
                }
            }
            return buffer
        }
    }

    @inline(__always)
    private func isEqual(_ other: CanonicalKeys, _ row: Int, _ place: RowPlace) -> Bool {
        switch (other.form, keys[Int(place.batch)].form) {
        case (.none, .none): return true
        case (.words(let left), .words(let right)):
            return left.pointer(as: UInt64.self)[row] == right.pointer(as: UInt64.self)[Int(place.row)]
        case (.runs(let left), .runs(let right)):
            let (a, b) = (left.run(row), right.run(Int(place.row)))
            guard a.count == b.count else { return false }
            guard let first = a.baseAddress, let second = b.baseAddress else { return true }
            return memcmp(first, second, a.count) == 0
        default: preconditionFailure("keys of one type on both sides")
        }
    }
}
