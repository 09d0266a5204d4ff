// Writes the state anew: into another number of shards, where each row goes to the one in which the operator will look
// for it, or with the variables that the operator keeps now.

import Columns
import DurableFiles

/// Writes versions of the state anew, in another number of shards, into a directory of their own. Nothing of where they
/// come from is changed.
///
/// A version that was divided anew has the hash that it had: what log and marker say of it stays true.
package struct StateDivision {
    /// What was written of a table.
    package struct Summary: Sendable {
        /// What files call the operator: `aggregate-0`.
        package let operatorName: String
        package let rows: Int
        /// Bytes of its snapshots.
        package let bytes: Int
        package let shards: Int
    }

    private let source: StateDirectory
    private let target: String
    private let shards: Int
    /// How the rows of operators lie that keep other variables now.
    private let changed: [String: StateLayout]
    private let runID: String
    private let disk: any Disk

    /// From the directory `source` to `target`, which is there and empty. `runID` names its files. Operators in
    /// `changed` have the variables of these layouts: others are left out, and new ones have no values.
    package init(
        from source: String, into target: String, shards: Int, changing changed: [String: StateLayout] = [:],
        runID: String, disk: any Disk
    ) throws(StateStoreError) {
        precondition(shards > 0 && StateName.isValid(runID), "there is at least one shard, and a run has a name")
        self.source = try StateStore.onDisk { () throws(DurabilityError) in try StateDirectory(source, disk: disk) }
        self.target = target
        self.shards = shards
        self.changed = changed
        self.runID = runID
        self.disk = disk
    }

    /// Writes the version that is committed, `nil` where none is; with `includesPrepared` those as well that attempts
    /// of the next batch have made of it, since only the sink knows whether one of them was delivered. Durable when it
    /// returns.
    ///
    /// - Throws: `STATE_LOST`, `STATE_CORRUPT` and `STATE_FORMAT_UNSUPPORTED` where they can't be read.
    package func write(
        committed: StateManifest?, includesPrepared: Bool
    ) throws(StateStoreError) -> [Summary] {
        var heads: [[UInt8]] = []
        var summaries: [Summary] = []
        if let committed {
            let image = try StateImage(committed.version, in: source, disk: disk)
            guard image.hash == committed.hash, let link = image.links.first else {
                throw StateStoreError(
                    .corrupt,
                    "\(source.directory): \(committed.version) has hash \(image.hash), and the log says "
                        + committed.hash, hint: "restore the checkpoint from a backup")
            }
            let (head, summary) = try divide(link)
            heads.append(head)
            summaries = summary
        }
        for link in includesPrepared ? prepared(behind: committed) : [] {
            do throws(StateStoreError) {
                let (head, summary) = try divide(link)
                heads.append(head)
                if summaries.isEmpty { summaries = summary }
            } catch {
                // An attempt that died while it wrote was never delivered. A start looks at it in the same way.
                guard error.code == .missing || error.code == .corrupt else { throw error }
            }
        }
        guard let first = heads.first else { return [] }
        try StateStore.onDisk { () throws(DurabilityError) in
            let path = DiskPath.join(target, "changelog.000001.\(runID)")
            let log = try FrameLog(creating: path, head: first, body: [], growth: AppendLogGrowth(), disk: disk)
            defer { log.close() }
            for head in heads.dropFirst() { try log.append(head: head, body: []) }
            try log.synchronize()
        }
        return summaries
    }

    /// What attempts of the next batch have made of a version. Those that were divided before name themselves as what
    /// they come from.
    private func prepared(behind committed: StateManifest?) -> [StateDirectory.Link] {
        let version = committed?.version ?? .empty
        let hash = committed?.hash ?? ManifestHash.empty
        return source.links.values.joined().filter { link in
            let manifest = link.manifest
            return manifest.isDivision
                ? manifest.version.number == version.number + 1
                : manifest.parent == version && manifest.parentHash == hash
        }.sorted { $0.manifest.version.attempt < $1.manifest.version.attempt }
    }

    /// Writes the snapshots of a version; gives its manifest.
    private func divide(_ link: StateDirectory.Link) throws(StateStoreError) -> (head: [UInt8], [Summary]) {
        let image = try StateImage(link.manifest.version, in: source, disk: disk)
        guard let manifest = image.manifest, image.hash == link.hash else { throw image.lost() }
        var divided = ManifestFrame(
            version: manifest.version, parent: manifest.version, parentHash: link.hash, tables: manifest.tables,
            parts: [], metadata: manifest.metadata)
        var summaries: [Summary] = []
        var firstPart = 0
        for (table, one) in manifest.tables.enumerated() {
            guard let layout = try image.layout(ofTable: table) else { throw image.unreadable(one.operatorName) }
            if layout.form != .counter { divided.tables[table].shardCount = shards }
            let (kept, sides) = layout.with(variablesOf: changed[one.operatorName])
            if kept != layout {
                divided.tables[table].shape = kept.shapeOfVariables
                divided.tables[table].layout = kept.bytes
            }
            let target = TableTarget(
                directory: target, table: divided.tables[table], layout: kept, sides: sides,
                version: manifest.version, hash: link.hash, disk: disk)
            let parts = firstPart..<(firstPart + one.shardCount)
            firstPart = parts.upperBound
            try move(parts, of: image, layout, into: target)
            divided.parts += target.written
            summaries.append(
                Summary(
                    operatorName: one.operatorName, rows: target.rows,
                    bytes: target.written.reduce(0) { $0 + ($1.base?.byteCount ?? 0) },
                    shards: target.table.shardCount))
        }
        return (divided.encoded(), summaries)
    }

    /// Reads a table's parts one after the other. A key's shard is its hash as a fraction of all hashes: so the new
    /// parts become complete in their order, and no more of them are held than one old part reaches over.
    private func move(
        _ parts: Range<Int>, of image: StateImage, _ layout: StateLayout, into target: TableTarget
    ) throws(StateStoreError) {
        for (shard, part) in parts.enumerated() {
            let rows = try image.readPart(part, layout)
            try rows.forEachPiece { (piece) throws(StateStoreError) in
                guard layout.form != .counter else { return target.add(piece, to: 0) }
                // What lies in the wrong shard now would be lost in the right one.
                let found = layout.selections(of: piece.keys, count: piece.count, shards: parts.count)
                guard found[shard].count == piece.count else {
                    throw StateStoreError(
                        .corrupt,
                        "\(source.directory): \(image.manifest?.partNames[part].description ?? "") of "
                            + "\(image.wanted) holds rows of another shard",
                        hint: "restore the checkpoint from a backup; this is a fault of the engine, please report it")
                }
                let chosen = layout.selections(of: piece.keys, count: piece.count, shards: target.table.shardCount)
                for (to, selection) in chosen.enumerated() where selection.count > 0 {
                    target.add(piece.taking(selection), to: to)
                }
            }
            try target.write(upTo: (shard + 1) * target.table.shardCount / parts.count)
        }
    }
}

