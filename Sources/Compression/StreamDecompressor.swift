// Compressed bytes of unknown length, piece by piece: files of text.

import CZstd

/// How a whole file is compressed.
package enum StreamCodec: Hashable, Sendable {
    case gzip
    case zstd

    /// What the end of a file's name says: `.gz` and `.gzip`, `.zst` and `.zstd`; and `.deflate`, which is
    /// gzip's compression in zlib's frame. `nil` where it says nothing.
    package init?(ofFileNamed name: String) {
        let name = name.lowercased()
        if [".gz", ".gzip", ".deflate"].contains(where: { name.hasSuffix($0) }) {
            self = .gzip
        } else if name.hasSuffix(".zst") || name.hasSuffix(".zstd") {
            self = .zstd
        } else {
            return nil
        }
    }

    /// The ending of a name that says of another compression, whose bytes would be taken for text.
    package static func unknown(ofFileNamed name: String) -> String? {
        let name = name.lowercased()
        return [
            ".bz2", ".lz4", ".snappy", ".lzo", ".lzo_deflate", ".xz", ".lzma", ".br", ".z", ".zip", ".7z", ".tgz",
        ].first { name.hasSuffix($0) }
    }
}

/// Decompresses a stream in pieces of any size, in bounded memory: 128 MiB at most with zstd, and some KiB with gzip.
/// Streams that stand one behind the other are one, as `cat a.gz b.gz` makes them. For one thread at a time.
package final class StreamDecompressor {
    private let codec: StreamCodec
    private let gzip: GzipReader?
    private let zstd: OpaquePointer?
    /// Whether zstd's last frame is whole.
    private var isFrameAtEnd = false

    /// Creates one for a stream's start.
    ///
    /// - Throws: where there is no memory.
    package init(_ codec: StreamCodec) throws(CompressionError) {
        self.codec = codec
        switch codec {
        case .gzip:
            gzip = try GzipReader(takesZlib: true)
            zstd = nil
        case .zstd:
            gzip = nil
            zstd = ZSTD_createDCtx()
            guard zstd != nil else { throw CompressionError(.zstd, "no memory") }
        }
    }

    deinit { ZSTD_freeDCtx(zstd) }

    /// Reads some of `source` and writes what comes of it and has room: calls go on until all is read and a call wrote
    /// less than there was room for.
    ///
    /// - Throws: where the bytes are damaged.
    package func read(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> (read: Int, written: Int) {
        if let gzip { return try gzip.read(source, into: target) }
        // Behind a whole frame, zstd would take a call without bytes for the start of the next one.
        if isFrameAtEnd, source.isEmpty { return (0, 0) }
        var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
        let hint = ZSTD_decompressStream(zstd, &output, &input)
        guard ZSTD_isError(hint) == 0 else {
            throw CompressionError(.zstd, "the bytes are damaged: \(zstdWords(hint))")
        }
        isFrameAtEnd = hint == 0
        return (input.pos, output.pos)
    }

    /// Says that all bytes were read.
    ///
    /// - Throws: where the stream isn't whole.
    package func finish() throws(CompressionError) {
        guard gzip?.isAtEnd ?? isFrameAtEnd else {
            throw CompressionError(codec == .gzip ? .gzip : .zstd, "the stream ends too early")
        }
    }
}
