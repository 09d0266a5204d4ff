// The Bloom filter of a column's chunk, as its values come.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// How large a Bloom filter is made.
package struct BloomFilterOptions: Hashable, Sendable {
    /// How many different values a chunk will have; those that it has are counted where nobody says.
    package var distinctValues: Int?
    /// Of how many values that aren't there one is taken for there.
    package var falsePositives = 0.01
    package var maximumBytes = 1 << 20

    /// The usual size.
    package init() {}
}

/// Makes the filter of one chunk after the other.
struct BloomFilterWriter {
    private let kind: LeafKind
    private let options: BloomFilterOptions
    /// Hashes of values, some of them several times, until they are more than the largest filter has words.
    private var hashes: [UInt64] = []
    private var blocks: [SIMD8<UInt32>] = []

    init(_ kind: LeafKind, _ options: BloomFilterOptions) {
        self.kind = kind
        self.options = options
    }

    /// Whether values of a kind are looked for: of booleans there are two.
    static func canFilter(_ kind: LeafKind) -> Bool { kind != .boolean }

    /// Bytes that the filter will have, and what waits for it.
    var byteCount: Int { blocks.count * BloomBlock.byteCount + hashes.count * 8 }

    /// Takes values in plain encoding.
    mutating func add(_ plain: UnsafeRawBufferPointer, count: Int) {
        let bytes = plain.assumingMemoryBound(to: UInt8.self)
        var place = 0
        for _ in 0..<count {
            var length: Int
            switch kind {
            case .text, .bytes:
                length = Int(UInt32(littleEndian: plain.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
                place += 4
            case .decimal(let width): length = width
            default: length = kind.physical == .int64 || kind.physical == .double ? 8 : 4
            }
            add(BloomBlock.hash(UnsafeBufferPointer(rebasing: bytes[place..<(place + length)])))
            place += length
        }
    }

    private mutating func add(_ hash: UInt64) {
        if blocks.isEmpty {
            hashes.append(hash)
            if options.distinctValues != nil || hashes.count * 8 > options.maximumBytes { makeBlocks() }
        } else {
            insert(hash)
        }
    }

    private mutating func insert(_ hash: UInt64) {
        blocks[BloomBlock.index(hash, of: blocks.count)] |= BloomBlock.bits(hash)
    }

    private mutating func makeBlocks() {
        let count = options.distinctValues ?? Set(hashes).count
        let isAll = options.distinctValues != nil || hashes.count * 8 <= options.maximumBytes
        let bytes = isAll ? Self.byteCount(count, options) : options.maximumBytes
        blocks = Array(repeating: SIMD8(), count: max(1, bytes / BloomBlock.byteCount))
        for hash in hashes { insert(hash) }
        hashes = []
    }

    /// As parquet-mr: a power of two, of the bits with which so many values of which none is there pass so seldom.
    static func byteCount(_ values: Int, _ options: BloomFilterOptions) -> Int {
        let bits = -8 * Double(max(values, 1)) / log(1 - pow(options.falsePositives, 1.0 / 8))
        var bytes = BloomBlock.byteCount
        while Double(bytes * 8) < bits, bytes * 2 <= options.maximumBytes { bytes *= 2 }
        return bytes
    }

    /// The filter with its header, and begins the next one.
    mutating func finish() -> [UInt8] {
        if blocks.isEmpty { makeBlocks() }
        var bytes = BloomFilterHeader(byteCount: Int32(clamping: blocks.count * BloomBlock.byteCount)).thriftBytes
        bytes.reserveCapacity(bytes.count + blocks.count * BloomBlock.byteCount)
        for block in blocks {
            for word in 0..<8 { withUnsafeBytes(of: block[word].littleEndian) { bytes += $0 } }
        }
        (hashes, blocks) = ([], [])
        return bytes
    }
}
