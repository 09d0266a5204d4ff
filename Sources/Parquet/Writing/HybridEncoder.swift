// Small numbers as runs of one, or packed into bits: levels, and the numbers of a dictionary's values.

/// Parquet's mixture of runs: a number and how often it comes, or groups of eight numbers in as few bits as they need.
enum HybridEncoder {
    /// Bits that hold every number up to `greatest`.
    static func width(_ greatest: Int) -> Int { greatest <= 0 ? 0 : Int.bitWidth - greatest.leadingZeroBitCount }

    /// Appends `count` numbers, none of which needs more than `width` bits.
    static func encode<Number: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ numbers: UnsafePointer<Number>, count: Int, width: Int, into out: inout PageBytes
    ) {
        var (place, packed) = (0, 0)
        while place < count {
            let run = runLength(numbers, from: place, count: count)
            // The last group may have fewer than eight numbers; before a run there are whole groups.
            if run < 8 {
                place &+= min(8, count &- place)
                continue
            }
            pack(numbers + packed, count: place &- packed, width: width, into: &out)
            out.append(varint: UInt64(run) << 1)
            let number = UInt64(truncatingIfNeeded: numbers[place])
            for byte in 0..<((width + 7) / 8) { out.append(UInt8(truncatingIfNeeded: number >> UInt64(byte * 8))) }
            place &+= run
            packed = place
        }
        pack(numbers + packed, count: place &- packed, width: width, into: &out)
    }

    /// How often the number at a place comes from there on.
    @inline(__always)
    private static func runLength<Number: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ numbers: UnsafePointer<Number>, from start: Int, count: Int
    ) -> Int {
        let number = numbers[start]
        var place = start &+ 1
        while place < count, numbers[place] == number { place &+= 1 }
        return place &- start
    }

    private static func pack<Number: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ numbers: UnsafePointer<Number>, count: Int, width: Int, into out: inout PageBytes
    ) {
        guard count > 0 else { return }
        let groups = (count + 7) / 8
        out.append(varint: UInt64(groups) << 1 | 1)
        packBits(numbers, count: count, width: width, byteCount: groups * width, into: &out)
    }

    /// Appends numbers in `width` bits each, the first in the lowest bits, and zeros up to `byteCount` bytes.
    static func packBits<Number: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ numbers: UnsafePointer<Number>, count: Int, width: Int, byteCount: Int, into out: inout PageBytes
    ) {
        guard width > 0 else { return }
        // Whole words are stored, so that there is room for the last one beyond the end.
        let target = out.reserve(byteCount + 16)
        var (word, bits, written): (UInt64, Int, Int) = (0, 0, 0)
        for index in 0..<count {
            let number = UInt64(truncatingIfNeeded: numbers[index])
            word |= number &<< UInt64(truncatingIfNeeded: bits)
            bits &+= width
            if bits >= 64 {
                target.storeBytes(of: word.littleEndian, toByteOffset: written, as: UInt64.self)
                written &+= 8
                bits &-= 64
                word = bits == 0 ? 0 : number >> UInt64(truncatingIfNeeded: width &- bits)
            }
        }
        while written < byteCount {
            target.storeBytes(of: word.littleEndian, toByteOffset: written, as: UInt64.self)
            word = 0
            written &+= 8
        }
        out.advance(byteCount)
    }
}
