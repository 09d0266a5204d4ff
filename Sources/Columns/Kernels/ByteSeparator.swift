// Separators that one look at each byte finds: white space, one character, or a run of either.

import CPlatform

/// A separator of one ASCII byte or of white space, alone or in runs.
struct ByteSeparator: Sendable, Cutter {
    /// The byte, or `nil` for Java's `\s`.
    private let byte: UInt8?
    /// Whether several in a row are one separator.
    private let isRun: Bool

    /// Recognizes `\s`, `x`, `\.`, `\t` and the like, and each of them with `+`; `nil` for all other patterns.
    init?(pattern: String) {
        var text = Array(pattern.utf8)
        let isEscapedPlus = text.count == 2 && text[0] == UInt8(ascii: "\\")
        isRun = text.count > 1 && text.last == UInt8(ascii: "+") && !isEscapedPlus
        if isRun { text.removeLast() }
        switch text.count {
        case 1:
            guard text[0] < 0x80, !".$|()[{^?*+\\".utf8.contains(text[0]) else { return nil }
            byte = text[0]
        case 2:
            guard text[0] == UInt8(ascii: "\\"), text[1] < 0x80 else { return nil }
            switch text[1] {
            case UInt8(ascii: "s"): byte = nil
            case UInt8(ascii: "t"): byte = 9
            case UInt8(ascii: "n"): byte = 10
            case UInt8(ascii: "r"): byte = 13
            case UInt8(ascii: "f"): byte = 12
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                return nil
            default: byte = text[1]
            }
        default: return nil
        }
    }

    /// All pieces of all rows.
    func pieces(of column: ColumnVector) throws(KernelError) -> Pieces {
        if let byte {
            return isRun
                ? try pieces(of: column, OneByte(byte: byte), isRun: true)
                : try pieces(of: column, OneByte(byte: byte), isRun: false)
        }
        return isRun
            ? try pieces(of: column, WhiteSpace(), isRun: true) : try pieces(of: column, WhiteSpace(), isRun: false)
    }

    /// The next separator, a byte at a time: where a limit ends the search early.
    func next(_ text: UnsafePointer<UInt8>, _ length: Int, _ from: Int) -> (start: Int, end: Int)? {
        var start = from
        while start < length && !isSeparator(text[start]) { start &+= 1 }
        if start >= length { return nil }
        var end = start &+ 1
        while isRun && end < length && isSeparator(text[end]) { end &+= 1 }
        return (start, end)
    }

    @inline(__always)
    private func isSeparator(_ candidate: UInt8) -> Bool {
        if let byte { return candidate == byte }
        return candidate == 32 || candidate &- 9 <= 4
    }

    /// Counts the pieces, allocates, and fills.
    @inline(__always)
    private func pieces<M: BlockMask>(
        of column: ColumnVector, _ mask: M, isRun: Bool
    ) throws(KernelError) -> Pieces {
        let count = column.count
        let offsets = Buffer(capacity: (count + 1) * 4)
        let outOffsets = offsets.pointer(as: UInt32.self)
        let (rowStarts, rowEnds, text) = (column.starts, column.ends, column.byteStart)
        let valid = column.validityBits
        var total = 0
        outOffsets[0] = 0
        for row in 0..<count {
            let start = rowStarts[row]
            let separators = Self.count(text + Int(start), Int(rowEnds[row] &- start), mask, isRun)
            let present = valid.map { Int(($0[row &>> 3] &>> UInt8(truncatingIfNeeded: row & 7)) & 1) } ?? 1
            total &+= (separators &+ 1) &* present
            // Wraps only where `total` exceeds it, which is checked below.
            outOffsets[row &+ 1] = UInt32(truncatingIfNeeded: total)
        }
        guard total <= Int(UInt32.max) else { throw .tooLarge("the pieces") }
        // Positions are written in groups of eight.
        let starts = Buffer(capacity: (total + 8) * 4)
        let ends = Buffer(capacity: (total + 8) * 4)
        let outStarts = starts.pointer(as: UInt32.self)
        let outEnds = ends.pointer(as: UInt32.self)
        for row in 0..<count where outOffsets[row &+ 1] != outOffsets[row] {
            let first = Int(outOffsets[row])
            let start = rowStarts[row]
            Self.fill(
                text, start, Int(rowEnds[row] &- start), mask, isRun, outStarts + first, outEnds + first)
        }
        return Pieces(offsets: offsets, starts: starts, ends: ends, count: total)
    }

    /// How many separators a row has.
    @inline(__always)
    private static func count<M: BlockMask>(
        _ text: UnsafePointer<UInt8>, _ length: Int, _ mask: M, _ isRun: Bool
    ) -> Int {
        var separators = 0
        var carry: UInt64 = 0
        var offset = 0
        while offset < length {
            let block = mask.block(text + offset, length &- offset)
            if isRun {
                separators &+= (block & ~(block &<< 1 | carry)).nonzeroBitCount
                carry = block &>> 63
            } else {
                separators &+= block.nonzeroBitCount
            }
            offset &+= 64
        }
        return separators
    }

    /// Writes where a row's pieces start and end.
    @inline(__always)
    private static func fill<M: BlockMask>(
        _ text: UnsafePointer<UInt8>, _ start: UInt32, _ length: Int, _ mask: M, _ isRun: Bool,
        _ starts: UnsafeMutablePointer<UInt32>, _ ends: UnsafeMutablePointer<UInt32>
    ) {
        var nextStart = starts + 1
        var nextEnd = ends
        starts[0] = start
        let rowEnd = start &+ UInt32(truncatingIfNeeded: length)
        var carry: UInt64 = 0
        var offset = 0
        var base = start
        while offset < length {
            let block = mask.block(text + Int(base), length &- offset)
            if isRun {
                // A piece ends where white space begins, and the next starts at the first byte after it: for white
                // space at the row's end that is the row's end, whose bit is never set.
                let before = block &<< 1 | carry
                nextEnd += Int(platform_write_positions(nextEnd, block & ~before, base))
                nextStart += Int(platform_write_positions(nextStart, ~block & before, base))
                carry = block &>> 63
            } else {
                nextEnd += Int(platform_write_positions(nextEnd, block, base))
                nextStart += Int(platform_write_positions(nextStart, block, base &+ 1))
            }
            offset &+= 64
            base &+= 64
        }
        if carry != 0 { nextStart[0] = rowEnd }
        nextEnd[0] = rowEnd
    }
}

/// Which of 64 bytes separate.
private protocol BlockMask {
    func mask(_ text: UnsafePointer<UInt8>) -> UInt64
}

extension BlockMask {
    /// The mask without the bits beyond the row's end.
    @inline(__always)
    func block(_ text: UnsafePointer<UInt8>, _ remaining: Int) -> UInt64 {
        let bits = mask(text)
        return remaining < 64 ? bits & ((1 &<< UInt64(truncatingIfNeeded: remaining)) &- 1) : bits
    }
}

private struct WhiteSpace: BlockMask {
    @inline(__always)
    func mask(_ text: UnsafePointer<UInt8>) -> UInt64 { platform_whitespace_mask(text) }
}

private struct OneByte: BlockMask {
    let byte: UInt8

    @inline(__always)
    func mask(_ text: UnsafePointer<UInt8>) -> UInt64 { platform_byte_mask(text, byte) }
}
