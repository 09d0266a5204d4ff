// Kafka's errors as the engine understands them.

import Connectors
import KafkaClient

enum KafkaFailure {
    /// The engine's error for one of the client's; `doing` says what was tried.
    static func connectorError(_ error: KafkaError) -> ConnectorError {
        let code: ConnectorError.Code
        switch error.code {
        case .topicAuthorizationFailed, .groupAuthorizationFailed, .clusterAuthorizationFailed,
            .transactionalIdAuthorizationFailed, .authentication, .saslAuthenticationFailed,
            .unsupportedSASLMechanism, .ssl:
            code = .accessDenied
        case .unknownTopic, .unknownPartition, .unknownTopicOrPartition: code = .notFound
        case .messageTooLarge, .invalidMessageSize: code = .badRow
        case .offsetOutOfRange, .automaticOffsetReset: code = .dataLoss
        case .invalidArgument, .invalidTransactionTimeout, .invalidTopic: code = .invalidOption
        case .timedOut, .transport, .allBrokersDown, .resolve, .messageTimedOut: code = .unavailable
        default: code = error.isRetriable ? .unavailable : .failed
        }
        return ConnectorError(code, error.description, hint: error.hint)
    }

    /// Runs calls of the client, and throws the engine's errors.
    static func mapped<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as KafkaError {
            throw connectorError(error)
        } catch let error as KafkaConfigurationError {
            throw ConnectorError(.invalidOption, "option 'kafka.\(error.option)': \(error.message)", hint: error.hint)
        }
    }
}
