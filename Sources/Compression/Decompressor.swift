// Compressed bytes whose length is known, back as they were.

import CLZ4
import CSnappy
import CZlib
import CZstd

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Decompresses blocks whose exact size is known beforehand. Keeps what the libraries need from block to block, so it
/// is for one thread at a time.
///
/// Nothing is written beyond the target, and a block that holds more or less than the target takes is an error.
package final class Decompressor {
    private var zstd: OpaquePointer?
    private var inflate: GzipReader?

    /// Creates one that has nothing yet.
    package init() {}

    deinit { ZSTD_freeDCtx(zstd) }

    /// Decompresses `source` into the whole of `target`.
    ///
    /// - Throws: where the bytes are damaged, or don't make exactly as many as `target` takes.
    package func decompress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ codec: CompressionCodec
    ) throws(CompressionError) {
        let count: Int
        switch codec {
        case .none:
            guard source.count == target.count else { throw Self.otherSize(codec, source.count, target) }
            if let from = source.baseAddress, let to = target.baseAddress { memcpy(to, from, source.count) }
            return
        // Nothing is what nothing becomes, whoever compresses it.
        case _ where target.isEmpty && source.isEmpty: return
        case .snappy: count = try snappy(source, target)
        case .gzip: count = try gzip(source, target)
        case .zstd: count = try zstd(source, target)
        case .lz4: count = try Self.block(source, target, codec)
        case .hadoopLZ4:
            if let framed = Self.framed(source, target) {
                count = framed
            } else {
                count = try Self.block(source, target, codec)
            }
        }
        guard count == target.count else { throw Self.otherSize(codec, count, target) }
    }

    private static func otherSize(
        _ codec: CompressionCodec, _ count: Int, _ target: UnsafeMutableRawBufferPointer
    ) -> CompressionError {
        CompressionError(codec, "the block holds \(count) bytes where \(target.count) are announced")
    }

    private func snappy(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Int {
        let from = source.bindMemory(to: CChar.self).baseAddress
        var count = 0
        // Asked first: the length stands at the block's start, and the library writes as many bytes.
        guard snappy_uncompressed_length(from, source.count, &count) == SNAPPY_OK else {
            throw CompressionError(.snappy, "the block has no length")
        }
        guard count == target.count else { throw Self.otherSize(.snappy, count, target) }
        var place: CChar = 0
        let status = target.withMemoryRebound(to: CChar.self) { target in
            // Without an address where no byte is expected.
            withUnsafeMutablePointer(to: &place) { none in
                snappy_uncompress(from, source.count, target.baseAddress ?? none, &count)
            }
        }
        guard status == SNAPPY_OK else { throw CompressionError(.snappy, "the block is damaged") }
        return count
    }

    private func zstd(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Int {
        if zstd == nil { zstd = ZSTD_createDCtx() }
        let count = ZSTD_decompressDCtx(zstd, target.baseAddress, target.count, source.baseAddress, source.count)
        guard ZSTD_isError(count) == 0 else {
            throw CompressionError(.zstd, "the block is damaged, or isn't of the announced size: \(zstdWords(count))")
        }
        return count
    }

    private func gzip(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Int {
        let reader: GzipReader
        if let inflate { reader = inflate } else { reader = try GzipReader(takesZlib: true) }
        inflate = reader
        try reader.reset()
        var (read, written) = (0, 0)
        while read < source.count {
            let step = try reader.read(
                UnsafeRawBufferPointer(rebasing: source[read...]),
                into: UnsafeMutableRawBufferPointer(rebasing: target[written...]))
            read += step.read
            written += step.written
            // A full target and bytes that go on: zlib is asked once more, for what ends a stream needs no room.
            if step.read == 0, step.written == 0 { break }
        }
        guard read == source.count, reader.isAtEnd else {
            throw CompressionError(
                .gzip, written == target.count ? "the block holds more than is announced" : "the block ends too early")
        }
        return written
    }

    /// One block without a frame.
    private static func block(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, _ codec: CompressionCodec
    ) throws(CompressionError) -> Int {
        guard let count = lz4(source, target) else { throw CompressionError(codec, "the block is damaged") }
        return count
    }

    private static func lz4(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer
    ) -> Int? {
        guard let from = Int32(exactly: source.count), let room = Int32(exactly: target.count) else { return nil }
        var place: CChar = 0
        let count = source.withMemoryRebound(to: CChar.self) { source in
            target.withMemoryRebound(to: CChar.self) { target in
                withUnsafeMutablePointer(to: &place) { none in
                    LZ4_decompress_safe(
                        source.baseAddress ?? UnsafePointer(none), target.baseAddress ?? none, from, room)
                }
            }
        }
        return count < 0 ? nil : Int(count)
    }

    /// Hadoop's frames: the length of what follows decompressed, then blocks that make it up, each with its compressed
    /// length; both are 32 bits, most significant byte first. `nil` where the bytes aren't so.
    private static func framed(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer) -> Int? {
        var (read, written) = (0, 0)
        func length() -> Int? {
            guard source.count - read >= 4 else { return nil }
            defer { read += 4 }
            return Int(UInt32(bigEndian: source.loadUnaligned(fromByteOffset: read, as: UInt32.self)))
        }
        while read < source.count {
            guard var left = length(), left <= target.count - written else { return nil }
            while left > 0 {
                guard let compressed = length(), compressed <= source.count - read else { return nil }
                let count = lz4(
                    UnsafeRawBufferPointer(rebasing: source[read..<(read + compressed)]),
                    UnsafeMutableRawBufferPointer(rebasing: target[written..<(written + left)]))
                guard let count, count > 0 else { return nil }
                read += compressed
                written += count
                left -= count
            }
        }
        return written == target.count ? written : nil
    }
}

/// What zstd says about an error.
func zstdWords(_ code: Int) -> String {
    ZSTD_getErrorName(code).map { String(cString: $0) } ?? "error \(code)"
}
