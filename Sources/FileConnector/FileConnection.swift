// Files as the registry of connectors sees them.

import Columns
import Connectors
import DurableFiles

/// The formats of files.
package enum FileConnection {
    /// `format("json")`.
    package static let json = provider(JSONFormat.self, JSONWriting.self)
    /// `format("csv")`.
    package static let csv = provider(CSVFormat.self, CSVWriting.self)
    /// `format("text")`.
    package static let text = provider(TextFormat.self, TextWriting.self)
    /// `format("parquet")`.
    package static let parquet = provider(ParquetFormat.self, ParquetWriting.self)

    private static func provider<Format: FileFormat, Written: FileWriteFormat>(
        _: Format.Type, _: Written.Type
    ) -> ConnectorProvider {
        let (table, stream) = (Format.tableOptions, Format.streamOptions)
        return ConnectorProvider(
            Format.name,
            stream: StreamProvider(
                options: stream, canPrune: true, canFilter: true,
                describing: { try describeStream(Format.self, try Options($0, stream), $1) },
                makeSource: { request in
                    let options = try Options(request.options, stream)
                    return try FileStream(
                        source(Format(options, zone: request.context.zone), request, options), options)
                }),
            table: TableProvider(
                options: table, canPrune: true, canFilter: true,
                describing: { try describeTable(Format.self, try Options($0, table), $1) },
                makeSource: { request in
                    let options = try Options(request.options, table)
                    return FileTable(
                        try source(Format(options, zone: request.context.zone), request, options),
                        listing: try FileListing(options, takesTimes: true),
                        refreshMilliseconds: try TableRefresh.milliseconds(options))
                }),
            sink: sink(Written.self, readBy: table))
    }

    /// The sink of a format, for streams and for tables.
    private static func sink<Format: FileWriteFormat>(
        _: Format.Type, readBy readOptions: OptionTable
    ) -> SinkProvider {
        let (stream, table) = (Format.streamSinkOptions, Format.tableSinkOptions)
        return SinkProvider(
            options: stream, needsCheckpoint: true, takesPartitions: true, isAppendOnly: true,
            tables: .init(
                options: table,
                folders: { values in
                    let reading = try Options(values, readOptions)
                    guard try reading.boolean("recursiveFileLookup") != true else { return [] }
                    let listing = try FileListing(reading, takesTimes: true)
                    guard !listing.hasWildcards else { return [] }
                    return try FolderNames.find(below: listing.path, disk: RealDisk()) ?? []
                },
                makeSink: { request in
                    let options = try Options(request.options, table)
                    return FileTableSink(
                        try Format(writing: options, zone: request.context.zone), try FileSinkOptions(options),
                        partitionBy: request.partitionBy)
                }),
            makeSink: { request in
                let options = try Options(request.options, stream)
                return FileSink(
                    try Format(writing: options, zone: request.context.zone), try FileSinkOptions(options),
                    partitionBy: request.partitionBy, nowMicroseconds: request.context.nowMicroseconds,
                    log: request.context.log)
            })
    }

    private static func source(
        _ format: some FileFormat, _ request: ScanRequest, _ options: Options
    ) throws(ConnectorError) -> FileSource {
        try FileSource(
            format, columns: request.columns, all: request.all, filters: request.filters, options,
            log: request.context.log)
    }

    /// A table's columns: those that are given or inferred, and those of its folders.
    private static func describeTable<Format: FileFormat>(
        _: Format.Type, _ options: Options, _ given: Schema?
    ) throws -> (name: String, schema: Schema) {
        // Whether a text is a time is the same in all zones.
        let format = try Format(options, zone: .utc)
        let listing = try FileListing(options, takesTimes: true)
        guard let files = try listing.files() else { throw FileErrors.missing(listing.path) }
        let folders = PartitionColumns.infer(files, unknown: .null)
        let columns =
            try given.map { PartitionColumns.columns($0, folders: folders) }
            ?? PartitionColumns.columns(
                inferred: format.infer(files, try FileSettings(options)), folders: folders)
        if given == nil { try FileErrors.checkNames(columns.fields) }
        // A record may lack anything.
        return ("\(Format.name)[\(listing.path)]", columns.nullable)
    }

    /// The columns of the folders of a stream. Without such folders not all files are listed for that.
    private static func folders(_ listing: FileListing, _ options: Options) throws -> [Field] {
        guard try options.boolean("recursiveFileLookup") != true else { return [] }
        if !listing.hasWildcards, try FolderNames.find(below: listing.path, disk: RealDisk())?.isEmpty != false {
            return []
        }
        // Where all are NULL, folders with values may come, and the type stays: a text takes them.
        return PartitionColumns.infer(try listing.files() ?? [], unknown: .string)
    }

    /// A stream's columns: those that are given, and those of the folders that there are now. As of tables, they are
    /// the last ones.
    private static func describeStream<Format: FileFormat>(
        _: Format.Type, _ options: Options, _ given: Schema?
    ) throws -> (name: String, schema: Schema) {
        let listing = try FileListing(options, takesTimes: false)
        guard let given = given ?? Format.usualSchema else {
            throw ConnectorError(
                .invalidSchema, "schema must be specified when creating a streaming source DataFrame",
                hint: "say it: .schema(\"name STRING, amount INT\"); read.\(Format.name)(path).schema infers that of "
                    + "files"
            )
        }
        guard try listing.exists() else { throw FileErrors.missing(listing.path) }
        let columns = PartitionColumns.columns(given, folders: try folders(listing, options))
        return ("\(Format.name)[\(listing.path)]", columns.nullable)
    }
}
