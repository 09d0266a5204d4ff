// The whole state in one file.

import DurableFiles

/// Writes and reads snapshots: a head, then each operator's shards in turn as a length and the shard's rows.
enum StateSnapshot {
    private static let chunkBytes = 1 << 20
    /// The head is a few hundred bytes; more is damage.
    private static let maximumHeadBytes = 1 << 20

    /// What the head says.
    struct Head {
        var version: StateVersion
        var hash: String
        var fingerprint: String
        var metadata: [UInt8]
        /// Bytes of the file's payload; known once it is written.
        var fileBytes = 0
    }

    /// Writes a snapshot and returns its size in bytes. Takes one shard's rows of memory at a time.
    static func write(
        _ path: String, head: Head, operators: [StateOperator], disk: any Disk
    ) throws(DurabilityError) -> Int {
        let file = try AtomicFileWriter(path, kind: StateDirectory.snapshotKind, disk: disk)
        var writer = StateWriter()
        writer.write(head.version.number)
        writer.write(head.version.attempt)
        writer.write(head.hash)
        writer.write(head.fingerprint)
        writer.write(head.metadata)
        var size = try append(writer.bytes, to: file)
        for one in operators {
            for shard in one.shards {
                var writer = StateWriter()
                shard.encodeAll(into: &writer)
                size += try append(writer.bytes, to: file)
            }
        }
        try file.publish()
        return size
    }

    private static func append(_ bytes: [UInt8], to file: AtomicFileWriter) throws(DurabilityError) -> Int {
        var length = StateWriter()
        length.write(bytes.count)
        try file.append(length.bytes)
        try file.append(bytes)
        return bytes.count + length.bytes.count
    }

    /// Verifies a snapshot from end to end and returns its head. Nothing of a damaged file is used.
    static func verify(
        _ path: String, version: StateVersion, disk: any Disk
    ) throws(DurabilityError) -> Head {
        let reader = try AtomicFileReader(path, kind: StateDirectory.snapshotKind, disk: disk)
        defer { reader.close() }
        while try reader.next(maximumBytes: chunkBytes) != nil {}
        let sections = try SectionReader(path, disk: disk)
        defer { sections.close() }
        do throws(StateFormatError) {
            guard reader.version == Int(StateFrame.format) else {
                throw StateFormatError(otherFormat: UInt32(truncatingIfNeeded: reader.version))
            }
            guard let bytes = try sections.next(maximumBytes: maximumHeadBytes) else {
                throw StateFormatError("a snapshot without a head")
            }
            var head = StateReader(bytes[...])
            let found = StateVersion(try head.readCount(), attempt: try head.readText())
            let result = Head(
                version: found, hash: try head.readText(), fingerprint: try head.readText(),
                metadata: Array(try head.readRun()), fileBytes: Int(clamping: reader.length))
            try head.finish()
            guard found == version else { throw StateFormatError("a snapshot of \(found)") }
            return result
        } catch {
            throw DurabilityError(.verify, path, fault: .corrupt, detail: "found \(error.message)")
        }
    }

    /// Reads a verified snapshot into shards, which are empty.
    static func read(_ path: String, into operators: [StateOperator], disk: any Disk) throws(DurabilityError) {
        let sections = try SectionReader(path, disk: disk)
        defer { sections.close() }
        do throws(StateFormatError) {
            _ = try sections.next(maximumBytes: maximumHeadBytes)
            for one in operators {
                for shard in one.shards {
                    guard let bytes = try sections.next(maximumBytes: Int.max) else {
                        throw StateFormatError("fewer shards than the query has")
                    }
                    var reader = StateReader(bytes[...])
                    try shard.apply(&reader)
                    try reader.finish()
                }
            }
            guard try sections.next(maximumBytes: Int.max) == nil else {
                throw StateFormatError("more shards than the query has")
            }
        } catch {
            throw DurabilityError(.verify, path, fault: .corrupt, detail: "found \(error.message)")
        }
    }

    /// Runs of bytes with their length before them. Reports a failing disk as a format error with the disk's message:
    /// the file was read whole a moment before.
    private final class SectionReader {
        private let reader: AtomicFileReader
        private var pending: [UInt8] = []

        init(_ path: String, disk: any Disk) throws(DurabilityError) {
            reader = try AtomicFileReader(path, kind: StateDirectory.snapshotKind, disk: disk)
        }

        func close() { reader.close() }

        func next(maximumBytes: Int) throws(StateFormatError) -> [UInt8]? {
            guard let head = try take(8) else { return nil }
            var lengths = StateReader(head[...])
            let length = try lengths.readCount()
            guard length <= maximumBytes, Int64(length) <= reader.length else {
                throw StateFormatError("a section of \(length) bytes")
            }
            guard let bytes = try take(length) else { throw StateFormatError("a section cut off") }
            return bytes
        }

        /// The next `count` bytes, or `nil` at the end of the file.
        private func take(_ count: Int) throws(StateFormatError) -> [UInt8]? {
            while pending.count < count {
                let more: [UInt8]?
                do throws(DurabilityError) {
                    more = try reader.next(maximumBytes: max(StateSnapshot.chunkBytes, count - pending.count))
                } catch {
                    throw StateFormatError("a file that changed while it was read: \(error)")
                }
                guard let more else {
                    guard pending.isEmpty else { throw StateFormatError("a section cut off") }
                    return nil
                }
                pending += more
            }
            let taken = Array(pending[..<count])
            pending.removeFirst(count)
            return taken
        }
    }
}
