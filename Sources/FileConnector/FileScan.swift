// What all readers of a scan have in common.

import Columns
import Connectors
import Parquet

/// A source of rows from files: what was asked for, whichever files there are.
struct FileSource: Sendable {
    /// The columns that are wanted, in order.
    let columns: Schema
    /// All columns, those of folders among them.
    let all: Schema
    let format: any FileFormat
    let settings: FileSettings
    /// Rows of which one of these isn't true may be left out.
    let filters: [ColumnPredicate]
    let log: LogHandler

    init(
        _ format: some FileFormat, columns: Schema, all: Schema, filters: [ColumnPredicate] = [], _ options: Options,
        log: @escaping LogHandler
    ) throws(ConnectorError) {
        try format.check(columns)
        self.columns = columns
        self.all = all
        self.format = format
        self.filters = filters
        settings = try FileSettings(options)
        self.log = log
    }
}

/// A scan of certain files.
struct FileScan: Sendable {
    let source: FileSource
    /// Whether a file that was changed since it was listed is an error.
    let mustBeUnchanged: Bool
    let isCancelled: @Sendable () -> Bool
    /// The files with rows that may count.
    private let files: [DataFile]
    let figures = ScanFigures()
    let footers = ParquetFooters()
    let pageMemory = PageMemory()

    /// Where the values of a wanted column come from.
    private enum Origin: Sendable {
        case record(Int)
        /// A folder's name.
        case folder(String, DataType)
    }

    private let origins: [Origin]
    /// Of the wanted columns, and of all, those that the records hold.
    let recordColumns: Schema
    let allRecordColumns: Schema

    init(
        _ source: FileSource, files: [DataFile], mustBeUnchanged: Bool, isCancelled: @escaping @Sendable () -> Bool
    ) {
        self.source = source
        self.mustBeUnchanged = mustBeUnchanged
        self.isCancelled = isCancelled
        var filter = FolderFilter(source)
        self.files = filter.matching(files)
        figures.add(files: files.count - self.files.count)
        var record: [Field] = []
        var origins: [Origin] = []
        // All files have the same folders.
        let folders = Set(files.first { !$0.partition.isEmpty }?.partition.map { $0.name.lowercased() } ?? [])
        for field in source.columns.fields {
            if folders.contains(field.name.lowercased()) {
                origins.append(.folder(field.name, field.type))
            } else {
                origins.append(.record(record.count))
                record.append(field)
            }
        }
        self.origins = origins
        recordColumns = Schema(record)
        allRecordColumns = Schema(source.all.fields.filter { !folders.contains($0.name.lowercased()) })
    }

    /// Readers that together deliver the rows of all files.
    func readers() -> [any PartitionReader] {
        FileParts.groups(files, divides: source.format.canDivide).map { source.format.reader(of: $0, self) }
    }

    /// Rows of a file with the values of its folders.
    func rows(_ batch: RecordBatch, of file: DataFile) throws(ConnectorError) -> RecordBatch {
        var all: [ColumnVector] = []
        for origin in origins {
            switch origin {
            case .record(let index): all.append(batch.columns[index])
            case .folder(let name, let type):
                let text = file.partition.first { $0.name.lowercased() == name.lowercased() }?.value
                all.append(
                    try PartitionColumns.column(text, type, count: batch.count, in: source.format.zone, of: file))
            }
        }
        return RecordBatch(schema: source.columns, columns: all, count: batch.count)
    }
}
