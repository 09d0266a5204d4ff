// A broker in this process, for demonstrations and tests: librdkafka's mock cluster.

import CRdKafka
import Synchronization

/// librdkafka's mock cluster on loopback ports, which other processes can use as well while this one lives.
///
/// Its limits, seen with librdkafka 2.0.2 and 2.16: each partition keeps the newest 5 MiB or 100 000 batches and drops
/// older ones silently; a fetch returns one batch per partition; transactions are accepted, but their offsets are not
/// stored, aborted rows are visible, and zombies are not fenced; unknown topics are made by asking for them; there is
/// no administration (topics come from `createTopic`), no TLS, no SASL, no lookup by time. It serves demonstrations
/// and tests of the client, and proves nothing about delivery.
///
/// SAFETY: the pointers are set once and used under the lock of `isClosed`.
package final class EmbeddedBroker: @unchecked Sendable {
    private let client: OpaquePointer
    private let cluster: OpaquePointer
    private let isClosed = Mutex(false)
    /// The brokers' addresses, for `bootstrap.servers`.
    package let bootstrapServers: String
    /// How many brokers there are; their ids are 1 to this.
    package let brokerCount: Int

    /// Starts `brokers` brokers on free ports.
    package static func start(brokers: Int = 1) throws(KafkaError) -> EmbeddedBroker {
        try EmbeddedBroker(brokers: brokers)
    }

    private init(brokers: Int) throws(KafkaError) {
        let count = max(1, min(brokers, 16))
        guard let configuration = rd_kafka_conf_new() else {
            preconditionFailure("librdkafka could not allocate a configuration")
        }
        rd_kafka_conf_set_log_cb(configuration, ignoreLog)
        var reason = [CChar](repeating: 0, count: 256)
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, &reason, reason.count) else {
            rd_kafka_conf_destroy(configuration)
            throw KafkaError(
                code: .failed, message: "the embedded broker did not start: \(reason.cText)", domain: .external)
        }
        guard let cluster = rd_kafka_mock_cluster_new(client, Int32(count)),
            let servers = rd_kafka_mock_cluster_bootstraps(cluster)
        else {
            rd_kafka_destroy(client)
            throw KafkaError(code: .failed, message: "the embedded broker did not start", domain: .external)
        }
        bootstrapServers = String(cString: servers)
        brokerCount = count
        self.client = client
        self.cluster = cluster
    }

    deinit { close() }

    /// Makes a topic.
    package func createTopic(_ name: String, partitions: Int) throws(KafkaError) {
        let error = try onCluster {
            rd_kafka_mock_topic_create($0, name, Int32(clamping: partitions), Int32(clamping: brokerCount))
        }
        let code = KafkaErrorCode(error)
        guard code == .none else {
            throw KafkaError(code: code, message: "making a topic: \(code.explanation)", topic: name)
        }
    }

    /// Makes every question about a topic answer with an error, or with none again.
    package func setTopicError(_ name: String, _ code: KafkaErrorCode) throws(KafkaError) {
        try onCluster { rd_kafka_mock_topic_set_error($0, name, code.response) }
    }

    /// Requests the protocol knows, by their number.
    package enum Request: Int16, Sendable {
        case produce = 0
        case fetch = 1
        case listOffsets = 2
        case metadata = 3
        case offsetCommit = 8
        case offsetFetch = 9
        case findCoordinator = 10
        case initProducerId = 22
        case addPartitionsToTransaction = 24
        case endTransaction = 26
        case transactionalOffsetCommit = 28
    }

    /// The next requests of this kind fail with these codes, one each; `.transport` cuts the connection, `.none`
    /// passes.
    package func injectErrors(_ request: Request, _ codes: [KafkaErrorCode]) throws(KafkaError) {
        var errors = codes.map(\.response)
        try onCluster { rd_kafka_mock_push_request_errors_array($0, request.rawValue, errors.count, &errors) }
    }

    /// Forgets injected errors of this kind that have not struck yet.
    package func clearErrors(_ request: Request) throws(KafkaError) {
        try onCluster { rd_kafka_mock_clear_request_errors($0, request.rawValue) }
    }

    /// Cuts a broker off: connections end, new ones are refused. Leadership stays with it.
    package func brokerDown(_ id: Int) throws(KafkaError) {
        try check(try onCluster { rd_kafka_mock_broker_set_down($0, Int32(clamping: id)) }, id)
    }

    /// Brings a broker back.
    package func brokerUp(_ id: Int) throws(KafkaError) {
        try check(try onCluster { rd_kafka_mock_broker_set_up($0, Int32(clamping: id)) }, id)
    }

    /// Ends the brokers; what they hold is gone.
    package func close() {
        isClosed.withLock { isClosed in
            guard !isClosed else { return }
            isClosed = true
            rd_kafka_mock_cluster_destroy(cluster)
            rd_kafka_destroy(client)
        }
    }

    private func check(_ error: rd_kafka_resp_err_t, _ id: Int) throws(KafkaError) {
        let code = KafkaErrorCode(error)
        guard code == .none else {
            throw KafkaError(code: code, message: "embedded broker \(id): \(code.explanation)", domain: .internal)
        }
    }

    private func onCluster<Result: Sendable>(_ body: (OpaquePointer) -> Result) throws(KafkaError) -> Result {
        let result: Result? = isClosed.withLock { $0 ? nil : body(cluster) }
        guard let result else { throw KafkaError(code: .state, message: "the embedded broker is closed") }
        return result
    }
}

private let ignoreLog: @convention(c) (OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Void = {
    _, _, _, _ in
}
