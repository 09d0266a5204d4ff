// State rows as bytes, column by column.

import Columns

/// Appends numbers and columns to a run of bytes, little-endian. The frame or file around it carries the checksum.
package struct StateWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func write(_ value: UInt32) { append(value.littleEndian) }

    package mutating func write(_ value: UInt64) { append(value.littleEndian) }

    package mutating func write(_ value: Int) { write(UInt64(bitPattern: Int64(value))) }

    /// Text as its length in bytes and UTF-8.
    package mutating func write(_ text: String) {
        let utf8 = Array(text.utf8)
        write(UInt32(utf8.count))
        bytes.append(contentsOf: utf8)
    }

    /// Bytes as they are, with their length before them.
    package mutating func write(_ run: [UInt8]) {
        write(UInt64(run.count))
        bytes.append(contentsOf: run)
    }

    /// A column of fixed-width values, strings or binaries: its number of NULLs, the validity bits where there are any,
    /// and the values; lengths before bytes. The number of rows and the type are the reader's to know.
    package mutating func write(_ column: ColumnVector) {
        write(UInt32(column.nullCount))
        if let validity = column.validityBits {
            bytes.append(contentsOf: UnsafeBufferPointer(start: validity, count: Bitmap.byteCount(column.count)))
        }
        if column.type.isBytes {
            writeRuns(column)
        } else {
            guard let width = column.type.fixedWidth else {
                preconditionFailure("state columns are of fixed width, strings or binaries")
            }
            bytes.append(
                contentsOf: UnsafeBufferPointer(start: column.slots(as: UInt8.self), count: column.count * width))
        }
    }

    private mutating func writeRuns(_ column: ColumnVector) {
        let starts = column.starts
        let ends = column.ends
        var total = 0
        for row in 0..<column.count { total &+= Int(ends[row] &- starts[row]) }
        write(UInt32(truncatingIfNeeded: total))
        bytes.reserveCapacity(bytes.count + total + 4 * column.count)
        for row in 0..<column.count { append((ends[row] &- starts[row]).littleEndian) }
        if column.isPlainLayout {
            bytes.append(contentsOf: UnsafeBufferPointer(start: column.byteStart + Int(starts[0]), count: total))
        } else {
            for row in 0..<column.count { bytes.append(contentsOf: column.run(row)) }
        }
    }

    @inline(__always)
    private mutating func append<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }
}
