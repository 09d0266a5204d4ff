// Kafka topics as a table: what lies between two offsets of each partition.

import Columns
import Connectors
import JSONText
import Synchronization

/// The rows between the starting and the ending offsets, both fixed when the table is opened.
final class KafkaTable: TableSource {
    var schema: Schema { source.schema }
    var description: String { source.description }

    private let source: KafkaSource
    private let range = Mutex<(start: JSONValue, end: JSONValue)?>(nil)

    init(_ source: KafkaSource) { self.source = source }

    func open() throws {
        guard range.withLock({ $0 == nil }) else { return }
        try source.open()
        let fixed = try source.fixedRange()
        range.withLock { $0 = fixed }
    }

    private var opened: (start: JSONValue, end: JSONValue) {
        guard let range = range.withLock({ $0 }) else { preconditionFailure("the table was not opened") }
        return range
    }

    var estimatedRowCount: Int { source.estimatedRowCount(from: opened.start, to: opened.end) }

    func readers() throws -> [any PartitionReader] { try source.readers(from: opened.start, to: opened.end) }

    func close() { source.close() }
}
