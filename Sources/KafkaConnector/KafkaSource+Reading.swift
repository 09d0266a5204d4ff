// The readers of a batch: partitions assigned at the offsets where it begins.

import Connectors
import JSONText
import KafkaClient
import Synchronization

extension KafkaSource {
    package func readers(from start: JSONValue, to end: JSONValue) throws -> [any PartitionReader] {
        let (from, to) = (try offsets(start), try offsets(end))
        return try KafkaFailure.mapped {
            let begins = try withBeginnings(of: to.partitions, from)
            // Where the log has become shorter the range ends before it begins: nothing is read, and the next one
            // begins there.
            let wanted = to.values.reduce(into: [TopicPartition: Int64]()) { wanted, entry in
                wanted[entry.key] = min(begins[entry.key] ?? 0, entry.value)
            }
            if try client.fit(partitions: wanted.count) { state.withLock { $0.channels = [:] } }
            let channels = try channels(at: wanted)
            return to.partitions.compactMap { partition in
                guard let channel = channels[partition], let last = to[partition], channel.nextOffset < last else {
                    return nil
                }
                return KafkaPartitionReader(
                    channel: channel, end: last, schema: schema, consumer: consumer, context: context)
            }
        }
    }

    /// Channels that stand at these offsets: the ones there are, where they do, or all of them assigned anew.
    func channels(at offsets: [TopicPartition: Int64]) throws -> [TopicPartition: KafkaPartitionChannel] {
        let channels = state.withLock { $0.channels }
        let stray = channels.contains { $0.value.isBroken || offsets[$0.key] != $0.value.nextOffset }
        var begins = stray ? offsets : offsets.filter { channels[$0.key] == nil }
        if begins.isEmpty { return channels }
        try skipLostRows(&begins)
        if stray { state.withLock { $0.channels = [:] } }
        let consumer = consumer
        if stray { try consumer.assign(begins) } else { try consumer.add(begins) }
        return state.withLock { state in
            for (partition, offset) in begins {
                guard let queue = consumer.queue(for: partition) else { continue }
                state.channels[partition] = KafkaPartitionChannel(
                    queue: queue, nextOffset: offset, consumer: consumer)
            }
            return state.channels
        }
    }

    /// Rows below a partition's beginning are lost: an error, or a later start.
    private func skipLostRows(_ begins: inout [TopicPartition: Int64]) throws {
        // Where a batch runs again after a start, nobody has asked for its partitions before.
        let low = try earliest(Array(begins.keys), unknownMilliseconds: Self.unknownMilliseconds)
        for (partition, begin) in begins {
            guard let first = low[partition], begin < first else { continue }
            try losses.lose(partition, begin..<first, because: "the log begins at offset \(first) now")
            begins[partition] = first
        }
    }
}
