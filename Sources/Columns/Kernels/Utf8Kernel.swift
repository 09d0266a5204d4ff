// Whether bytes are UTF-8, and what to make of those that are not.

import CPlatform

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Validates and repairs UTF-8, as Java's decoder does.
///
/// A STRING column may hold any bytes: a cast from BINARY keeps them, and so do grouping, comparing, joining and sinks.
/// Only where Spark goes through a Java `String` (`split`, regular expressions, `upper` beyond ASCII) is text repaired.
package enum Utf8Kernel {
    /// Bytes of U+FFFD.
    private static let replacement: (UInt8, UInt8, UInt8) = (0xEF, 0xBF, 0xBD)

    /// The column read as text: the same buffers where all rows are UTF-8, else a copy in which each sequence that is
    /// not is replaced by U+FFFD.
    package static func text(_ column: ColumnVector) -> ColumnVector {
        isValid(column) ? column.reinterpreted(as: .string) : repaired(column)
    }

    /// Whether every row is UTF-8.
    package static func isValid(_ column: ColumnVector) -> Bool {
        let count = column.count
        guard count > 0 else { return true }
        let (starts, ends, bytes) = (column.starts, column.ends, column.byteStart)
        if column.isPlainLayout {
            // All rows as one text; then none may start in the middle of a character.
            let first = Int(starts[0])
            let last = Int(ends[count - 1])
            guard validPrefix(bytes + first, last - first) == last - first else { return false }
            var broken: UInt8 = 0
            for row in 0..<count {
                let isContinuation = (bytes[Int(starts[row])] & 0xC0) == 0x80 && Int(starts[row]) < last
                broken |= unsafeBitCast(isContinuation, to: UInt8.self)
            }
            return broken == 0
        }
        for row in 0..<count {
            let length = Int(ends[row] &- starts[row])
            if validPrefix(bytes + Int(starts[row]), length) != length { return false }
        }
        return true
    }

    /// How many bytes at the start are whole, valid characters.
    package static func validPrefix(_ text: UnsafePointer<UInt8>, _ length: Int) -> Int {
        var index = 0
        while index < length {
            var high = platform_high_bit_mask(text + index)
            if length &- index < 64 { high &= (1 &<< UInt64(truncatingIfNeeded: length &- index)) &- 1 }
            if high == 0 {
                index = min(index &+ 64, length)
                continue
            }
            // A block with other characters: from the first of them to the block's end one by one.
            let blockEnd = min(index &+ 64, length)
            index &+= high.trailingZeroBitCount
            while index < blockEnd {
                if text[index] < 0x80 {
                    index &+= 1
                    continue
                }
                let size = sequence(text + index, length &- index)
                if size <= 0 { return index }
                index &+= size
            }
        }
        return length
    }

    /// Bytes of the valid character of two bytes or more at `text`, or minus the bytes that one U+FFFD stands for.
    /// Reads up to four bytes, whatever `remaining`: buffers are padded.
    @inline(__always)
    private static func sequence(_ text: UnsafePointer<UInt8>, _ remaining: Int) -> Int {
        let first = text[0]
        // What lies beyond the row ends a character like any other byte that continues none.
        let second = remaining > 1 ? text[1] : 0
        let third = remaining > 2 ? text[2] : 0
        if first < 0xC2 { return -1 }
        if first < 0xE0 { return second & 0xC0 == 0x80 ? 2 : -1 }
        if first < 0xF0 {
            if second & 0xC0 != 0x80 || (first == 0xE0 && second < 0xA0) { return -1 }
            if third & 0xC0 != 0x80 { return -2 }
            // Surrogates: Java replaces all three bytes at once.
            return first == 0xED && second >= 0xA0 ? -3 : 3
        }
        if first > 0xF4 || second & 0xC0 != 0x80 { return -1 }
        if (first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90) { return -1 }
        if third & 0xC0 != 0x80 { return -2 }
        let fourth = remaining > 3 ? text[3] : 0
        return fourth & 0xC0 == 0x80 ? 4 : -3
    }

    /// A copy in which invalid sequences are replaced.
    private static func repaired(_ column: ColumnVector) -> ColumnVector {
        let count = column.count
        let (starts, ends, bytes) = (column.starts, column.ends, column.byteStart)
        let valid = column.validityBits
        var builder = BytesBuilder(type: .string, capacity: count, byteCapacity: count * 32)
        for row in 0..<count {
            if let valid, !Bitmap.get(valid, row) {
                builder.appendNull()
            } else {
                writeRepaired(bytes + Int(starts[row]), Int(ends[row] &- starts[row]), &builder)
                builder.endValue()
            }
        }
        return builder.finish()
    }

    private static func writeRepaired(_ text: UnsafePointer<UInt8>, _ length: Int, _ builder: inout BytesBuilder) {
        // One byte may become three.
        builder.reserve(length * 3)
        var index = 0
        while index < length {
            let valid = validPrefix(text + index, length &- index)
            builder.write(text + index, count: valid)
            index &+= valid
            if index < length {
                builder.write(replacement.0)
                builder.write(replacement.1)
                builder.write(replacement.2)
                index &+= -sequence(text + index, length &- index)
            }
        }
    }

    /// One row's bytes as Java's `String`: what is not UTF-8 is replaced by U+FFFD, by Java's rules. Allocates.
    package static func javaString(_ run: UnsafeBufferPointer<UInt8>) -> String {
        guard let start = run.baseAddress else { return "" }
        if validPrefix(start, run.count) == run.count { return String(decoding: run, as: UTF8.self) }
        var builder = BytesBuilder(type: .string, capacity: 1, byteCapacity: 0)
        writeRepaired(start, run.count, &builder)
        builder.endValue()
        let column = builder.finish()
        return withExtendedLifetime(column) { String(decoding: column.run(0), as: UTF8.self) }
    }
}
