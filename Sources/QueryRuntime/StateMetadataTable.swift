// Which state a checkpoint has, as a table: `format("state-metadata")`.

import Columns
import Connectors
import StateStore
import Synchronization

/// Which state a checkpoint has: `format("state-metadata")`.
package final class StateMetadataTable: TableSource {
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
                return ("state metadata[\(path)]", columns)
            },
            makeSource: { try StateMetadataTable(CheckpointRead.path(Options($0.options, options))) }))

    private static let columns = Schema([
        Field("operatorId", .long, isNullable: false), Field("operatorName", .string, isNullable: false),
        Field("stateStoreName", .string, isNullable: false), Field("numPartitions", .integer, isNullable: false),
        Field("minBatchId", .long, isNullable: false), Field("maxBatchId", .long, isNullable: false),
    ])

    package let description: String
    package var schema: Schema { StateMetadataTable.columns }
    package var estimatedRowCount: Int { rows.withLock { $0?.estimatedRowCount ?? 0 } }
    private let path: String
    private let rows = Mutex<MemoryTable?>(nil)

    private init(_ path: String) {
        self.path = path
        description = "state metadata[\(path)]"
    }

    package func open() throws {
        let batch = try CheckpointRead(path).reading(after: nil) { state, newest in
            let oldest = Int64(state.oldestVersion) - 1
            let tables = state.tables
            let lists: [[Value]] = [
                tables.indices.map { .long(Int64($0)) },
                tables.map { .string($0.layout?.operatorName ?? $0.operatorName) },
                tables.map { .string($0.operatorName) }, tables.map { .integer(Int32(clamping: $0.shardCount)) },
                tables.map { _ in .long(oldest) }, tables.map { _ in .long(newest) },
            ]
            return RecordBatch(
                schema: StateMetadataTable.columns,
                columns: zip(lists, StateMetadataTable.columns.fields).map {
                    ValueColumns.column(of: $0, type: $1.type)
                }, count: tables.count)
        }
        rows.withLock { $0 = MemoryTable(name: description, schema: schema, batches: [batch]) }
    }

    package func readers() throws -> [any PartitionReader] {
        let table = rows.withLock { $0 }
        return table?.readers() ?? []
    }

    package func close() { rows.withLock { $0 = nil } }
}
