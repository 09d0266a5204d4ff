// The state of a LIMIT on a stream: how many rows it has given.

import StateStore

/// A number of rows that is kept from batch to batch: one row of state.
///
/// SAFETY: not synchronised; the runtime and the store give a shard to one thread at a time.
final class GivenRows: StateShard, @unchecked Sendable {
    private(set) var count = 0
    /// The number after the last commit.
    private var committed = 0

    /// Counts rows.
    func add(_ rows: Int) { count += rows }

    func encodeChanges(into writer: inout StateWriter) { writer.write(count) }

    func encodeRows(
        from cursor: StateCursor, byteCount: Int, into writer: inout StateWriter
    ) -> StateCursor? {
        writer.write(count)
        return nil
    }

    func apply(_ reader: inout StateReader) throws(StateFormatError) { count = try reader.readCount() }

    func clear() {
        count = 0
        committed = 0
    }

    func markClean() { committed = count }

    func rollback() -> Bool {
        count = committed
        return true
    }

    var rowCount: Int { count > 0 ? 1 : 0 }
    var updatedCount: Int { count == committed ? 0 : 1 }
    var memoryBytes: Int { 0 }
}
