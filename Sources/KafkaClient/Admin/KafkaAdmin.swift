// Topics made and removed, for the command and for tests.

import CRdKafka

/// Asks the cluster to change topics. For one thread at a time.
package final class KafkaAdmin: Sendable {
    /// A topic to be made.
    package struct NewTopic: Sendable {
        package let name: String
        /// -1 leaves it to the broker.
        package let partitions: Int32
        /// -1 leaves it to the broker.
        package let replicationFactor: Int32
        /// Settings such as `cleanup.policy`.
        package let settings: [String: String]

        package init(
            _ name: String, partitions: Int32 = -1, replicationFactor: Int32 = -1, settings: [String: String] = [:]
        ) {
            self.name = name
            self.partitions = partitions
            self.replicationFactor = replicationFactor
            self.settings = settings
        }
    }

    private let client: ClientHandle

    package init(_ configuration: KafkaConfiguration, log: @escaping KafkaLogHandler = { _ in }) throws {
        let handle = try configuration.makeHandle(
            defaults: [("client.id", "millrace")], owned: [])
        // An administrator is a producer that produces nothing.
        client = try ClientHandle(
            type: RD_KAFKA_PRODUCER, configuration: handle, options: configuration, reportsDeliveries: false, log: log)
    }

    /// All topics of the cluster, or the named ones, each with its error.
    package func metadata(topics: [String]?, timeoutMilliseconds: Int) throws(KafkaError) -> [TopicMetadata] {
        try client.metadata(
            topics: topics, deadline: Deadline(milliseconds: timeoutMilliseconds),
            serve: { rd_kafka_poll(client.pointer, 0) })
    }

    /// Makes topics and waits until they have leaders. Throws the first topic's error; `.topicExists` is one.
    package func createTopics(_ topics: [NewTopic], timeoutMilliseconds: Int = 30_000) throws(KafkaError) {
        guard !topics.isEmpty else { return }
        var pointers: [OpaquePointer?] = []
        defer { for pointer in pointers { rd_kafka_NewTopic_destroy(pointer) } }
        for topic in topics {
            var reason = [CChar](repeating: 0, count: 256)
            guard
                let pointer = rd_kafka_NewTopic_new(
                    topic.name, topic.partitions, topic.replicationFactor, &reason, reason.count)
            else {
                throw KafkaError(
                    code: .invalidTopic, message: "making a topic: \(reason.cText)", topic: topic.name)
            }
            pointers.append(pointer)
            for (name, value) in topic.settings.sorted(by: { $0.key < $1.key }) {
                rd_kafka_NewTopic_set_config(pointer, name, value)
            }
        }
        let event = try request(RD_KAFKA_ADMIN_OP_CREATETOPICS, "making topics", timeoutMilliseconds) {
            options, queue in
            rd_kafka_CreateTopics(client.pointer, &pointers, pointers.count, options, queue)
        }
        defer { rd_kafka_event_destroy(event) }
        var count = 0
        let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
        try check(results, count, "making a topic")
        try awaitLeaders(topics.map(\.name), Deadline(milliseconds: timeoutMilliseconds))
    }

    /// The controller confirms a topic before the brokers know it: whoever asks at once is told that there is none.
    private func awaitLeaders(_ names: [String], _ deadline: Deadline) throws(KafkaError) {
        while true {
            let found = try client.metadata(
                topics: names, deadline: deadline, serve: { rd_kafka_poll(client.pointer, 0) })
            let waiting = found.first { topic in
                topic.error != nil || topic.partitions.isEmpty || topic.partitions.contains { $0.leader < 0 }
            }
            guard let waiting else { return }
            if deadline.hasPassed {
                throw waiting.error
                    ?? client.describe(
                        .timedOut, text: "a partition has no leader", doing: "making topics", topic: waiting.topic)
            }
            ClientHandle.wait(milliseconds: 10)
        }
    }

    /// Removes topics with all they hold. Throws the first topic's error.
    package func deleteTopics(_ names: [String], timeoutMilliseconds: Int = 30_000) throws(KafkaError) {
        guard !names.isEmpty else { return }
        var pointers: [OpaquePointer?] = names.map { rd_kafka_DeleteTopic_new($0) }
        defer { for pointer in pointers { rd_kafka_DeleteTopic_destroy(pointer) } }
        let event = try request(RD_KAFKA_ADMIN_OP_DELETETOPICS, "removing topics", timeoutMilliseconds) {
            options, queue in
            rd_kafka_DeleteTopics(client.pointer, &pointers, pointers.count, options, queue)
        }
        defer { rd_kafka_event_destroy(event) }
        var count = 0
        let results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
        try check(results, count, "removing a topic")
    }

    /// Removes all messages below these offsets, as retention does. Throws the first partition's error.
    package func deleteRecords(
        below offsets: [TopicPartition: Int64], timeoutMilliseconds: Int = 30_000
    ) throws(KafkaError) {
        let list = PartitionList(offsets) { $0.pointee.offset = $1 }
        var pointer: OpaquePointer? = rd_kafka_DeleteRecords_new(list.pointer)
        defer { rd_kafka_DeleteRecords_destroy(pointer) }
        let event = try request(RD_KAFKA_ADMIN_OP_DELETERECORDS, "removing messages", timeoutMilliseconds) {
            options, queue in
            rd_kafka_DeleteRecords(client.pointer, &pointer, 1, options, queue)
        }
        defer { rd_kafka_event_destroy(event) }
        let result = rd_kafka_event_DeleteRecords_result(event)
        guard let results = rd_kafka_DeleteRecords_result_offsets(result) else { return }
        for index in 0..<Int(results.pointee.cnt) {
            let entry = results.pointee.elems[index]
            let code = KafkaErrorCode(entry.err)
            guard code != .none else { continue }
            throw client.describe(
                code, text: "", doing: "removing messages", topic: entry.topic.map { String(cString: $0) },
                partition: entry.partition)
        }
    }

    /// Ends the client.
    package func close() { client.close() }

    private func request(
        _ operation: rd_kafka_admin_op_t, _ action: String, _ timeoutMilliseconds: Int,
        _ send: (_ options: OpaquePointer?, _ queue: OpaquePointer?) -> Void
    ) throws(KafkaError) -> OpaquePointer {
        try client.request(
            operation, action, timeoutMilliseconds, serve: { rd_kafka_poll(client.pointer, 0) }, send)
    }

    private func check(
        _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ action: String
    ) throws(KafkaError) {
        for index in 0..<count {
            guard let result = results?[index] else { continue }
            let code = KafkaErrorCode(rd_kafka_topic_result_error(result))
            guard code != .none else { continue }
            let text = rd_kafka_topic_result_error_string(result).map { String(cString: $0) } ?? ""
            throw client.describe(
                code, text: text, doing: action, topic: rd_kafka_topic_result_name(result).map { String(cString: $0) })
        }
    }
}
