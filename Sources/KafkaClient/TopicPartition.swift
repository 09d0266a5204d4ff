// Names of things in Kafka: a partition of a topic, a header, an offset with its note.

/// One partition of one topic.
package struct TopicPartition: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let topic: String
    package let partition: Int32

    package init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    package static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }

    package var description: String { "\(topic)-\(partition)" }
}

/// A header of a message: a name and bytes, or no value at all.
package struct KafkaHeader: Hashable, Sendable {
    package let name: String
    package let value: [UInt8]?

    package init(_ name: String, _ value: [UInt8]?) {
        self.name = name
        self.value = value
    }
}

/// An offset in a consumer group and the text kept with it.
package struct CommittedOffset: Hashable, Sendable {
    package let offset: Int64
    /// At most 4096 bytes with a broker's default settings.
    package let metadata: String

    package init(offset: Int64, metadata: String) {
        self.offset = offset
        self.metadata = metadata
    }
}
