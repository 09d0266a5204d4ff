// The rows of one side of a join, found by key: what lies in a row with its key comes with it.

import CPlatform
import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The rows of some batches by their keys, numbered from 0 in the order of the batches and their rows. A row with a
/// NULL in its key is found by nothing; without key columns every row is found by all. Immutable once made: any number
/// of threads may look rows up at once.
///
/// Each bucket is a chain of rows in their order. A row is a run of bytes with its key, the next row of its bucket and
/// its values of fixed width, so that looking one up costs a miss of the caches for the bucket and one for all of that.
struct JoinIndex: Sendable {
    /// Where things lie in a row's head.
    private enum Head {
        /// The key where keys are a word each, elsewhere its hash.
        static let key = 0
        /// The row behind this one in its bucket, counted from 1; 0 for none.
        static let next = 8
        /// The row's batch, where somebody asks for it.
        static let batch = 12
    }

    private let keys: [CanonicalKeys]
    /// Whether keys are a word each.
    private let isOfWords: Bool
    private let layout: RowLayout
    private let mayBeNull: [Bool]
    private let rows: Buffer
    private let buckets: Buffer
    private let mask: UInt32
    private let seed: HashSeed
    /// How many rows the batches before each have; one more than there are batches.
    private let firstRows: [Int]

    /// The most rows that an index can have.
    static let maximumRows = Int(Int32.max)

    /// Bytes that the index of so many rows of some types takes, about.
    static func bytes(rows: Int, _ types: [DataType]) -> Int { rows * (RowLayout(types, head: 16).stride + 12) }

    /// Indexes rows: for each batch their keys, and their columns, of which those of fixed width are held; `keyColumn`
    /// says which of them is the key, word for word.
    init(
        _ keys: [CanonicalKeys], columns: [[ColumnVector]], types: [DataType], keyColumn: Int? = nil,
        seed: HashSeed = .process
    ) {
        let count = keys.reduce(0) { $0 + $1.count }
        precondition(count <= JoinIndex.maximumRows, "the caller has checked the number of rows")
        let isOfWords = keys.allSatisfy { if case .words = $0.form { true } else { false } }
        self.isOfWords = isOfWords
        self.keys = isOfWords ? [] : keys
        self.seed = seed
        let hasBatches = !isOfWords || types.contains { !RowLayout.holds($0) }
        layout = RowLayout(
            types, head: hasBatches ? Head.batch + 4 : Head.batch,
            known: isOfWords ? keyColumn.map { ($0, Head.key) } : nil)
        mayBeNull = types.indices.map { column in columns.contains { $0[column].nullCount > 0 } }
        firstRows = keys.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
        rows = JoinIndex.memory(max(count, 1) * layout.stride)
        // Of few rows more than half of the buckets are empty, of many at least half.
        var bucketCount = 16
        while bucketCount < 2 * count { bucketCount *= 2 }
        mask = UInt32(truncatingIfNeeded: bucketCount &- 1)
        buckets = JoinIndex.memory(bucketCount * 4)
        memset(buckets.address, 0, bucketCount * 4)
        // Last row first: each goes before those that are in its bucket already.
        for (batch, one) in keys.enumerated().reversed() {
            write(one, columns[batch], keyColumn, batch, hasBatches)
            link(one, firstRows[batch])
        }
    }

    private static func memory(_ bytes: Int) -> Buffer {
        let buffer = Buffer(capacity: bytes)
        LargePages.prefer(buffer.address, byteCount: buffer.capacity)
        return buffer
    }

    private func write(
        _ keys: CanonicalKeys, _ columns: [ColumnVector], _ keyColumn: Int?, _ batch: Int, _ hasBatches: Bool
    ) {
        let (first, stride) = (firstRows[batch], layout.stride)
        let base = rows.address + first &* stride
        if case .words(let words) = keys.form, isOfWords {
            let words = words.pointer(as: UInt64.self)
            for row in 0..<keys.count { (base + row &* stride).storeBytes(of: words[row], as: UInt64.self) }
        } else {
            let hashes = keys.hashes(seed)
            for row in 0..<keys.count { (base + row &* stride).storeBytes(of: UInt64(hashes[row]), as: UInt64.self) }
        }
        if hasBatches {
            let number = UInt32(truncatingIfNeeded: batch)
            for row in 0..<keys.count {
                (base + row &* stride).storeBytes(of: number, toByteOffset: Head.batch, as: UInt32.self)
            }
        }
        let bytes = base.assumingMemoryBound(to: UInt8.self)
        for (column, values) in columns.enumerated() where layout.holds(column) {
            if isOfWords, column == keyColumn {
                if mayBeNull[column] { layout.writeNulls(values, column, in: bytes) { $0 } }
            } else {
                layout.write(values, column, in: bytes, setsNulls: mayBeNull[column]) { $0 }
            }
        }
    }

