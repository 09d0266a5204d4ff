// A plain idempotent producer, for generators, tools and tests.

/// Sends messages without transactions, each once.
///
/// Keys are placed by librdkafka's `murmur2_random`, which is Java's placement. For one thread at a time.
package final class KafkaProducer: Sendable {
    private let core: ProducerCore

    /// Makes a producer; no broker is asked yet.
    package init(
        _ configuration: KafkaConfiguration, queue: QueueBudget = QueueBudget(),
        log: @escaping KafkaLogHandler = { _ in }
    ) throws {
        core = try ProducerCore(configuration, queue: queue, owned: [], log: log)
    }

    /// Messages the brokers have confirmed.
    package var deliveredCount: Int { core.deliveries.delivered }

    /// A property as this client has it; nil for one that the library doesn't know.
    package func setting(_ name: String) -> String? { core.client.setting(name) }

    /// Copies a message into the queue, waiting where it is full.
    ///
    /// - Parameters:
    ///   - partition: nil leaves it to the partitioner.
    ///   - timestampMilliseconds: since 1970; 0 stands for now.
    package func send(
        topic: String, key: [UInt8]?, value: [UInt8]?, partition: Int32? = nil, timestampMilliseconds: Int64 = 0,
        headers: [KafkaHeader] = []
    ) throws(KafkaError) {
        try core.send(
            topic, key: key, value: value, partition: partition ?? -1, timestampMilliseconds: timestampMilliseconds,
            headers: headers)
    }

    /// Hands rows of columns to librdkafka; their memory must stay until `flush` returns.
    package func produce(_ columns: ProduceColumns, rows: Range<Int>, topic: String) throws(KafkaError) {
        try core.produce(columns, rows: rows, topic: topic)
    }

    /// Waits until all messages are delivered. Throws the first failure.
    package func flush(timeoutMilliseconds: Int = 60_000) throws(KafkaError) {
        try core.flush(Deadline(milliseconds: timeoutMilliseconds))
    }

    /// Sends one message and waits for it.
    package func sendAndFlush(
        topic: String, key: [UInt8]?, value: [UInt8]?, partition: Int32? = nil, timeoutMilliseconds: Int = 60_000
    ) throws(KafkaError) {
        try send(topic: topic, key: key, value: value, partition: partition)
        try flush(timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Drops what is not delivered and ends the client.
    package func close() { core.close() }
}
