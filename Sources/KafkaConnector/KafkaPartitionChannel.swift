// One assigned partition: the messages that were fetched, and where reading stands.

import Columns
import KafkaClient

/// One assigned partition with the messages that were fetched beyond the last batch's end.
///
/// SAFETY: used by the control thread between batches and by one worker during a batch, never by both.
final class KafkaPartitionChannel: @unchecked Sendable {
    let queue: PartitionQueue
    private let consumer: KafkaConsumer
    private var batch = MessageBatch(capacity: KafkaPartitionChannel.rowsPerRead)
    /// The first offset that no batch has taken.
    private(set) var nextOffset: Int64
    /// An offset at which no batch begins.
    private static let nowhere: Int64 = -1
    /// What is taken out of librdkafka's queue at once no longer counts there, and so it is little.
    private static let rowsPerRead = 4_096
    private static let bytesPerRead = 1 << 20

    init(queue: PartitionQueue, nextOffset: Int64, consumer: KafkaConsumer) {
        self.queue = queue
        self.nextOffset = nextOffset
        self.consumer = consumer
    }

    var partition: TopicPartition { queue.partition }

    /// Whether messages are there that no batch has taken; drains what isn't a message.
    func hasArrivals() throws(KafkaError) -> Bool {
        guard batch.isEmpty, queue.hasMessages else { return !batch.isEmpty }
        do {
            try queue.read(into: &batch, maximumCount: batch.capacity)
        } catch {
            // What came behind the error is gone: the partition has to be assigned anew.
            nextOffset = KafkaPartitionChannel.nowhere
            throw error
        }
        return !batch.isEmpty
    }

    /// The next rows below `end` that are here already, copied by `copy`; `nil` where there are none.
    func take(
        below end: Int64, maximumRows: Int, maximumBytes: Int,
        copy: (borrowing MessageBatch, MessageExtent) throws -> RecordBatch
    ) throws -> RecordBatch? {
        let extent = batch.measure(endOffset: end, maximumRows: maximumRows, maximumBytes: maximumBytes)
        if extent.rows > 0 {
            let last = batch.offset(extent.rows - 1)
            let columns = try copy(batch, extent)
            batch.removeFirst(extent.rows)
            nextOffset = last + 1
            return columns
        }
        if extent.reachesEnd { nextOffset = end }
        return nil
    }

    /// Fetches more; returns whether there may be rows now. Offsets that were passed without rows count as taken.
    ///
    /// `rowBytes` is the usual size of a row, by which large rows are taken a few at a time.
    func fetch(towards end: Int64, rowBytes: Int?) throws(KafkaError) -> Bool {
        guard batch.isEmpty else { return true }
        let count = max(16, min(batch.capacity, Self.bytesPerRead / max(1, rowBytes ?? 1_024)))
        let rows = try queue.read(into: &batch, maximumCount: count)
        // Control records and aborted transactions leave gaps: the queue's position passes them.
        if rows == 0, queue.position >= end { nextOffset = max(nextOffset, end) }
        return rows > 0
    }

    /// Goes on at `offset`, whatever was fetched and whatever went wrong before.
    func restart(at offset: Int64) throws(KafkaError) {
        batch.removeAll()
        nextOffset = KafkaPartitionChannel.nowhere
        try consumer.restart(partition, at: offset)
        nextOffset = offset
    }

    /// Takes what lies below `offset` for read; the partition has to be assigned anew before it is read again.
    func giveUp(to offset: Int64) {
        batch.removeAll()
        nextOffset = max(nextOffset, offset)
        isBroken = true
    }

    /// Whether the partition has to be assigned anew before it is read again, wherever it stands.
    private(set) var isBroken = false
}
