// Keeps the result in memory, where the same process can read it as a table.

import Columns
import Synchronization

/// A query's way into a table in memory, as Spark's `memory` format.
///
/// Append and update add rows, complete replaces those that the query has written. Rows of a batch that comes again
/// replace those of its first coming, so that within one process the table shows each batch once.
package final class MemorySink: AtLeastOnceSink {
    private struct State {
        var schema = Schema([])
        var outputMode = OutputMode.append
        /// The table, once the query has started.
        var rows: MemoryRows?
    }

    package var description: String { "MemorySink" }
    private let writer: String
    private let table: @Sendable () -> MemoryRows
    private let state = Mutex(State())

    /// A sink of the query that `writer` names, the same in all its runs. `table` gives the table when the query
    /// has started: one that is only checked, or refused, leaves no trace.
    package init(writer: String, table: @escaping @Sendable () -> MemoryRows) {
        self.writer = writer
        self.table = table
    }

    package func validate(schema: Schema, outputMode: OutputMode) {
        state.withLock { state in
            state.schema = schema
            state.outputMode = outputMode
        }
    }

    package func started() { _ = opened() }

    package func deliver(batchID: Int64, rows: [RecordBatch]) throws {
        let (table, mode) = opened()
        try table.put(rows, batch: batchID, of: writer, replacesAll: mode == .complete)
    }

    private func opened() -> (MemoryRows, OutputMode) {
        state.withLock { state in
            if let rows = state.rows { return (rows, state.outputMode) }
            let rows = table()
            rows.begin(state.schema)
            state.rows = rows
            return (rows, state.outputMode)
        }
    }
}
