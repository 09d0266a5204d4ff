// Rows of text that kernels write byte by byte.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes strings straight into a column's bytes. Reserve before you append; end each row, NULL rows too.
@usableFromInline
package struct TextWriter: ~Copyable {
    @usableFromInline var bytes: Buffer
    @usableFromInline let offsets: Buffer
    @usableFromInline var cursor: UnsafeMutablePointer<UInt8>
    @usableFromInline var rows = 0
    @usableFromInline let rowCapacity: Int

    /// Prepares for exactly `rows` rows of about `bytesPerRow` bytes.
    package init(rows: Int, bytesPerRow: Int) {
        bytes = Buffer(capacity: rows * bytesPerRow)
        offsets = Buffer(capacity: (rows + 1) * 4)
        rowCapacity = rows
        cursor = bytes.pointer(as: UInt8.self)
        offsets.pointer(as: UInt32.self)[0] = 0
    }

    /// Bytes written so far.
    @inlinable package internal(set) var count: Int {
        @inline(__always)
        get { UnsafeMutableRawPointer(cursor) - bytes.address }
        set { cursor = bytes.pointer(as: UInt8.self) + newValue }
    }

    /// Makes room for `length` more bytes.
    @inlinable @inline(__always)
    package mutating func reserve(_ length: Int) {
        if count &+ length > bytes.capacity { grow(length) }
    }

    @usableFromInline @inline(never)
    mutating func grow(_ length: Int) {
        let used = count
        bytes = Buffer.grown(bytes, used: used, needed: used + length)
        count = used
    }

    /// Appends a byte that was reserved.
    @inlinable @inline(__always)
    package mutating func append(_ byte: UInt8) {
        cursor[0] = byte
        cursor += 1
    }

    /// Appends bytes that were reserved.
    @inlinable @inline(__always)
    package mutating func append(_ from: UnsafePointer<UInt8>, _ length: Int) {
        memcpy(cursor, from, length)
        cursor += length
    }

    /// Appends a text, reserving its bytes.
    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            reserve(utf8.count)
            if let start = utf8.baseAddress { append(start, utf8.count) }
        }
    }

    /// Gives `body` reserved bytes to write; it returns how many it wrote.
    @inlinable @inline(__always)
    package mutating func write(_ body: (UnsafeMutablePointer<UInt8>) -> Int) { cursor += body(cursor) }

    /// Ends a row. Traps beyond 4 GiB: batches are bounded in bytes long before.
    @inlinable @inline(__always)
    package mutating func endRow() {
        rows &+= 1
        assert(rows <= rowCapacity)
        offsets.pointer(as: UInt32.self)[rows] = UInt32(count)
    }

    /// The column of all rows that were ended.
    package consuming func finish(type: DataType, _ validity: Validity) -> ColumnVector {
        ColumnVector(
            type: type, count: rows, validity: validity.bits, nullCount: validity.nullCount, starts: offsets,
            bytes: bytes)
    }
}
