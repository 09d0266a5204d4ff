// The program's own code as a sink, row by row.

import Columns
import Connectors

/// Takes the rows of a stream one by one; Spark's `ForeachWriter`.
///
/// For each batch, one without rows as well: `open`, then `process` for each row where `open` has said so, then
/// `close`. All calls of a query come from one thread, its own.
public protocol ForeachWriter: AnyObject, Sendable {
    /// A batch begins. Returns whether its rows are wanted: a writer that remembers the ids of the batches that it has
    /// written says no where one comes again.
    ///
    /// The same `epochID`, the batch's id, always has the same rows, as far as they are of streams: a table that has
    /// changed is read anew when a batch comes again. They come as one partition: `partitionID` is 0.
    func open(partitionID: Int64, epochID: Int64) throws -> Bool

    /// Takes a row.
    func process(_ row: Row) throws

    /// The batch ends: with what `open` or `process` has thrown, where they have.
    func close(_ error: (any Error)?)
}

extension ForeachWriter {
    /// Wants all rows.
    public func open(partitionID: Int64, epochID: Int64) throws -> Bool { true }

    /// Does nothing.
    public func close(_ error: (any Error)?) {}

    /// The calls as the sink makes them.
    var calls: ForeachSink.Calls {
        ForeachSink.Calls(
            open: { try self.open(partitionID: 0, epochID: $0) }, process: { try self.process($0) },
            close: { self.close($0) })
    }
}

/// A function that takes rows.
final class FunctionWriter: ForeachWriter {
    private let body: @Sendable (Row) throws -> Void

    init(_ body: @escaping @Sendable (Row) throws -> Void) { self.body = body }

    func process(_ row: Row) throws { try body(row) }
}
