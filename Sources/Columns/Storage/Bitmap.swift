// Bits in bytes, least significant first, as Arrow keeps validity and booleans.

/// Reading and writing single bits of a bitmap; loops over whole bitmaps are kernels.
@usableFromInline
package enum Bitmap {
    /// Bytes that hold `count` bits.
    @inlinable
    package static func byteCount(_ count: Int) -> Int { (count + 7) / 8 }

    @inlinable @inline(__always)
    package static func get(_ bits: UnsafePointer<UInt8>, _ index: Int) -> Bool {
        bits[index &>> 3] & (1 &<< UInt8(truncatingIfNeeded: index & 7)) != 0
    }

    @inlinable @inline(__always)
    package static func set(_ bits: UnsafeMutablePointer<UInt8>, _ index: Int) {
        bits[index &>> 3] |= 1 &<< UInt8(truncatingIfNeeded: index & 7)
    }

    @inlinable @inline(__always)
    package static func clear(_ bits: UnsafeMutablePointer<UInt8>, _ index: Int) {
        bits[index &>> 3] &= ~(1 &<< UInt8(truncatingIfNeeded: index & 7))
    }

    /// How many of the first `count` bits are set.
    @inlinable
    package static func countOnes(_ bits: UnsafePointer<UInt8>, count: Int) -> Int {
        var ones = 0
        let whole = count / 8
        for byte in 0..<whole { ones &+= bits[byte].nonzeroBitCount }
        let rest = count & 7
        if rest > 0 { ones &+= (bits[whole] & UInt8(truncatingIfNeeded: (1 << rest) - 1)).nonzeroBitCount }
        return ones
    }

    // MARK: Words of 64 bits. Buffers are padded, so that whole words may be read.

    /// Words that hold `count` bits.
    @inlinable @inline(__always)
    package static func wordCount(_ count: Int) -> Int { (count &+ 63) &>> 6 }

    /// Ones for the bits of a word that stand for one of `count` rows.
    @inlinable @inline(__always)
    package static func wordMask(_ word: Int, count: Int) -> UInt64 {
        let rest = count &- word &* 64
        return rest >= 64 ? ~0 : (1 &<< UInt64(truncatingIfNeeded: rest)) &- 1
    }

    /// The bits as words.
    @inlinable @inline(__always)
    package static func words(_ bits: UnsafePointer<UInt8>) -> UnsafePointer<UInt64> {
        UnsafeRawPointer(bits).assumingMemoryBound(to: UInt64.self)
    }

    /// A buffer for `count` bits whose words `body` fills; the bits beyond `count` are zero afterwards.
    @inlinable @inline(__always)
    package static func filled(count: Int, _ body: (UnsafeMutablePointer<UInt64>, Int) -> Void) -> Buffer {
        let words = wordCount(count)
        let buffer = Buffer(capacity: words &* 8)
        let pointer = buffer.pointer(as: UInt64.self)
        body(pointer, words)
        if words > 0 { pointer[words &- 1] &= wordMask(words &- 1, count: count) }
        return buffer
    }
}
