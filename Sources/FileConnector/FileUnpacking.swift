// Compressed files of text: their bytes as they were.

import Columns
import Compression
import Connectors

/// Reads a compressed file from its start to its end.
final class FileUnpacking {
    private static let pieceBytes = 256 << 10

    private let file: DataFile
    private let decompressor: StreamDecompressor
    /// Bytes of the file that were read and not decompressed yet.
    private let packed = Buffer(capacity: pieceBytes)
    private var first = 0
    private var last = 0
    /// Where to read on in the file.
    private var place: Int64 = 0
    /// Whether all that the file holds was given.
    private(set) var isAtEnd = false

    /// A file's start.
    ///
    /// - Throws: where there is no memory.
    init(_ codec: StreamCodec, _ file: DataFile) throws(ConnectorError) {
        self.file = file
        do throws(CompressionError) {
            decompressor = try StreamDecompressor(codec)
        } catch {
            throw ConnectorError(.failed, "\(file.path): \(error)")
        }
    }

    /// Fills memory, up to where it, or the file, ends. Returns how many bytes there are.
    ///
    /// - Throws: where the file can't be read, or is damaged.
    func fill(_ target: UnsafeMutableRawBufferPointer, from descriptor: Int32) throws(ConnectorError) -> Int {
        var filled = 0
        while filled < target.count, !isAtEnd {
            if first == last, place < file.size { try read(from: descriptor) }
            let room = UnsafeMutableRawBufferPointer(rebasing: target[filled...])
            let (read, written) = try unpack(room)
            first += read
            filled += written
            guard first == last, place >= file.size, written < room.count else {
                guard read > 0 || written > 0 else { throw damaged("bytes that are none of the stream") }
                continue
            }
            try checked { () throws(CompressionError) in try decompressor.finish() }
            isAtEnd = true
        }
        return filled
    }

    private func read(from descriptor: Int32) throws(ConnectorError) {
        let count = Int(min(Int64(Self.pieceBytes), file.size - place))
        try FileWindow.read(
            UnsafeMutableRawBufferPointer(start: packed.address, count: count), of: file, at: place, from: descriptor)
        (first, last) = (0, count)
        place += Int64(count)
    }

    private func unpack(_ room: UnsafeMutableRawBufferPointer) throws(ConnectorError) -> (read: Int, written: Int) {
        let source = UnsafeRawBufferPointer(start: packed.address + first, count: last - first)
        return try checked { () throws(CompressionError) in try decompressor.read(source, into: room) }
    }

    private func checked<Result>(_ body: () throws(CompressionError) -> Result) throws(ConnectorError) -> Result {
        do throws(CompressionError) {
            return try body()
        } catch {
            throw damaged("\(error)")
        }
    }

    private func damaged(_ what: String) -> ConnectorError {
        ConnectorError(
            .dataLoss, "the compressed file \(file.path) can't be read: \(what)",
            hint: "write it anew, or set the option ignoreCorruptFiles to true",
            condition: "FAILED_READ_FILE.NO_HINT")
    }
}
