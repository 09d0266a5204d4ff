// Files of JSON are written: an object a line.

import Columns
import Compression
import Connectors
import DurableFiles
import Formats

/// How files of JSON are written.
struct JSONWriting: FileWriteFormat {
    static let name = JSONFormat.name
    static let writeOptions =
        FileOptions.writtenTimes + [
            OptionEntry("ignoreNullFields", "leave out fields that are NULL", defaultValue: "true")
        ]
    static let writeRefusals: [OptionTable.Refusal] = [
        .init("pretty", because: "a record is a line"),
        .init("writeNonAsciiCharacterAsCodePoint", because: "files are UTF-8"),
        .init("timestampNTZFormat", because: "timestamps without a zone are written as yyyy-MM-dd'T'HH:mm:ss.SSS"),
    ]

    private var written = JSONWriteOptions()
    var zone: TimeZone { written.zone }
    let compression: StreamCodec?
    var nameExtension: String { ".json" + (compression?.nameExtension ?? "") }
    private let lineEnd: [UInt8]

    init(writing options: Options, zone: TimeZone) throws(ConnectorError) {
        lineEnd = try Self.lineEnd(options)
        compression = try Self.compression(options)
        written.zone = zone
        try FileOptions.set(&written, options)
    }

    func checkWritable(_ columns: Schema) throws(ConnectorError) {
        guard columns.count > 0 else { throw FileErrors.noColumns(of: "JSON") }
    }

    func writer(_ columns: Schema) -> any RowFileWriter { Writer(options: written, lineEnd: lineEnd) }

    private final class Writer: RowFileWriter {
        private let options: JSONWriteOptions
        private let lineEnd: [UInt8]

        init(options: JSONWriteOptions, lineEnd: [UInt8]) {
            self.options = options
            self.lineEnd = lineEnd
        }

        func write(_ rows: RecordBatch, from first: Int, to file: FileOutput, limit: Int64) throws -> Int {
            let objects = ColumnVector(
                type: .structure(rows.schema.fields), count: rows.count, children: rows.columns)
            let writer = try JSONWriter(objects, options: options)
            var row = first
            repeat {
                let (bytes, next) = writer.lines(
                    from: row, end: lineEnd, bytes: FilePiece.bytes(of: file, limit: limit))
                try file.append(bytes)
                row = next
            } while row < rows.count && file.byteCount < limit
            return row
        }
    }
}
