// What a format says of itself to be written: the rest is the same for all.

import Columns
import Compression
import Connectors
import DurableFiles

/// Writes the rows of one file, or of one after the other, of whatever format. Used by one thread at a time.
package protocol RowFileWriter: AnyObject {
    /// Whether it goes on with the next file when one is finished.
    var takesNextFile: Bool { get }
    /// Writes what stands before the first row.
    func begin(_ file: FileOutput) throws
    /// Takes rows of a batch, all of which count, of a range: up to its end, or until the file has about as many bytes
    /// as it may have. Tells which is the first that it didn't take. Their bytes may come later. A range that doesn't
    /// begin with the batch's first row goes on with the batch of the call before, maybe in another file: what was
    /// made of all its rows is made once.
    func write(_ rows: RecordBatch, _ range: Range<Int>, to file: FileOutput, limit: Int64) throws -> Int
    /// Writes what was held back, and what stands behind the last row.
    func finish(_ file: FileOutput) throws
    /// About how many bytes are held back, as they will be in the file.
    var heldBytes: Int64 { get }
}

extension RowFileWriter {
    package var takesNextFile: Bool { false }
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

    /// Writes texts of rows of a range piece by piece, until the file has as many bytes as it may have; gives the first
    /// row that it didn't write. `make` makes about so many bytes from a row on, and tells the row behind them.
    static func write(
        _ range: Range<Int>, to file: FileOutput, limit: Int64,
        _ make: (_ row: Int, _ bytes: Int) -> (bytes: ColumnVector, next: Int)
    ) throws -> Int {
        var row = range.lowerBound
        repeat {
            let (text, next) = make(row, bytes(of: file, limit: limit))
            try file.append(text)
            row = next
        } while row < range.upperBound && file.byteCount < limit
        return row
    }

    /// About so many bytes of text are made next: a file is hardly larger than its limit.
    private static func bytes(of file: FileOutput, limit: Int64) -> Int {
        Int(min(max(limit - file.byteCount, least), most))
    }
}

extension StreamCodec {
    /// What stands behind the rest of a file's name.
    var nameExtension: String { self == .gzip ? ".gz" : ".zst" }
}
