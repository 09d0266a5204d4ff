// Kafka topics as an at-least-once sink, as Spark's.

import Columns
import Connectors
import KafkaClient
import Synchronization

/// Writes rows without transactions: a batch that was under way in a crash comes again.
final class KafkaPlainSink: AtLeastOnceSink {
    let description: String

    private let options: KafkaSinkOptions
    private let configuration: KafkaConfiguration
    private let queue: QueueBudget
    private let log: LogHandler
    private let state = Mutex(State())

    private struct State {
        var layout: KafkaRowLayout?
        var producer: KafkaProducer?
    }

    init(
        _ options: KafkaSinkOptions, configuration: KafkaConfiguration, queue: QueueBudget,
        log: @escaping LogHandler
    ) throws {
        self.options = options
        description = "KafkaSink[\(options.topic ?? "by column")]"
        self.configuration = configuration
        self.queue = queue
        self.log = log
    }

    func validate(schema: Schema, outputMode: OutputMode) throws {
        let layout = try KafkaRowLayout(
            schema, topic: options.topic, includesHeaders: options.includesHeaders)
        state.withLock { $0.layout = layout }
    }

    func open() throws { _ = try KafkaFailure.mapped { try openProducer() } }

    private func openProducer() throws -> KafkaProducer {
        if let producer = state.withLock({ $0.producer }) { return producer }
        let producer = try newProducer()
        state.withLock { $0.producer = producer }
        return producer
    }

    /// A producer that has asked no broker yet.
    func newProducer() throws -> KafkaProducer {
        try KafkaProducer(configuration, queue: queue, log: KafkaConnection.clientLog(log))
    }

    func deliver(batchID: Int64, rows: [RecordBatch]) throws {
        guard let layout = state.withLock({ $0.layout }) else { preconditionFailure("the sink was not validated") }
        do {
            try KafkaFailure.mapped {
                let producer = try openProducer()
                for batch in rows { try layout.produce(batch) { try producer.produce($0, rows: $1, topic: $2) } }
                try producer.flush(timeoutMilliseconds: 120_000)
            }
        } catch {
            // A producer that has failed once fails for ever, and rows that it still holds must not be sent behind
            // those of the next try.
            close()
            throw error
        }
    }

    func close() {
        state.withLock { state in
            defer { state.producer = nil }
            return state.producer
        }?.close()
    }
}
