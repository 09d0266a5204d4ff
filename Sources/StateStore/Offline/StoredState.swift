// The state after a batch, read without the query that wrote it.

import Columns
import DurableFiles

/// A version of the state on disk, and what its tables hold. Changes nothing and takes no lock, so that a running query
/// may remove files meanwhile: that shows as `STATE_LOST`.
package struct StoredState: Sendable {
    /// A table of an operator.
    package struct Table: Sendable {
        /// What files call the operator: `aggregate-0`.
        package let operatorName: String
        /// How its rows lie; `nil` where only the query can read them.
        package let layout: StateLayout?
        package let shardCount: Int
    }

    /// In the order in which the query has them.
    package let tables: [Table]
    /// The number of the oldest version that can be made of the files that are there.
    package let oldestVersion: Int
    /// What the runtime keeps with the version.
    package var metadata: [UInt8] { image.manifest?.metadata ?? [] }
    private let image: StateImage
    /// Where each table's parts begin.
    private let firstParts: [Int]

    /// Finds the version that batch `number - 1` committed, whose hash is `hash`, or the one `older` that came before
    /// it.
    ///
    /// - Throws: `STATE_LOST` or `STATE_CORRUPT` with what is wrong, or the disk's failure.
    package init(
        _ directory: String, version number: Int, attempt: String, hash: String, older: Int? = nil, disk: any Disk
    ) throws(StateStoreError) {
        let files = try StateStore.onDisk { () throws(DurabilityError) in try StateDirectory(directory, disk: disk) }
        let newest = try StateImage(StateVersion(number, attempt: attempt), in: files, disk: disk)
        guard newest.hash == hash else {
            throw StateStoreError(
                .corrupt, "\(directory): version \(number) has hash \(newest.hash), and the log says \(hash)",
                hint: "restore the checkpoint from a backup, or start with a new checkpoint")
        }
        let back = older.map { number - $0 } ?? 0
        oldestVersion = number + 1 - newest.versionsThere(among: files)
        guard newest.links.indices.contains(back) else { throw newest.lost() }
        image = back == 0 ? newest : try StateImage(newest.links[back].manifest.version, in: files, disk: disk)
        let found = image.manifest?.tables ?? []
        firstParts = found.indices.map { table in found[..<table].reduce(0) { $0 + $1.shardCount } }
        var tables: [Table] = []
        for (table, one) in found.enumerated() {
            tables.append(
                Table(
                    operatorName: one.operatorName, layout: try image.layout(ofTable: table),
                    shardCount: one.shardCount))
        }
        self.tables = tables
    }

    /// Gives the rows of a table's part for one shard, in pieces: of a join those of both sides.
    ///
    /// - Throws: `STATE_LOST` or `STATE_CORRUPT` with what is wrong, or the disk's failure.
    package func forEachPiece(
        ofTable table: Int, shard: Int, _ body: (StoredRows) -> Void
    ) throws(StateStoreError) {
        guard let layout = tables[table].layout else { throw image.unreadable(tables[table].operatorName) }
        try image.readPart(firstParts[table] + shard, layout).forEachPiece(body)
    }
}

extension StateImage {
    /// How many versions, the wanted one and those right before it, can be made of files that are there. What makes one
    /// makes the next one, with the changes between them.
    fileprivate func versionsThere(among files: StateDirectory) -> Int {
        let snapshots = Set(files.snapshots)
        var (there, gone) = (0, links.count)
        while there < gone {
            let middle = (there + gone) / 2
            if isThere(back: middle, snapshots, files.directory) { there = middle + 1 } else { gone = middle }
        }
        return there
    }

    /// Whether all parts of the version `back` versions before the wanted one can be made.
    private func isThere(back: Int, _ snapshots: Set<String>, _ directory: String) -> Bool {
        let names = links[back].manifest.partNames
        return names.indices.allSatisfy { part in
            plans(for: part, back: back).contains { plan in
                guard let base = plan.base else { return true }
                return snapshots.contains(StateDirectory.snapshotPath(directory, names[part], base.start))
            }
        }
    }

    /// The layout of a table; `nil` where the manifest has none.
    func layout(ofTable table: Int) throws(StateStoreError) -> StateLayout? {
        guard let link = links.first, !link.manifest.tables[table].layout.isEmpty else { return nil }
        do throws(StateFormatError) {
            return try StateLayout.decode(link.manifest.tables[table].layout)
        } catch {
            throw StateStoreError(
                .corrupt, "\(link.path): the manifest of \(wanted): \(error.message)",
                hint: "read it with the version that wrote it, or restore the checkpoint from a backup")
        }
    }

    /// What to say of a table without a layout.
    func unreadable(_ operatorName: String) -> StateStoreError {
        StateStoreError(
            .formatUnsupported,
            "\(links.first?.path ?? ""): \(wanted) doesn't say how the rows of \(operatorName) lie: another version of "
                + "millrace wrote it, or the operator keeps what only its own code reads",
            hint: "where another version wrote it, let the query run a batch with this one")
    }

    /// A part's rows.
    func readPart(_ part: Int, _ layout: StateLayout) throws(StateStoreError) -> any StoredPart {
        let rows = layout.makePart()
        _ = try read(
            part, clear: { rows.clear() },
            apply: { (reader) throws(StateFormatError) in
                try rows.apply(&reader)
                try reader.finish()
            })
        return rows
    }
}
