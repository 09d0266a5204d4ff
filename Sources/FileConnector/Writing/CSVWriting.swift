// Files of comma-separated values are written: a record a row.

import Columns
import Compression
import Connectors
import DurableFiles
import Formats

/// How files of comma-separated values are written.
struct CSVWriting: FileWriteFormat {
    static let name = CSVFormat.name
    static let writeOptions =
        FileOptions.writtenTimes + [
            OptionEntry("sep", "what stands between fields; \\t is a tab", defaultValue: ","),
            OptionEntry("delimiter", "another name of sep"),
            OptionEntry("quote", "what stands around fields that need it", defaultValue: "\""),
            OptionEntry("escape", "what stands before a quote in quotes", defaultValue: "\\"),
            OptionEntry("header", "the first record of a file has the names of the columns", defaultValue: "false"),
            OptionEntry("quoteAll", "every field is in quotes", defaultValue: "false"),
            OptionEntry("escapeQuotes", "a field with a quote in it is in quotes", defaultValue: "true"),
            OptionEntry("nullValue", "the text for NULL", defaultValue: ""),
            OptionEntry("emptyValue", "the text for an empty STRING", defaultValue: "\"\""),
            OptionEntry("ignoreLeadingWhiteSpace", "blanks before a text are left out", defaultValue: "true"),
            OptionEntry("ignoreTrailingWhiteSpace", "blanks behind a text are left out", defaultValue: "true"),
        ]
    static let writeRefusals: [OptionTable.Refusal] = [
        .init("charToEscapeQuoteEscaping", because: "it is the escape itself"),
        .init("timestampNTZFormat", because: "timestamps without a zone are written as yyyy-MM-dd'T'HH:mm:ss.SSS"),
    ]

    private var written = CSVWriteOptions()
    var zone: TimeZone { written.zone }
    let compression: StreamCodec?
    var nameExtension: String { ".csv" + (compression?.nameExtension ?? "") }
    private let lineEnd: [UInt8]
    private let hasHeader: Bool
    var writesEmptyFile: Bool { hasHeader }

    init(writing options: Options, zone: TimeZone) throws(ConnectorError) {
        lineEnd = try Self.lineEnd(options)
        compression = try Self.compression(options)
        hasHeader = try options.boolean("header") ?? false
        written.zone = zone
        try FileOptions.set(&written, options)
    }

    func checkWritable(_ columns: Schema) throws(ConnectorError) {
        guard columns.count > 0 else { throw FileErrors.noColumns(of: "CSV") }
        for field in columns.fields {
            switch field.type {
            case .array, .map, .structure, .binary, .variant: throw Self.unsupported(field, as: "CSV")
            default: break
            }
        }
    }

    func writer(_ columns: Schema) -> any RowFileWriter {
        Writer(options: written, lineEnd: lineEnd, header: hasHeader ? columns.names : nil)
    }

    private final class Writer: RowFileWriter {
        private let options: CSVWriteOptions
        private let lineEnd: [UInt8]
        private let header: [String]?
        let takesNextFile = true
        private var fields: [ColumnVector]?

        init(options: CSVWriteOptions, lineEnd: [UInt8], header: [String]?) {
            self.options = options
            self.lineEnd = lineEnd
            self.header = header
        }

        func begin(_ file: FileOutput) throws {
            guard let header else { return }
            try file.append(CSVWriter.header(header, options: options, end: lineEnd))
        }

        func write(_ rows: RecordBatch, _ range: Range<Int>, to file: FileOutput, limit: Int64) throws -> Int {
            let known = range.lowerBound > 0 ? self.fields : nil
            let fields = try known ?? CSVWriter.fields(rows.columns, options)
            self.fields = fields
            return try FilePiece.write(range, to: file, limit: limit) { row, bytes in
                CSVWriter.records(fields, row..<range.upperBound, options: options, end: lineEnd, bytes: bytes)
            }
        }
    }
}
