// Kafka topics as an at-least-once sink, as Spark's.

import Columns
import Connectors
import KafkaClient
import Synchronization

/// Writes rows without transactions: a batch that was under way in a crash comes again.
final class KafkaPlainSink: AtLeastOnceSink {
    var description: String { "KafkaSink[\(options.topic ?? "by column")]" }

    private let options: KafkaSinkOptions
    private let configuration: KafkaConfiguration
    private let log: KafkaConnection.LogHandler
    private let state = Mutex(State())

    private struct State {
        var layout: KafkaRowLayout?
        var producer: KafkaProducer?
    }

    init(_ options: KafkaSinkOptions, configuration: KafkaConfiguration, log: @escaping KafkaConnection.LogHandler) throws {
        self.options = options
        self.configuration = configuration
        self.log = log
    }

    func validate(schema: Schema, outputMode: SinkOutputMode) throws {
        let layout = try KafkaRowLayout(schema, topic: options.topic)
        state.withLock { $0.layout = layout }
    }

    func open() throws {
        try KafkaFailure.mapped {
            guard state.withLock({ $0.producer }) == nil else { return }
            let producer = try KafkaProducer(configuration, log: KafkaConnection.clientLog(log))
            state.withLock { $0.producer = producer }
        }
    }

    func deliver(batchID: Int64, rows: [RecordBatch]) throws {
        let (layout, producer) = state.withLock { ($0.layout, $0.producer) }
        guard let layout, let producer else { preconditionFailure("the sink was not opened") }
        try KafkaFailure.mapped {
            for batch in rows { try layout.produce(batch) { try producer.produce($0, rows: $1, topic: $2) } }
            try producer.flush(timeoutMilliseconds: 120_000)
        }
    }

    func close() {
        state.withLock { state in
            defer { state.producer = nil }
            return state.producer
        }?.close()
    }
}
