// How much memory a producer may take for rows that are not delivered yet.

/// The memory of one producer for rows that are not delivered yet.
///
/// librdkafka sends values from where they lie; what it takes itself is what it keeps for each row, the row's key
/// included. So rows are limited by their number as well as by their bytes.
package struct QueueBudget: Sendable, Equatable {
    /// What a producer takes unless it is told otherwise.
    package static let usualBytes = 256 << 20
    /// There is no smaller budget.
    package static let floorBytes = 1 << 20

    /// In total.
    package let bytes: Int

    package init(bytes: Int = QueueBudget.usualBytes) { self.bytes = max(Self.floorBytes, bytes) }

    // A producer fills one half of either limit, so that both together are the budget.

    /// `queue.buffering.max.kbytes`: room for a chunk of rows and the largest message, whatever the budget.
    func kilobytes(chunkBytes: Int, largestMessageBytes: Int) -> Int {
        min(2_097_151, max(bytes, chunkBytes + largestMessageBytes) / 1_024 + 1)
    }

    /// `queue.buffering.max.messages`.
    var messages: Int { max(2 * ProducerCore.chunk, bytes / PrefetchBudget.messageOverheadBytes) }
}
