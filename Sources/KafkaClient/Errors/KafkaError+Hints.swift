// What to do about an error, by its number and its text.

extension KafkaError {
    /// The advice where the system refuses threads.
    static let threadHint =
        "raise the limit of threads and processes (ulimit -u, TasksMax= of the service, the container's pids limit)"

    /// That the system gives no thread, with its number for why.
    static func noThread(_ work: String, _ number: Int32) -> KafkaError {
        KafkaError(
            code: .systemResource, message: "\(work): the system gives no thread (error \(number))", domain: .user,
            hint: threadHint)
    }

    /// The advice for `code`, which may depend on what librdkafka said.
    static func hint(for code: KafkaErrorCode, topic: String?, message: String) -> String? {
        switch code {
        case _ where KafkaErrorCode.transportFaults.contains(code): return connectionHint(message)
        case .authentication, .saslAuthenticationFailed, .unsupportedSASLMechanism: return authenticationHint(message)
        case .ssl: return sslHint(message)
        case .unknownTopic, .unknownTopicOrPartition, .unknownPartition:
            return "create the topic first (topics are never created by a query), or look at its name"
        case .invalidTopic: return "a topic's name has letters, digits, '.', '_' and '-', at most 249 of them"
        case .topicAuthorizationFailed:
            return "give this user DESCRIBE and READ on a source's topic, DESCRIBE and WRITE on a sink's"
        case .groupAuthorizationFailed: return "give this user READ on the group, or set groupIdPrefix"
        case .transactionalIdAuthorizationFailed:
            return "give this user DESCRIBE and WRITE on the transactional id, or set the sink's option groupIdPrefix"
        case .clusterAuthorizationFailed: return "give this user the right on the cluster (CREATE for topics)"
        case .messageTooLarge, .recordListTooLarge, .invalidMessageSize:
            return "raise kafka.message.max.bytes here and max.message.bytes of the topic, or write smaller rows"
        case .invalidRecord: return "the topic refuses such rows: one that is compacted takes no row without a key"
        case .automaticOffsetReset, .offsetOutOfRange:
            return "retention or deletion removed these offsets, or the topic was made anew"
        case .fenced: return "another instance with the same checkpoint has started; only one may run"
        case .unstableOffsetCommit:
            return
                "they come when it has ended, by its producer or by its transaction.timeout.ms; where they don't, "
                + "the brokers have lost its end: see 'A transaction that never ends' in docs/operations.md"
        case .invalidTransactionTimeout:
            return "set the sink's option transactionTimeoutMs to at most the broker's transaction.max.timeout.ms"
        default: return nil
        }
    }

    private static func connectionHint(_ message: String) -> String? {
        let lower = message.lowercased()
        if lower.contains("incorrect security.protocol") {
            return "the port may want TLS or SASL: set kafka.security.protocol to the listener's"
        }
        // librdkafka reads the first bytes as a length: 1213486160 are the letters HTTP.
        if lower.contains("invalid response size") {
            let what = lower.contains("1213486160") ? " but speaks HTTP" : ""
            return "what answers there is no Kafka broker\(what), or wants TLS: look at host and port, and "
                + "at the advertised.listeners of the brokers"
        }
        if lower.contains("ssl") { return sslHint(message) }
        if lower.contains("sasl") || lower.contains("authentication") { return authenticationHint(message) }
        if lower.contains("refused") {
            return "nothing listens there: start the broker or correct kafka.bootstrap.servers"
        }
        if lower.contains("resolve") || lower.contains("name or service not known") {
            return "the host's name is not known here: look at kafka.bootstrap.servers and at the advertised.listeners "
                + "of the brokers"
        }
        return "look whether the brokers in kafka.bootstrap.servers run and can be reached from here"
    }

    private static func authenticationHint(_ message: String) -> String {
        let general = "look at kafka.security.protocol, kafka.sasl.mechanism, user name and password"
        let scram = message.lowercased().contains("scram")
        guard scram, KafkaLibrary.version < KafkaLibrary.Version(2, 6, 1) else { return general }
        return general + "; SCRAM of librdkafka \(KafkaLibrary.version) is refused by brokers that check the nonce "
            + "strictly (Kafka 4): librdkafka 2.6.1 or later is needed there"
    }

    private static func sslHint(_ message: String) -> String {
        let lower = message.lowercased()
        if lower.contains("verify") || lower.contains("certificate") {
            return "the broker's certificate is not trusted: name the authority with kafka.ssl.ca.location, and reach "
                + "the broker by a name in its certificate"
        }
        return "TLS failed: look at kafka.security.protocol and whether the port is a TLS listener"
    }
}
