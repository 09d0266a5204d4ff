// Validity bitmaps, a word at a time. Buffers are padded to 64 bytes, so that whole words may be read and written.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Validity bits with the number of NULLs; no bits where there are none.
package struct Validity {
    /// No row is NULL.
    package static let allValid = Validity(bits: nil, nullCount: 0)

    package let bits: Buffer?
    package let nullCount: Int

    /// Creates validity from bits; they are dropped where no row is NULL.
    package init(bits: Buffer?, nullCount: Int) {
        self.bits = nullCount == 0 ? nil : bits
        self.nullCount = nullCount
    }

    /// Counts the NULLs among the first `count` bits.
    init(bits: Buffer, count: Int) {
        self.init(bits: bits, nullCount: count - Bitmap.countOnes(bits.pointer(as: UInt8.self), count: count))
    }

    /// The validity of a column.
    package init(of column: ColumnVector) {
        self.init(bits: column.validity, nullCount: column.nullCount)
    }

    /// Every row is NULL.
    static func allNull(count: Int) -> Validity {
        Validity(bits: Buffer.zeroed(capacity: Bitmap.byteCount(count)), nullCount: count)
    }

    /// The bits, or `nil` where no row is NULL.
    package var pointer: UnsafePointer<UInt8>? { bits.map { UnsafePointer($0.pointer(as: UInt8.self)) } }
}

/// Combines validity bitmaps.
package enum ValidityKernel {
    /// Words of 64 bits that hold `count` bits.
    @inline(__always)
    static func wordCount(_ count: Int) -> Int { (count &+ 63) &>> 6 }

    /// The bits of the last word that count.
    @inline(__always)
    static func lastWordMask(_ count: Int) -> UInt64 {
        let rest = count & 63
        return rest == 0 ? ~0 : (1 &<< UInt64(truncatingIfNeeded: rest)) &- 1
    }

    /// A buffer for `count` bits whose unused bits are zero once `body` has filled the words.
    static func bits(count: Int, _ body: (UnsafeMutablePointer<UInt64>, Int) -> Void) -> Buffer {
        let words = wordCount(count)
        let buffer = Buffer(capacity: words * 8)
        let pointer = buffer.pointer(as: UInt64.self)
        body(pointer, words)
        if words > 0 { pointer[words - 1] &= lastWordMask(count) }
        return buffer
    }

    /// Rows that are valid in both.
    package static func both(_ left: Validity, _ right: Validity, count: Int) -> Validity {
        guard let a = left.bits else { return right }
        guard let b = right.bits else { return left }
        if a === b { return left }
        let aWords = a.pointer(as: UInt64.self)
        let bWords = b.pointer(as: UInt64.self)
        let joined = bits(count: count) { out, words in
            for word in 0..<words { out[word] = aWords[word] & bWords[word] }
        }
        return Validity(bits: joined, count: count)
    }

    /// Rows that are valid in all columns.
    package static func all(_ columns: [ColumnVector], count: Int) -> Validity {
        var result = Validity.allValid
        for column in columns { result = both(result, Validity(of: column), count: count) }
        return result
    }

    /// The validity of the rows picked by `rows`.
    static func taken(_ column: ColumnVector, _ rows: UnsafePointer<Int32>, _ count: Int) -> Validity {
        guard let from = column.validityBits else { return .allValid }
        return Validity(bits: gatherBits(from, rows, count), count: count)
    }

    /// Picks bits.
    static func gatherBits(_ from: UnsafePointer<UInt8>, _ rows: UnsafePointer<Int32>, _ count: Int) -> Buffer {
        bits(count: count) { out, words in
            for word in 0..<words {
                var gathered: UInt64 = 0
                let first = word &<< 6
                let length = min(64, count &- first)
                for bit in 0..<length {
                    let row = Int(rows[first &+ bit])
                    let value = UInt64(from[row &>> 3] &>> UInt8(truncatingIfNeeded: row & 7)) & 1
                    gathered |= value &<< UInt64(truncatingIfNeeded: bit)
                }
                out[word] = gathered
            }
        }
    }

    /// Copies `count` bits to bit offset `offset` of `to`, whose bits from there on are zero.
    static func appendBits(
        _ from: UnsafePointer<UInt8>?, count: Int, to: UnsafeMutablePointer<UInt8>, offset: Int
    ) {
        guard let from else { return setBits(to, offset, count) }
        let shift = UInt8(truncatingIfNeeded: offset & 7)
        let out = to + (offset &>> 3)
        let bytes = Bitmap.byteCount(count)
        let rest = count & 7
        for byte in 0..<bytes {
            var value = from[byte]
            if byte == bytes - 1 && rest > 0 { value &= (1 &<< UInt8(truncatingIfNeeded: rest)) &- 1 }
            out[byte] |= value &<< shift
            if shift > 0 { out[byte + 1] |= value &>> (8 &- shift) }
        }
    }

    private static func setBits(_ to: UnsafeMutablePointer<UInt8>, _ offset: Int, _ count: Int) {
        var index = offset
        let end = offset + count
        while index < end && index & 7 != 0 {
            Bitmap.set(to, index)
            index += 1
        }
        let whole = (end - index) / 8
        if whole > 0 { memset(to + index / 8, 0xFF, whole) }
        index += max(whole, 0) * 8
        while index < end {
            Bitmap.set(to, index)
            index += 1
        }
    }

    /// Sets the slots of NULL rows to zero.
    static func clearNulls<T: FixedWidthInteger>(
        _ slots: UnsafeMutablePointer<T>, count: Int, _ validity: UnsafePointer<UInt8>?
    ) {
        guard let validity else { return }
        for row in 0..<count {
            let valid = (validity[row &>> 3] &>> UInt8(truncatingIfNeeded: row & 7)) & 1
            slots[row] &= 0 &- T(truncatingIfNeeded: valid)
        }
    }
}
