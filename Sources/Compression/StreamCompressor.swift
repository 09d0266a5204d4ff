// A stream that is compressed piece by piece: files of text.

import CZlib
import CZstd

/// Compresses a stream in pieces of any size. For one thread at a time.
package final class StreamCompressor {
    private let codec: StreamCodec
    private let gzip: UnsafeMutablePointer<z_stream>?
    private let zstd: OpaquePointer?
    private var piece = [UInt8](repeating: 0, count: 64 << 10)

    /// Creates one with the codec's usual level.
    ///
    /// - Throws: where there is no memory.
    package init(_ codec: StreamCodec) throws(CompressionError) {
        self.codec = codec
        switch codec {
        case .gzip:
            zstd = nil
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            stream.initialize(to: z_stream())
            gzip = stream
            guard czlib_begin_gzip(stream, 6) == Z_OK else { throw CompressionError(.gzip, "zlib has no memory") }
        case .zstd:
            gzip = nil
            zstd = ZSTD_createCCtx()
            guard zstd != nil else { throw CompressionError(.zstd, "no memory") }
        }
    }

    deinit {
        if let gzip {
            deflateEnd(gzip)
            gzip.deallocate()
        }
        ZSTD_freeCCtx(zstd)
    }

    /// Takes bytes in, and appends what is ready to `output`.
    ///
    /// - Throws: where the library gives up.
    package func write(_ source: UnsafeRawBufferPointer, into output: inout [UInt8]) throws(CompressionError) {
        if gzip == nil { return try writeZstd(source, ends: false, into: &output) }
        var rest = source
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            try writeGzip(part, ends: false, into: &output)
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
        }
    }

    /// Ends the stream, and appends what was still held back.
    ///
    /// - Throws: where the library gives up.
    package func finish(into output: inout [UInt8]) throws(CompressionError) {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        if gzip == nil {
            try writeZstd(nothing, ends: true, into: &output)
        } else {
            try writeGzip(nothing, ends: true, into: &output)
        }
    }

    private func writeZstd(
        _ source: UnsafeRawBufferPointer, ends: Bool, into output: inout [UInt8]
    ) throws(CompressionError) {
        var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        while true {
            var (left, written) = (0, 0)
            piece.withUnsafeMutableBytes { room in
                var target = ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
                left = ZSTD_compressStream2(zstd, &target, &input, ends ? ZSTD_e_end : ZSTD_e_continue)
                written = target.pos
            }
            guard ZSTD_isError(left) == 0 else { throw CompressionError(.zstd, zstdWords(left)) }
            output.append(contentsOf: piece[..<written])
            if ends ? left == 0 : input.pos == input.size { return }
        }
    }

    private func writeGzip(
        _ source: UnsafeRawBufferPointer, ends: Bool, into output: inout [UInt8]
    ) throws(CompressionError) {
        guard let gzip else { return }
        var nothing: UInt8 = 0
        let status = withUnsafeMutablePointer(to: &nothing) { nothing in
            gzip.pointee.next_in = UnsafeMutablePointer(
                mutating: source.bindMemory(to: UInt8.self).baseAddress ?? UnsafePointer(nothing))
            gzip.pointee.avail_in = UInt32(source.count)
            while true {
                let (status, written) = piece.withUnsafeMutableBufferPointer { room in
                    gzip.pointee.next_out = room.baseAddress
                    gzip.pointee.avail_out = UInt32(room.count)
                    let status = deflate(gzip, ends ? Z_FINISH : Z_NO_FLUSH)
                    return (status, room.count - Int(gzip.pointee.avail_out))
                }
                output.append(contentsOf: piece[..<written])
                // A piece that isn't full holds all that is ready.
                if status != Z_OK || written < piece.count { return status }
            }
        }
        // With nothing more to write, zlib says that it could do nothing.
        guard status == Z_OK || status == Z_STREAM_END || (status == Z_BUF_ERROR && !ends) else {
            throw CompressionError(.gzip, "zlib gives up with error \(status)")
        }
    }
}
