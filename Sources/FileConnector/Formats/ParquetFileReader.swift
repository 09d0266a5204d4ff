// Reads row groups of Parquet files as rows.

import Columns
import Connectors
import Parquet

/// Reads the row groups whose middle lies in certain parts of files. A batch holds rows of one file.
final class ParquetFileReader: ReadyReader {
    private let scan: FileScan
    private var folders: FolderFilter
    private var parts: ArraySlice<FilePart>
    private var open: (input: ParquetFileInput, reader: ParquetReader)?
    /// Of which file the last rows are.
    private var lastFile: DataFile?

    init(_ parts: [FilePart], _ scan: FileScan) {
        self.parts = parts[...]
        self.scan = scan
        folders = FolderFilter(scan.source)
    }

    func read() throws -> RecordBatch? {
        while true {
            if scan.isCancelled() { throw ConnectorError(.cancelled, "the query was asked to stop") }
            do throws(ConnectorError) {
                if let (input, reader) = open {
                    if let batch = try input.attempt({ () throws(ParquetError) in try reader.next() }) {
                        lastFile = input.file
                        return try scan.rows(batch, of: input.file)
                    }
                    scan.figures.add(rowGroups: reader.skippedGroups, rows: reader.skippedRows)
                    open = nil
                } else {
                    guard let next = parts.popFirst() else { return nil }
                    try begin(next)
                }
            } catch {
                guard scan.source.settings.ignoresCorruptFiles, error.code != .badRow else { throw error }
                skip(error)
            }
        }
    }

    private func begin(_ part: FilePart) throws(ConnectorError) {
        do throws(ConnectorError) {
            let input = try ParquetFileInput(part.file)
            if scan.mustBeUnchanged, !(try input.isUnchanged()) { throw FileErrors.changed(part.file) }
            let footer = try scan.footers.footer(of: part, input)
            let groups = footer.rowGroups(from: part.start, to: part.end)
            // Without rows no column has a wrong type.
            guard !groups.isEmpty else { return }
            let filter = RowFilter(scan.source.filters, constants: folders.known(of: part.file))
            let reader = try input.attempt { () throws(ParquetError) in
                try ParquetReader(
                    input, footer, wanted: scan.recordColumns, groups: groups, filter: filter,
                    memory: scan.pageMemory)
            }
            open = (input, reader)
        } catch {
            guard error.code == .notFound else { throw error }
            guard scan.source.settings.ignoresMissingFiles else { throw FileErrors.gone(part.file) }
            skip(error)
        }
    }

    private func skip(_ error: ConnectorError) {
        scan.source.log(.warning, "\(error.message): its rows, or what is left of them, are left out")
        open = nil
    }

    func origin(ofRow row: Int) -> RowOrigin? { lastFile.map { RowOrigin(file: $0.path) } }
}
