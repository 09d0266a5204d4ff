// Files as a table.

import Columns
import Connectors
import Synchronization

/// The files of a path as they stand when it is opened.
final class FileTable: TableSource {
    var schema: Schema { source.columns }
    let description: String
    let refreshMilliseconds: Int64?
    private let source: FileSource
    private let listing: FileListing
    private let found = Mutex<[DataFile]>([])

    init(_ source: FileSource, listing: FileListing, refreshMilliseconds: Int64? = nil) {
        description = "\(type(of: source.format).name) [\(listing.path)]"
        self.refreshMilliseconds = refreshMilliseconds
        self.source = source
        self.listing = listing
    }

    func open() throws {
        guard let files = try listing.files() else { throw FileErrors.missing(listing.path) }
        found.withLock { $0 = files }
    }

    /// Of the files' names, sizes and times.
    var version: String? {
        var version = TableVersion()
        for file in found.withLock({ $0 }) {
            version.add(file.path)
            version.add(file.size)
            version.add(file.modifiedMilliseconds)
        }
        return version.text
    }

    /// A record of a hundred bytes is a guess.
    var estimatedRowCount: Int {
        Int(clamping: found.withLock { $0.reduce(0) { $0 + $1.size } } / 100)
    }

    func readers() throws -> [any PartitionReader] {
        let files = found.withLock { $0 }
        return FileScan(source, files: files, mustBeUnchanged: false, isCancelled: { false }).readers()
    }
}
