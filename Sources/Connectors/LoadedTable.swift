// Tables whose rows are read whole when they are opened.

import Columns
import Synchronization

/// A table that is read into memory each time that it is opened, and is empty before.
package final class LoadedTable: TableSource {
    package let description: String
    package let schema: Schema
    private let load: @Sendable () throws -> [RecordBatch]
    private let rows = Mutex<MemoryTable?>(nil)

    /// A table of the rows that `load` gives, which have the columns of the schema.
    package init(_ description: String, schema: Schema, _ load: @escaping @Sendable () throws -> [RecordBatch]) {
        self.description = description
        self.schema = schema
        self.load = load
    }

    package var estimatedRowCount: Int { rows.withLock { $0?.estimatedRowCount ?? 0 } }

    package func open() throws {
        let batches = try load()
        rows.withLock { $0 = MemoryTable(name: description, schema: schema, batches: batches) }
    }

    package func readers() throws -> [any PartitionReader] {
        let table = rows.withLock { $0 }
        return table?.readers() ?? []
    }

    package func close() { rows.withLock { $0 = nil } }
}
