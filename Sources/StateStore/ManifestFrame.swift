// The manifest of a version: what stands in the head of a batch's frame in a changelog.

/// All that makes a version of the state. The changes that it names follow it in the frame's body, part by part.
struct ManifestFrame: Equatable, Sendable {
    /// The format of everything in a state directory.
    static let format: UInt32 = 2

    /// What an operator's table looks like.
    struct Table: Equatable, Sendable {
        var operatorName: String
        var table: String
        var schemaVersion: Int
        /// A line a column.
        var shape: [String]
        var shardCount: Int
        /// How its rows lie, as `StateLayout` writes it; empty where nobody said.
        var layout: [UInt8] = []

        /// The shape as one text, which is what a manifest keeps: no lines and one empty line are the same there, and
        /// a name with a line break is one line or two.
        fileprivate var shapeText: String { shape.joined(separator: "\n") }

        /// The layout is not compared: it has the names of columns, which may change from run to run.
        static func == (one: Table, other: Table) -> Bool {
            one.operatorName == other.operatorName && one.table == other.table
                && one.schemaVersion == other.schemaVersion && one.shapeText == other.shapeText
                && one.shardCount == other.shardCount
        }
    }

    /// A part after the version's batch.
    struct Part: Equatable, Sendable {
        /// Stands for all changes so far.
        var hash = PartHash.empty
        /// The newest snapshot that was durable when the manifest was written; `nil` for the empty part.
        var base: SnapshotReference?
        /// What the batch changed; `nil` where it changed nothing.
        var changes: ChangeDigest?
    }

    var version: StateVersion
    /// The version that the batch changed. The same version where no batch made this state: it holds the rows of the
    /// version whose hash is `parentHash`, divided into other shards, and has that hash.
    var parent: StateVersion
    /// The hash of the parent's manifest.
    var parentHash: String
    var tables: [Table]
    /// The parts of the first table by shard, those of the second, and so on.
    var parts: [Part]
    /// What the runtime keeps with the version.
    var metadata: [UInt8]

    /// Whether this is a version divided anew: no manifest before it is part of its state.
    var isDivision: Bool { version == parent }

    /// The names of the parts, in order.
    var partNames: [PartName] {
        tables.flatMap { table in
            (0..<table.shardCount).map {
                PartName(operatorName: table.operatorName, table: table.table, shard: $0)
            }
        }
    }

    /// Where a part's changes start in the frame's body.
    func bodyOffset(of part: Int) -> Int { parts[..<part].reduce(0) { $0 + ($1.changes?.byteCount ?? 0) } }

    /// Bytes of all changes.
    var bodyBytes: Int { bodyOffset(of: parts.count) }

    // MARK: Bytes

    /// The head of the frame.
    func encoded() -> [UInt8] {
        var writer = StateWriter()
        writer.write(ManifestFrame.format)
        writer.write(version)
        writer.write(parent)
        writer.write(parentHash)
        writer.write(UInt32(tables.count))
        for table in tables {
            writer.write(table.operatorName)
            writer.write(table.table)
            writer.write(table.schemaVersion)
            writer.write(table.shapeText)
            writer.write(UInt32(table.shardCount))
        }
        for part in parts {
            writer.write(part.hash)
            writer.write(UInt32((part.base == nil ? 0 : 1) + (part.changes == nil ? 0 : 2)))
            if let base = part.base { base.encode(into: &writer) }
            if let changes = part.changes { writer.write(changes) }
        }
        writer.write(metadata)
        // Behind everything else, so that manifests without are those of before.
        if tables.contains(where: { !$0.layout.isEmpty }) {
            for table in tables { writer.write(table.layout) }
        }
        return writer.finish().bytes
    }

    /// Reads the head of a frame.
    static func decode(_ head: [UInt8]) throws(StateFormatError) -> ManifestFrame {
        var reader = StateReader(head[...])
        let format = try reader.readUInt32()
        guard format == ManifestFrame.format else { throw StateFormatError(otherFormat: Int(format)) }
        let version = try reader.readVersion()
        let parent = try reader.readVersion()
        guard version.number == parent.number + 1 || (version == parent && version != .empty) else {
            throw StateFormatError("\(version) on \(parent)")
        }
        let parentHash = try reader.readText()
        var tables: [Table] = []
        for _ in 0..<(try reader.readUInt32()) {
            tables.append(
                Table(
                    operatorName: try reader.readText(), table: try reader.readText(),
                    schemaVersion: try reader.readCount(),
                    shape: try reader.readText().split(separator: "\n", omittingEmptySubsequences: false).map(
                        String.init),
                    shardCount: Int(try reader.readUInt32())))
        }
        var parts: [Part] = []
        for table in tables {
            for _ in 0..<table.shardCount {
                var part = Part(hash: try reader.readPartHash())
                let flags = try reader.readUInt32()
                if flags & 1 != 0 { part.base = try SnapshotReference.decode(&reader) }
                if flags & 2 != 0 { part.changes = try reader.readDigest() }
                parts.append(part)
            }
        }
        let metadata = Array(try reader.readRun())
        if reader.remaining > 0 {
            for index in tables.indices { tables[index].layout = Array(try reader.readRun()) }
        }
        try reader.finish()
        return ManifestFrame(
            version: version, parent: parent, parentHash: parentHash, tables: tables, parts: parts,
            metadata: metadata)
    }
}

/// A snapshot of a part, as manifests name it.
struct SnapshotReference: Hashable, Sendable {
    /// The version at which it was begun: later changes have to be applied to it.
    var start: StateVersion
    /// The part's hash at that version.
    var startHash: PartHash
    /// The number of the version at which it was complete: it is of use for this one and later ones.
    var end: Int
    /// Length and checksum of the file's payload.
    var byteCount: Int
    var checksum: UInt32

    func encode(into writer: inout StateWriter) {
        writer.write(start)
        writer.write(startHash)
        writer.write(end)
        writer.write(byteCount)
        writer.write(checksum)
    }

    static func decode(_ reader: inout StateReader) throws(StateFormatError) -> SnapshotReference {
        SnapshotReference(
            start: try reader.readVersion(), startHash: try reader.readPartHash(), end: try reader.readCount(),
            byteCount: try reader.readCount(), checksum: try reader.readUInt32())
    }
}

extension StateWriter {
    mutating func write(_ version: StateVersion) {
        write(version.number)
        write(version.attempt)
    }

    mutating func write(_ hash: PartHash) {
        write(hash.word)
        write(hash.checksum)
    }

    mutating func write(_ digest: ChangeDigest) {
        write(digest.byteCount)
        write(digest.checksum)
        write(digest.word)
    }
}

extension StateReader {
    mutating func readVersion() throws(StateFormatError) -> StateVersion {
        StateVersion(try readCount(), attempt: try readText())
    }

    mutating func readPartHash() throws(StateFormatError) -> PartHash {
        PartHash(word: try readUInt64(), checksum: try readUInt32())
    }

    mutating func readDigest() throws(StateFormatError) -> ChangeDigest {
        ChangeDigest(byteCount: try readCount(), checksum: try readUInt32(), word: try readUInt64())
    }
}
