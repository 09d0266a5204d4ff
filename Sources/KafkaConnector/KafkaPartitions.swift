// Which partitions a source reads, asked for anew now and then, and which of its topics are missing.

import Connectors
import KafkaClient

/// The partitions of a subscription. A value, for the control thread.
struct KafkaPartitions {
    private(set) var known: [TopicPartition] = []
    /// The topics of these.
    private var knownTopics: Set<String> = []
    /// Topics that the brokers don't know, in order of name.
    private(set) var missing: [String] = []
    private var askedNanoseconds: UInt64 = 0
    /// Since when each missing topic isn't known.
    private var missingSince: [String: UInt64] = [:]

    /// The partitions have to be asked for before they are used again.
    mutating func forget() {
        known = []
        knownTopics = []
        askedNanoseconds = 0
    }

    /// For how long a topic has been missing; 0 for one that is there.
    func missingNanoseconds(_ topic: String, now: UInt64) -> UInt64 { missingSince[topic].map { now - $0 } ?? 0 }

    /// Whether what is known is older than `milliseconds`, nothing is known yet, or a topic that is missing may be back
    /// any moment: it is not gone before it has been missing for `vanished` nanoseconds.
    func isStale(now: UInt64, milliseconds: Int64, vanished: UInt64) -> Bool {
        askedNanoseconds == 0 || now - askedNanoseconds >= UInt64(milliseconds) * 1_000_000
            || missing.contains { missingNanoseconds($0, now: now) < vanished }
    }

    /// Whether it was asked for the topics of these offsets, too: they are there, or missing.
    func tells(of offsets: KafkaOffsets) -> Bool {
        offsets.values.keys.allSatisfy { knownTopics.contains($0.topic) || missing.contains($0.topic) }
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
        knownTopics = Set(found.lazy.map(\.topic))
        self.missing = missing
        askedNanoseconds = now
        return (new, back)
    }

    /// Asks the brokers for the partitions of a subscription. Of a pattern those topics are missing that have offsets
    /// and are not found.
    static func ask(
        _ subscription: KafkaSourceOptions.Subscription, expecting offsets: KafkaOffsets, _ consumer: KafkaConsumer,
        timeoutMilliseconds: Int
    ) throws -> (found: [TopicPartition], missing: [String]) {
        switch subscription {
        case .partitions(let assigned):
            let found = assigned.flatMap { topic, numbers in numbers.map { TopicPartition(topic, $0) } }
            return (found.sorted(), [])
        case .topics(let topics):
            return try sorted(consumer.metadata(topics: topics, timeoutMilliseconds: timeoutMilliseconds))
        case .pattern(let pattern):
            let expected = Set(offsets.values.keys.lazy.map(\.topic))
            let all = try consumer.metadata(topics: nil, timeoutMilliseconds: timeoutMilliseconds)
            let names = try pattern.topics(among: all.map(\.topic))
            // A topic that is being made has no leaders yet: it is found the next time.
            let (found, missing) = try sorted(
                all.filter { names.contains($0.topic) && ($0.error == nil || expected.contains($0.topic)) })
            return (found, Set(missing).union(expected.subtracting(all.map(\.topic))).sorted())
        }
    }

    private static func sorted(_ topics: [TopicMetadata]) throws -> (found: [TopicPartition], missing: [String]) {
        var (found, missing): ([TopicPartition], [String]) = ([], [])
        for topic in topics {
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
