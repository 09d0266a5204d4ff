// A stream that a program adds rows to: for tests, and for programs that bring their own data.

import Columns
import JSONText
import Synchronization

/// A source of rows that were added by hand, kept for as long as the process lives.
///
/// Its offset is the number of `add` calls so far, as in Spark's `MemoryStream` (counted from 0, where Spark's first
/// is 0 and its start -1).
package final class MemorySource: ReplayableSource {
    /// The rows, and whoever wants to hear of more of them.
    private struct Content {
        var blocks: [RecordBatch] = []
        var wakes: [ObjectIdentifier: @Sendable () -> Void] = [:]
    }

    /// What all sources on one stream share.
    private final class Shared: Sendable {
        let content = Mutex(Content())
    }

    package let schema: Schema
    package let description: String
    private let shared: Shared
    private let fixedEnd = Mutex<Int?>(nil)
    private let maximumBlocksPerTrigger: Int?

    /// Creates an empty stream. `maximumBlocksPerTrigger` bounds how many `add` calls one micro-batch reads.
    package init(schema: Schema, maximumBlocksPerTrigger: Int? = nil) {
        self.schema = schema
        description = "MemoryStream[\(schema.names.joined(separator: ","))]"
        self.maximumBlocksPerTrigger = maximumBlocksPerTrigger
        shared = Shared()
    }

    /// Creates a source of the same rows for another query: both see what is added to either, and neither's end is the
    /// other's.
    package init(sharing other: MemorySource) {
        schema = other.schema
        description = other.description
        maximumBlocksPerTrigger = other.maximumBlocksPerTrigger
        shared = other.shared
    }

    /// Adds rows; they are part of the next micro-batch that is planned.
    package func add(_ batch: RecordBatch) {
        let wakes = shared.content.withLock { content in
            content.blocks.append(batch)
            return Array(content.wakes.values)
        }
        for wake in wakes { wake() }
    }

    package func initialOffset() -> JSONValue { .integer(0) }

    package func readableRange(from start: JSONValue, limit: ReadLimit) throws -> ReadableRange {
        let first = try block(start)
        let (count, fixedEnd) = (shared.content.withLock { $0.blocks.count }, fixedEnd.withLock { $0 })
        var end = min(count, fixedEnd ?? count)
        if limit == .configured, let maximumBlocksPerTrigger { end = min(end, first + maximumBlocksPerTrigger) }
        return ReadableRange(end: .integer(Int64(max(end, first))), latest: .integer(Int64(count)))
    }

    package func latestOffset() -> JSONValue { .integer(Int64(shared.content.withLock { $0.blocks.count })) }

    package func fixEnd() {
        let count = shared.content.withLock { $0.blocks.count }
        fixedEnd.withLock { $0 = count }
    }

    package func readers(from start: JSONValue, to end: JSONValue) throws -> [any PartitionReader] {
        let range = try block(start)..<max(try block(end), try block(start))
        return try shared.content.withLock { content in
            guard range.upperBound <= content.blocks.count else {
                throw ConnectorError(
                    .dataLoss,
                    "the memory stream holds \(content.blocks.count) blocks, and the checkpoint asks for \(range)",
                    hint: "a memory stream lives as long as its process: start with a new checkpoint")
            }
            return zip(range, content.blocks[range]).map { number, block in
                OneBatchReader(block, of: "block \(number) of \(description)")
            }
        }
    }

    package func estimatedRowCount(from start: JSONValue, to end: JSONValue) -> Int {
        guard let first = try? block(start), let last = try? block(end) else { return 0 }
        return shared.content.withLock { content in
            content.blocks[min(first, content.blocks.count)..<min(max(first, last), content.blocks.count)]
                .reduce(0) { $0 + $1.count }
        }
    }

    package func setDataArrivalHandler(_ wake: @escaping @Sendable () -> Void) {
        shared.content.withLock { $0.wakes[ObjectIdentifier(self)] = wake }
    }

    package func close() {
        _ = shared.content.withLock { $0.wakes.removeValue(forKey: ObjectIdentifier(self)) }
        fixedEnd.withLock { $0 = nil }
    }

    private func block(_ offset: JSONValue) throws -> Int {
        guard case .integer(let number) = offset, number >= 0, let index = Int(exactly: number) else {
            throw ConnectorError(.dataLoss, "\(offset.text) is not an offset of a memory stream", domain: .external)
        }
        return index
    }
}
