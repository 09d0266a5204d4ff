// librdkafka's and the broker's error numbers.

import CRdKafka

/// An error number of the broker's protocol (above 0) or of librdkafka itself (below 0).
package struct KafkaErrorCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    init(_ code: rd_kafka_resp_err_t) { self.init(rawValue: code.rawValue) }

    var response: rd_kafka_resp_err_t { rd_kafka_resp_err_t(rawValue: rawValue) }

    /// librdkafka's name: `_TIMED_OUT`, `UNKNOWN_TOPIC_OR_PART`.
    package var name: String {
        guard let name = rd_kafka_err2name(response) else { return "\(rawValue)" }
        return String(cString: name)
    }

    /// librdkafka's sentence for it.
    package var explanation: String {
        guard let text = rd_kafka_err2str(response) else { return "error \(rawValue)" }
        return String(cString: text)
    }

    package var description: String { name }

    package static let none = Self(RD_KAFKA_RESP_ERR_NO_ERROR)
    package static let timedOut = Self(RD_KAFKA_RESP_ERR__TIMED_OUT)
    package static let messageTimedOut = Self(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT)
    package static let transport = Self(RD_KAFKA_RESP_ERR__TRANSPORT)
    package static let resolve = Self(RD_KAFKA_RESP_ERR__RESOLVE)
    package static let allBrokersDown = Self(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    package static let authentication = Self(RD_KAFKA_RESP_ERR__AUTHENTICATION)
    package static let saslAuthenticationFailed = Self(RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED)
    package static let unsupportedSASLMechanism = Self(RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM)
    package static let ssl = Self(RD_KAFKA_RESP_ERR__SSL)
    package static let partitionEnd = Self(RD_KAFKA_RESP_ERR__PARTITION_EOF)
    package static let automaticOffsetReset = Self(RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
    package static let offsetOutOfRange = Self(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
    package static let unknownTopic = Self(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
    package static let unknownPartition = Self(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
    package static let unknownTopicOrPartition = Self(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    package static let topicExists = Self(RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    package static let invalidTopic = Self(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION)
    package static let topicAuthorizationFailed = Self(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
    package static let groupAuthorizationFailed = Self(RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
    package static let clusterAuthorizationFailed = Self(RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED)
    package static let transactionalIdAuthorizationFailed = Self(
        RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    package static let messageTooLarge = Self(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
    package static let invalidMessageSize = Self(RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE)
    package static let queueFull = Self(RD_KAFKA_RESP_ERR__QUEUE_FULL)
    package static let fatal = Self(RD_KAFKA_RESP_ERR__FATAL)
    package static let concurrentTransactions = Self(RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS)
    package static let unstableOffsetCommit = Self(RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT)
    package static let fenced = Self(RD_KAFKA_RESP_ERR__FENCED)
    package static let state = Self(RD_KAFKA_RESP_ERR__STATE)
    package static let inconsistent = Self(RD_KAFKA_RESP_ERR__INCONSISTENT)
    package static let invalidArgument = Self(RD_KAFKA_RESP_ERR__INVALID_ARG)
    package static let previousInProgress = Self(RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS)
    package static let notImplemented = Self(RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED)
    package static let purgedInQueue = Self(RD_KAFKA_RESP_ERR__PURGE_QUEUE)
    package static let invalidTransactionTimeout = Self(RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT)
    package static let badMessage = Self(RD_KAFKA_RESP_ERR__BAD_MSG)
    package static let systemResource = Self(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE)
    package static let failed = Self(RD_KAFKA_RESP_ERR__FAIL)
    package static let invalidTimestamp = Self(RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP)
    package static let policyViolation = Self(RD_KAFKA_RESP_ERR_POLICY_VIOLATION)
    package static let invalidRecord = Self(RD_KAFKA_RESP_ERR_INVALID_RECORD)
    package static let recordListTooLarge = Self(RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE)
    package static let unsupportedForMessageFormat = Self(RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT)
    package static let unsupportedCompression = Self(RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE)
    package static let invalidRequiredAcks = Self(RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS)

    /// What it looks like when the way to a broker fails, or something else than a broker answers: it may pass.
    package static let transportFaults: Set<Self> = [
        .timedOut, .transport, .allBrokersDown, .resolve, .messageTimedOut, .badMessage,
        Self(RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE), Self(RD_KAFKA_RESP_ERR__UNDERFLOW),
        Self(RD_KAFKA_RESP_ERR__NODE_UPDATE), Self(RD_KAFKA_RESP_ERR__UNKNOWN_BROKER),
        Self(RD_KAFKA_RESP_ERR__RETRY),
    ]

    /// The topic or the partition is not there, as far as is known.
    static let unknown: Set<Self> = [.unknownTopic, .unknownPartition, .unknownTopicOrPartition]

    /// What no other try mends in a record that was to be written.
    package static let recordFaults: Set<Self> = [
        .messageTooLarge, .recordListTooLarge, .invalidMessageSize, .invalidTimestamp, .policyViolation, .invalidRecord,
        .unsupportedForMessageFormat, .unknownPartition,
    ]

    /// What brokers answer while leaders and coordinators move, replicas catch up or disks are replaced: it passes.
    package static let passing: Set<Self> = [
        Self(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE), Self(RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION),
        Self(RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT), Self(RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE),
        Self(RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE), Self(RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION),
        Self(RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS), Self(RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE),
        Self(RD_KAFKA_RESP_ERR_NOT_COORDINATOR), Self(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS),
        Self(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND), Self(RD_KAFKA_RESP_ERR_NOT_CONTROLLER),
        Self(RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS), Self(RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR),
        Self(RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH), Self(RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH),
        Self(RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE), .unstableOffsetCommit,
        Self(RD_KAFKA_RESP_ERR__WAIT_COORD),
    ]
}
