// What the engine asks of a table: all its rows.

import Columns

/// A source with an end: read whole, and in no offset log. A query reads it once; or, where an option says so, now and
/// then, and opens it each time.
package protocol TableSource: AnyObject, Sendable {
    /// What it reads, for people.
    var description: String { get }
    /// The columns that it delivers, in order.
    var schema: Schema { get }
    /// An estimate of its rows, to decide whether threads are worth waking; `open` comes first.
    var estimatedRowCount: Int { get }

    /// After how long a streaming query reads it again; `nil` is never.
    var refreshMilliseconds: Int64? { get }

    /// Reaches out to the other side, and fixes which rows there are; may fail with a retriable error.
    func open() throws
    /// Which rows there are since `open`: the same text for the same rows. `nil` where the program has them, or where
    /// nothing tells them from others.
    var version: String? { get }
    /// Readers that together deliver every row once.
    func readers() throws -> [any PartitionReader]
    /// Releases what the table holds.
    func close()
}

extension TableSource {
    package var refreshMilliseconds: Int64? { nil }
    package var version: String? { nil }
    package func open() throws {}
    package func close() {}
}

/// Rows that are in memory.
package final class MemoryTable: TableSource {
    package let schema: Schema
    package let description: String
    private let batches: [RecordBatch]

    /// A table of these rows.
    package init(name: String, schema: Schema, batches: [RecordBatch]) {
        description = name
        self.schema = schema
        self.batches = batches
    }

    package var estimatedRowCount: Int { batches.reduce(0) { $0 + $1.count } }

    package func readers() -> [any PartitionReader] {
        var firstRow = 1
        return batches.map { batch in
            defer { firstRow += batch.count }
            return OneBatchReader(batch, of: description, firstRow: firstRow)
        }
    }
}

/// Delivers one batch.
final class OneBatchReader: ReadyReader {
    private var batch: RecordBatch?
    private let source: String
    private let firstRow: Int

    /// Reads rows that `source` is the name of, the first of them being number `firstRow`.
    init(_ batch: RecordBatch, of source: String, firstRow: Int = 1) {
        self.batch = batch
        self.source = source
        self.firstRow = firstRow
    }

    func origin(ofRow row: Int) -> RowOrigin? { RowOrigin(row: firstRow + row, of: source) }

    func read() -> RecordBatch? {
        defer { batch = nil }
        return batch
    }
}
