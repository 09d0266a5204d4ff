// Bits in bytes, least significant first, as Arrow keeps validity and booleans.

/// Reading and writing single bits of a bitmap; loops over whole bitmaps are kernels.
package enum Bitmap {
    /// Bytes that hold `count` bits.
    package static func byteCount(_ count: Int) -> Int { (count + 7) / 8 }

    @inline(__always)
    package static func get(_ bits: UnsafePointer<UInt8>, _ index: Int) -> Bool {
        bits[index &>> 3] & (1 &<< UInt8(truncatingIfNeeded: index & 7)) != 0
    }

    @inline(__always)
    package static func set(_ bits: UnsafeMutablePointer<UInt8>, _ index: Int) {
        bits[index &>> 3] |= 1 &<< UInt8(truncatingIfNeeded: index & 7)
    }

    @inline(__always)
    package static func clear(_ bits: UnsafeMutablePointer<UInt8>, _ index: Int) {
        bits[index &>> 3] &= ~(1 &<< UInt8(truncatingIfNeeded: index & 7))
    }

    /// How many of the first `count` bits are set.
    package static func countOnes(_ bits: UnsafePointer<UInt8>, count: Int) -> Int {
        var ones = 0
        let whole = count / 8
        for byte in 0..<whole { ones &+= bits[byte].nonzeroBitCount }
        let rest = count & 7
        if rest > 0 { ones &+= (bits[whole] & UInt8(truncatingIfNeeded: (1 << rest) - 1)).nonzeroBitCount }
        return ones
    }
}