    private func link(_ keys: CanonicalKeys, _ first: Int) {
        let (stride, heads) = (layout.stride, buckets.pointer(as: UInt32.self))
        let base = rows.address + first &* stride + Head.next
        let hashes = keys.hashes(seed)
        for row in (0..<keys.count).reversed() where keys.isValid(row) {
            let ahead = row &- JoinIndex.headDistance
            if ahead >= 0 { platform_prefetch(heads + Int(hashes[ahead] & mask)) }
            let bucket = Int(hashes[row] & mask)
            (base + row &* stride).storeBytes(of: heads[bucket], as: UInt32.self)
            heads[bucket] = UInt32(truncatingIfNeeded: first &+ row &+ 1)
        }
    }

    /// How many rows ahead of its turn each of the places is fetched in which a row is looked for.
    private static let headDistance = 24
    private static let rowDistance = 12

    /// Bytes of memory that the index takes.
    var memoryBytes: Int { rows.capacity + buckets.capacity + keys.reduce(0) { $0 + $1.memoryBytes } }

    /// How many rows there are.
    var count: Int { firstRows[firstRows.count - 1] }

    /// Whether a column's values lie in the rows.
    func holds(_ column: Int) -> Bool { layout.holds(column) }

    /// The values of a column that the index holds, of the rows with some numbers.
    func gather(_ column: Int, _ numbers: UnsafePointer<UInt32>, count: Int) -> ColumnVector {
        layout.gather(
            column, of: UnsafePointer(rows.pointer(as: UInt8.self)), numbers, count: count,
            mayBeNull: mayBeNull[column])
    }

    /// Where the rows with some numbers are. The index has values that it doesn't hold, or keys that are no words.
    func places(_ numbers: UnsafePointer<UInt32>, count: Int, into places: UnsafeMutablePointer<RowPlace>) {
        for index in 0..<count { places[index] = place(Int(numbers[index])) }
    }

    @inline(__always)
    private func place(_ number: Int) -> RowPlace {
        let row = UnsafeRawPointer(rows.address) + number &* layout.stride
        let batch = Int(row.loadUnaligned(fromByteOffset: Head.batch, as: UInt32.self))
        return RowPlace(batch: batch, row: number &- firstRows[batch])
    }

    /// Looks rows up, in order, a piece of the pairs at a time.
    struct Lookup {
        private let index: JoinIndex
        private let rows: CanonicalKeys
        private let hashes: [UInt32]
        private var row = 0
        /// What is to be looked at next for `row`, counted from 1; 0 for nothing.
        private var entry: UInt32 = 0

        /// Begins to look up these rows.
        init(_ index: JoinIndex, _ rows: CanonicalKeys) {
            self.index = index
            self.rows = rows
            hashes = rows.hashes(index.seed)
            if rows.count > 0, rows.isValid(0) {
                entry = index.buckets.pointer(as: UInt32.self)[Int(hashes[0] & index.mask)]
            }
        }

        /// Writes the next pairs: the row that was looked up, and the number of what it has found. Returns how many
        /// they are: fewer than `limit` only at the end.
        mutating func next(
            _ limit: Int, rows found: UnsafeMutablePointer<Int32>, numbers: UnsafeMutablePointer<UInt32>
        ) -> Int {
            if index.isOfWords, case .words(let words) = rows.form {
                let own = words.pointer(as: UInt64.self)
                return next(limit, found, numbers) { row, key, _ in key == own[row] }
            }
            let (index, rows, hashes) = (index, rows, hashes)
            return next(limit, found, numbers) { row, key, number in
                key == UInt64(hashes[row]) && index.isEqual(rows, row, index.place(number))
            }
        }

