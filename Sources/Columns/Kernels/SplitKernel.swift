// `split`: texts to arrays of pieces that point into the texts. No byte is copied.

import CPlatform

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A separator, compiled once: Java's regular expressions, with loops of their own for the commonest.
package final class SplitKernel: Sendable {
    private enum Separator: Sendable {
        /// `\s+`.
        case whitespaceRuns
        case byte(UInt8)
        case text([UInt8])
        /// The empty pattern: every character is a piece.
        case characters
        case pattern(RegularExpression)
    }

    private let separator: Separator
    private let limit: Int

    /// Compiles a separator. A positive `limit` is the greatest number of pieces; the last has the rest.
    ///
    /// - Throws: INVALID_PARAMETER_VALUE.PATTERN.
    package init(pattern: String, limit: Int = -1) throws(KernelError) {
        self.limit = limit
        if pattern == "\\s+" {
            separator = .whitespaceRuns
        } else if let literal = SplitKernel.literal(pattern) {
            separator = literal.isEmpty ? .characters : literal.count == 1 ? .byte(literal[0]) : .text(literal)
        } else {
            separator = .pattern(try RegularExpression(pattern))
        }
    }

    /// The text that a pattern without operators stands for.
    private static func literal(_ pattern: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var characters = Array(pattern.utf8)[...]
        while let byte = characters.popFirst() {
            if byte == UInt8(ascii: "\\") {
                // A backslash before a sign means the sign; before a letter or digit it is an operator.
                guard let next = characters.popFirst(), next < 0x80, !isLetterOrDigit(next) else { return nil }
                bytes.append(next)
            } else if Array(".[]{}()*+?^$|".utf8).contains(byte) {
                return nil
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        byte &- 48 <= 9 || (byte | 0x20) &- 97 <= 25
    }

    // MARK: Splitting

    /// The pieces of each string of a column as an array of strings. NULL stays NULL, `""` gives one empty piece.
    ///
    /// - Throws: REGEX_LIMIT_EXCEEDED with the row whose text the pattern cannot be matched against in bounded time.
    package func split(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let count = column.count
        let offsets = Buffer(capacity: (count + 1) * 4)
        var pieces = Pieces(expected: count * 8)
        switch separator {
        case .whitespaceRuns where limit <= 0: splitWhitespace(column, offsets, &pieces)
        case .byte(let byte) where limit <= 0: splitByte(column, byte, offsets, &pieces)
        case .whitespaceRuns:
            try each(column, offsets, &pieces) { text, length, from, _ in
                var start = from
                while start < length, !SplitKernel.isWhitespace(text[start]) { start &+= 1 }
                if start >= length { return nil }
                var end = start &+ 1
                while end < length, SplitKernel.isWhitespace(text[end]) { end &+= 1 }
                return (start, end)
            }
        case .byte(let byte):
            try each(column, offsets, &pieces) { text, length, from, _ in
                guard from < length, let found = memchr(text + from, Int32(byte), length - from) else { return nil }
                let start = UnsafeRawPointer(found) - UnsafeRawPointer(text)
                return (start, start + 1)
            }
        case .text(let needle):
            try each(column, offsets, &pieces) { text, length, from, _ in
                guard from < length, let found = memmem(text + from, length - from, needle, needle.count) else {
                    return nil
                }
                let start = UnsafeRawPointer(found) - UnsafeRawPointer(text)
                return (start, start + needle.count)
            }
        case .characters: splitCharacters(column, offsets, &pieces)
        case .pattern(let expression): try splitPattern(column, expression, offsets, &pieces)
        }
        let texts = ColumnVector(
            type: .string, count: pieces.count, starts: pieces.starts, ends: pieces.ends, bytes: column.sharedBytes)
        return ColumnVector(
            type: .array(.string, containsNull: false), count: count, validity: column.validity,
            nullCount: column.nullCount, starts: offsets, children: [texts])
    }

    @inline(__always)
    private static func isWhitespace(_ byte: UInt8) -> Bool { byte == 32 || byte &- 9 <= 4 }

    /// Runs of white space, 64 bytes at a time: where a run begins a piece ends, where it ends a piece begins.
    private func splitWhitespace(_ column: ColumnVector, _ offsets: Buffer, _ pieces: inout Pieces) {
        let lists = offsets.pointer(as: UInt32.self)
        let (from, to, base) = (column.starts, column.ends, column.byteStart)
        let validity = column.validityBits
        var count = 0
        for row in 0..<column.count {
            lists[row] = UInt32(truncatingIfNeeded: count)
            if let validity, !Bitmap.get(validity, row) { continue }
            let start = from[row]
            let end = to[row]
            let length = Int(end &- start)
            pieces.reserve(count, length / 2 &+ 2)
            let (starts, ends) = pieces.pointers
            starts[count] = start
            var startCount = count &+ 1
            var endCount = count
            var wasBlank: UInt64 = 0
            var block = 0
            while block < length {
                let rest = length &- block
                var blank = platform_whitespace_mask(base + Int(start) + block)
                var inside: UInt64 = ~0
                if rest < 64 { inside = (1 &<< UInt64(truncatingIfNeeded: rest)) &- 1 }
                blank &= inside
                let shifted = blank &<< 1 | wasBlank
                var opened = blank & ~shifted
                var closed = ~blank & shifted & inside
                let offset = start &+ UInt32(truncatingIfNeeded: block)
                while opened != 0 {
                    ends[endCount] = offset &+ UInt32(truncatingIfNeeded: opened.trailingZeroBitCount)
                    endCount &+= 1
                    opened &= opened &- 1
                }
                while closed != 0 {
                    starts[startCount] = offset &+ UInt32(truncatingIfNeeded: closed.trailingZeroBitCount)
                    startCount &+= 1
                    closed &= closed &- 1
                }
                wasBlank = rest >= 64 ? blank &>> 63 : (blank &>> UInt64(truncatingIfNeeded: rest &- 1)) & 1
                block &+= 64
            }
            if wasBlank != 0 { starts[startCount] = end }
            ends[endCount] = end
            count = endCount &+ 1
        }
        lists[column.count] = UInt32(truncatingIfNeeded: count)
        pieces.count = count
    }

    /// Every occurrence of one byte, 64 bytes at a time.
    private func splitByte(_ column: ColumnVector, _ byte: UInt8, _ offsets: Buffer, _ pieces: inout Pieces) {
        let lists = offsets.pointer(as: UInt32.self)
        let (from, to, base) = (column.starts, column.ends, column.byteStart)
        let validity = column.validityBits
        var count = 0
        for row in 0..<column.count {
            lists[row] = UInt32(truncatingIfNeeded: count)
            if let validity, !Bitmap.get(validity, row) { continue }
            let start = from[row]
            let length = Int(to[row] &- start)
            pieces.reserve(count, length &+ 2)
            let (starts, ends) = pieces.pointers
            starts[count] = start
            var block = 0
            while block < length {
                let rest = length &- block
                var found = platform_equal_mask(base + Int(start) + block, byte)
                if rest < 64 { found &= (1 &<< UInt64(truncatingIfNeeded: rest)) &- 1 }
                let offset = start &+ UInt32(truncatingIfNeeded: block)
                while found != 0 {
                    let place = offset &+ UInt32(truncatingIfNeeded: found.trailingZeroBitCount)
                    ends[count] = place
                    count &+= 1
                    starts[count] = place &+ 1
                    found &= found &- 1
                }
                block &+= 64
            }
            ends[count] = to[row]
            count &+= 1
        }
        lists[column.count] = UInt32(truncatingIfNeeded: count)
        pieces.count = count
    }

    /// Java's `Pattern.split`: `next` finds the first separator in a text of some length, at or behind a place, of a row.
    @inline(__always)
    private func each(
        _ column: ColumnVector, _ offsets: Buffer, _ pieces: inout Pieces,
        _ next: (UnsafePointer<UInt8>, Int, Int, Int) throws(KernelError) -> (start: Int, end: Int)?
    ) throws(KernelError) {
        let lists = offsets.pointer(as: UInt32.self)
        let (from, to, base) = (column.starts, column.ends, column.byteStart)
        for row in 0..<column.count {
            lists[row] = UInt32(truncatingIfNeeded: pieces.count)
            if column.isNull(row) { continue }
            let text = base + Int(from[row])
            let length = Int(to[row] &- from[row])
            let first = pieces.count
            var pieceStart = 0
            var search = 0
            while search <= length, limit <= 0 || pieces.count &- first < limit &- 1 {
                guard let (start, end) = try next(text, length, search, row) else { break }
                // An empty match at the very start separates nothing.
                if end > 0 {
                    pieces.append(from[row] &+ UInt32(pieceStart), from[row] &+ UInt32(start))
                    pieceStart = end
                }
                search = end
                if start == end {
                    search &+= 1
                    while search < length, text[search] & 0xC0 == 0x80 { search &+= 1 }
                }
            }
            pieces.append(from[row] &+ UInt32(pieceStart), to[row])
        }
        lists[column.count] = UInt32(truncatingIfNeeded: pieces.count)
    }

    private func splitPattern(
        _ column: ColumnVector, _ expression: RegularExpression, _ offsets: Buffer, _ pieces: inout Pieces
    ) throws(KernelError) {
        let matcher = RegularExpression.Matcher(expression)
        try each(column, offsets, &pieces) { text, length, from, row throws(KernelError) in
            try matcher.next(text, length, from: from, row: row)
        }
    }

    private func splitCharacters(_ column: ColumnVector, _ offsets: Buffer, _ pieces: inout Pieces) {
        let lists = offsets.pointer(as: UInt32.self)
        let (from, to, base) = (column.starts, column.ends, column.byteStart)
        for row in 0..<column.count {
            lists[row] = UInt32(truncatingIfNeeded: pieces.count)
            if column.isNull(row) { continue }
            let first = pieces.count
            var start = from[row]
            var place = start
            while place < to[row] {
                place &+= 1
                while place < to[row], base[Int(place)] & 0xC0 == 0x80 { place &+= 1 }
                if place < to[row], limit <= 0 || pieces.count &- first < limit &- 1 {
                    pieces.append(start, place)
                    start = place
                }
            }
            pieces.append(start, to[row])
        }
        lists[column.count] = UInt32(truncatingIfNeeded: pieces.count)
    }
}

/// Starts and ends of pieces, growing.
private struct Pieces: ~Copyable {
    private(set) var starts: Buffer
    private(set) var ends: Buffer
    var count = 0

    init(expected: Int) {
        starts = Buffer(capacity: max(expected, 64) * 4)
        ends = Buffer(capacity: max(expected, 64) * 4)
    }

    var pointers: (UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<UInt32>) {
        (starts.pointer(as: UInt32.self), ends.pointer(as: UInt32.self))
    }

    /// Makes room for `more` pieces behind the first `used`.
    @inline(__always)
    mutating func reserve(_ used: Int, _ more: Int) {
        if (used &+ more) &* 4 > starts.capacity { grow(used, more) }
    }

    @inline(never)
    private mutating func grow(_ used: Int, _ more: Int) {
        precondition(used + more <= Int32.max, "a column holds at most 2^31 values: batches are bounded long before")
        starts = Buffer.grown(starts, used: used * 4, needed: (used + more) * 4)
        ends = Buffer.grown(ends, used: used * 4, needed: (used + more) * 4)
    }

    @inline(__always)
    mutating func append(_ start: UInt32, _ end: UInt32) {
        reserve(count, 1)
        starts.pointer(as: UInt32.self)[count] = start
        ends.pointer(as: UInt32.self)[count] = end
        count &+= 1
    }
}

extension ColumnVector {
    /// The bytes of a string or binary column, to share them in another column.
    var sharedBytes: Buffer {
        guard let bytes else { preconditionFailure("a column of \(type) has no bytes") }
        return bytes
    }
}
