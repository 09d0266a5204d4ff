// A Kafka broker in this process, for trying things out.

import KafkaConnector
import Synchronization

/// A broker in this process, in memory: for demos and for tests of queries without a cluster.
///
/// It is librdkafka's mock cluster. Other processes on this machine can use it too. What it can't do: it keeps about
/// 5 MiB a partition and silently drops the oldest messages beyond, it shows aborted transactions to everybody, it
/// fences nobody, and all is gone when it is closed. It proves nothing about delivery.
public final class EmbeddedKafka: Sendable {
    private let broker: KafkaEmbedded
    private let topics = Mutex<Set<String>>([])

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
            topics.withLock { _ = $0.insert(name) }
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

    /// The choice with this broker in place of those that it names; makes the topics.
    func taking(_ choice: ConnectorChoice) throws -> ConnectorChoice {
        guard choice.format?.lowercased() == "kafka" else { return choice }
        var local = choice
        for name in choice.options.keys where name.lowercased().hasPrefix("kafka.") { _ = local.take(name) }
        local.set("kafka.bootstrap.servers", bootstrapServers)
        let named = choice.options.filter {
            ["subscribe", "topic", "laterowstopic", "badrowstopic"].contains($0.key.lowercased())
        }
        .flatMap { $0.value.split(separator: ",") }
        for topic in named.map({ String($0.drop(while: \.isWhitespace)) }) where !topic.isEmpty {
            if !topics.withLock({ $0.contains(topic) }) { try createTopic(topic, partitions: 3) }
        }
        return local
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
