// Which partitions a source reads, asked for anew now and then, and which of its topics are missing.

import Connectors
import KafkaClient

/// The partitions of a subscription. A value, for the control thread.
struct KafkaPartitions {
    private(set) var known: [TopicPartition] = []
    /// Topics that the brokers don't know, in order of name.
    private(set) var missing: [String] = []
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
        _ found: [TopicPartition], missing: [String], now: UInt64
    ) -> (new: [TopicPartition], back: [String]) {
        let new = known.isEmpty ? [] : Set(found).subtracting(known).sorted()
        let topics = Set(missing)
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
        _ topics: [String], _ consumer: KafkaConsumer, timeoutMilliseconds: Int
    ) throws -> (found: [TopicPartition], missing: [String]) {
        var (found, missing): ([TopicPartition], [String]) = ([], [])
        for topic in try consumer.metadata(topics: topics, timeoutMilliseconds: timeoutMilliseconds) {
            if let error = topic.error {
                let failure = KafkaFailure.connectorError(error)
                guard failure.code == .notFound else { throw failure }
                missing.append(topic.topic)
            }
            found += topic.partitions.map { TopicPartition(topic.topic, $0.partition) }
        }
        return (found.sorted(), missing.sorted())
    }
}
