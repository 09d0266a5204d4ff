// JSON files as a table.

import Columns
import Connectors
import Formats
import Synchronization

/// The files of a path as they stand when the query starts.
final class JSONTable: TableSource {
    let schema: Schema
    let description: String
    private let listing: FileListing
    private let options: JSONFileOptions
    private let log: LogHandler
    private let found = Mutex<[DataFile]>([])

    init(columns: Schema, listing: FileListing, options: JSONFileOptions, log: @escaping LogHandler) {
        schema = columns
        description = "json [\(listing.path)]"
        self.listing = listing
        self.options = options
        self.log = log
    }

    func open() throws {
        guard let files = try listing.files() else { throw JSONFiles.missing(listing.path) }
        found.withLock { $0 = files }
    }

    /// A record of a hundred bytes is a guess.
    var estimatedRowCount: Int {
        Int(clamping: found.withLock { $0.reduce(0) { $0 + $1.size } } / 100)
    }

    func readers() throws -> [any PartitionReader] {
        let files = found.withLock { $0 }
        let scan = JSONScan(
            columns: schema, files: files, options: options, mustBeUnchanged: false, log: log, isCancelled: { false })
        return FileParts.groups(files, divides: options.canDivide).map { JSONFileReader($0, scan) }
    }
}

extension JSONFileOptions {
    /// Whether a file can be read from its middle on: only where no line end can be taken for another.
    var canDivide: Bool { !isMultiLine && separator == .anyLineEnd }
}

/// What tables and streams of JSON have in common.
enum JSONFiles {
    /// A path that names nothing.
    static func missing(_ path: String) -> ConnectorError {
        ConnectorError(
            .notFound, "path does not exist: file:\(path)", hint: "check the path and its wildcards",
            condition: "PATH_NOT_FOUND")
    }

    /// All columns: those of the records, and behind them those of folders. Folders take the type that the schema
    /// says, where it has them.
    static func columns(_ records: Schema, folders: [Field]) -> Schema {
        var partitions: [Field] = []
        var fields = records.fields
        for folder in folders {
            if let index = fields.firstIndex(where: { $0.name.lowercased() == folder.name.lowercased() }) {
                partitions.append(fields.remove(at: index))
            } else {
                partitions.append(folder)
            }
        }
        return Schema(fields + partitions)
    }

    /// A file that was listed, or planned, and is not there.
    static func gone(_ file: DataFile) -> ConnectorError {
        ConnectorError(
            .dataLoss, "the file \(file.path) is gone",
            hint: "put it back, or set the option ignoreMissingFiles to true",
            condition: "FAILED_READ_FILE.FILE_NOT_EXIST")
    }

    /// The schema of the records of some files.
    static func infer(_ files: [DataFile], _ options: JSONFileOptions) throws(ConnectorError) -> Schema {
        var inference: JSONInference
        do throws(KernelError) {
            inference = try JSONInference(options.inference, reading: options.reading)
        } catch {
            throw ConnectorError(.invalidOption, error.message, hint: error.hint)
        }
        for file in files where file.size > 0 {
            do throws(ConnectorError) {
                try look(at: file, &inference, options)
            } catch {
                switch error.code {
                case .badRow: throw error
                case .notFound: if !options.ignoresMissingFiles { throw gone(file) }
                default: if !options.ignoresCorruptFiles { throw error }
                }
            }
        }
        let schema = inference.schema
        guard schema.count > 0 else {
            throw ConnectorError(
                .invalidSchema, "unable to infer schema for JSON",
                hint: "say the schema: .schema(\"name STRING, ...\")",
                condition: "UNABLE_TO_INFER_SCHEMA")
        }
        return schema
    }

    /// Adds the records of a file to what is known of the schema.
    private static func look(
        at file: DataFile, _ inference: inout JSONInference, _ options: JSONFileOptions
    ) throws(ConnectorError) {
        let window = try FileWindow(file, at: 0, memory: nil)
        try window.extend()
        if window.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { window.pass(3) }
        if options.isMultiLine {
            while !window.isAtEnd { try window.extend() }
            return try add(window.bytes, to: &inference, of: file)
        }
        while true {
            if let end = options.separator.find(in: window.bytes, from: 0, isLast: window.isAtEnd) {
                try add(UnsafeBufferPointer(rebasing: window.bytes[..<end.start]), to: &inference, of: file)
                window.pass(end.next)
            } else if window.isAtEnd {
                return try add(window.bytes, to: &inference, of: file)
            } else {
                try window.extend()
            }
        }
    }

    private static func add(
        _ record: UnsafeBufferPointer<UInt8>, to inference: inout JSONInference, of file: DataFile
    ) throws(ConnectorError) {
        do throws(KernelError) {
            try inference.add(record)
        } catch {
            throw ConnectorError(.badRow, "\(file.path): \(error.message)", hint: error.hint, condition: error.code)
        }
    }

    /// Refuses what no query may ask of columns.
    static func check(_ columns: Schema, _ options: JSONFileOptions) throws(ConnectorError) {
        let name = options.reading.corruptRecordColumn
        if columns.names == [name] {
            throw ConnectorError(
                .invalidSchema,
                "queries from raw JSON files are disallowed when the referenced columns only include the column for"
                    + " corrupt records, \(name)",
                hint: "select another column with it",
                condition: "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN")
        }
        do throws(KernelError) {
            try JSONSchemaRules.check(columns.fields, corruptRecordColumn: name)
        } catch {
            throw ConnectorError(.invalidSchema, error.message, hint: error.hint, condition: error.code)
        }
    }
}
