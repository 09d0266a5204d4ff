// What brokers tell of themselves and of the identity of topics.

import CRdKafka

extension KafkaConsumer {
    /// The id of a topic, which one made anew under the same name doesn't share; `nil` where the library (before 2.3)
    /// or the brokers (before Kafka 2.8) know none.
    package func topicId(_ topic: String, timeoutMilliseconds: Int) throws(KafkaError) -> String? {
        guard crdkafka_has_topic_ids() != 0 else { return nil }
        let event = try client.request(
            RD_KAFKA_ADMIN_OP_ANY, "asking for the id of topic '\(topic)'", timeoutMilliseconds, serve: serve
        ) { options, queue in
            crdkafka_describe_topic(client.pointer, topic, options, queue)
        }
        defer { rd_kafka_event_destroy(event) }
        guard let id = crdkafka_described_topic_id(event).map({ String(cString: $0) }) else { return nil }
        // Brokers that have no ids tell one that is all zeros.
        return id.contains { $0 != "A" && $0 != "=" } ? id : nil
    }

    /// A broker's setting as it stands there, `nil` where the broker doesn't tell: that takes the right
    /// DESCRIBE_CONFIGS on the cluster.
    package func brokerSetting(_ name: String, timeoutMilliseconds: Int) throws(KafkaError) -> String? {
        let deadline = Deadline(milliseconds: timeoutMilliseconds)
        let broker = try client.ask("asking for brokers", deadline: deadline, serve: serve) { timeout in
            var result: UnsafePointer<rd_kafka_metadata>?
            let error = rd_kafka_metadata(client.pointer, 0, nil, &result, timeout)
            defer { if let result { rd_kafka_metadata_destroy(result) } }
            return (error, result?.pointee.orig_broker_id ?? -1)
        }
        guard broker >= 0 else { return nil }
        var resource: OpaquePointer? = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, String(broker))
        defer { rd_kafka_ConfigResource_destroy(resource) }
        let event = try client.request(
            RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "asking for settings of broker \(broker)",
            deadline.remainingMilliseconds, serve: serve
        ) { options, queue in
            rd_kafka_DescribeConfigs(client.pointer, &resource, 1, options, queue)
        }
        defer { rd_kafka_event_destroy(event) }
        var count = 0
        let resources = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count)
        guard count > 0, let found = resources?[0] else { return nil }
        var settings = 0
        let entries = rd_kafka_ConfigResource_configs(found, &settings)
        for index in 0..<settings {
            guard let entry = entries?[index], let key = rd_kafka_ConfigEntry_name(entry), String(cString: key) == name
            else { continue }
            return rd_kafka_ConfigEntry_value(entry).map { String(cString: $0) }
        }
        return nil
    }
}