        @inline(__always)
        private mutating func next(
            _ limit: Int, _ found: UnsafeMutablePointer<Int32>, _ numbers: UnsafeMutablePointer<UInt32>,
            where isEqual: (_ row: Int, _ key: UInt64, _ number: Int) -> Bool
        ) -> Int {
            let (base, stride) = (UnsafeRawPointer(index.rows.address), index.layout.stride)
            let (heads, mask) = (index.buckets.pointer(as: UInt32.self), index.mask)
            let (end, validity) = (rows.count, rows.validity?.pointer(as: UInt8.self))
            let count = hashes.withUnsafeBufferPointer { hashes in
                var (row, entry, count) = (self.row, self.entry, 0)
                while row < end {
                    while entry != 0 {
                        if count == limit {
                            (self.row, self.entry) = (row, entry)
                            return count
                        }
                        let number = Int(entry) &- 1
                        let known = base + number &* stride
                        found[count] = Int32(truncatingIfNeeded: row)
                        numbers[count] = UInt32(truncatingIfNeeded: number)
                        if isEqual(row, known.load(as: UInt64.self), number) { count &+= 1 }
                        entry = known.load(fromByteOffset: Head.next, as: UInt32.self)
                    }
                    row &+= 1
                    guard row < end else { break }
                    let (far, near) = (row &+ JoinIndex.headDistance, row &+ JoinIndex.rowDistance)
                    if far < end { platform_prefetch(heads + Int(hashes[far] & mask)) }
                    if near < end {
                        let head = heads[Int(hashes[near] & mask)]
                        if head != 0 { platform_prefetch(base + (Int(head) &- 1) &* stride) }
                    }
                    entry = Loops.isValid(validity, row) ? heads[Int(hashes[row] & mask)] : 0
                }
                (self.row, self.entry) = (row, 0)
                return count
            }
            return count
        }

        /// Looks no further for the row that is under way where `isDone` has its bit: the rest of its pairs decide
        /// nothing.
        mutating func skip(_ isDone: UnsafePointer<UInt8>) {
            if row < rows.count, Bitmap.get(isDone, row) { entry = 0 }
        }

        /// The rows that are found at all, by a bit each.
        func found() -> Buffer {
            if index.isOfWords, case .words(let words) = rows.form {
                let own = words.pointer(as: UInt64.self)
                return found { row, key, _ in key == own[row] }
            }
            return found { row, key, number in
                key == UInt64(hashes[row]) && index.isEqual(rows, row, index.place(number))
            }
        }

        @inline(__always)
        private func found(where isEqual: (_ row: Int, _ key: UInt64, _ number: Int) -> Bool) -> Buffer {
            let (base, stride) = (UnsafeRawPointer(index.rows.address), index.layout.stride)
            let (heads, mask, end) = (index.buckets.pointer(as: UInt32.self), index.mask, rows.count)
            let buffer = Buffer.zeroed(capacity: Bitmap.byteCount(end) + 8)
            let bits = buffer.pointer(as: UInt8.self)
            for row in 0..<end where rows.isValid(row) {
                let far = row &+ JoinIndex.rowDistance
                if far < end { platform_prefetch(heads + Int(hashes[far] & mask)) }
                var entry = heads[Int(hashes[row] & mask)]
                while entry != 0 {
                    let number = Int(entry) &- 1
                    let known = base + number &* stride
                    if isEqual(row, known.load(as: UInt64.self), number) {
                        Bitmap.set(bits, row)
                        break
                    }
                    entry = known.load(fromByteOffset: Head.next, as: UInt32.self)
                }
            }
            return buffer
        }
    }

    @inline(__always)
    private func isEqual(_ other: CanonicalKeys, _ row: Int, _ place: RowPlace) -> Bool {
        switch (other.form, keys[Int(place.batch)].form) {
        case (.none, .none): return true
        case (.runs(let left), .runs(let right)):
            let (a, b) = (left.run(row), right.run(Int(place.row)))
            guard a.count == b.count else { return false }
            guard let first = a.baseAddress, let second = b.baseAddress else { return true }
            return memcmp(first, second, a.count) == 0
        default: preconditionFailure("keys of one type on both sides")
        }
    }
}
