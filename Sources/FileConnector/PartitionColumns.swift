// Columns out of the names of folders.

import Columns
import Connectors

/// What folders `name=value` give as columns.
enum PartitionColumns {
    /// The types of the values of all files, by Spark's rules: INT, BIGINT, DOUBLE, DATE, TIMESTAMP, or STRING.
    static func infer(_ files: [DataFile]) -> [Field] {
        guard let first = files.first(where: { !$0.partition.isEmpty }) else { return [] }
        return first.partition.indices.map { index in
            var type: DataType = .null
            for file in files where index < file.partition.count {
                type = wider(type, file.partition[index].value.map(typeOf) ?? .null)
            }
            return Field(first.partition[index].name, type == .null ? .string : type)
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

    private static func typeOf(_ text: String) -> DataType {
        if Int32(text) != nil { return .integer }
        if Int64(text) != nil { return .long }
        var copy = text
        return copy.withUTF8 { bytes -> DataType in
            let digits = bytes.allSatisfy { $0 &- 48 <= 9 || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }
            if digits, Double(text) != nil { return .double }
            guard bytes.count >= 10 else { return .string }
            if bytes.count == 10, CalendarText.parseDate(bytes) != nil { return .date }
            return CalendarText.parseTimestamp(bytes) == nil ? .string : .timestamp
        }
    }

    private static func wider(_ a: DataType, _ b: DataType) -> DataType {
        if a == b || b == .null { return a }
        if a == .null { return b }
        let numbers: [DataType] = [.integer, .long, .double]
        if let x = numbers.firstIndex(of: a), let y = numbers.firstIndex(of: b) { return numbers[max(x, y)] }
        return [a, b].allSatisfy { $0 == .date || $0 == .timestamp } ? .timestamp : .string
    }

    /// A folder's value for each of so many rows; times are those of clocks of a zone.
    ///
    /// - Throws: where it is no value of the type.
    static func column(
        _ text: String?, _ type: DataType, count: Int, in zone: TimeZone, of file: DataFile
    ) throws(ConnectorError) -> ColumnVector {
        guard let text else { return NullKernels.nulls(type: type, count: count) }
        let one = ValueColumns.column(of: [.string(text)], type: .string)
        do throws(KernelError) {
            let value = try CastKernel.cast(one, to: type, isTry: false, in: zone)
            return ColumnVector(repeating: value, count: count).materialized()
        } catch {
            throw ConnectorError(
                .invalidSchema, "the folder value '\(text)' of \(file.path) is no \(type)", hint: error.hint,
                condition: error.code)
        }
    }
}