/// The new parts of a table: filled in memory, and written in order.
private final class TableTarget {
    let directory: String
    let table: ManifestFrame.Table
    private let layout: StateLayout
    /// Which side each one becomes that rows come from; `nil` where they are left out.
    private let sides: [Int?]
    private let version: StateVersion
    private let hash: String
    private let disk: any Disk
    private var open: [Int: any StoredPart] = [:]
    private(set) var written: [ManifestFrame.Part] = []
    private(set) var rows = 0

    init(
        directory: String, table: ManifestFrame.Table, layout: StateLayout, sides: [Int?], version: StateVersion,
        hash: String, disk: any Disk
    ) {
        self.directory = directory
        self.table = table
        self.layout = layout
        self.sides = sides
        self.version = version
        self.hash = hash
        self.disk = disk
    }

    func add(_ rows: StoredRows, to shard: Int) {
        guard let side = sides[rows.side] else { return }
        let part = open[shard] ?? layout.makePart()
        open[shard] = part
        part.add(side == rows.side ? rows : rows.on(side: side))
        self.rows += rows.count
    }

    /// Writes the parts of shards before this one, which get no more rows.
    func write(upTo shard: Int) throws(StateStoreError) {
        while written.count < shard {
            let next = written.count
            let part = open.removeValue(forKey: next) ?? layout.makePart()
            written.append(try write(part, shard: next))
        }
    }

    private func write(_ rows: any StoredPart, shard: Int) throws(StateStoreError) -> ManifestFrame.Part {
        let name = PartName(operatorName: table.operatorName, table: table.table, shard: shard)
        // The part's hash stands for where its rows come from; what they are, the snapshot's checksum proves.
        let origin = Array("\(hash) \(name) of \(table.shardCount)".utf8)
        let partHash = PartHash.empty.next(origin.withUnsafeBytes { ChangeDigest([$0]) })
        let path = StateDirectory.snapshotPath(directory, name, version)
        return try StateStore.onDisk { () throws(DurabilityError) -> ManifestFrame.Part in
            let file = try AtomicFileWriter(path, kind: StateDirectory.snapshotKind, disk: disk)
            func append(_ section: StateRuns) throws(DurabilityError) {
                try section.withBytes { (runs) throws(DurabilityError) in for run in runs { try file.append(run) } }
            }
            try append(SnapshotFile.head(name, start: version, startHash: partHash))
            try rows.forEachPiece { (piece) throws(DurabilityError) in
                var writer = StateWriter()
                rows.encode(piece, into: &writer)
                try append(SnapshotFile.section(writer.finish()))
            }
            let summary = try file.publish()
            return ManifestFrame.Part(
                hash: partHash,
                base: SnapshotReference(
                    start: version, startHash: partHash, end: version.number, byteCount: summary.byteCount,
                    checksum: summary.checksum))
        }
    }
}
