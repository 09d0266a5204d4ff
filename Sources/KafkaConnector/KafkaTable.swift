// Kafka topics as a table: what lies between two offsets of each partition.

import Columns
import Connectors
import JSONText
import Synchronization

/// The rows between the starting and the ending offsets, both fixed whenever the table is opened.
final class KafkaTable: TableSource {
    var schema: Schema { source.schema }
    var description: String { source.description }

    private let source: KafkaSource
    private let range = Mutex<(start: JSONValue, end: JSONValue)?>(nil)

    let refreshMilliseconds: Int64?

    init(_ source: KafkaSource, refreshMilliseconds: Int64?) {
        self.source = source
        self.refreshMilliseconds = refreshMilliseconds
    }

    func open() throws {
        try source.open()
        let fixed = try source.fixedRange()
        range.withLock { $0 = fixed }
    }

    private var opened: (start: JSONValue, end: JSONValue) {
        guard let range = range.withLock({ $0 }) else { preconditionFailure("the table was not opened") }
        return range
    }

    /// Of the offsets between which it is read.
    var version: String? {
        var version = TableVersion()
        version.add(opened.start.text)
        version.add(opened.end.text)
        return version.text
    }

    var estimatedRowCount: Int { source.estimatedRowCount(from: opened.start, to: opened.end) }

    func readers() throws -> [any PartitionReader] { try source.readers(from: opened.start, to: opened.end) }

    func close() { source.close() }
}
