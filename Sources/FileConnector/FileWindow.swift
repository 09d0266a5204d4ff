// The bytes of a file that are in memory: read forward, in pieces that end between lines.

import CPlatform
import Columns
import Compression
import Connectors
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// An open file with a window of its bytes. 64 bytes beyond the window may be read.
final class FileWindow {
    /// A record may be this long.
    static let longestRecord = 1 << 30
    private static let pieceBytes = 1 << 20

    let file: DataFile
    private let descriptor: Int32
    private var buffer: Buffer
    /// Where the window begins and ends in the buffer.
    private var first = 0
    private var last = 0
    /// Where the window begins in the file.
    private(set) var place: Int64
    /// What makes plain bytes of those of a compressed file: places, and the window, are of the plain ones then.
    private let unpacking: FileUnpacking?
    /// Where the file ends, as it was listed: what was added since isn't read. Beyond all places as long as it isn't
    /// known how long a compressed file is.
    var size: Int64 {
        guard let unpacking else { return file.size }
        return unpacking.isAtEnd ? place + Int64(last - first) : Int64.max
    }

    /// Opens a file at a place. `memory` is used for the window where it is large enough.
    ///
    /// - Throws: `NOT_FOUND` where it is gone.
    init(_ file: DataFile, at place: Int64, memory: Buffer?) throws(ConnectorError) {
        self.file = file
        self.place = place
        buffer = memory ?? Buffer(capacity: Self.pieceBytes)
        if let kind = StreamCodec.unknown(ofFileNamed: file.name) {
            throw ConnectorError(
                .failed, "\(file.path): files compressed as \(kind) are not read",
                hint: "compress it with gzip or zstd, or not at all", condition: "FAILED_READ_FILE.NO_HINT")
        }
        if let codec = StreamCodec(ofFileNamed: file.name) {
            unpacking = try FileUnpacking(codec, file)
        } else {
            unpacking = nil
        }
        var descriptor: Int32 = -1
        let status = platform_open(file.path, O_RDONLY, &descriptor)
        guard status == 0 else { throw FileSystem.failure("open", file.path, status) }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The memory of the window, for the next file.
    var memory: Buffer? { buffer.capacity <= Self.pieceBytes * 4 ? buffer : nil }

    /// Whether the file is as it was when it was listed, by its size and the time of its last change.
    func isUnchanged() throws(ConnectorError) -> Bool {
        let status = try FileSystem.status(descriptor: descriptor, file.path)
        return status.size == file.size && status.modifiedMilliseconds == file.modifiedMilliseconds
    }

    /// The bytes in memory that were not passed yet.
    var bytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: UnsafePointer(buffer.pointer(as: UInt8.self)) + first, count: last - first)
    }

    /// Whether the window ends where the file does.
    var isAtEnd: Bool { unpacking?.isAtEnd ?? (place + Int64(last - first) >= size) }

    /// Passes a byte order mark at the start of the file, which is no text.
    func passByteOrderMark() {
        if place == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { pass(3) }
    }

    /// Passes bytes at the start of the window.
    func pass(_ count: Int) {
        first += count
        place += Int64(count)
    }

    /// Reads more bytes behind the window, as many as fit; the buffer grows where the window fills it.
    ///
    /// - Throws: where the file can't be read, has become shorter, or has a record beyond the limit.
    func extend() throws(ConnectorError) {
        if first > 0 {
            memmove(buffer.address, buffer.address + first, last - first)
            last -= first
            first = 0
        }
        if last == buffer.capacity {
            guard last < Self.longestRecord else {
                throw ConnectorError(
                    .badRow, "a record of \(file.path) at byte \(place) is longer than \(Self.longestRecord) bytes",
                    hint: "with multiLine a file must not be larger than that", condition: "RECORD_TOO_LONG")
            }
            buffer = Buffer.grown(buffer, used: last, needed: last * 2)
        }
        let room = UnsafeMutableRawBufferPointer(start: buffer.address + last, count: buffer.capacity - last)
        if let unpacking {
            last += try unpacking.fill(room, from: descriptor)
        } else {
            let wanted = min(Int64(room.count), size - place - Int64(last))
            try Self.read(
                UnsafeMutableRawBufferPointer(rebasing: room.prefix(Int(wanted))), of: file, at: place + Int64(last),
                from: descriptor)
            last += Int(wanted)
        }
    }

    /// Fills memory with the bytes of a file from a place on.
    ///
    /// - Throws: where the file can't be read, or has become shorter.
    static func read(
        _ target: UnsafeMutableRawBufferPointer, of file: DataFile, at place: Int64, from descriptor: Int32
    ) throws(ConnectorError) {
        var filled = 0
        while filled < target.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: target[filled...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(place) + off_t(filled))
            if count > 0 {
                filled += count
            } else if count == 0 {
                throw FileErrors.shorter(file)
            } else if errno != EINTR {
                throw FileSystem.failure("read", file.path, errno)
            }
        }
    }
}
