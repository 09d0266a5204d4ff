// A table whose rows stop when nobody wants them any more.

import Columns

/// Another table, read until it is interrupted.
package final class InterruptibleTable: TableSource {
    private let table: any TableSource
    private let isInterrupted: @Sendable () -> Bool

    package init(_ table: any TableSource, isInterrupted: @escaping @Sendable () -> Bool) {
        self.table = table
        self.isInterrupted = isInterrupted
    }

    package var description: String { table.description }
    package var schema: Schema { table.schema }
    package var estimatedRowCount: Int { table.estimatedRowCount }
    package var version: String? { table.version }
    package func open() throws { try table.open() }
    package func close() { table.close() }

    package func readers() throws -> [any PartitionReader] {
        try table.readers().map { Reader($0, isInterrupted) }
    }

    /// Another reader, until it is interrupted.
    package final class Reader: PartitionReader {
        private let reader: any PartitionReader
        private let isInterrupted: @Sendable () -> Bool

        package init(_ reader: any PartitionReader, _ isInterrupted: @escaping @Sendable () -> Bool) {
            self.reader = reader
            self.isInterrupted = isInterrupted
        }

        package func poll(waitMilliseconds: Int) throws -> ReadStep {
            if isInterrupted() { throw ConnectorError(.cancelled, "the query was interrupted") }
            return try reader.poll(waitMilliseconds: waitMilliseconds)
        }

        package var isAlwaysReady: Bool { reader.isAlwaysReady }

        package func origin(ofRow row: Int) -> RowOrigin? { reader.origin(ofRow: row) }
    }
}
