// Kafka's sources and sinks from the options that users give.

import Columns
import Connectors
import KafkaClient

/// Makes Kafka sources and sinks from Spark's options.
package enum KafkaConnection {
    /// What a source with these options is called and which columns it has; never fails, since a frame may be built
    /// of options that are wrong.
    package static func describeSource(_ options: [String: String]) -> (name: String, schema: Schema) {
        let folded = Dictionary(options.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
        let topics = folded["subscribe"] ?? folded["subscribepattern"] ?? folded["assign"] ?? ""
        let includesHeaders = folded["includeheaders"]?.lowercased() == "true"
        return ("kafka[\(topics)]", KafkaSchema.full(includesHeaders: includesHeaders))
    }

    /// A source that delivers `columns` out of its full schema. No broker is asked yet.
    ///
    /// `prefetchBytes` is the memory for messages fetched ahead, of all partitions together.
    package static func makeSource(
        _ options: [String: String], columns: Schema, clientID: String,
        prefetchBytes: Int = PrefetchBudget.usualBytes, log: @escaping LogHandler
    ) throws -> any ReplayableSource {
        try source(try KafkaSourceOptions(options), columns, clientID, prefetchBytes, log)
    }

    /// A table of what lies between two offsets of each partition. No broker is asked before it is opened.
    package static func makeTable(
        _ options: [String: String], columns: Schema, clientID: String,
        prefetchBytes: Int = PrefetchBudget.usualBytes, log: @escaping LogHandler
    ) throws -> any TableSource {
        let parsed = try KafkaSourceOptions(options, isTable: true)
        return KafkaTable(
            try source(parsed, columns, clientID, prefetchBytes, log), refreshMilliseconds: parsed.refreshMilliseconds)
    }

    private static func source(
        _ options: KafkaSourceOptions, _ columns: Schema, _ clientID: String, _ prefetchBytes: Int,
        _ log: @escaping LogHandler
    ) throws -> KafkaSource {
        try KafkaSource(
            options, columns: columns, configuration: try configuration(options.properties, role: .consumer, clientID),
            prefetch: PrefetchBudget(bytes: prefetchBytes), log: log)
    }

    /// A sink: transactional, unless `delivery` is `at-least-once`. No broker is asked yet.
    ///
    /// `outputBytes` is the memory for rows that are not delivered yet.
    package static func makeSink(
        _ options: [String: String], clientID: String, outputBytes: Int = QueueBudget.usualBytes,
        log: @escaping LogHandler
    ) throws -> any BatchSink {
        let parsed = try KafkaSinkOptions(options)
        let queue = QueueBudget(bytes: outputBytes)
        switch parsed.delivery {
        case .exactlyOnce:
            // The marker's reader takes only what both sides know; it has the consumer's role and no options of the
            // producer.
            return try KafkaSink(
                parsed, producer: try configuration(parsed.properties, role: .producer, clientID),
                markerReader: try markerConfiguration(parsed.properties, clientID), queue: queue, log: log)
        case .atLeastOnce:
            return try KafkaPlainSink(
                parsed, configuration: try configuration(parsed.properties, role: .producer, clientID), queue: queue,
                log: log)
        }
    }

    private static func configuration(
        _ properties: [String: String], role: KafkaConfiguration.Role, _ clientID: String
    ) throws -> KafkaConfiguration {
        var properties = properties
        if !properties.keys.contains(where: { $0.lowercased() == "client.id" }) { properties["client.id"] = clientID }
        let configuration = try KafkaFailure.mapped { try KafkaConfiguration(properties, role: role) }
        guard !configuration.bootstrapServers.isEmpty else {
            throw ConnectorError(
                .invalidOption, "option 'kafka.bootstrap.servers' is missing",
                hint: "for example kafka.bootstrap.servers=localhost:9092")
        }
        return configuration
    }

    private static func markerConfiguration(
        _ properties: [String: String], _ clientID: String
    ) throws -> KafkaConfiguration {
        try configuration(markerProperties(properties), role: .consumer, clientID)
    }

    /// The producer's options without those that only producers have. Judged by their names alone: by itself an option
    /// such as `security.protocol=SASL_SSL` lacks what goes with it, and would be taken for one that doesn't fit.
    package static func markerProperties(_ properties: [String: String]) -> [String: String] {
        properties.filter { propertySide($0.key) != .producer }
    }

    /// The client's log lines as ours.
    static func clientLog(_ log: @escaping LogHandler) -> KafkaLogHandler {
        { record in
            guard record.kind != .statistics else { return log(.debug, "kafka statistics: \(record.message)") }
            // The engine reports what becomes of a failed call; the client's own view of it is background.
            log(.debug, "kafka \(record.facility): \(record.message)")
        }
    }
}
