// Files of comma-separated values: a record a line, or over several.

import Columns
import Connectors
import Formats

/// How files of comma-separated values are read.
struct CSVFormat: RecordFormat {
    static let name = "csv"
    static let usualSchema: Schema? = nil

    private var reading = CSVReadOptions()
    private var inference = CSVInferenceOptions()
    var zone: TimeZone { reading.zone }
    let separator: LineSeparator
    let isWhole = false
    /// Only where no line end can be taken for another, nor for part of a field.
    var canDivide: Bool { !reading.spansLines && separator == .anyLineEnd }

    static let options =
        FileOptions.records + [
            OptionEntry("sep", "what stands between fields; \\t is a tab", defaultValue: ","),
            OptionEntry("delimiter", "another name of sep"),
            OptionEntry("quote", "what stands around fields; '' is nothing", defaultValue: "\""),
            OptionEntry("escape", "what stands before a quote in quotes; '' is nothing", defaultValue: "\\"),
            OptionEntry("comment", "lines that begin with it are passed over"),
            OptionEntry("header", "the first record of a file has the names of the columns", defaultValue: "false"),
            OptionEntry("enforceSchema", "a header's names count for nothing", defaultValue: "true"),
            OptionEntry("multiLine", "ends of lines in quotes are part of the field", defaultValue: "false"),
            OptionEntry("ignoreLeadingWhiteSpace", "blanks before a field are no part of it", defaultValue: "false"),
            OptionEntry("ignoreTrailingWhiteSpace", "blanks behind a field are no part of it", defaultValue: "false"),
            OptionEntry("nullValue", "the text that is NULL, as an empty field is", defaultValue: ""),
            OptionEntry("emptyValue", "what \"\" stands for", defaultValue: ""),
            OptionEntry("nanValue", "the text for a number that is none", defaultValue: "NaN"),
            OptionEntry("positiveInf", "the text for infinity", defaultValue: "Inf"),
            OptionEntry("negativeInf", "the text for minus infinity", defaultValue: "-Inf"),
            OptionEntry("unescapedQuoteHandling", "STOP_AT_DELIMITER", defaultValue: "STOP_AT_DELIMITER"),
        ]

    static let inferenceOptions = [
        OptionEntry("inferSchema", "infer types; else all columns are STRING", defaultValue: "false"),
        OptionEntry("preferDate", "infer DATE for texts that read as one", defaultValue: "true"),
        OptionEntry("samplingRatio", "the part of the records that types are inferred from", defaultValue: "1.0"),
    ]

    static let refusals: [OptionTable.Refusal] =
        FileOptions.refusedRecords + [
            .init("charToEscapeQuoteEscaping", because: "it is the escape itself"),
            .init("maxColumns", because: "a record may have as many fields as it has"),
            .init("maxCharsPerColumn", because: "a field may be as long as a record"),
            .init("inputBufferSize", because: "how files are read is not yours to tune"),
            .init("columnPruning", because: "only columns that a query needs are read"),
            .init("escapeQuotes", because: "it says how files are written"),
            .init("quoteAll", because: "it says how files are written"),
        ]

    init(_ options: Options, zone: TimeZone) throws(ConnectorError) {
        reading.zone = zone
        try FileOptions.set(&reading, options)
        try FileOptions.set(&inference, options)
        separator = try Self.separator(options)
    }

    func check(_ wanted: Schema) throws(ConnectorError) {
        try FileErrors.checkCorruptRecordColumn(wanted, named: reading.corruptRecordColumn, of: Self.name)
        try Self.refused(.invalidSchema) { () throws(KernelError) in
            try CSVRecordReader.check(wanted.fields, corruptRecordColumn: reading.corruptRecordColumn)
        }
    }

    func reader(_ wanted: Schema, of all: Schema) throws(KernelError) -> any RecordReader {
        try CSVRecordReader(wanted, of: all, options: reading, separator: separator)
    }

    func infer(_ files: [DataFile], _ settings: FileSettings) throws(ConnectorError) -> Schema {
        var inference = CSVInference(self.inference, reading: reading)
        try settings.look(at: files) { (window) throws(ConnectorError) in
            var isFirst = true
            inference.beginFile()
            while !inference.isComplete {
                let bytes = window.bytes
                if let end = inference.recordEnd(in: bytes, from: 0, isLast: window.isAtEnd, separator) {
                    let record = UnsafeBufferPointer(rebasing: bytes[..<end.start])
                    if inference.isRecord(record) {
                        inference.add(record, isFirst: isFirst)
                        isFirst = false
                    }
                    window.pass(end.next)
                } else if window.isAtEnd {
                    return true
                } else {
                    try window.extend()
                }
            }
            return false
        }
        let schema = inference.schema
        guard schema.count > 0 else { throw Self.nothingToInfer }
        return schema
    }
}
