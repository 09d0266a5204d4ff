// What a property of the Kafka client is for.

import KafkaConnector
import SourceText

/// A property of the Kafka client, by its name in librdkafka or Java.
public enum KafkaProperty {
    /// Which client takes a property.
    public enum Side: Sendable {
        /// Only one that reads.
        case consumer
        /// Only one that writes.
        case producer
        /// Both; unknown properties count as such, so that both refuse them.
        case both
    }

    /// Which client takes the property with this name.
    public static func side(_ name: String) -> Side {
        switch KafkaConnection.propertySide(name) {
        case .consumer: .consumer
        case .producer: .producer
        case .both: .both
        }
    }

    /// Whether the property's value is a secret, by its name.
    public static func isSecret(_ name: String) -> Bool { SecretNames.isSecret(name) }
}
