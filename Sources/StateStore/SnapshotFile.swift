// All rows of one part of the state in one file.

import DurableFiles

/// Reads snapshots, and makes the sections that they consist of: a length, a checksum, and bytes. The first section
/// says which part it is and of which version; each further one holds rows in the form of changes.
///
/// A snapshot is *fuzzy*: its sections were made at several versions, the first after `start`. With the changes from
/// there up to its `end` or beyond applied to it, it holds the rows of that version.
enum SnapshotFile {
    /// The head is a few hundred bytes; more is damage.
    private static let maximumHeadBytes = 1 << 16

    /// The first section.
    static func head(_ part: PartName, start: StateVersion, startHash: PartHash) -> StateRuns {
        var writer = StateWriter()
        writer.write(part.operatorName)
        writer.write(part.table)
        writer.write(part.shard)
        writer.write(start)
        writer.write(startHash)
        return section(writer.finish())
    }

    /// Bytes as a section.
    static func section(_ content: StateRuns) -> StateRuns {
        var writer = StateWriter()
        writer.write(content.byteCount)
        writer.write(content.withBytes { $0.reduce(0) { Checksum.crc32c($1, continuing: $0) } })
        var runs = writer.finish()
        runs.append(content)
        return runs
    }

    /// Reads a snapshot from end to end. `apply` gets sections that are whole; that all of them were there is known at
    /// the end. Throws `corrupt` where the file isn't what the manifest says.
    static func read(
        _ path: String, part: PartName, _ reference: SnapshotReference, disk: any Disk,
        _ apply: (inout StateReader) throws(StateFormatError) -> Void
    ) throws(DurabilityError) {
        let file = try AtomicFileReader(path, kind: StateDirectory.snapshotKind, disk: disk)
        defer { file.close() }
        func check(_ body: () throws(StateFormatError) -> Void) throws(DurabilityError) {
            do throws(StateFormatError) {
                try body()
            } catch {
                throw DurabilityError(.verify, path, fault: .corrupt, detail: "found \(error.message)")
            }
        }
        try check { () throws(StateFormatError) in
            guard file.version == Int(ManifestFrame.format) else { throw StateFormatError(otherFormat: file.version) }
            guard file.length == Int64(reference.byteCount), file.checksum == reference.checksum else {
                throw StateFormatError("another snapshot than the manifest names")
            }
        }
        guard let head = try section(of: file, path, maximumBytes: maximumHeadBytes) else {
            throw DurabilityError(.verify, path, fault: .corrupt, detail: "found a snapshot without a head")
        }
        try check { () throws(StateFormatError) in
            var reader = StateReader(head[...])
            let found = PartName(
                operatorName: try reader.readText(), table: try reader.readText(), shard: try reader.readCount())
            let start = try reader.readVersion()
            guard found == part, start == reference.start, try reader.readPartHash() == reference.startHash else {
                throw StateFormatError("a snapshot of \(found) at \(start)")
            }
            try reader.finish()
        }
        while let rows = try section(of: file, path, maximumBytes: Int.max) {
            try check { () throws(StateFormatError) in
                var reader = StateReader(rows[...])
                try apply(&reader)
            }
        }
    }

    /// The next section, `nil` after the last.
    private static func section(
        of file: AtomicFileReader, _ path: String, maximumBytes: Int
    ) throws(DurabilityError) -> [UInt8]? {
        guard let start = try file.next(maximumBytes: 12) else { return nil }
        func damaged(_ what: String) -> DurabilityError {
            DurabilityError(.verify, path, fault: .corrupt, detail: "found \(what)")
        }
        var reader = StateReader(start[...])
        guard let length = try? reader.readCount(), let checksum = try? reader.readUInt32(), length <= maximumBytes,
            length > 0, Int64(length) <= file.length, let bytes = try file.next(maximumBytes: length),
            bytes.count == length
        else { throw damaged("a section cut off") }
        guard Checksum.crc32c(bytes) == checksum else { throw damaged("a section that is not what was written") }
        return bytes
    }
}
