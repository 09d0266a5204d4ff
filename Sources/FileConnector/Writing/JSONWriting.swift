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
        let takesNextFile = true
        private let lineEnd: [UInt8]
        private var objects: Objects?

        init(options: JSONWriteOptions, lineEnd: [UInt8]) {
            self.options = options
            self.lineEnd = lineEnd
        }

        func write(_ rows: RecordBatch, _ range: Range<Int>, to file: FileOutput, limit: Int64) throws -> Int {
            let known = range.lowerBound > 0 ? objects : nil
            let objects = try known ?? Objects(rows, options)
            self.objects = objects
            return try FilePiece.write(range, to: file, limit: limit) { row, bytes in
                objects.writer.lines(row..<range.upperBound, end: lineEnd, bytes: bytes)
            }
        }
    }

    /// The rows of a batch as objects.
    private final class Objects {
        let writer: JSONWriter

        init(_ rows: RecordBatch, _ options: JSONWriteOptions) throws {
            let type = DataType.structure(rows.schema.fields)
            writer = try JSONWriter(
                ColumnVector(type: type, count: rows.count, children: rows.columns), options: options)
        }
    }
}
