// Bitmaps as words of 64 bits, inside the kernels.

/// Words of 64 bits that hold `count` bits. Bitmaps are padded, so whole words may be read.
@inline(__always)
func wordCount(_ count: Int) -> Int { (count &+ 63) &>> 6 }

/// Ones for the bits of a word that stand for rows.
@inline(__always)
func wordMask(_ word: Int, count: Int) -> UInt64 {
    let rest = count &- word &* 64
    return rest >= 64 ? ~0 : (1 &<< UInt64(truncatingIfNeeded: rest)) &- 1
}

/// The bits of a bitmap as words of 64.
@inline(__always)
func words(_ bits: UnsafePointer<UInt8>) -> UnsafePointer<UInt64> {
    UnsafeRawPointer(bits).assumingMemoryBound(to: UInt64.self)
}

extension ColumnVector {
    /// Which of 64 rows of a boolean column are true; NULL rows are not.
    func trueWord(_ word: Int) -> UInt64 {
        let value = words(bits)[word] & wordMask(word, count: count)
        guard let validityBits else { return value }
        return value & words(validityBits)[word]
    }
}
