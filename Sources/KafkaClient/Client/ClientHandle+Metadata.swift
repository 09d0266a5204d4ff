// Topics and partitions, as brokers tell them.

import CRdKafka

/// A topic as the cluster's metadata shows it.
package struct TopicMetadata: Sendable {
    /// A partition and its leader.
    package struct Partition: Sendable {
        package let partition: Int32
        /// The leader's broker id; -1 where there is none at the moment.
        package let leader: Int32
    }

    package let topic: String
    /// In order of number; empty where the topic does not exist or may not be seen.
    package let partitions: [Partition]
    /// Why the topic cannot be used: it does not exist, or this user may not describe it.
    package let error: KafkaError?
}

extension ClientHandle {
    /// The named topics, each with its error where it has one; all topics of the cluster for nil. An empty list asks
    /// for the brokers only.
    ///
    /// Throws where no broker answers by `deadline`.
    func metadata(
        topics: [String]?, deadline: Deadline, serve: () -> Void
    ) throws(KafkaError) -> [TopicMetadata] {
        guard let topics else { return try requestMetadata(nil, allTopics: true, deadline: deadline, serve: serve) }
        if topics.isEmpty { _ = try requestMetadata(nil, allTopics: false, deadline: deadline, serve: serve) }
        var answer: [TopicMetadata] = []
        for topic in topics {
            guard let handle = rd_kafka_topic_new(pointer, topic, nil) else {
                throw describe(KafkaErrorCode(rd_kafka_last_error()), text: "", doing: "naming a topic", topic: topic)
            }
            defer { rd_kafka_topic_destroy(handle) }
            answer += try requestMetadata(handle, allTopics: false, deadline: deadline, serve: serve)
        }
        return answer
    }

    private func requestMetadata(
        _ topic: OpaquePointer?, allTopics: Bool, deadline: Deadline, serve: () -> Void
    ) throws(KafkaError) -> [TopicMetadata] {
        let result = try ask("asking for topics", deadline: deadline, anyBroker: true, serve: serve) { timeout in
            var result: UnsafePointer<rd_kafka_metadata>?
            let error = rd_kafka_metadata(pointer, allTopics ? 1 : 0, topic, &result, timeout)
            return (error, result)
        }
        guard let result else { return [] }
        defer { rd_kafka_metadata_destroy(result) }
        let entries = UnsafeBufferPointer(start: result.pointee.topics, count: Int(result.pointee.topic_cnt))
        return entries.map(copy)
    }

    private func copy(_ entry: rd_kafka_metadata_topic) -> TopicMetadata {
        let name = entry.topic.map { String(cString: $0) } ?? ""
        let code = KafkaErrorCode(entry.err)
        let partitions = UnsafeBufferPointer(start: entry.partitions, count: Int(entry.partition_cnt))
            .map { TopicMetadata.Partition(partition: $0.id, leader: $0.leader) }
            .sorted { $0.partition < $1.partition }
        let error =
            code == .none
            ? nil : KafkaError(code: code, message: "the topic cannot be used: \(code.explanation)", topic: name)
        return TopicMetadata(topic: name, partitions: partitions, error: error)
    }
}

// MARK: - Lists of partitions

/// An owned `rd_kafka_topic_partition_list_t`.
struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    /// An entry for each partition, in order of partition.
    init<Value>(
        _ entries: [TopicPartition: Value],
        set: (UnsafeMutablePointer<rd_kafka_topic_partition_t>, Value) -> Void
    ) {
        guard let list = rd_kafka_topic_partition_list_new(Int32(clamping: entries.count)) else {
            preconditionFailure("librdkafka could not allocate a list of partitions")
        }
        pointer = list
        for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
            guard let entry = rd_kafka_topic_partition_list_add(list, key.topic, key.partition) else { continue }
            set(entry, value)
        }
    }

    deinit { rd_kafka_topic_partition_list_destroy(pointer) }

    /// What librdkafka wrote into the entries.
    var entries: UnsafeMutableBufferPointer<rd_kafka_topic_partition_t> {
        UnsafeMutableBufferPointer(start: pointer.pointee.elems, count: Int(pointer.pointee.cnt))
    }

    static func partition(_ entry: rd_kafka_topic_partition_t) -> TopicPartition {
        TopicPartition(entry.topic.map { String(cString: $0) } ?? "", entry.partition)
    }
}

extension UnsafeMutablePointer<rd_kafka_topic_partition_t> {
    /// Puts an offset with its note into an entry, which then owns a copy of the note.
    func setCommitted(_ committed: CommittedOffset) {
        pointee.offset = committed.offset
        let bytes = Array(committed.metadata.utf8)
        guard !bytes.isEmpty, let copy = crdkafka_copy(bytes, bytes.count) else { return }
        pointee.metadata = copy
        pointee.metadata_size = bytes.count
    }
}
