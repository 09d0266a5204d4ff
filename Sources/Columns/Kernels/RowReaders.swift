// What kernels read a row's value through: from a column, or the same for all rows.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Reads the slot of a row. Specialised, so that a constant costs nothing.
package protocol SlotReader<Slot> {
    associatedtype Slot: BitwiseCopyable
    /// The slot of a row.
    subscript(row: Int) -> Slot { get }
}

/// The slots of a column that is not constant.
@usableFromInline
package struct ColumnSlots<Slot: BitwiseCopyable>: SlotReader {
    @usableFromInline let pointer: UnsafePointer<Slot>

    /// Reads a column, which must outlive the reader.
    @inlinable
    package init(_ column: ColumnVector) { pointer = column.slots(as: Slot.self) }

    @inlinable @inline(__always)
    package subscript(row: Int) -> Slot { pointer[row] }
}

/// One slot for all rows.
@usableFromInline
package struct ConstantSlot<Slot: BitwiseCopyable>: SlotReader {
    @usableFromInline let value: Slot

    /// Reads the one row of a constant column.
    @inlinable
    package init(_ column: ColumnVector) { value = column.physical.slots(as: Slot.self)[0] }

    @inlinable @inline(__always)
    package subscript(row: Int) -> Slot { value }
}

/// The slots of any column, constant or not: where one loop for both is enough.
@usableFromInline
package struct AnySlots<Slot: BitwiseCopyable>: SlotReader {
    @usableFromInline let pointer: UnsafePointer<Slot>
    @usableFromInline let mask: Int

    /// Reads a column, which must outlive the reader.
    @inlinable
    package init(_ column: ColumnVector) {
        pointer = column.physical.slots(as: Slot.self)
        mask = column.rowMask
    }

    @inlinable @inline(__always)
    package subscript(row: Int) -> Slot { pointer[row & mask] }
}

/// The bytes of a column of strings or binaries, constant or not.
@usableFromInline
package struct Runs {
    @usableFromInline let bytes: UnsafePointer<UInt8>
    @usableFromInline let starts: UnsafePointer<UInt32>
    @usableFromInline let ends: UnsafePointer<UInt32>
    @usableFromInline let mask: Int

    /// Reads a column, which must outlive the reader.
    @inlinable
    package init(_ column: ColumnVector) {
        bytes = column.physical.byteStart
        starts = column.physical.starts
        ends = column.physical.ends
        mask = column.rowMask
    }

    /// Where a row's bytes lie.
    @inlinable @inline(__always)
    package func address(_ row: Int) -> UnsafePointer<UInt8> { bytes + Int(starts[row & mask]) }

    /// How many bytes a row has.
    @inlinable @inline(__always)
    package func length(_ row: Int) -> Int { Int(ends[row & mask] &- starts[row & mask]) }

    /// The bytes of a row.
    @inlinable @inline(__always)
    package subscript(row: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: address(row), count: length(row))
    }

    /// The first eight bytes of a row as a number that orders as they do, with zeros behind fewer.
    @inlinable @inline(__always)
    package func leadingWord(_ row: Int) -> UInt64 {
        let word = UInt64(bigEndian: UnsafeRawPointer(address(row)).loadUnaligned(as: UInt64.self))
        return word & ~(UInt64.max >> UInt64(truncatingIfNeeded: length(row) &<< 3))
    }

    /// Whether two runs of columns are equal. Up to 16 bytes, which most have, are compared as one word or as two that
    /// overlap.
    @inline(__always)
    static func areEqual(
        _ a: UnsafePointer<UInt8>, _ length: Int, _ b: UnsafePointer<UInt8>, _ other: Int
    ) -> Bool {
        guard length == other else { return false }
        if length > 16 { return memcmp(a, b, length) == 0 }
        let difference = loadWord(a) ^ loadWord(b)
        if length < 8 { return difference & byteMask(length) == 0 }
        return difference | (loadWord(a + (length &- 8)) ^ loadWord(b + (length &- 8))) == 0
    }

    /// How two runs order by their bytes: below 0, 0 or above it.
    @inlinable @inline(__always)
    package static func order(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
        guard let left = a.baseAddress, let right = b.baseAddress else { return a.count &- b.count }
        let common = Int(memcmp(left, right, min(a.count, b.count)))
        return common != 0 ? common : a.count &- b.count
    }
}

/// The bytes that all rows are held against: the first of them as a word, since most are few.
struct ConstantRun {
    let length: Int
    private let start: UnsafePointer<UInt8>
    private let word: UInt64
    private let mask: UInt64
    /// The last eight bytes, and where they begin; the first again where there are fewer.
    private let end: UInt64
    private let endOffset: Int

    /// Reads a row of a column, which must outlive it.
    init(_ run: UnsafeBufferPointer<UInt8>) {
        guard let start = run.baseAddress else { preconditionFailure("the bytes of a column have an address") }
        self.start = start
        length = run.count
        mask = byteMask(min(run.count, 8))
        word = loadWord(start) & mask
        endOffset = max(0, run.count - 8)
        end = run.count > 8 ? loadWord(start + endOffset) : word
    }

    /// Whether a run of at most 8 bytes is the same as this one, which has no more either. No jump on what a row holds:
    /// where texts are of any length, each would be a guess.
    @inline(__always)
    func isEqualWord(_ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        UInt64(truncatingIfNeeded: length ^ self.length) | ((loadWord(text) & mask) ^ word) == 0
    }

    /// The same for a run of 9 to 64 bytes; few rows go on to what lies between both words.
    @inline(__always)
    func isEqualEnds(_ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        let difference =
            UInt64(truncatingIfNeeded: length ^ self.length) | (loadWord(text) ^ word)
            | (loadWord(text + endOffset) ^ end)
        return self.length <= 16 ? difference == 0 : difference == 0 && memcmp(text, start, length) == 0
    }

    /// Whether these bytes stand at a place in a column, behind whose bytes 64 more may be read.
    @inline(__always)
    func begins(_ text: UnsafePointer<UInt8>) -> Bool {
        loadWord(text) & mask == word && (length <= 8 || memcmp(text, start, length) == 0)
    }

    /// Whether a run begins with these bytes, which are at most 16, by both words at once: where most rows begin alike,
    /// a jump at the first would be no help.
    @inline(__always)
    func isPrefix(of text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        let isShorter = UInt64(truncatingIfNeeded: length &- self.length) &>> 63
        return isShorter | ((loadWord(text) & mask) ^ word) | ((loadWord(text + endOffset) & mask) ^ end) == 0
    }
}
