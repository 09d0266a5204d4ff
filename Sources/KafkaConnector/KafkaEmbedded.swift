// The embedded broker with a producer for it.

import KafkaClient

/// The client's embedded broker, and a producer that feeds it.
package final class KafkaEmbedded: Sendable {
    private let broker: EmbeddedBroker
    private let producer: KafkaProducer

    package init() throws {
        (broker, producer) = try KafkaFailure.mapped {
            let broker = try EmbeddedBroker.start()
            let configuration = try KafkaConfiguration(
                ["bootstrap.servers": broker.bootstrapServers, "linger.ms": "0"], role: .producer)
            return (broker, try KafkaProducer(configuration))
        }
    }

    package var bootstrapServers: String { broker.bootstrapServers }

    package func createTopic(_ name: String, partitions: Int) throws {
        try KafkaFailure.mapped { try broker.createTopic(name, partitions: partitions) }
    }

    package func send(_ texts: [String], to topic: String) throws {
        try KafkaFailure.mapped {
            for text in texts { try producer.send(topic: topic, key: nil, value: Array(text.utf8)) }
            try producer.flush()
        }
    }

    package func close() {
        producer.close()
        broker.close()
    }
}

extension KafkaConnection {
    /// librdkafka's version, as compiled against and as loaded.
    package static var libraryVersion: String {
        "\(KafkaLibrary.version) (compiled against \(KafkaLibrary.compiledVersion))"
    }

    /// What librdkafka was built with.
    package static var libraryFeatures: String { KafkaLibrary.features.sorted().joined(separator: ",") }

    /// Which client takes a property.
    package enum PropertySide: Sendable { case consumer, producer, both }

    /// Which client takes the property with this name; one that both refuse counts as both's.
    package static func propertySide(_ name: String) -> PropertySide {
        let isConsumers = takes(name, .consumer)
        let isProducers = takes(name, .producer)
        return isConsumers == isProducers ? .both : isConsumers ? .consumer : .producer
    }

    /// Whether a property is of no use to a client of this role: the error says so before it looks at the value.
    private static func takes(_ name: String, _ role: KafkaConfiguration.Role) -> Bool {
        do {
            _ = try KafkaConfiguration([name: ""], role: role)
            return true
        } catch {
            return error.problem != .wrongSide
        }
    }
}
