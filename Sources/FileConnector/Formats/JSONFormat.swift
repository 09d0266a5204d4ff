// Files of JSON: a record a line, or a file.

import Columns
import Connectors
import Formats

/// How files of JSON are read.
struct JSONFormat: RecordFormat {
    static let name = "json"
    static let usualSchema: Schema? = nil

    var reading = JSONReadOptions()
    private var inference = JSONInferenceOptions()
    var zone: TimeZone { reading.zone }
    let separator: LineSeparator
    /// A file is one record, or an array of records.
    let isWhole: Bool
    /// Only where no line end can be taken for another.
    var canDivide: Bool { !isWhole && separator == .anyLineEnd }

    static let options =
        FileOptions.records + [
            OptionEntry("multiLine", "a file is one record, or an array of records", defaultValue: "false"),
            OptionEntry("allowComments", "comments as in Java", defaultValue: "false"),
            OptionEntry("allowUnquotedFieldNames", "names without quotes", defaultValue: "false"),
            OptionEntry("allowSingleQuotes", "' in place of \"", defaultValue: "true"),
            OptionEntry("allowNumericLeadingZeros", "numbers such as 007", defaultValue: "false"),
            OptionEntry("allowNonNumericNumbers", "NaN and Infinity as numbers", defaultValue: "true"),
            OptionEntry(
                "allowBackslashEscapingAnyCharacter", "a backslash before any character", defaultValue: "false"),
            OptionEntry("allowUnquotedControlChars", "control characters in strings", defaultValue: "false"),
            OptionEntry("maxNestingDepth", "how deep arrays and objects may be nested", defaultValue: "1000"),
        ]

    static let inferenceOptions = [
        OptionEntry("primitivesAsString", "infer STRING for numbers and booleans", defaultValue: "false"),
        OptionEntry("prefersDecimal", "infer DECIMAL for numbers with a point", defaultValue: "false"),
        OptionEntry("inferTimestamp", "infer TIMESTAMP for strings that read as one", defaultValue: "false"),
        OptionEntry("dropFieldIfAllNull", "infer no column for what is always NULL", defaultValue: "false"),
        OptionEntry("samplingRatio", "the part of the records that the schema is inferred from", defaultValue: "1.0"),
    ]

    static let refusals: [OptionTable.Refusal] =
        FileOptions.refusedRecords + [
            .init("useUnsafeRow", because: "it says nothing about what is read"),
            .init("maxNumLen", because: "numbers may be as long as a record"),
            .init("maxStringLen", because: "strings may be as long as a record"),
        ]

    init(_ options: Options, zone: TimeZone) throws(ConnectorError) {
        reading.zone = zone
        try FileOptions.set(&reading, options)
        try FileOptions.set(&inference, options)
        isWhole = try options.boolean("multiLine") ?? false
        separator = try Self.separator(options)
    }

    func check(_ wanted: Schema) throws(ConnectorError) {
        try FileErrors.checkCorruptRecordColumn(wanted, named: reading.corruptRecordColumn, of: Self.name)
        try Self.refused(.invalidSchema) { () throws(KernelError) in
            try JSONSchemaRules.check(wanted.fields, corruptRecordColumn: reading.corruptRecordColumn)
        }
    }

    func reader(_ wanted: Schema, of all: Schema) throws(KernelError) -> any RecordReader {
        try JSONRecordReader(schema: wanted, options: reading, separator: separator, isWhole: isWhole)
    }

    func infer(_ files: [DataFile], _ settings: FileSettings) throws(ConnectorError) -> Schema {
        var inference: JSONInference
        do throws(KernelError) {
            inference = try JSONInference(self.inference, reading: reading)
        } catch {
            throw ConnectorError(.invalidOption, error.message, hint: error.hint)
        }
        try settings.look(at: files) { (window) throws(ConnectorError) in
            try look(at: window, &inference)
            return true
        }
        let schema = inference.schema
        guard schema.count > 0 else { throw Self.nothingToInfer }
        return schema
    }

    /// Adds the records of a file to what is known of the schema.
    private func look(at window: FileWindow, _ inference: inout JSONInference) throws(ConnectorError) {
        if isWhole {
            while !window.isAtEnd { try window.extend() }
            return try add(window.bytes, to: &inference, of: window.file)
        }
        while true {
            if let end = separator.find(in: window.bytes, from: 0, isLast: window.isAtEnd) {
                try add(UnsafeBufferPointer(rebasing: window.bytes[..<end.start]), to: &inference, of: window.file)
                window.pass(end.next)
            } else if window.isAtEnd {
                return try add(window.bytes, to: &inference, of: window.file)
            } else {
                try window.extend()
            }
        }
    }

    private func add(
        _ record: UnsafeBufferPointer<UInt8>, to inference: inout JSONInference, of file: DataFile
    ) throws(ConnectorError) {
        do throws(KernelError) {
            try inference.add(record)
        } catch {
            throw FileErrors.badRecord(error, in: file)
        }
    }
}
