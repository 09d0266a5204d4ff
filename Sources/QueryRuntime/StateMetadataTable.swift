// Which state a checkpoint has, as a table: `format("state-metadata")`.

import Columns
import Connectors
import StateStore

/// Which state a checkpoint has: `format("state-metadata")`.
package enum StateMetadataTable {
    private static let options = OptionTable(
        "the state-metadata source", [OptionEntry("path", "the checkpoint's directory")])

    /// `format("state-metadata")`.
    package static let provider = ConnectorProvider(
        "state-metadata",
        table: TableProvider(
            options: options, takesSchema: false,
            describing: { values, given in
                try StateTable.refuse(given)
                let path = try CheckpointRead.path(Options(values, options))
                return (name(path), columns)
            },
            makeSource: {
                let path = try CheckpointRead.path(Options($0.options, options))
                return LoadedTable(name(path), schema: columns) { try rows(path) }
            }))

    private static let columns = Schema([
        Field("operatorId", .long, isNullable: false), Field("operatorName", .string, isNullable: false),
        Field("stateStoreName", .string, isNullable: false), Field("numPartitions", .integer, isNullable: false),
        Field("minBatchId", .long, isNullable: false), Field("maxBatchId", .long, isNullable: false),
    ])

    private static func name(_ path: String) -> String { "state metadata[\(path)]" }

    private static func rows(_ path: String) throws -> [RecordBatch] {
        try CheckpointRead(path).reading(after: nil) { state, newest in
            let oldest = Int64(state.oldestVersion) - 1
            let tables = state.tables
            let lists: [[Value]] = [
                tables.indices.map { .long(Int64($0)) },
                tables.map { .string($0.layout?.operatorName ?? $0.operatorName) },
                tables.map { .string($0.operatorName) }, tables.map { .integer(Int32(clamping: $0.shardCount)) },
                tables.map { _ in .long(oldest) }, tables.map { _ in .long(newest) },
            ]
            let values = zip(lists, columns.fields).map { ValueColumns.column(of: $0, type: $1.type) }
            return [RecordBatch(schema: columns, columns: values, count: tables.count)]
        }
    }
}
