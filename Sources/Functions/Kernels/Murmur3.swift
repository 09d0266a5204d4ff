// Hashes of bytes by Murmur3's 32 bits, in Spark's variant.

/// Murmur3, as Spark's `hash` has it: the bytes behind the last whole word are each taken as a word of their own.
enum Murmur3 {
    /// The hash of a run of bytes.
    static func hash(_ run: UnsafeBufferPointer<UInt8>, seed: UInt32) -> UInt32 {
        var hash = seed
        var place = 0
        if let start = run.baseAddress {
            let raw = UnsafeRawPointer(start)
            while place &+ 4 <= run.count {
                hash = mixed(hash, UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
                place &+= 4
            }
            while place < run.count {
                hash = mixed(hash, UInt32(bitPattern: Int32(Int8(bitPattern: start[place]))))
                place &+= 1
            }
        }
        return finished(hash, UInt32(truncatingIfNeeded: run.count))
    }

    /// The hash of four bytes.
    @inline(__always)
    static func hash(_ value: Int32, seed: UInt32) -> UInt32 { finished(mixed(seed, UInt32(bitPattern: value)), 4) }

    /// The hash of eight bytes.
    @inline(__always)
    static func hash(_ value: Int64, seed: UInt32) -> UInt32 {
        let low = mixed(seed, UInt32(truncatingIfNeeded: value))
        return finished(mixed(low, UInt32(truncatingIfNeeded: value &>> 32)), 8)
    }

    @inline(__always)
    private static func rotated(_ value: UInt32, _ bits: UInt32) -> UInt32 { value &<< bits | value &>> (32 &- bits) }

    @inline(__always)
    private static func mixed(_ hash: UInt32, _ word: UInt32) -> UInt32 {
        rotated(hash ^ (rotated(word &* 0xCC9E_2D51, 15) &* 0x1B87_3593), 13) &* 5 &+ 0xE654_6B64
    }

    @inline(__always)
    private static func finished(_ value: UInt32, _ length: UInt32) -> UInt32 {
        var hash = value ^ length
        hash = (hash ^ hash &>> 16) &* 0x85EB_CA6B
        hash = (hash ^ hash &>> 13) &* 0xC2B2_AE35
        return hash ^ hash &>> 16
    }
}
