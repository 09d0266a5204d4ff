// Hashes of bytes by xxHash's 64 bits.

/// xxHash, as Spark's `xxhash64` and Parquet's Bloom filters have it.
@usableFromInline
package enum XXHash64 {
    @inlinable static var first: UInt64 { 0x9E37_79B1_85EB_CA87 }
    @inlinable static var second: UInt64 { 0xC2B2_AE3D_27D4_EB4F }
    @inlinable static var third: UInt64 { 0x1656_67B1_9E37_79F9 }
    @inlinable static var fourth: UInt64 { 0x85EB_CA77_C2B2_AE63 }
    @inlinable static var fifth: UInt64 { 0x27D4_EB2F_1656_67C5 }

    /// The hash of a run of bytes.
    package static func hash(_ run: UnsafeBufferPointer<UInt8>, seed: UInt64) -> UInt64 {
        guard let start = run.baseAddress else { return finished(seed &+ fifth) }
        let raw = UnsafeRawPointer(start)
        let count = run.count
        var place = 0
        var hash: UInt64
        if count >= 32 {
            var (a, b) = (seed &+ first &+ second, seed &+ second)
            var (c, d) = (seed, seed &- first)
            while place &+ 32 <= count {
                a = round(a, word(raw, place))
                b = round(b, word(raw, place &+ 8))
                c = round(c, word(raw, place &+ 16))
                d = round(d, word(raw, place &+ 24))
                place &+= 32
            }
            hash = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
            hash = merged(merged(merged(merged(hash, a), b), c), d)
        } else {
            hash = seed &+ fifth
        }
        hash &+= UInt64(truncatingIfNeeded: count)
        while place &+ 8 <= count {
            hash = rotated(hash ^ round(0, word(raw, place)), 27) &* first &+ fourth
            place &+= 8
        }
        if place &+ 4 <= count {
            let half = UInt64(UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
            hash = rotated(hash ^ (half &* first), 23) &* second &+ third
            place &+= 4
        }
        while place < count {
            hash = rotated(hash ^ (UInt64(start[place]) &* fifth), 11) &* first
            place &+= 1
        }
        return finished(hash)
    }

    /// The hash of four bytes.
    @inlinable @inline(__always)
    package static func hash(_ value: Int32, seed: UInt64) -> UInt64 {
        let hash = (seed &+ fifth &+ 4) ^ (UInt64(UInt32(bitPattern: value)) &* first)
        return finished(rotated(hash, 23) &* second &+ third)
    }

    /// The hash of eight bytes.
    @inlinable @inline(__always)
    package static func hash(_ value: Int64, seed: UInt64) -> UInt64 {
        let hash = (seed &+ fifth &+ 8) ^ round(0, UInt64(bitPattern: value))
        return finished(rotated(hash, 27) &* first &+ fourth)
    }

    @inline(__always)
    private static func word(_ raw: UnsafeRawPointer, _ place: Int) -> UInt64 {
        UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    @inlinable @inline(__always)
    static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 { value &<< bits | value &>> (64 &- bits) }

    @inlinable @inline(__always)
    static func round(_ sum: UInt64, _ word: UInt64) -> UInt64 {
        rotated(sum &+ word &* second, 31) &* first
    }

    @inline(__always)
    private static func merged(_ hash: UInt64, _ sum: UInt64) -> UInt64 {
        (hash ^ round(0, sum)) &* first &+ fourth
    }

    @inlinable @inline(__always)
    static func finished(_ value: UInt64) -> UInt64 {
        var hash = value
        hash = (hash ^ hash &>> 33) &* second
        hash = (hash ^ hash &>> 29) &* third
        return hash ^ hash &>> 32
    }
}
