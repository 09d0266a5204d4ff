// The footers of files that are read in parts.

import Connectors
import Parquet
import Synchronization

/// Keeps each footer from the first part of its file to the last, so that it is read once.
final class ParquetFooters: Sendable {
    /// A file as it was opened: one that was exchanged has another footer.
    private struct Key: Hashable {
        let path: String
        let size: Int64
        let modifiedMilliseconds: Int64
    }

    private final class Entry: Sendable {
        let footer = Mutex<ParquetFooter?>(nil)
    }

    /// With the bytes of the file of which no part has come.
    private let entries = Mutex<[Key: (entry: Entry, left: Int64)]>([:])

    /// The footer of a part's file.
    ///
    /// - Throws: what is wrong with the file.
    func footer(of part: FilePart, _ input: ParquetFileInput) throws(ConnectorError) -> ParquetFooter {
        if part.start == 0, part.end == part.file.size { return try Self.read(input) }
        let status = try input.status()
        let key = Key(path: part.file.path, size: status.size, modifiedMilliseconds: status.modifiedMilliseconds)
        let entry = entries.withLock { entries in
            let known = entries[key] ?? (Entry(), part.file.size)
            let left = known.left - (part.end - part.start)
            entries[key] = left > 0 ? (known.entry, left) : nil
            return known.entry
        }
        // Parts of one file that begin at the same time wait for the first.
        return try entry.footer.withLock { (footer) throws(ConnectorError) in
            if let footer { return footer }
            let new = try Self.read(input)
            footer = new
            return new
        }
    }

    private static func read(_ input: ParquetFileInput) throws(ConnectorError) -> ParquetFooter {
        try input.attempt { () throws(ParquetError) in try ParquetFooter(input) }
    }
}
