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
        let takesNextFile = true
        private let lineEnd: [UInt8]
        private var texts: ColumnVector?

        init(lineEnd: [UInt8]) { self.lineEnd = lineEnd }

        func write(_ rows: RecordBatch, _ range: Range<Int>, to file: FileOutput, limit: Int64) throws -> Int {
            let known = range.lowerBound > 0 ? texts : nil
            let texts = known ?? rows.columns[0].materialized()
            self.texts = texts
            return try FilePiece.write(range, to: file, limit: limit) { row, bytes in
                TextLines.lines(texts, row..<range.upperBound, end: lineEnd, bytes: bytes)
            }
        }
    }
}
