// Reading a topic back, in a few words, for tests.

import KafkaClient

/// A message as a test looks at it.
package struct ReadMessage: Sendable, Equatable {
    package let offset: Int64
    package let key: [UInt8]?
    package let value: [UInt8]?
    package let timestampMilliseconds: Int64
    package let timestampType: Int32
    package let headers: [KafkaHeader]

    /// The value as text.
    package var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }
}

/// All messages of a partition from `start` to its end (with `read_committed` the last stable offset), and the
/// position there.
package func readToEnd(
    _ partition: TopicPartition, from start: Int64 = 0, options: [String: String], timeoutMilliseconds: Int = 20_000
) throws -> (messages: [ReadMessage], end: Int64) {
    let consumer = try KafkaConsumer(KafkaConfiguration(options), groupId: "millrace-tests")
    defer { consumer.close() }
    _ = try consumer.latestOffsets(
        [partition], timeoutMilliseconds: max(timeoutMilliseconds, 90_000), unknownMilliseconds: 60_000)
    try consumer.assign([partition: start])
    return try readToEnd(partition, of: consumer, timeoutMilliseconds: timeoutMilliseconds)
}

/// The same with a consumer that has the partition assigned.
package func readToEnd(
    _ partition: TopicPartition, of consumer: KafkaConsumer, timeoutMilliseconds: Int = 20_000
) throws -> (messages: [ReadMessage], end: Int64) {
    guard let queue = consumer.queue(for: partition) else {
        throw KafkaError(code: .unknownPartition, message: "\(partition) is not assigned")
    }
    var batch = MessageBatch(capacity: 1_000)
    var messages: [ReadMessage] = []
    var waits = 0
    while true {
        let mark = consumer.arrivals.mark
        try queue.read(into: &batch, maximumCount: 1_000)
        for row in 0..<batch.count {
            let time = batch.timestamp(row)
            messages.append(
                try ReadMessage(
                    offset: batch.offset(row), key: batch.key(row), value: batch.value(row),
                    timestampMilliseconds: time.milliseconds, timestampType: time.type, headers: batch.headers(row)))
        }
        batch.removeAll()
        if queue.end != nil, !queue.hasMessages { return (messages, queue.position) }
        if !consumer.arrivals.wait(since: mark, timeoutMilliseconds: 100) {
            waits += 1
            if let error = consumer.pollEvents().first(where: { $0.topic == partition.topic }) { throw error }
            guard waits * 100 < timeoutMilliseconds else {
                throw KafkaError(code: .timedOut, message: "the end of \(partition) was not reached")
            }
        }
    }
}
