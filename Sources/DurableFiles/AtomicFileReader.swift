// Reads an atomic file piece by piece.

import Synchronization

/// Reads a file of any size. What it delivers is only known to be whole once `next` has returned `nil`.
package final class AtomicFileReader: Sendable {
    private struct State {
        var position: Int64 = 0
        var checksum: UInt32 = 0
    }

    /// The version of the kind's format that the file was written in.
    package let version: Int
    /// Bytes of the payload.
    package let length: Int64
    /// The checksum that the payload must have.
    package let checksum: UInt32
    private let file: OpenFile
    private let headerLength: Int64
    private let state = Mutex(State())

    /// Opens a file and verifies its header and its size.
    package init(_ path: String, kind: FileKind, disk: any Disk) throws(DurabilityError) {
        let file = try OpenFile(path, .readOnly, disk: disk)
        let start = try file.read(at: 0, count: AtomicFileHeader.maximumLength)
        let (header, headerLength) = try AtomicFileHeader.parse(start, path: path)
        guard header.kind == kind.name else {
            throw .corrupt(path, at: 0, expected: "a file of kind \(kind.name)", found: header.kind)
        }
        guard header.version <= kind.version else {
            throw DurabilityError(
                .verify, path, fault: .newerFormat,
                detail: "\(kind.name) version \(header.version); this version reads up to \(kind.version)", offset: 0)
        }
        let size = try file.size()
        let (expected, overflow) = header.length.addingReportingOverflow(Int64(headerLength))
        guard !overflow, size == expected else {
            throw .corrupt(
                path, at: min(size, overflow ? size : expected),
                expected: "\(header.length) bytes after the header", found: "\(size - Int64(headerLength))")
        }
        self.version = header.version
        self.length = header.length
        self.checksum = header.checksum
        self.headerLength = Int64(headerLength)
        self.file = file
    }

    /// The next bytes of the payload, or `nil` after the last; then, the whole has been verified.
    package func next(maximumBytes: Int) throws(DurabilityError) -> [UInt8]? {
        try state.withLock { (state) throws(DurabilityError) in
            let rest = length - state.position
            guard rest > 0 else {
                guard state.checksum == checksum else {
                    throw .corrupt(
                        file.path, at: headerLength,
                        expected: "a payload with checksum \(AtomicFileHeader.hexadecimal(checksum))",
                        found: AtomicFileHeader.hexadecimal(state.checksum))
                }
                return nil
            }
            let count = Int(min(rest, Int64(max(maximumBytes, 1))))
            let bytes = try file.read(at: headerLength + state.position, count: count)
            guard bytes.count == count else {
                throw .corrupt(
                    file.path, at: headerLength + state.position + Int64(bytes.count),
                    expected: "\(length) bytes after the header", found: "the end")
            }
            state.checksum = Checksum.crc32c(bytes, continuing: state.checksum)
            state.position += Int64(count)
            return bytes
        }
    }

    /// Closes the file.
    package func close() { file.close() }
}
