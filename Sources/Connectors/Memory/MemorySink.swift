// Keeps the result in memory, where the same process can read it as a table.

import Columns
import Synchronization

/// A table in memory that a query writes, as Spark's `memory` format.
///
/// Append and update add rows, complete replaces them. Rows of a batch that comes again replace those of its first
/// coming, so that within one process the table shows each batch once.
package final class MemorySink: AtLeastOnceSink {
    private struct Content {
        var schema: Schema?
        var outputMode = OutputMode.append
        var batches: [(id: Int64, rows: [RecordBatch])] = []
    }

    package let name: String
    package var description: String { "MemorySink" }
    private let content = Mutex(Content())

    package init(name: String) { self.name = name }

    package func validate(schema: Schema, outputMode: OutputMode) {
        content.withLock {
            $0.schema = schema
            $0.outputMode = outputMode
        }
    }

    package func deliver(batchID: Int64, rows: [RecordBatch]) {
        content.withLock { content in
            if content.outputMode == .complete { content.batches.removeAll() }
            content.batches.removeAll { $0.id == batchID }
            content.batches.append((batchID, rows))
        }
    }

    /// The table as it stands: its columns, once a query has been planned for it, and its rows.
    package var table: (schema: Schema?, batches: [RecordBatch]) {
        content.withLock { content in (content.schema, content.batches.flatMap(\.rows)) }
    }

    /// The batches that the table holds, by their ids, the newest last.
    package var batches: [(id: Int64, rows: [RecordBatch])] { content.withLock { $0.batches } }

    /// Forgets all rows.
    package func clear() { content.withLock { $0.batches.removeAll() } }
}
