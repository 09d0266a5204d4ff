// Bytes made fewer, a block at a time.

import CLZ4
import CSnappy
import CZlib
import CZstd

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Compresses blocks. Keeps what the libraries need from block to block, so it is for one thread at a time.
package final class Compressor {
    /// How it compresses.
    package let codec: CompressionCodec
    private var zstd: OpaquePointer?
    private var deflate: GzipWriter?

    /// Creates one for blocks of one codec.
    ///
    /// - Throws: where the codec can't be written, or doesn't know the level.
    package init(_ codec: CompressionCodec) throws(CompressionError) {
        self.codec = codec
        switch codec {
        case .none, .snappy, .lz4, .hadoopLZ4: break
        case .gzip(let level):
            guard (1...9).contains(level) else { throw CompressionError(codec, "there are the levels 1 to 9") }
            deflate = try GzipWriter(level: level)
        case .zstd(let level):
            guard (1...Int(ZSTD_maxCLevel())).contains(level) else {
                throw CompressionError(codec, "there are the levels 1 to \(ZSTD_maxCLevel())")
            }
            zstd = ZSTD_createCCtx()
            guard zstd != nil else { throw CompressionError(codec, "no memory") }
        }
    }

    deinit { ZSTD_freeCCtx(zstd) }

    /// Room that is enough for `count` bytes, whatever they are.
    package func bound(_ count: Int) -> Int {
        switch codec {
        case .none: count
        case .snappy: snappy_max_compressed_length(count)
        case .gzip: count + count / 1000 + 1024
        case .zstd: ZSTD_compressBound(count)
        case .lz4: count + count / 255 + 16
        case .hadoopLZ4: count + count / 255 + (count / Self.frameBytes + 1) * (16 + 8)
        }
    }

    /// Compresses `source` into `target`, which has room for `bound` bytes, and tells how many they are.
    ///
    /// - Throws: where there is too little room, or the library gives up.
    package func compress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Int {
        switch codec {
        case .none:
            guard source.count <= target.count else { throw noRoom }
            if let from = source.baseAddress, let to = target.baseAddress { memcpy(to, from, source.count) }
            return source.count
        case .snappy: return try snappy(source, target)
        case .gzip: return try deflate?.write(source, into: target) ?? 0
        case .zstd(let level):
            let count = ZSTD_compressCCtx(
                zstd, target.baseAddress, target.count, source.baseAddress, source.count, Int32(level))
            guard ZSTD_isError(count) == 0 else { throw CompressionError(codec, zstdWords(count)) }
            return count
        case .lz4: return try lz4(source, target)
        case .hadoopLZ4: return try framed(source, target)
        }
    }

    private var noRoom: CompressionError { CompressionError(codec, "there is too little room") }

    private func snappy(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Int {
        guard target.count >= bound(source.count) else { throw noRoom }
        var count = target.count
        var nothing: CChar = 0
        let status = withUnsafePointer(to: &nothing) { nothing in
            snappy_compress(
                source.bindMemory(to: CChar.self).baseAddress ?? nothing, source.count,
                target.bindMemory(to: CChar.self).baseAddress, &count)
        }
        guard status == SNAPPY_OK else { throw CompressionError(codec, "status \(status.rawValue)") }
        return count
    }

    private func lz4(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Int {
        guard source.count <= Int(LZ4_MAX_INPUT_SIZE) else { throw CompressionError(codec, "the block is too large") }
        let room = Int32(clamping: target.count)
        var nothing: CChar = 0
        let count = withUnsafePointer(to: &nothing) { nothing in
            LZ4_compress_default(
                source.bindMemory(to: CChar.self).baseAddress ?? nothing,
                target.bindMemory(to: CChar.self).baseAddress, Int32(source.count), room)
        }
        guard count > 0 else { throw noRoom }
        return Int(count)
    }
}

extension Compressor {
    /// Hadoop reads no block that becomes more than its buffer of 256 KiB, of which its writer leaves room for what
    /// can't be made smaller.
    private static let frameBytes = (256 << 10) - ((256 << 10) / 255 + 16)

    /// Hadoop's frames, of one block each: Arrow reads no frame of several.
    private func framed(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Int {
        guard !source.isEmpty else {
            guard target.count >= 4 else { throw noRoom }
            target.storeBytes(of: 0, as: UInt32.self)
            return 4
        }
        var (read, written) = (0, 0)
        while read < source.count {
            let block = source[read..<min(read + Self.frameBytes, source.count)]
            guard target.count - written > 8 else { throw noRoom }
            let count = try lz4(
                UnsafeRawBufferPointer(rebasing: block),
                UnsafeMutableRawBufferPointer(rebasing: target[(written + 8)...]))
            let lengths = (UInt32(block.count).bigEndian, UInt32(count).bigEndian)
            target.storeBytes(of: lengths.0, toByteOffset: written, as: UInt32.self)
            target.storeBytes(of: lengths.1, toByteOffset: written + 4, as: UInt32.self)
            read += block.count
            written += 8 + count
        }
        return written
    }
}

/// zlib's writing half, for whole blocks.
private final class GzipWriter {
    // zlib's state points back at the stream, so that it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    init(level: Int) throws(CompressionError) {
        stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_begin_gzip(stream, Int32(level)) == Z_OK else {
            throw CompressionError(.gzip, "zlib has no memory")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    func write(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Int {
        guard source.count < 1 << 31, deflateReset(stream) == Z_OK else {
            throw CompressionError(.gzip, "the block is too large")
        }
        let room = min(target.count, Int(UInt32.max))
        var nothing: UInt8 = 0
        let status = withUnsafeMutablePointer(to: &nothing) { nothing in
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: source.bindMemory(to: UInt8.self).baseAddress ?? UnsafePointer(nothing))
            stream.pointee.avail_in = UInt32(source.count)
            stream.pointee.next_out = target.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(room)
            return deflate(stream, Z_FINISH)
        }
        guard status == Z_STREAM_END else { throw CompressionError(.gzip, "there is too little room") }
        return room - Int(stream.pointee.avail_out)
    }
}
