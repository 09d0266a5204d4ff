// Files as the registry of connectors sees them.

import Columns
import Connectors

/// The formats of files.
package enum FileConnection {
    /// `format("json")`.
    package static let json = ConnectorProvider(
        "json",
        stream: StreamProvider(
            options: JSONFileOptions.stream, canPrune: true, describing: { try describeStream($0, $1) },
            makeSource: { request in
                let options = try Options(request.options, JSONFileOptions.stream)
                let json = try JSONFileOptions(options, zone: request.context.zone)
                try JSONFiles.check(request.columns, json)
                return JSONStream(
                    columns: request.columns, listing: try FileListing(options, takesTimes: false), options: json,
                    limits: try FileLimits(options), log: request.context.log)
            }),
        table: TableProvider(
            options: JSONFileOptions.table, canPrune: true, describing: { try describeTable($0, $1) },
            makeSource: { request in
                let options = try Options(request.options, JSONFileOptions.table)
                let json = try JSONFileOptions(options, zone: request.context.zone)
                try JSONFiles.check(request.columns, json)
                return JSONTable(
                    columns: request.columns, listing: try FileListing(options, takesTimes: true), options: json,
                    log: request.context.log)
            }))

    /// A table's columns: those that are given or inferred, and those of its folders.
    private static func describeTable(
        _ values: [String: String], _ given: Schema?
    ) throws -> (name: String, schema: Schema) {
        let options = try Options(values, JSONFileOptions.table)
        let json = try JSONFileOptions(options)
        let listing = try FileListing(options, takesTimes: true)
        guard let files = try listing.files() else { throw JSONFiles.missing(listing.path) }
        let records = try given ?? JSONFiles.infer(files, json)
        return ("json[\(listing.path)]", JSONFiles.columns(records, folders: PartitionColumns.infer(files)).nullable)
    }

    /// A stream's columns: those that are given.
    private static func describeStream(
        _ values: [String: String], _ given: Schema?
    ) throws -> (name: String, schema: Schema) {
        let options = try Options(values, JSONFileOptions.stream)
        let listing = try FileListing(options, takesTimes: false)
        guard let given else {
            throw ConnectorError(
                .invalidSchema, "schema must be specified when creating a streaming source DataFrame",
                hint:
                    "say it: .schema(\"name STRING, amount INT\"); read.json(path).schema infers that of files"
            )
        }
        guard try listing.hasWildcards || listing.files() != nil else { throw JSONFiles.missing(listing.path) }
        return ("json[\(listing.path)]", given.nullable)
    }
}

extension Schema {
    /// The same columns, each of which may be NULL, all the way down: a record may lack anything.
    fileprivate var nullable: Schema { Schema(fields.map { Field($0.name, $0.type.nullable) }) }
}

extension DataType {
    fileprivate var nullable: DataType {
        switch self {
        case .array(let element, _): .array(element.nullable, containsNull: true)
        case .map(let key, let value, _): .map(key: key, value: value.nullable, valueContainsNull: true)
        case .structure(let fields): .structure(fields.map { Field($0.name, $0.type.nullable) })
        default: self
        }
    }
}
