// Columns out of the names of folders.

import Columns
import Connectors

/// What folders `name=value` give as columns.
enum PartitionColumns {
    /// The types of the values of all files; `unknown` is the one where all are NULL.
    static func infer(_ files: [DataFile], unknown: DataType = .string) -> [Field] {
        guard let first = files.first(where: { !$0.partition.isEmpty }) else { return [] }
        return first.partition.indices.map { index in
            var type: DataType = .null
            for file in files where index < file.partition.count {
                type = FolderValue.wider(type, file.partition[index].written.map(FolderValue.type(of:)) ?? .null)
            }
            return Field(first.partition[index].name, type == .null ? unknown : type)
        }
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

    /// The same where the columns of the records were inferred: what the folders say counts, where the records have the
    /// column.
    static func columns(inferred records: Schema, folders: [Field]) -> Schema {
        var fields = records.fields
        for folder in folders {
            if let index = fields.firstIndex(where: { $0.name.lowercased() == folder.name.lowercased() }) {
                fields[index] = folder
            } else {
                fields.append(folder)
            }
        }
        return Schema(fields)
    }

    /// A folder's value for each of so many rows; times are those of clocks of a zone.
    ///
    /// - Throws: where it is no value of the type.
    static func column(
        _ text: String?, _ type: DataType, count: Int, in zone: TimeZone, of file: DataFile
    ) throws(ConnectorError) -> ColumnVector {
        guard let text else { return NullKernels.nulls(type: type, count: count) }
        guard CastKernel.canCast(from: .string, to: type) else { throw isNone(text, type, of: file) }
        let one = ValueColumns.column(of: [.string(text)], type: .string)
        do throws(KernelError) {
            let value = try CastKernel.cast(one, to: type, isTry: false, in: zone)
            return ColumnVector(repeating: value, count: count).materialized()
        } catch {
            throw isNone(text, type, of: file)
        }
    }

    private static func isNone(_ text: String, _ type: DataType, of file: DataFile) -> ConnectorError {
        ConnectorError(
            .invalidSchema, "the folder value '\(text)' of \(file.path) is no \(type)",
            hint: "types of folders that no schema declares are those of the folders that there are when a query "
                + "starts: declare the column in the schema, with a type that takes all values, such as STRING",
            condition: "INVALID_PARTITION_VALUE")
    }
}
