// Blocks go through every codec and come back, and what is damaged or lies about its size is refused.

import Compression
import TestSupport
import Testing

@Suite("Compressed blocks")
struct BlockTests {
    private static let codecs: [CompressionCodec] = [
        .none, .snappy, .gzip, .gzip(level: 1), .zstd, .zstd(level: 19), .lz4, .hadoopLZ4,
    ]

    /// Empty, tiny, all the same, words, and what can't be made smaller.
    private static let samples: [[UInt8]] = {
        var random = SeededRandom(7)
        let words = (0..<40_000).map { UInt8(truncatingIfNeeded: "the quick brown fox ".utf8.count &* $0 % 97) }
        return [
            [], [42], [UInt8](repeating: 7, count: 100_000), words,
            (0..<70_000).map { _ in UInt8(truncatingIfNeeded: random.next()) },
            // Several of Hadoop's frames.
            (0..<600_000).map { UInt8(truncatingIfNeeded: $0 / 3 % 251) },
        ]
    }()

    @Test("come back as they were", arguments: codecs)
    func roundTrip(_ codec: CompressionCodec) throws {
        let (compressor, decompressor) = (try Compressor(codec), Decompressor())
        // Twice, because both keep what they need from block to block.
        for sample in Self.samples + Self.samples {
            let block = try compress(sample, with: compressor)
            #expect(try decompress(block, count: sample.count, codec, with: decompressor) == sample)
        }
    }

    @Test("of another size than announced are refused", arguments: codecs)
    func sizes(_ codec: CompressionCodec) throws {
        let decompressor = Decompressor()
        let sample = [UInt8](repeating: 7, count: 5000)
        let block = try compress(sample, with: try Compressor(codec))
        for count in [0, 1, 4999, 5001, 100_000] {
            #expect(throws: CompressionError.self) {
                try decompress(block, count: count, codec, with: decompressor)
            }
        }
        #expect(try decompress(block, count: 5000, codec, with: decompressor) == sample)
    }

    @Test("that are cut or changed are an error or other bytes", arguments: codecs)
    func damage(_ codec: CompressionCodec) throws {
        var random = SeededRandom(11)
        let decompressor = Decompressor()
        let sample = (0..<3000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let block = try compress(sample, with: try Compressor(codec))
        for length in 0..<block.count where codec != .none {
            #expect(throws: CompressionError.self) {
                try decompress(Array(block.prefix(length)), count: 3000, codec, with: decompressor)
            }
        }
        for _ in 0..<2000 {
            var damaged = block
            for _ in 0...random.below(3) {
                damaged[random.below(block.count)] = UInt8(truncatingIfNeeded: random.next())
            }
            // An address sanitizer's business, apart from the size: there is no other promise.
            let bytes = try? decompress(damaged, count: 3000, codec, with: decompressor)
            #expect(bytes.map { $0.count == 3000 } ?? true)
        }
        #expect(try decompress(block, count: 3000, codec, with: decompressor) == sample)
    }

    @Test("of zlib and of several streams of gzip are read as gzip")
    func gzipKinds() throws {
        // python3: zlib.compress(b'abcabcabcabc')
        let zlib: [UInt8] = [120, 156, 75, 76, 74, 78, 132, 33, 0, 29, 224, 4, 153]
        let text = Array("abcabcabcabc".utf8)
        #expect(try decompress(zlib, count: 12, .gzip, with: Decompressor()) == text)
        let one = try compress(text, with: try Compressor(.gzip))
        #expect(try decompress(one + one, count: 24, .gzip, with: Decompressor()) == text + text)
    }

    @Test("in Hadoop's frames are no larger than Hadoop's buffer, one a frame")
    func hadoopFrames() throws {
        let sample = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 / 5 % 249) }
        let block = try compress(sample, with: try Compressor(.hadoopLZ4))
        var (place, lengths) = (0, [Int]())
        func length() -> Int {
            defer { place += 4 }
            return block[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
        }
        while place < block.count {
            lengths.append(length())
            place += length()
        }
        #expect(place == block.count)
        #expect(lengths == [261_100, 261_100, 77_800])
    }

    @Test("in Hadoop's frames are read: several, and several blocks in one")
    func hadoop() throws {
        let (first, second) = (Array("first first first first".utf8), [UInt8](repeating: 9, count: 1000))
        let blocks = try [first, second].map { try compress($0, with: try Compressor(.lz4)) }
        func length(_ count: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(count).bigEndian) { Array($0) } }
        let frames =
            length(first.count) + length(blocks[0].count) + blocks[0] + length(second.count)
            + length(blocks[1].count) + blocks[1]
        let oneFrame =
            length(first.count + second.count) + length(blocks[0].count) + blocks[0] + length(blocks[1].count)
            + blocks[1]
        for block in [frames, oneFrame] {
            let bytes = try decompress(block, count: first.count + second.count, .hadoopLZ4, with: Decompressor())
            #expect(bytes == first + second)
        }
        // Without a frame it is LZ4 as it is.
        #expect(try decompress(blocks[1], count: 1000, .hadoopLZ4, with: Decompressor()) == second)
    }

    @Test("can't be written with a level that there isn't")
    func levels() {
        for codec: CompressionCodec in [
            .gzip(level: 0), .gzip(level: 10), .zstd(level: 0), .zstd(level: 23),
        ] {
            #expect(throws: CompressionError.self) { try Compressor(codec) }
        }
    }

    private func compress(_ bytes: [UInt8], with compressor: Compressor) throws -> [UInt8] {
        var block = [UInt8](repeating: 0, count: compressor.bound(bytes.count))
        let count = try bytes.withUnsafeBytes { source in
            try block.withUnsafeMutableBytes { try compressor.compress(source, into: $0) }
        }
        return Array(block.prefix(count))
    }

    /// Decompresses into memory with a fence behind it.
    private func decompress(
        _ block: [UInt8], count: Int, _ codec: CompressionCodec, with decompressor: Decompressor
    ) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0xA5, count: count + 64)
        defer { #expect(bytes.suffix(64).allSatisfy { $0 == 0xA5 }, "written beyond the target") }
        try block.withUnsafeBytes { source in
            try bytes.withUnsafeMutableBytes { target in
                try decompressor.decompress(source, into: .init(rebasing: target[..<count]), codec)
            }
        }
        return Array(bytes.prefix(count))
    }
}
