// Offsets of many partitions, and the JSON that Spark keeps them in.

import Connectors
import JSONText
import KafkaClient

/// An offset for each of some partitions. As JSON: `{"events":{"0":23,"1":45}}`, sorted, so that equal offsets are
/// equal text.
struct KafkaOffsets: Equatable, Sendable {
    var values: [TopicPartition: Int64]

    init(_ values: [TopicPartition: Int64] = [:]) { self.values = values }

    /// Reads offsets from JSON; each must be at least `lowest`.
    static func parse(_ json: JSONValue, lowest: Int64 = 0) throws -> KafkaOffsets {
        guard let topics = json.objectValue else { throw malformed(json) }
        var offsets = KafkaOffsets()
        for (topic, partitions) in topics {
            guard let entries = partitions.objectValue, !topic.isEmpty else { throw malformed(json) }
            for (number, value) in entries {
                guard let partition = Int32(number), partition >= 0, let offset = value.integerValue, offset >= lowest
                else { throw malformed(json) }
                offsets.values[TopicPartition(topic, partition)] = offset
            }
        }
        return offsets
    }

    private static func malformed(_ json: JSONValue) -> ConnectorError {
        ConnectorError(
            .dataLoss, "'\(String(json.text.prefix(200)))' are not Kafka offsets",
            hint: "the checkpoint belongs to another source, or was changed")
    }

    var byTopic: [String: [Int32: Int64]] {
        var topics: [String: [Int32: Int64]] = [:]
        for (partition, offset) in values { topics[partition.topic, default: [:]][partition.partition] = offset }
        return topics
    }

    /// The partitions by topic and number.
    var partitions: [TopicPartition] {
        values.keys.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
    }

    var json: JSONValue {
        .object(
            byTopic.sorted { $0.key < $1.key }.map { topic, offsets in
                (topic, .object(offsets.sorted { $0.key < $1.key }.map { (String($0.key), .integer($0.value)) }))
            })
    }

    subscript(partition: TopicPartition) -> Int64? { values[partition] }
}

/// The offsets that went from and to JSON last: the engine hands those of a batch over again and again, at its plan,
/// its readers, its transaction and its figures. A value, for the control thread.
struct KafkaOffsetsMemo {
    private var known: [(json: JSONValue, offsets: KafkaOffsets)] = []
    /// Where a batch begins and ends, how far could be read, and the end of the batch before.
    private static let limit = 4

    /// What `KafkaOffsets.parse` gives.
    mutating func offsets(_ json: JSONValue) throws -> KafkaOffsets {
        // The newest are asked for most.
        if let index = known.lastIndex(where: { $0.json == json }) { return known[index].offsets }
        let offsets = try KafkaOffsets.parse(json)
        append(json, offsets)
        return offsets
    }

    /// What `KafkaOffsets.json` gives.
    mutating func json(_ offsets: KafkaOffsets) -> JSONValue {
        if let index = known.lastIndex(where: { $0.offsets == offsets }) { return known[index].json }
        let json = offsets.json
        append(json, offsets)
        return json
    }

    private mutating func append(_ json: JSONValue, _ offsets: KafkaOffsets) {
        if known.count == Self.limit { known.removeFirst() }
        known.append((json, offsets))
    }
}

/// How many offsets of each partition a limited batch takes: in proportion to what waits there, as Spark divides.
enum RateLimit {
    /// End offsets for at most about `limit` offsets beyond `start`; partitions missing in `start` begin at `earliest`.
    static func bounded(_ latest: KafkaOffsets, from start: KafkaOffsets, limit: Int64) -> KafkaOffsets {
        let backlog = latest.values.map { ($0.key, max(0, $0.value - (start[$0.key] ?? $0.value))) }
        let total = backlog.reduce(0.0) { $0 + Double($1.1) }
        guard total > Double(limit) else { return latest }
        var bounded = latest
        for (partition, waiting) in backlog {
            guard let begin = start[partition], waiting > 0 else { continue }
            // A share below one is rounded up, so that a small partition isn't starved by large ones.
            let share = Double(limit) * (Double(waiting) / total)
            let taken = Int64((share < 1 ? share.rounded(.up) : share.rounded(.down)))
            bounded.values[partition] = min(begin + max(taken, 0), latest[partition] ?? begin)
        }
        return bounded
    }
}
