// Numbers as differences from the one before, and texts as what differs from the one before.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Parquet's delta encodings.
enum DeltaEncoder {
    private static let blockSize = 128
    private static let miniblockSize = 32

    /// Appends numbers as differences: DELTA_BINARY_PACKED. Differences are taken modulo the width of the numbers.
    static func encode<Number: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
        _ numbers: UnsafePointer<Number>, count: Int, into out: inout PageBytes
    ) where Number.Magnitude: BitwiseCopyable {
        out.append(varint: UInt64(blockSize))
        out.append(varint: UInt64(blockSize / miniblockSize))
        out.append(varint: UInt64(count))
        out.append(zigzag: count > 0 ? Int64(numbers[0]) : 0)
        guard count > 1 else { return }
        withUnsafeTemporaryAllocation(of: Number.Magnitude.self, capacity: blockSize) { memory in
            guard let differences = memory.baseAddress else { return }
            var place = 1
            while place < count {
                let length = min(blockSize, count - place)
                encodeBlock(numbers + place, count: length, differences, into: &out)
                place += length
            }
        }
    }

    private static func encodeBlock<Number: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
        _ numbers: UnsafePointer<Number>, count: Int, _ differences: UnsafeMutablePointer<Number.Magnitude>,
        into out: inout PageBytes
    ) where Number.Magnitude: BitwiseCopyable {
        var least = Number.max
        for index in 0..<count { least = min(least, numbers[index] &- numbers[index &- 1]) }
        for index in 0..<blockSize {
            differences[index] =
                index < count ? Number.Magnitude(truncatingIfNeeded: numbers[index] &- numbers[index &- 1] &- least) : 0
        }
        out.append(zigzag: Int64(least))
        let miniblocks = blockSize / miniblockSize
        var widths: (Int, Int, Int, Int) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &widths) { memory in
            let widths = memory.bindMemory(to: Int.self)
            for block in 0..<miniblocks {
                var all: Number.Magnitude = 0
                for index in 0..<miniblockSize { all |= differences[block &* miniblockSize &+ index] }
                widths[block] = Number.bitWidth - all.leadingZeroBitCount
                out.append(UInt8(widths[block]))
            }
            // The last blocks have no bytes where no number is in them.
            for block in 0..<((count + miniblockSize - 1) / miniblockSize) {
                HybridEncoder.packBits(
                    UnsafePointer(differences + block * miniblockSize), count: miniblockSize, width: widths[block],
                    byteCount: miniblockSize / 8 * widths[block], into: &out)
            }
        }
    }

    /// Appends runs of bytes, each without what it has in common with the start of the one before: DELTA_BYTE_ARRAY.
    /// Runs lie one behind the other in `values`, each behind its length of 32 bits, or each of a fixed length.
    static func encode(
        _ values: UnsafeRawBufferPointer, count: Int, fixedLength: Int?, into out: inout PageBytes
    ) {
        guard let start = values.baseAddress else { return }
        var shared = PageBytes(capacity: count * 4)
        var lengths = PageBytes(capacity: count * 4)
        var suffixes = PageBytes()
        var before: (start: UnsafeRawPointer, count: Int) = (start, 0)
        var place = 0
        for _ in 0..<count {
            let length: Int
            if let fixedLength {
                length = fixedLength
            } else {
                length = Int(UInt32(littleEndian: values.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
                place &+= 4
            }
            let run = start + place
            let limit = min(length, before.count)
            var common = 0
            while common < limit,
                run.load(fromByteOffset: common, as: UInt8.self)
                    == before.start.load(fromByteOffset: common, as: UInt8.self)
            { common &+= 1 }
            shared.append(word: UInt32(truncatingIfNeeded: common))
            lengths.append(word: UInt32(truncatingIfNeeded: length &- common))
            suffixes.append(run + common, count: length &- common)
            before = (run, length)
            place &+= length
        }
        encode(UnsafePointer(shared.pointer(as: Int32.self)), count: count, into: &out)
        encode(UnsafePointer(lengths.pointer(as: Int32.self)), count: count, into: &out)
        out.append(suffixes.bytes)
    }
}
