// A Kafka broker in this process, for trying things out.

import KafkaConnector

/// A broker in this process, in memory: for demos and for tests of queries without a cluster.
///
/// It is librdkafka's mock cluster. Other processes on this machine can use it too. What it can't do: it keeps about
/// 5 MiB a partition and silently drops the oldest messages beyond, it shows aborted transactions to everybody, it
/// fences nobody, and all is gone when it is closed. It proves nothing about delivery.
public final class EmbeddedKafka: Sendable {
    private let broker: KafkaEmbedded

    /// Starts a broker on a free port of the loopback interface.
    ///
    /// - Throws: where the system refuses it.
    public init() throws {
        do {
            broker = try KafkaEmbedded()
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

    /// Its address, for `kafka.bootstrap.servers`.
    public var bootstrapServers: String { broker.bootstrapServers }

    /// Makes a topic.
    ///
    /// - Throws: where the broker refuses it.
    public func createTopic(_ name: String, partitions: Int) throws {
        do {
            try broker.createTopic(name, partitions: partitions)
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

    /// Sends texts as messages without key, and waits until the broker has them.
    ///
    /// - Throws: where the broker doesn't take them.
    public func send(_ texts: [String], to topic: String) throws {
        do {
            try broker.send(texts, to: topic)
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

    /// Ends the broker. Clients that still use it see it as gone.
    public func close() { broker.close() }
}
