// Files of Parquet: columns in row groups.

import Columns
import Connectors
import Parquet

/// How files of Parquet are read.
struct ParquetFormat: FileFormat {
    static let name = "parquet"
    static let usualSchema: Schema? = nil
    static let options: [OptionEntry] = []
    static let inferenceOptions = [
        OptionEntry("mergeSchema", "the columns of all files, not those of the first", defaultValue: "false")
    ]
    static let refusals: [OptionTable.Refusal] = [
        .init("datetimeRebaseMode", because: "dates and times are read as they were written"),
        .init("int96RebaseMode", because: "dates and times are read as they were written"),
    ]

    let zone: TimeZone
    private let merges: Bool
    /// Between row groups.
    let canDivide = true

    init(_ options: Options, zone: TimeZone) throws(ConnectorError) {
        self.zone = zone
        merges = options.knows("mergeSchema") ? try options.boolean("mergeSchema") ?? false : false
    }

    func check(_ wanted: Schema) {}

    func reader(of parts: [FilePart], _ scan: FileScan) -> any PartitionReader { ParquetFileReader(parts, scan) }

    func infer(_ files: [DataFile], _ settings: FileSettings) throws(ConnectorError) -> Schema {
        var schema: Schema?
        for file in files where file.size > 0 {
            guard let next = try schemaOf(file, settings) else { continue }
            guard merges else { return next }
            schema =
                try schema.map { (before) throws(ConnectorError) in
                    guard let merged = Self.merged(before.fields, next.fields) else {
                        throw ConnectorError(
                            .invalidSchema,
                            "failed merging schemas: \(before) and \(next) of \(file.path) have a column of two types",
                            hint: "say the schema: .schema(\"name STRING, ...\")", condition: "CANNOT_MERGE_SCHEMAS")
                    }
                    return Schema(merged)
                } ?? next
        }
        guard let schema else { throw Self.nothingToInfer }
        return schema
    }

    /// The columns of a file; `nil` where it is left out.
    private func schemaOf(_ file: DataFile, _ settings: FileSettings) throws(ConnectorError) -> Schema? {
        do throws(ConnectorError) {
            let input = try ParquetFileInput(file)
            return try input.attempt { () throws(ParquetError) in try ParquetFooter(input).schema() }
        } catch {
            let isGone = error.code == .notFound
            if isGone ? settings.ignoresMissingFiles : settings.ignoresCorruptFiles { return nil }
            throw isGone ? FileErrors.gone(file) : error
        }
    }

    /// The fields of both, those of the second behind; `nil` where one has two types.
    private static func merged(_ fields: [Field], _ others: [Field]) -> [Field]? {
        var result = fields
        for other in others {
            guard let index = result.firstIndex(where: { $0.name.lowercased() == other.name.lowercased() }) else {
                result.append(other)
                continue
            }
            guard let type = merged(result[index].type, other.type) else { return nil }
            result[index] = Field(result[index].name, type)
        }
        return result
    }

    private static func merged(_ type: DataType, _ other: DataType) -> DataType? {
        switch (type, other) {
        case (.structure(let fields), .structure(let others)): merged(fields, others).map { .structure($0) }
        case (.array(let element, _), .array(let otherElement, _)):
            merged(element, otherElement).map { .array($0, containsNull: true) }
        case (.map(let key, let value, _), .map(let otherKey, let otherValue, _)):
            merged(key, otherKey).flatMap { key in
                merged(value, otherValue).map { .map(key: key, value: $0, valueContainsNull: true) }
            }
        default: type == other ? type : nil
        }
    }
}
