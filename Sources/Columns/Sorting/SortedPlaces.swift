// Puts rows of several batches in the order of their sort keys.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The places of some rows in the order of their keys. Rows with equal keys stand in the order of their batches, and of
/// their rows there.
package struct SortedPlaces: Sendable {
    /// A row with the first bytes of its key, which decide most comparisons.
    private struct Entry: BitwiseCopyable {
        let prefix: UInt64
        let place: RowPlace
    }

    /// The keys of one batch.
    private struct Keys: BitwiseCopyable {
        let base: UnsafePointer<UInt8>
        let starts: UnsafePointer<UInt32>
        let ends: UnsafePointer<UInt32>
    }

    private let entries: Buffer
    private let keys: [ColumnVector]
    package let count: Int

    /// Sorts all rows of these keys, one column of `SortKeyEncoder`'s bytes a batch.
    package init(sorting keys: [ColumnVector]) {
        self.keys = keys
        count = keys.reduce(0) { $0 + $1.count }
        entries = Buffer(capacity: count * MemoryLayout<Entry>.stride)
        var rows = UnsafeMutableBufferPointer(start: entries.pointer(as: Entry.self), count: count)
        var next = 0
        for (batch, column) in keys.enumerated() {
            let one = SortedPlaces.pointers(column)
            for row in 0..<column.count {
                rows[next] = Entry(
                    prefix: SortedPlaces.prefix(one, row), place: RowPlace(batch: batch, row: row))
                next &+= 1
            }
        }
        keys.map(SortedPlaces.pointers).withUnsafeBufferPointer { keys in
            rows.sort { SortedPlaces.precedes($0, $1, keys) }
        }
    }

    /// The place of the row at a rank.
    package subscript(rank: Int) -> RowPlace { entries.pointer(as: Entry.self)[rank].place }

    /// The key of the row at a rank; valid while this value lives.
    package func key(_ rank: Int) -> UnsafeBufferPointer<UInt8> {
        let place = self[rank]
        return keys[Int(place.batch)].run(Int(place.row))
    }

    /// How two keys stand: negative where the first comes first, 0 where they are equal.
    package static func compare(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
        if let a = left.baseAddress, let b = right.baseAddress {
            let order = memcmp(a, b, min(left.count, right.count))
            if order != 0 { return Int(order) }
        }
        return left.count - right.count
    }

    private static func pointers(_ column: ColumnVector) -> Keys {
        Keys(base: column.byteStart, starts: column.starts, ends: column.ends)
    }

    /// The first 8 bytes as a number that compares as they do; zeros beyond the key's end. Columns' bytes may be read
    /// beyond their last run.
    @inline(__always)
    private static func prefix(_ keys: Keys, _ row: Int) -> UInt64 {
        let length = Int(keys.ends[row] &- keys.starts[row])
        return (loadWord(keys.base + Int(keys.starts[row])) & byteMask(length)).byteSwapped
    }

    @inline(__always)
    private static func precedes(_ left: Entry, _ right: Entry, _ keys: UnsafeBufferPointer<Keys>) -> Bool {
        if left.prefix != right.prefix { return left.prefix < right.prefix }
        let (a, b) = (keys[Int(left.place.batch)], keys[Int(right.place.batch)])
        let (first, second) = (Int(a.starts[Int(left.place.row)]), Int(b.starts[Int(right.place.row)]))
        let (size, other) = (Int(a.ends[Int(left.place.row)]) &- first, Int(b.ends[Int(right.place.row)]) &- second)
        let order = memcmp(a.base + first, b.base + second, min(size, other))
        if order != 0 { return order < 0 }
        if size != other { return size < other }
        if left.place.batch != right.place.batch { return left.place.batch < right.place.batch }
        return left.place.row < right.place.row
    }
}
