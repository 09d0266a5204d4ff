// Digits of a text, eight at a time.

/// Eight bytes of a text that may be digits: how many are, and what number they make, without a loop and without a jump
/// that depends on them.
@usableFromInline
package struct DigitWord {
    /// The bytes less `0` (by exclusive or), the first in the lowest one: 0 to 9 where it is a digit.
    @usableFromInline let bytes: UInt64

    /// The bytes from `place` on, all of which may be read.
    @inlinable @inline(__always)
    package init(_ place: UnsafePointer<UInt8>) {
        self.init(text: UInt64(littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self)))
    }

    /// Eight bytes, the first in the lowest one.
    @inlinable @inline(__always)
    package init(text: UInt64) { bytes = text ^ 0x3030_3030_3030_3030 }

    /// How many digits there are before the first byte that is none.
    @inlinable @inline(__always)
    package var count: Int {
        // A byte above 9 has a bit in its upper half, or gets one; what is carried on reaches only bytes behind it.
        let others = (bytes | (bytes &+ 0x0606_0606_0606_0606)) & 0xF0F0_F0F0_F0F0_F0F0
        return others.trailingZeroBitCount &>> 3
    }

    /// The number that the first `count` bytes make, which are digits: 1 to 8.
    @inlinable @inline(__always)
    package func number(_ count: Int) -> UInt64 {
        Self.joined(bytes &<< UInt64(truncatingIfNeeded: 64 &- count &* 8))
    }

    /// The number that the first `count` bytes make, which are digits (1 to 8), with zeros behind them: eight in all.
    @inlinable @inline(__always)
    package func filledUp(_ count: Int) -> UInt64 {
        Self.joined(bytes & (UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- count &* 8)))
    }

    /// The number of two digits that begins at each byte, in that byte; all bytes are digits.
    @inlinable @inline(__always)
    package var pairs: UInt64 { Self.pairs(bytes) }

    @inlinable @inline(__always)
    static func pairs(_ digits: UInt64) -> UInt64 { digits &* 10 &+ digits &>> 8 }

    /// Neighbours are joined: to pairs, and those to the whole.
    @inlinable @inline(__always)
    static func joined(_ digits: UInt64) -> UInt64 {
        let pairs = pairs(digits)
        let low = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
        let high = (pairs &>> 16 & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
        return (low &+ high) &>> 32
    }
}
