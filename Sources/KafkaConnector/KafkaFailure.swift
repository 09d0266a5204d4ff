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
        let code = code(of: error)
        var places: [String] = []
        if let topic = error.topic { places.append("topic \(topic)") }
        if let partition = error.partition, partition >= 0 { places.append("partition \(partition)") }
        if let offset = error.offset, offset >= 0 { places.append("offset \(offset)") }
        if let row = error.row { places.append("row \(row)") }
        let place = places.isEmpty ? "" : " (\(places.joined(separator: ", ")))"
        return ConnectorError(code, "\(error.message)\(place) [\(error.code.name)]", hint: hint(for: error))
    }

    private static func code(of error: KafkaError) -> ConnectorError.Code {
        if error.concernsRecord, KafkaErrorCode.recordFaults.contains(error.code) { return .badRow }
        switch error.code {
        case .topicAuthorizationFailed, .groupAuthorizationFailed, .clusterAuthorizationFailed,
            .transactionalIdAuthorizationFailed, .authentication, .saslAuthenticationFailed,
            .unsupportedSASLMechanism, .ssl:
            return .accessDenied
        case .unknownTopic, .unknownPartition, .unknownTopicOrPartition: return .notFound
        case .messageTooLarge, .recordListTooLarge, .invalidMessageSize, .invalidTimestamp, .policyViolation,
            .invalidRecord:
            return .badRow
        case .offsetOutOfRange, .automaticOffsetReset: return .dataLoss
        case .invalidArgument, .invalidTransactionTimeout, .invalidTopic, .unsupportedCompression,
            .invalidRequiredAcks:
            return .invalidOption
        case .systemResource: return .tooManyThreads
        // At an offset it is a message that is damaged, and stays so.
        case .badMessage where error.offset.map({ $0 >= 0 }) ?? false: return .failed
        default:
            let mayPass =
                error.isRetriable || KafkaErrorCode.transportFaults.contains(error.code)
                || KafkaErrorCode.passing.contains(error.code)
            return mayPass ? .unavailable : .failed
        }
    }

    private static func hint(for error: KafkaError) -> String? {
        guard error.concernsRecord, error.code == .unknownPartition else { return error.hint }
        return
            "column 'partition' names a partition that the topic doesn't have: they are numbered from 0 on; "
            + "NULL leaves the choice to the partitioner"
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
