// Which rows are NULL: combining, counting and asking.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Validity as a column takes it: bits, or none where no row is NULL.
struct Validity {
    let bits: Buffer?
    let nullCount: Int

    static let allValid = Validity(bits: nil, nullCount: 0)

    /// The validity of a column.
    init(_ column: ColumnVector) {
        bits = column.validity
        nullCount = column.nullCount
    }

    init(bits: Buffer?, nullCount: Int) {
        self.bits = bits
        self.nullCount = nullCount
    }

    /// Counts the rows that are NULL.
    init(bits: Buffer, count: Int) {
        let valid = Bitmap.countOnes(UnsafePointer(bits.pointer(as: UInt8.self)), count: count)
        self.init(bits: valid == count ? nil : bits, nullCount: count - valid)
    }

    /// NULL where either is.
    static func both(_ a: Validity, _ b: Validity, count: Int) -> Validity {
        guard let x = a.bits else { return b }
        guard let y = b.bits else { return a }
        if x === y { return a }
        let result = Buffer(capacity: wordCount(count) * 8)
        let out = result.pointer(as: UInt64.self)
        let p = x.pointer(as: UInt64.self)
        let q = y.pointer(as: UInt64.self)
        for word in 0..<wordCount(count) { out[word] = p[word] & q[word] }
        return Validity(bits: result, count: count)
    }

    /// NULL where any of the columns is.
    static func all(_ columns: [ColumnVector], count: Int) -> Validity {
        columns.reduce(.allValid) { both($0, Validity($1), count: count) }
    }

    var pointer: UnsafePointer<UInt8>? { bits.map { UnsafePointer($0.pointer(as: UInt8.self)) } }
}

/// Words of 64 bits that hold `count` bits. Bitmaps are padded, so whole words may be read.
@inline(__always)
func wordCount(_ count: Int) -> Int { (count + 63) / 64 }

/// Ones for the bits of the last word that stand for rows.
@inline(__always)
func wordMask(_ word: Int, count: Int) -> UInt64 {
    let rest = count - word * 64
    return rest >= 64 ? ~0 : (1 &<< UInt64(truncatingIfNeeded: rest)) &- 1
}

/// The bits of a bitmap as words of 64.
@inline(__always)
func words(_ bits: UnsafePointer<UInt8>) -> UnsafePointer<UInt64> {
    UnsafeRawPointer(bits).assumingMemoryBound(to: UInt64.self)
}

extension ColumnVector {
    /// The words of a boolean column that are true: NULL rows are zero.
    func trueWord(_ word: Int) -> UInt64 {
        let value = words(bits)[word] & wordMask(word, count: count)
        guard let validityBits else { return value }
        return value & words(validityBits)[word]
    }
}
