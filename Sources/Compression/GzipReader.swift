// zlib's reading half.

import CZlib

/// Reads streams of gzip, one behind the other.
final class GzipReader {
    // zlib's state points back at the stream, so that it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether the bytes so far are whole streams.
    private(set) var isAtEnd = false

    /// Creates a reader; zlib's frame is taken, too, where it is asked for.
    init(takesZlib: Bool) throws(CompressionError) {
        stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_begin_inflate(stream, takesZlib ? 1 : 0) == Z_OK else {
            throw CompressionError(.gzip, "zlib has no memory")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Begins anew.
    func reset() throws(CompressionError) {
        isAtEnd = false
        guard inflateReset(stream) == Z_OK else { throw CompressionError(.gzip, "zlib can't begin anew") }
    }

    /// Reads some of `source` and writes as many bytes as come of it and have room.
    func read(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> (read: Int, written: Int) {
        if isAtEnd {
            guard !source.isEmpty else { return (0, 0) }
            try reset()
        }
        let given = min(source.count, 1 << 30)
        let room = min(target.count, 1 << 30)
        // zlib wants an address where there is no room, too.
        var nowhere: UInt8 = 0
        let status = withUnsafeMutablePointer(to: &nowhere) { nowhere in
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: source.bindMemory(to: UInt8.self).baseAddress ?? UnsafePointer(nowhere))
            stream.pointee.avail_in = UInt32(given)
            stream.pointee.next_out = target.bindMemory(to: UInt8.self).baseAddress ?? nowhere
            stream.pointee.avail_out = UInt32(room)
            return inflate(stream, Z_NO_FLUSH)
        }
        switch status {
        case Z_STREAM_END: isAtEnd = true
        // No progress is none: more bytes, or more room, are needed.
        case Z_OK, Z_BUF_ERROR: break
        case Z_MEM_ERROR: throw CompressionError(.gzip, "zlib has no memory")
        default:
            let words = stream.pointee.msg.map { String(cString: $0) } ?? "error \(status)"
            throw CompressionError(.gzip, "the bytes are damaged: \(words)")
        }
        return (given - Int(stream.pointee.avail_in), room - Int(stream.pointee.avail_out))
    }
}
