// Files of text: a row a line, or a file.

import Columns
import Connectors
import Formats

/// How files of text are read.
struct TextFormat: RecordFormat {
    static let name = "text"
    static let usualSchema: Schema? = Schema([Field("value", .string)])

    let zone: TimeZone
    let separator: LineSeparator
    let isWhole: Bool
    /// Only where no line end can be taken for another.
    var canDivide: Bool { !isWhole && separator == .anyLineEnd }

    static let options = [
        OptionEntry("wholetext", "a file is one row", defaultValue: "false"),
        OptionEntry("lineSep", "what ends a line", defaultValue: #"\n, \r or \r\n"#),
        OptionEntry("encoding", "UTF-8", defaultValue: "UTF-8"),
    ]
    static let inferenceOptions: [OptionEntry] = []
    static let refusals: [OptionTable.Refusal] = [FileOptions.refusedMerge]

    init(_ options: Options, zone: TimeZone) throws(ConnectorError) {
        self.zone = zone
        isWhole = try options.boolean("wholetext") ?? false
        separator = try Self.separator(options)
    }

    func check(_ wanted: Schema) {}

    func reader(_ wanted: Schema, of all: Schema) throws(KernelError) -> any RecordReader {
        try TextRecordReader(wanted, of: all, separator: separator, isWhole: isWhole)
    }

    func infer(_ files: [DataFile], _ settings: FileSettings) -> Schema { Self.usualSchema ?? Schema([]) }
}
