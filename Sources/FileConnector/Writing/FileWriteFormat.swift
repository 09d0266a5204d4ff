// What a format says of itself to be written: the rest is the same for all.

import Columns
import Compression
import Connectors
import DurableFiles

/// Writes the rows of one file, of whatever format. Used by one thread at a time.
package protocol RowFileWriter: AnyObject {
    /// Writes what stands before the first row.
    func begin(_ file: FileOutput) throws
    /// Takes rows of a batch, all of which count, from one on: up to the last, or until the file has about as many
    /// bytes as it may have. Tells which is the first that it didn't take. Their bytes may come later.
    func write(_ rows: RecordBatch, from first: Int, to file: FileOutput, limit: Int64) throws -> Int
    /// Writes what was held back, and what stands behind the last row.
    func finish(_ file: FileOutput) throws
    /// About how many bytes are held back, as they will be in the file.
    var heldBytes: Int64 { get }
}

extension RowFileWriter {
    package func begin(_ file: FileOutput) throws {}
    package func finish(_ file: FileOutput) throws {}
    package var heldBytes: Int64 { 0 }
}

/// How rows become files of one format, with the options that were given.
package protocol FileWriteFormat: Sendable {
    /// As users write it.
    static var name: String { get }
    /// The options of the format.
    static var writeOptions: [OptionEntry] { get }
    static var writeRefusals: [OptionTable.Refusal] { get }

    /// Reads the options, in a session of this time zone.
    ///
    /// - Throws: `INVALID_OPTION` for the first that can't be done.
    init(writing options: Options, zone: TimeZone) throws(ConnectorError)

    /// What a file's name ends with: `.json`, `.json.gz`.
    var nameExtension: String { get }
    /// What compresses files as a whole; `nil` where none does, or the format does so itself.
    var compression: StreamCodec? { get }
    /// The zone whose clocks folders of timestamps show.
    var zone: TimeZone { get }
    /// Whether a table without rows leaves a file, since one says which columns there are.
    var writesEmptyFile: Bool { get }
    /// Refuses columns that the format has no way to write. Those of folders are none of these.
    func checkWritable(_ columns: Schema) throws(ConnectorError)
    /// A writer of one file.
    func writer(_ columns: Schema) throws -> any RowFileWriter
}

extension FileWriteFormat {
    package var writesEmptyFile: Bool { false }
    package var compression: StreamCodec? { nil }

    /// The codec that an option names, for files of text.
    static func compression(_ options: Options) throws(ConnectorError) -> StreamCodec? {
        guard let name = options.string("compression") else { return nil }
        switch name.lowercased() {
        case "none", "uncompressed": return nil
        case "gzip": return .gzip
        case "zstd": return .zstd
        default: throw options.invalid("compression", name, hint: "it takes none, uncompressed, gzip or zstd")
        }
    }

    /// What ends a line.
    static func lineEnd(_ options: Options) throws(ConnectorError) -> [UInt8] {
        try FileOptions.checkEncoding(options)
        guard let end = options.string("lineSep") else { return [0x0A] }
        guard !end.isEmpty else { throw options.invalid("lineSep", end, hint: "it can't be empty") }
        return Array(end.utf8)
    }

    /// The refusal of a column for its type, in Spark's words.
    static func unsupported(_ field: Field, as name: String) -> ConnectorError {
        ConnectorError(
            .invalidSchema,
            "the \(name) datasource doesn't support the column `\(field.name)` of the type \(field.type)",
            hint: "cast it: CAST(\(field.name) AS STRING), or take to_json(\(field.name))",
            condition: "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE")
    }
}

/// How much of a file is made at once.
enum FilePiece {
    private static let least: Int64 = 4 << 10
    private static let most: Int64 = 256 << 10

    /// About so many bytes of text are made next: a file is hardly larger than its limit.
    static func bytes(of file: FileOutput, limit: Int64) -> Int {
        Int(min(max(limit - file.byteCount, least), most))
    }
}

extension StreamCodec {
    /// What stands behind the rest of a file's name.
    var nameExtension: String { self == .gzip ? ".gz" : ".zst" }
}
