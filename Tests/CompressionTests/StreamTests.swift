// Streams go through in pieces of every size, and one that isn't whole is known as such.

import Compression
import TestSupport
import Testing

@Suite("Compressed streams")
struct StreamTests {
    private static let text = Array((0..<30_000).map { "line \($0 &* 7919 % 10_007)\n" }.joined().utf8)

    @Test("come back as they were, whatever the pieces", arguments: [StreamCodec.gzip, .zstd])
    func roundTrip(_ codec: StreamCodec) throws {
        for piece in [1, 7, 4096, 1 << 20] {
            let stream = try compress(Self.text, codec, piece: piece)
            #expect(stream.count < Self.text.count)
            #expect(try decompress(stream, codec, piece: piece, room: 1000) == Self.text)
        }
        #expect(try decompress(try compress([], codec, piece: 1), codec, piece: 9, room: 9) == [])
    }

    @Test("one behind the other are one", arguments: [StreamCodec.gzip, .zstd])
    func several(_ codec: StreamCodec) throws {
        let stream = try compress(Self.text, codec, piece: 4096)
        #expect(try decompress(stream + stream, codec, piece: 1000, room: 777) == Self.text + Self.text)
    }

    @Test("that end too early are refused", arguments: [StreamCodec.gzip, .zstd])
    func truncated(_ codec: StreamCodec) throws {
        let stream = try compress(Array(Self.text.prefix(3000)), codec, piece: 4096)
        for length in 0..<stream.count {
            #expect(throws: CompressionError.self) {
                try decompress(Array(stream.prefix(length)), codec, piece: 100, room: 1000)
            }
        }
    }

    @Test("that are damaged, or none at all, are refused", arguments: [StreamCodec.gzip, .zstd])
    func damaged(_ codec: StreamCodec) throws {
        #expect(throws: CompressionError.self) { try decompress(Self.text, codec, piece: 100, room: 1000) }
        var random = SeededRandom(3)
        let stream = try compress(Array(Self.text.prefix(3000)), codec, piece: 4096)
        for _ in 0..<1000 {
            var bytes = stream
            bytes[random.below(stream.count)] ^= 1 << UInt8(random.below(8))
            // Zstd's frames have no checksum here: other bytes may come of it, but it ends.
            _ = try? decompress(bytes, codec, piece: 100, room: 1000)
        }
    }

    @Test("are known by the names of their files")
    func names() {
        #expect(StreamCodec(ofFileNamed: "a.json.gz") == .gzip)
        #expect(StreamCodec(ofFileNamed: "a.CSV.ZST") == .zstd)
        #expect(StreamCodec(ofFileNamed: "gz") == nil)
        #expect(StreamCodec(ofFileNamed: "a.snappy.parquet") == nil)
        #expect(StreamCodec.unknown(ofFileNamed: "a.json.BZ2") == ".bz2")
        #expect(StreamCodec.unknown(ofFileNamed: "a.json.gz") == nil)
        #expect(StreamCodec.unknown(ofFileNamed: "a.snappy.parquet") == nil)
    }

    private func compress(_ bytes: [UInt8], _ codec: StreamCodec, piece: Int) throws -> [UInt8] {
        let compressor = try StreamCompressor(codec)
        var stream: [UInt8] = []
        try bytes.withUnsafeBytes { bytes in
            var place = 0
            while place < bytes.count {
                let end = min(place + piece, bytes.count)
                try compressor.write(UnsafeRawBufferPointer(rebasing: bytes[place..<end]), into: &stream)
                place = end
            }
        }
        try compressor.finish(into: &stream)
        return stream
    }

    private func decompress(_ stream: [UInt8], _ codec: StreamCodec, piece: Int, room: Int) throws -> [UInt8] {
        let decompressor = try StreamDecompressor(codec)
        var bytes: [UInt8] = []
        var target = [UInt8](repeating: 0, count: room)
        try stream.withUnsafeBytes { stream in
            var place = 0
            while true {
                let part = stream[place..<min(place + piece, stream.count)]
                let step = try target.withUnsafeMutableBytes {
                    try decompressor.read(UnsafeRawBufferPointer(rebasing: part), into: $0)
                }
                place += step.read
                bytes += target[..<step.written]
                if place == stream.count, step.written < room { return }
            }
        }
        try decompressor.finish()
        return bytes
    }
}
