// Validity bitmaps, a word at a time. Buffers are padded to 64 bytes, so that whole words may be read and written.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Combines validity bitmaps.
@usableFromInline
package enum ValidityKernel {
    /// Rows that are valid in both.
    package static func both(_ left: Validity, _ right: Validity, count: Int) -> Validity {
        guard let a = left.bits else { return right }
        guard let b = right.bits else { return left }
        if a === b { return left }
        let aWords = a.pointer(as: UInt64.self)
        let bWords = b.pointer(as: UInt64.self)
        let joined = Bitmap.filled(count: count) { out, words in
            for word in 0..<words { out[word] = aWords[word] & bWords[word] }
        }
        return Validity(bits: joined, count: count)
    }

    /// Rows that are valid in all columns.
    @usableFromInline
    package static func all(_ columns: [ColumnVector], count: Int) -> Validity {
        var result = Validity.allValid
        for column in columns { result = both(result, Validity(of: column), count: count) }
        return result
    }

    /// The validity of the rows picked by `rows`.
    package static func taken(_ column: ColumnVector, _ rows: UnsafePointer<Int32>, _ count: Int) -> Validity {
        guard let from = column.validityBits else { return .allValid }
        return Validity(bits: gatherBits(from, rows, count), count: count)
    }

    /// Picks bits.
    package static func gatherBits(_ from: UnsafePointer<UInt8>, _ rows: UnsafePointer<Int32>, _ count: Int) -> Buffer {
        Bitmap.filled(count: count) { out, words in
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
    package static func appendBits(
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
}
