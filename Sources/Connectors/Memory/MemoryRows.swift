// The rows of a table in memory, and who has written them.

import Columns
import Synchronization

/// Rows that several queries may write and everybody may read. Each writer has batches of its own: what one of them
/// writes again or replaces takes nothing away that another has written.
package final class MemoryRows: Sendable {
    private struct Batch {
        /// `nil` where the rows were added for good, outside of any query.
        let writer: String?
        let id: Int64
        let rows: [RecordBatch]
    }

    private struct Content {
        var schema: Schema?
        var batches: [Batch] = []
    }

    /// The table's name, as it was given.
    package let name: String
    /// The columns that were declared; without them the table has those of the query that writes.
    private let declared: Schema?
    private let content: Mutex<Content>

    /// An empty table.
    package init(name: String, schema: Schema? = nil) {
        self.name = name
        declared = schema
        content = Mutex(Content(schema: schema))
    }

    /// The columns, once a query has begun to write.
    package var schema: Schema? { content.withLock { $0.schema } }

    /// All rows as they stand.
    package var rows: [RecordBatch] { content.withLock { $0.batches.flatMap(\.rows) } }

    /// The batches of queries, by their ids, the newest last.
    package var batches: [(id: Int64, rows: [RecordBatch])] {
        content.withLock { $0.batches.filter { $0.writer != nil }.map { ($0.id, $0.rows) } }
    }

    /// Adds rows for good: all or none.
    ///
    /// - Throws: `NOT_NULL_ASSERT_VIOLATION` where a NULL is in a column that was declared without.
    package func append(_ rows: [RecordBatch]) throws(ConnectorError) {
        try check(rows)
        content.withLock { $0.batches.append(Batch(writer: nil, id: 0, rows: rows)) }
    }

    /// Takes rows for good in place of all that are there.
    ///
    /// - Throws: `NOT_NULL_ASSERT_VIOLATION` where a NULL is in a column that was declared without.
    package func replace(_ rows: [RecordBatch]) throws(ConnectorError) {
        try check(rows)
        content.withLock { $0.batches = [Batch(writer: nil, id: 0, rows: rows)] }
    }

    /// A query begins to write rows with these columns.
    func begin(_ schema: Schema) { content.withLock { $0.schema = declared ?? schema } }

    /// Takes a batch of a query in place of the same batch, should it have come before; with `replacesAll` in place of
    /// all batches of this query.
    ///
    /// - Throws: `NOT_NULL_ASSERT_VIOLATION` where a NULL is in a column that was declared without.
    func put(
        _ rows: [RecordBatch], batch id: Int64, of writer: String, replacesAll: Bool
    ) throws(ConnectorError) {
        try check(rows)
        content.withLock { content in
            content.batches.removeAll { $0.writer == writer && (replacesAll || $0.id == id) }
            content.batches.append(Batch(writer: writer, id: id, rows: rows))
        }
    }

    private func check(_ rows: [RecordBatch]) throws(ConnectorError) {
        guard let declared else { return }
        for batch in rows { try NotNullRule.check(batch, against: declared, of: name) }
    }
}
