// Files of text are written: a line a row.

import Columns
import Compression
import Connectors
import DurableFiles
import Formats

/// How files of text are written.
struct TextWriting: FileWriteFormat {
    static let name = TextFormat.name
    static let writeOptions = [
        FileOptions.compression,
        OptionEntry("lineSep", "what ends a line", defaultValue: #"\n"#),
        OptionEntry("encoding", "UTF-8", defaultValue: "UTF-8"),
    ]
    static let writeRefusals: [OptionTable.Refusal] = []

    let zone: TimeZone
    let compression: StreamCodec?
    var nameExtension: String { ".txt" + (compression?.nameExtension ?? "") }
    private let lineEnd: [UInt8]

    init(writing options: Options, zone: TimeZone) throws(ConnectorError) {
        self.zone = zone
        lineEnd = try Self.lineEnd(options)
        compression = try Self.compression(options)
    }

    func checkWritable(_ columns: Schema) throws(ConnectorError) {
        guard let field = columns.fields.first, columns.count == 1 else {
            throw ConnectorError(
                .invalidSchema, "Text data source supports only a single column, and you have \(columns.count) columns",
                hint: "make one of them: to_json(struct(*)) AS value")
        }
        guard field.type == .string else { throw Self.unsupported(field, as: "Text") }
    }

    func writer(_ columns: Schema) -> any RowFileWriter { Writer(lineEnd: lineEnd) }

    private final class Writer: RowFileWriter {
        private let lineEnd: [UInt8]

        init(lineEnd: [UInt8]) { self.lineEnd = lineEnd }

        func write(_ rows: RecordBatch, from first: Int, to file: FileOutput, limit: Int64) throws -> Int {
            var row = first
            repeat {
                let (bytes, next) = TextLines.lines(
                    rows.columns[0], from: row, end: lineEnd, bytes: FilePiece.bytes(of: file, limit: limit))
                try file.append(bytes)
                row = next
            } while row < rows.count && file.byteCount < limit
            return row
        }
    }
}
