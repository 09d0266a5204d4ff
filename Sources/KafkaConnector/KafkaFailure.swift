// Kafka's errors as the engine understands them.

import Connectors
import KafkaClient

enum KafkaFailure {
    /// The engine's error for one of the client's; `doing` says what was tried.
    static func connectorError(_ error: KafkaError) -> ConnectorError {
        if error.message.contains(tooManyFiles) {
            return ConnectorError(
                .tooManyFiles, "\(error.message) [\(error.code.name)]",
                hint: "raise the limit of open files (ulimit -n, LimitNOFILE= of the service)")
        }
        let code: ConnectorError.Code
        switch error.code {
        case .topicAuthorizationFailed, .groupAuthorizationFailed, .clusterAuthorizationFailed,
            .transactionalIdAuthorizationFailed, .authentication, .saslAuthenticationFailed,
            .unsupportedSASLMechanism, .ssl:
            code = .accessDenied
        case .unknownTopic, .unknownPartition, .unknownTopicOrPartition: code = .notFound
        case .messageTooLarge, .invalidMessageSize, .invalidTimestamp, .policyViolation, .invalidRecord:
            code = .badRow
        case .offsetOutOfRange, .automaticOffsetReset: code = .dataLoss
        case .invalidArgument, .invalidTransactionTimeout, .invalidTopic: code = .invalidOption
        case .timedOut, .transport, .allBrokersDown, .resolve, .messageTimedOut: code = .unavailable
        default: code = error.isRetriable || KafkaErrorCode.passing.contains(error.code) ? .unavailable : .failed
        }
        var places: [String] = []
        if let topic = error.topic { places.append("topic \(topic)") }
        if let partition = error.partition, partition >= 0 { places.append("partition \(partition)") }
        if let offset = error.offset, offset >= 0 { places.append("offset \(offset)") }
        if let row = error.row { places.append("row \(row)") }
        let place = places.isEmpty ? "" : " (\(places.joined(separator: ", ")))"
        return ConnectorError(code, "\(error.message)\(place) [\(error.code.name)]", hint: error.hint)
    }

    /// What the C library says for EMFILE, which librdkafka puts into its sentences.
    private static let tooManyFiles = "Too many open files"

    /// Runs calls of the client, and throws the engine's errors.
    static func mapped<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as KafkaError {
            throw connectorError(error)
        } catch let error as KafkaConfigurationError {
            let refusal = [.denied, .engineOwned].contains(error.problem) ? "is refused: " : ""
            throw ConnectorError(
                .invalidOption, "option 'kafka.\(error.option)' \(refusal)\(error.message)", hint: error.hint)
        }
    }
}
