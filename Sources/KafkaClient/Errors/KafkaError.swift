// Everything that can go wrong in Kafka, as one typed error.

import CRdKafka

/// An error of librdkafka or of a broker: what happened, where, whose fault, what to do. Its text holds no secret.
package struct KafkaError: Error, Sendable, CustomStringConvertible {
    /// Whose fault an error is.
    package enum Domain: Sendable {
        /// What the user asked for: a topic name, a right, an option, a record.
        case user
        /// Brokers, network, credentials' other side.
        case external
        /// Our own use of librdkafka.
        case `internal`
    }

    package let code: KafkaErrorCode
    package let message: String
    /// The client can do nothing any more and is to be closed.
    package let isFatal: Bool
    /// The same call again may succeed.
    package let isRetriable: Bool
    /// librdkafka asks for an abort. The outcome of the transaction is unknown all the same: never abort and redo.
    package let requiresAbort: Bool
    package let domain: Domain
    /// What to do about it.
    package let hint: String?
    package var topic: String?
    package var partition: Int32?
    package var offset: Int64?
    /// The row of the caller's columns that was refused.
    package var row: Int?
    /// Whether it is about a record that was to be written, rather than about the call.
    package var concernsRecord = false

    package init(
        code: KafkaErrorCode, message: String, isFatal: Bool = false, isRetriable: Bool = false,
        requiresAbort: Bool = false, domain: Domain? = nil, hint: String? = nil, topic: String? = nil,
        partition: Int32? = nil, offset: Int64? = nil, row: Int? = nil
    ) {
        self.code = code
        self.message = message
        self.isFatal = isFatal
        self.isRetriable = isRetriable
        self.requiresAbort = requiresAbort
        self.domain = domain ?? Self.domain(of: code)
        self.hint = hint ?? Self.hint(for: code, topic: topic, message: message)
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.row = row
    }

    package var description: String {
        var text = message
        var places: [String] = []
        if let topic { places.append("topic \(topic)") }
        if let partition, partition >= 0 { places.append("partition \(partition)") }
        if let offset, offset >= 0 { places.append("offset \(offset)") }
        if let row { places.append("row \(row)") }
        if !places.isEmpty { text += " [\(places.joined(separator: ", "))]" }
        text += " [\(code.name)]"
        if let hint { text += ": \(hint)" }
        return text
    }

    private static func domain(of code: KafkaErrorCode) -> Domain {
        switch code {
        case .unknownTopic, .unknownPartition, .unknownTopicOrPartition, .topicExists, .invalidTopic,
            .topicAuthorizationFailed, .groupAuthorizationFailed, .clusterAuthorizationFailed,
            .transactionalIdAuthorizationFailed, .messageTooLarge, .recordListTooLarge, .invalidMessageSize,
            .authentication,
            .saslAuthenticationFailed, .unsupportedSASLMechanism, .invalidTransactionTimeout:
            .user
        case .state, .inconsistent, .invalidArgument, .previousInProgress: .internal
        default: .external
        }
    }
}

extension KafkaError {
    /// Takes `error` over: copies what it says, frees it.
    static func take(_ error: OpaquePointer, client: ClientHandle, doing action: String) -> KafkaError {
        defer { rd_kafka_error_destroy(error) }
        let text = rd_kafka_error_string(error).map { String(cString: $0) } ?? ""
        return client.describe(
            KafkaErrorCode(rd_kafka_error_code(error)), text: text, doing: action,
            isFatal: rd_kafka_error_is_fatal(error) != 0, isRetriable: rd_kafka_error_is_retriable(error) != 0,
            requiresAbort: rd_kafka_error_txn_requires_abort(error) != 0)
    }
}
