// What a format of files says about itself: the rest is the same for all.

import Columns
import Connectors
import Formats

/// How the files of one format become rows, with the options that were given.
protocol FileFormat: Sendable {
    /// As users write it.
    static var name: String { get }
    /// The options of the format, and those of them that only count where a schema is inferred.
    static var options: [OptionEntry] { get }
    static var inferenceOptions: [OptionEntry] { get }
    static var refusals: [OptionTable.Refusal] { get }
    /// The columns where nobody says any and none are inferred.
    static var usualSchema: Schema? { get }

    /// Reads the options, in a session of this time zone.
    ///
    /// - Throws: `INVALID_OPTION` for the first that can't be done.
    init(_ options: Options, zone: TimeZone) throws(ConnectorError)

    /// The zone of times that name none.
    var zone: TimeZone { get }
    /// Whether a file can be read from its middle on.
    var canDivide: Bool { get }

    /// Refuses columns that no query may ask for, folders' among them.
    func check(_ wanted: Schema) throws(ConnectorError)
    /// A reader of parts of files.
    func reader(of parts: [FilePart], _ scan: FileScan) -> any PartitionReader
    /// The columns of the records of some files.
    func infer(_ files: [DataFile], _ settings: FileSettings) throws(ConnectorError) -> Schema
}

/// A format of records one behind the other, as text.
protocol RecordFormat: FileFormat {
    /// What ends a line.
    var separator: LineSeparator { get }
    /// Whether a file is one text.
    var isWhole: Bool { get }

    /// A reader of those that are wanted of all columns that the records have.
    ///
    /// - Throws: where the format can't fill them.
    func reader(_ wanted: Schema, of all: Schema) throws(KernelError) -> any RecordReader
}

extension RecordFormat {
    func reader(of parts: [FilePart], _ scan: FileScan) -> any PartitionReader { FileReader(parts, scan, self) }
}

extension FileFormat {
    /// The text of the options that say how lines end; nothing else is UTF-8.
    static func separator(_ options: Options) throws(ConnectorError) -> LineSeparator {
        try FileOptions.checkEncoding(options)
        guard let separator = options.string("lineSep") else { return .anyLineEnd }
        guard !separator.isEmpty else { throw options.invalid("lineSep", separator, hint: "it can't be empty") }
        return .bytes(Array(separator.utf8))
    }

    /// An error of a reader as one of the connector.
    static func refused(
        _ code: ConnectorError.Code, _ body: () throws(KernelError) -> Void
    ) throws(ConnectorError) {
        do throws(KernelError) {
            try body()
        } catch {
            throw ConnectorError(code, error.message, hint: error.hint, condition: error.code)
        }
    }

    /// The end of what can't be inferred.
    static var nothingToInfer: ConnectorError {
        ConnectorError(
            .invalidSchema, "unable to infer schema for \(name.uppercased())",
            hint: "say the schema: .schema(\"name STRING, ...\")", condition: "UNABLE_TO_INFER_SCHEMA")
    }
}

/// What holds for files of all formats.
struct FileSettings: Sendable {
    let ignoresMissingFiles: Bool
    let ignoresCorruptFiles: Bool

    init(_ options: Options) throws(ConnectorError) {
        ignoresMissingFiles = try options.boolean("ignoreMissingFiles") ?? false
        ignoresCorruptFiles = try options.boolean("ignoreCorruptFiles") ?? false
    }

    /// Looks at files one after the other, passing over those that may be missing or broken. `body` says whether to go
    /// on.
    func look(at files: [DataFile], _ body: (FileWindow) throws(ConnectorError) -> Bool) throws(ConnectorError) {
        for file in files where file.size > 0 {
            do throws(ConnectorError) {
                let window = try FileWindow(file, at: 0, memory: nil)
                try window.extend()
                window.passByteOrderMark()
                guard try body(window) else { return }
            } catch {
                switch error.code {
                case .badRow: throw error
                case .notFound: if !ignoresMissingFiles { throw FileErrors.gone(file) }
                default: if !ignoresCorruptFiles { throw error }
                }
            }
        }
    }
}

/// What is wrong with paths and files.
enum FileErrors {
    /// Refuses columns, or fields of one structure, whose names differ in case alone: no query could tell them apart.
    static func checkNames(_ fields: [Field]) throws(ConnectorError) {
        var names: Set<String> = []
        for field in fields {
            guard names.insert(field.name.lowercased()).inserted else {
                throw ConnectorError(
                    .invalidSchema, "the column `\(field.name.lowercased())` already exists in the files",
                    hint: "say the schema, with the one that is meant: .schema(\"name STRING, ...\")",
                    condition: "COLUMN_ALREADY_EXISTS")
            }
            try checkNames(in: field.type)
        }
    }

    private static func checkNames(in type: DataType) throws(ConnectorError) {
        if case .structure(let fields) = type { return try checkNames(fields) }
        for child in type.childTypes { try checkNames(in: child) }
    }

    /// A path that names nothing.
    static func missing(_ path: String) -> ConnectorError {
        ConnectorError(
            .notFound, "path does not exist: file:\(path)", hint: "check the path and its wildcards",
            condition: "PATH_NOT_FOUND")
    }

    /// A file where rows go into a directory.
    static func noDirectory(_ path: String) -> ConnectorError {
        ConnectorError(
            .invalidOption, "\(path) is a file, and rows are written as files of a directory",
            hint: "name a directory; a table of the file alone can be read, and overwritten by a directory")
    }

    /// Rows without columns.
    static func noColumns(of format: String) -> ConnectorError {
        ConnectorError(
            .invalidSchema, "the \(format) datasource does not support writing empty or nested empty schemas",
            hint: "a file has at least one column besides those of its folders",
            condition: "EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE")
    }

    /// A file that was listed, or planned, and is not there.
    static func gone(_ file: DataFile) -> ConnectorError {
        ConnectorError(
            .dataLoss, "the file \(file.path) is gone",
            hint: "put it back, or set the option ignoreMissingFiles to true",
            condition: "FAILED_READ_FILE.FILE_NOT_EXIST")
    }

    /// A file that isn't any more what it was when the batch was planned.
    static func changed(_ file: DataFile) -> ConnectorError {
        ConnectorError(
            .dataLoss, "the file \(file.path) was changed after the batch was planned",
            hint: "write files under a hidden name and rename them when they are whole; put this one back as it was, "
                + "or leave it out with ignoreCorruptFiles set to true")
    }

    /// A file that has fewer bytes than when it was listed.
    static func shorter(_ file: DataFile) -> ConnectorError {
        ConnectorError(
            .dataLoss, "the file \(file.path) has become shorter while it was read",
            hint: "write files under a hidden name and rename them when they are whole")
    }

    /// Refuses a query for the column of corrupt records alone: it would have to read others to know them.
    static func checkCorruptRecordColumn(
        _ wanted: Schema, named name: String, of format: String
    ) throws(ConnectorError) {
        guard wanted.names == [name] else { return }
        throw ConnectorError(
            .invalidSchema,
            "queries from raw \(format.uppercased()) files are disallowed when the referenced columns only include the"
                + " column for corrupt records, \(name)",
            hint: "select another column with it",
            condition: "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN")
    }

    /// A record that ends the query.
    static func badRecord(_ error: KernelError, in file: DataFile) -> ConnectorError {
        ConnectorError(.badRow, "\(file.path): \(error.message)", hint: error.hint, condition: error.code)
    }
}
