// The messages of one assigned partition, in order.

import CRdKafka

/// Where one partition's messages arrive.
///
/// SAFETY: read by one thread at a time; handing it to another thread is the caller's synchronisation.
package final class PartitionQueue: @unchecked Sendable {
    package let partition: TopicPartition
    /// All rows below this offset have been put into a batch. Moves past control records when the end is reached.
    package private(set) var position: Int64 = 0
    /// The end of the partition when it was last reached (with `read_committed` the last stable offset); nil while
    /// there is more.
    package private(set) var end: Int64?

    private let pointer: OpaquePointer
    private let client: ClientHandle
    /// Kept as long as librdkafka may call it.
    private let arrivals: QueueSignal

    /// Takes `pointer` over; `arrivals` is woken when messages come into the empty queue.
    init(_ pointer: OpaquePointer, partition: TopicPartition, client: ClientHandle, arrivals: QueueSignal) {
        self.pointer = pointer
        self.partition = partition
        self.client = client
        self.arrivals = arrivals
        rd_kafka_queue_cb_event_enable(pointer, QueueSignal.callback, Unmanaged.passUnretained(arrivals).toOpaque())
    }

    deinit {
        // Takes the queue's lock, under which the callback runs: afterwards nobody calls `arrivals`.
        rd_kafka_queue_cb_event_enable(pointer, nil, nil)
        rd_kafka_queue_destroy(pointer)
    }

    /// Whether a read would find something without waiting.
    package var hasMessages: Bool { rd_kafka_queue_length(pointer) > 0 }

    func restart(at offset: Int64) {
        position = offset
        end = nil
    }

    /// Appends messages to `batch`, at most `maximumCount` and what it has room for, and returns how many rows came.
    ///
    /// With a timeout above 0 librdkafka waits until the batch is full or the time is over, even when messages are
    /// there: use 0 after `QueueSignal.wait`, or at most 1. Throws on an error of the partition and on offsets that do
    /// not increase; rows read before the error are in the batch, and rows behind it are dropped, so that reading has
    /// to be assigned anew from `position`.
    @discardableResult
    package func read(
        into batch: inout MessageBatch, maximumCount: Int, timeoutMilliseconds: Int = 0
    ) throws(KafkaError) -> Int {
        let room = batch.room(maximumCount)
        guard room > 0 else { return 0 }
        batch.keepAlive(client)
        let target = batch.messages + batch.end
        let received = rd_kafka_consume_batch_queue(pointer, Int32(clamping: timeoutMilliseconds), target, room)
        guard received >= 0 else {
            throw client.describe(
                KafkaErrorCode(rd_kafka_last_error()), text: "", doing: "reading", topic: partition.topic,
                partition: partition.partition)
        }
        return try take(received, from: target, into: &batch)
    }

    /// Sorts what librdkafka gave: rows stay, ends of the partition move the position, an error ends the batch.
    private func take(
        _ received: Int, from target: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>,
        into batch: inout MessageBatch
    ) throws(KafkaError) -> Int {
        var rows = 0
        var position = position
        var end = received > 0 ? nil : self.end
        var failure: KafkaError?
        for index in 0..<received {
            guard let message = target[index] else { continue }
            if failure == nil, message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
                let offset = message.pointee.offset
                if offset >= position {
                    position = offset &+ 1
                    end = nil
                    target[rows] = message
                    rows &+= 1
                    continue
                }
                failure = KafkaError(
                    code: .inconsistent, message: "an offset came again: \(offset), where \(position) was expected",
                    topic: partition.topic, partition: partition.partition, offset: offset)
            } else if failure == nil, message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF {
                position = max(position, message.pointee.offset)
                end = message.pointee.offset
            } else if failure == nil {
                failure = client.error(of: message, doing: "reading")
            }
            rd_kafka_message_destroy(message)
        }
        batch.append(rows)
        self.position = position
        self.end = end
        if let failure { throw failure }
        return rows
    }
}
