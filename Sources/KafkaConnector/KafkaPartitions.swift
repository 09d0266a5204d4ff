// Which partitions a source reads, asked for anew now and then, and which of its topics are missing.

import Connectors
import KafkaClient

/// The partitions of a subscription. A value, for the control thread.
struct KafkaPartitions {
    /// A topic that the brokers don't know, and the ones that they do.
    struct Missing: Equatable {
        let topic: String
        let servers: String
        let known: [String]

        var error: ConnectorError { MissingTopics.error([topic], servers: servers, known: known) }
    }

    /// The error for all topics that are missing, where there are any.
    var missingError: ConnectorError? {
        missing.first.map {
            MissingTopics.error(missing.map(\.topic).sorted(), servers: $0.servers, known: $0.known)
        }
    }

    private(set) var known: [TopicPartition] = []
    private(set) var missing: [Missing] = []
    private var askedNanoseconds: UInt64 = 0
    /// Since when each missing topic isn't known.
    private var missingSince: [String: UInt64] = [:]

    /// The partitions have to be asked for before they are used again.
    mutating func forget() { known = [] }

    /// For how long a topic has been missing; 0 for one that is there.
    func missingNanoseconds(_ topic: String, now: UInt64) -> UInt64 { missingSince[topic].map { now - $0 } ?? 0 }

    /// Whether what is known is older than `milliseconds`, or nothing is known.
    func isStale(now: UInt64, milliseconds: Int64) -> Bool {
        known.isEmpty || !missing.isEmpty || now - askedNanoseconds >= UInt64(milliseconds) * 1_000_000
    }

    /// Takes what the brokers say; returns the partitions that are new and the topics that are back.
    mutating func update(
        _ found: [TopicPartition], missing: [Missing], now: UInt64
    ) -> (new: [TopicPartition], back: [String]) {
        let new = known.isEmpty ? [] : Set(found).subtracting(known).sorted()
        let topics = Set(missing.map(\.topic))
        let back = missingSince.keys.filter { !topics.contains($0) }.sorted()
        for topic in back { missingSince[topic] = nil }
        for topic in topics where missingSince[topic] == nil { missingSince[topic] = now }
        known = found
        self.missing = missing
        askedNanoseconds = now
        return (new, back)
    }

    /// Asks the brokers for the partitions of these topics.
    static func ask(
        _ topics: [String], _ consumer: KafkaConsumer, servers: String, timeoutMilliseconds: Int
    ) throws -> (found: [TopicPartition], missing: [Missing]) {
        var (found, missing): ([TopicPartition], [String]) = ([], [])
        for topic in try consumer.metadata(topics: topics, timeoutMilliseconds: timeoutMilliseconds) {
            if let error = topic.error {
                let failure = KafkaFailure.connectorError(error)
                guard failure.code == .notFound else { throw failure }
                missing.append(topic.topic)
            }
            found += topic.partitions.map { TopicPartition(topic.topic, $0.partition) }
        }
        guard !missing.isEmpty else { return (found.sorted(), []) }
        let all = try consumer.metadata(topics: nil, timeoutMilliseconds: timeoutMilliseconds).map(\.topic)
        return (found.sorted(), missing.map { Missing(topic: $0, servers: servers, known: all) })
    }
}
