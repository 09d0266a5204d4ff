// Bits in bytes, least significant first, as Arrow keeps validity and booleans.

import CPlatform

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

    /// How many of the first `count` bits are set; where `others` are given, of those that are set in both. Whole words
    /// may be read.
    package static func countOnes(
        _ bits: UnsafePointer<UInt8>, and others: UnsafePointer<UInt8>? = nil, count: Int
    ) -> Int {
        let (first, second, whole) = (words(bits), others.map { words($0) }, count / 64)
        let ones = platform_count_ones(first, second, whole)
        guard count & 63 != 0 else { return ones }
        return ones &+ (first[whole] & (second?[whole] ?? ~0) & wordMask(whole, count: count)).nonzeroBitCount
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

    /// Packs the answers for `count` rows, 64 into a word, and inverts the bits that are set in `inverted`.
    @inlinable @inline(__always)
    package static func pack(
        _ count: Int, into out: UnsafeMutablePointer<UInt64>, inverted: UInt64 = 0, _ test: (Int) -> Bool
    ) {
        let whole = count &>> 6
        // Answers are bytes first: the processor makes several of those at once, and bits one by one.
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 8) { eights in
            guard let eights = eights.baseAddress else { return }
            let answers = UnsafeMutableRawPointer(eights).assumingMemoryBound(to: UInt8.self)
            for word in 0..<whole {
                let base = word &* 64
                for row in 0..<64 { answers[row] = unsafeBitCast(test(base &+ row), to: UInt8.self) }
                var bits: UInt64 = 0
                for eight in 0..<8 {
                    bits |= packed(UInt64(littleEndian: eights[eight])) &<< UInt64(truncatingIfNeeded: eight &* 8)
                }
                out[word] = bits ^ inverted
            }
        }
        guard count & 63 != 0 else { return }
        var bits: UInt64 = 0
        for row in whole &* 64..<count {
            // Without a jump: what `test` says is often as good as random.
            bits |=
                UInt64(truncatingIfNeeded: unsafeBitCast(test(row), to: UInt8.self))
                &<< UInt64(truncatingIfNeeded: row & 63)
        }
        out[whole] = bits ^ inverted
    }

    /// Eight bytes of 0 or 1 as eight bits: multiplied, they come together in the highest byte.
    @inlinable @inline(__always)
    package static func packed(_ bytes: UInt64) -> UInt64 { (bytes &* 0x0102_0408_1020_4080) &>> 56 }

    /// Eight bits as eight bytes of 0 or 1.
    @inlinable @inline(__always)
    package static func spread(_ bits: UInt8) -> UInt64 {
        // Each byte keeps one bit, and is 128 or more with 127 added to it where that is set.
        let kept = (UInt64(bits) &* 0x0101_0101_0101_0101) & 0x8040_2010_0804_0201
        return ((kept &+ 0x7F7F_7F7F_7F7F_7F7F) &>> 7) & 0x0101_0101_0101_0101
    }
}
