// Which columns of rows go into files, and which name the folders that the files lie in.

import Columns
import Connectors

/// The columns of files and those of folders.
struct FileLayout: Sendable {
    /// The columns of the files, in order.
    let columns: Schema
    /// Where they stand among the columns of the rows.
    let places: [Int]
    /// The columns that name folders, from the outermost, and where they stand among the columns of the rows.
    let folders: [Field]
    let folderPlaces: [Int]

    /// Divides the columns of rows.
    ///
    /// - Throws: where a name of `partitionBy` is none of a column, comes twice, or its column has no text; where no
    ///   column is left; and what the format refuses.
    init(_ schema: Schema, partitionBy names: [String], format: any FileWriteFormat) throws(ConnectorError) {
        var folderPlaces: [Int] = []
        for name in names {
            let found = schema.indices(named: name)
            guard let place = found.first, found.count == 1 else { throw Self.unknown(name, schema) }
            guard !folderPlaces.contains(place) else {
                throw ConnectorError(
                    .invalidSchema, "the column `\(name)` already exists among those of partitionBy",
                    hint: "name each column once", condition: "COLUMN_ALREADY_EXISTS")
            }
            switch schema.fields[place].type {
            case .array, .map, .structure, .binary, .variant, .null:
                throw ConnectorError(
                    .invalidSchema, "cannot use \(schema.fields[place].type) for partition column",
                    hint: "a folder is named for a number, a text, a date or a time",
                    condition: "INVALID_PARTITION_COLUMN_DATA_TYPE")
            default: folderPlaces.append(place)
            }
        }
        guard names.isEmpty || folderPlaces.count < schema.count else {
            throw ConnectorError(
                .invalidSchema, "cannot use all columns for partition columns",
                hint: "leave a column for the files", condition: "ALL_PARTITION_COLUMNS_NOT_ALLOWED")
        }
        self.folderPlaces = folderPlaces
        folders = folderPlaces.map { schema.fields[$0] }
        let places = schema.fields.indices.filter { !folderPlaces.contains($0) }
        self.places = places
        columns = Schema(places.map { schema.fields[$0] })
        try Self.checkNames(schema)
        try format.checkWritable(columns)
    }

    /// As in Spark the names of columns differ by more than the case of their letters: a reader couldn't tell.
    private static func checkNames(_ schema: Schema) throws(ConnectorError) {
        var seen: Set<String> = []
        for name in schema.names where !seen.insert(name.lowercased()).inserted {
            throw ConnectorError(
                .invalidSchema, "the column `\(name)` already exists", hint: "name one of them otherwise: AS ...",
                condition: "COLUMN_ALREADY_EXISTS")
        }
    }

    private static func unknown(_ name: String, _ schema: Schema) -> ConnectorError {
        ConnectorError(
            .invalidSchema, "partition column `\(name)` not found in the columns of the rows",
            hint: "columns: \(schema.names.joined(separator: ", "))", condition: "PARTITION_COLUMN_NOT_FOUND_IN_SCHEMA")
    }

    /// The columns of the files alone.
    func fileRows(_ batch: RecordBatch) -> RecordBatch {
        RecordBatch(
            schema: columns, columns: places.map { batch.columns[$0] }, count: batch.physicalCount,
            selection: batch.selection)
    }
}

extension PartitionValue {
    /// The folder's name: `name=value` with what a path can't have as `%3A` and its like; NULL, and as in Spark the
    /// empty text, too, by the name that Hive gives it.
    var folder: String {
        let text = value.flatMap { $0.isEmpty ? nil : Self.escaped($0) } ?? "__HIVE_DEFAULT_PARTITION__"
        return Self.escaped(name) + "=" + text
    }

    private static let marked: Set<UInt8> = Set(Array("\"#%'*/:=?\\{[]^".utf8) + [0x7F])

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || marked.contains($0) }) else { return text }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte < 0x20 || marked.contains(byte) {
                bytes += Hexadecimal.escape(byte)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Bytes as two digits.
enum Hexadecimal {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// `%3A` for a colon.
    static func escape(_ byte: UInt8) -> [UInt8] {
        [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
