// A run of bytes looked for in others: what LIKE, contains, instr, replace and split_part have in common.

import CPlatform

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Looks for a run of bytes in others, at 32 places at once by its first byte and its last. All of them lie in columns,
/// behind whose bytes 64 more may be read, and must outlive it.
@usableFromInline
package struct RunSearch {
    @usableFromInline let start: UnsafePointer<UInt8>?
    @usableFromInline let length: Int
    @usableFromInline let first: UInt8
    @usableFromInline let last: UInt8
    /// The first bytes, at most eight, and which bytes of a word they take.
    @usableFromInline let word: UInt64
    @usableFromInline let mask: UInt64

    /// Looks for a run, which may be empty: then it stands everywhere.
    @inlinable @inline(__always)
    package init(_ run: UnsafeBufferPointer<UInt8>) {
        length = run.count
        guard let start = run.baseAddress, run.count > 0 else {
            (self.start, first, last, word, mask) = (nil, 0, 0, 0, 0)
            return
        }
        self.start = start
        first = start[0]
        last = start[run.count &- 1]
        mask = ~(UInt64.max << UInt64(truncatingIfNeeded: min(run.count, 8) &<< 3))
        word = Self.word(start) & mask
    }

    @inlinable @inline(__always)
    static func word(_ place: UnsafePointer<UInt8>) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self))
    }

    /// The first place from one on at which the run stands, with all of its bytes inside the text.
    @inlinable @inline(__always)
    package func place(in text: UnsafePointer<UInt8>, _ count: Int, from: Int) -> Int? {
        guard let start else { return from <= count ? from : nil }
        let end = count &- length &+ 1
        var place = from
        while place < end {
            var ends = platform_ends_mask(text + place, length &- 1, first, last)
            if end &- place < 32 { ends &= (1 &<< UInt32(truncatingIfNeeded: end &- place)) &- 1 }
            while ends != 0 {
                let found = place &+ ends.trailingZeroBitCount
                let isHere = Self.word(text + found) & mask == word
                if isHere, length <= 8 || memcmp(text + found, start, length) == 0 { return found }
                ends &= ends &- 1
            }
            place &+= 32
        }
        return nil
    }
}
