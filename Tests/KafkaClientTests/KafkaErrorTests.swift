// What errors say, whose fault they are, what to do.

import KafkaClient
import Testing

@Suite struct KafkaErrorTests {
    @Test(arguments: [
        (KafkaErrorCode.transport, "connect to 1.2.3.4:1 failed: Connection refused", "nothing listens there"),
        (.resolve, "Failed to resolve 'x:1': Name or service not known", "host's name"),
        (.transport, "Disconnected: might be caused by incorrect security.protocol", "kafka.security.protocol"),
        (.timedOut, "Timed out", "look whether the brokers"),
        (.ssl, "certificate verify failed", "ssl.ca.location"),
        (.authentication, "Invalid username or password", "user name and password"),
        (.unknownTopicOrPartition, "", "create the topic first"),
        (.topicAuthorizationFailed, "", "DESCRIBE"),
        (.messageTooLarge, "", "message.max.bytes"),
        (.fenced, "", "only one may run"),
        (.automaticOffsetReset, "", "retention"),
        (.invalidTransactionTimeout, "", "transactionTimeoutMs"),
    ])
    func advice(_ code: KafkaErrorCode, _ text: String, _ advice: String) {
        #expect(KafkaError(code: code, message: text).hint?.contains(advice) == true)
    }

    @Test func scramIsExplainedOnOldLibraries() {
        let hint = KafkaError(code: .authentication, message: "SASL mechanism SCRAM-SHA-512: invalid credentials").hint
        #expect(hint?.contains("2.6.1") == (KafkaLibrary.version < KafkaLibrary.Version(2, 6, 1)))
    }

    @Test(arguments: [
        (KafkaErrorCode.unknownTopic, KafkaError.Domain.user), (.topicAuthorizationFailed, .user),
        (.messageTooLarge, .user), (.timedOut, .external), (.transport, .external), (.fenced, .external),
        (.inconsistent, .internal), (.state, .internal),
    ])
    func faults(_ code: KafkaErrorCode, _ domain: KafkaError.Domain) {
        #expect(KafkaError(code: code, message: "").domain == domain)
    }

    @Test func theTextHasPlaceNameAndAdvice() {
        let error = KafkaError(
            code: .offsetOutOfRange, message: "reading failed", topic: "t", partition: 3, offset: 42, row: 7)
        #expect(
            error.description
                == "reading failed [topic t, partition 3, offset 42, row 7] [OFFSET_OUT_OF_RANGE]: "
                + "retention or deletion removed these offsets, or the topic was made anew")
        #expect(KafkaErrorCode.transport.name == "_TRANSPORT")
        #expect(KafkaErrorCode.timedOut.explanation == "Local: Timed out")
    }
}
