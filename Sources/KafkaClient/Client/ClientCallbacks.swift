// What librdkafka calls: logs, errors, statistics, delivery reports. Nothing throws, nothing is kept by reference.

import CRdKafka
import Synchronization

/// State that callbacks reach through librdkafka's opaque pointer; lives until the client is destroyed.
final class ClientCallbacks: Sendable {
    let handler: KafkaLogHandler
    let scrubber: SecretScrubber
    /// The last problem with brokers, which explains a later timeout; none after a call that went well.
    private let brokerProblem = Mutex<(code: KafkaErrorCode, text: String)?>(nil)
    let deliveries: DeliveryCounters
    /// Whether the brokers have not finished the former transaction of this transactional id yet.
    let isFormerTransactionOpen = Atomic<Bool>(false)

    init(handler: @escaping KafkaLogHandler, scrubber: SecretScrubber) {
        self.handler = handler
        self.scrubber = scrubber
        self.deliveries = DeliveryCounters()
    }

    var lastBrokerProblem: (code: KafkaErrorCode, text: String)? { brokerProblem.withLock { $0 } }

    func clearBrokerProblem() { brokerProblem.withLock { $0 = nil } }

    /// Keeps the more telling of the old problem and this: "all brokers down" and "disconnected" say less than
    /// "connection refused".
    func note(_ code: KafkaErrorCode, _ text: String) {
        let kept = scrubber.scrub(text)
        brokerProblem.withLock { current in
            if current != nil, code == .allBrokersDown || kept.contains("Disconnected") { return }
            current = (code, kept)
        }
    }

    /// Puts the callbacks into `configuration`; the client made from it has to be destroyed before `self` goes.
    func install(on configuration: OpaquePointer, reportsDeliveries: Bool) {
        rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(self).toOpaque())
        rd_kafka_conf_set_log_cb(configuration, logCallback)
        rd_kafka_conf_set_error_cb(configuration, errorCallback)
        rd_kafka_conf_set_stats_cb(configuration, statisticsCallback)
        if reportsDeliveries { rd_kafka_conf_set_dr_msg_cb(configuration, deliveryCallback) }
    }

    fileprivate static func from(_ opaque: UnsafeMutableRawPointer?) -> ClientCallbacks? {
        opaque.map { Unmanaged<ClientCallbacks>.fromOpaque($0).takeUnretainedValue() }
    }
}

/// What happened to produced messages.
///
/// SAFETY: written by delivery reports, which librdkafka gives on the one thread that polls, flushes or commits; read
/// on that same thread. A producer is used by one thread at a time.
final class DeliveryCounters: @unchecked Sendable {
    struct Failure {
        let code: KafkaErrorCode
        let text: String
        let topic: String
        let partition: Int32
        /// Key and value, in words.
        let record: String
    }

    var delivered = 0
    var failed = 0
    var bytesReported = 0
    var firstFailure: Failure?
}

private let logCallback: @convention(c) (OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Void =
    {
        client, level, facility, text in
        guard let client, let callbacks = ClientCallbacks.from(rd_kafka_opaque(client)) else { return }
        let message = callbacks.scrubber.scrub(text.map { String(cString: $0) } ?? "")
        // That a port wants TLS or SASL is only logged, never reported as an error.
        if message.contains("security.protocol") { callbacks.note(.transport, message) }
        let facility = facility.map { String(cString: $0) } ?? ""
        // Nor this, after which librdkafka lets half a second pass before it asks again.
        if facility == "GETPID", message.contains("concurrent") {
            callbacks.isFormerTransactionOpen.store(true, ordering: .relaxed)
        }
        callbacks.handler(
            KafkaLogRecord(
                kind: .log, level: Int(level), facility: facility, message: message))
    }

private let errorCallback:
    @convention(c) (OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafeMutableRawPointer?) -> Void = {
        client, number, text, opaque in
        guard let callbacks = ClientCallbacks.from(opaque) else { return }
        var code = KafkaErrorCode(rawValue: number)
        var message = text.map { String(cString: $0) } ?? ""
        if code == .fatal, let client {
            var reason = [CChar](repeating: 0, count: 512)
            code = KafkaErrorCode(rd_kafka_fatal_error(client, &reason, reason.count))
            message = reason.cText
        }
        callbacks.note(code, message)
        callbacks.handler(
            KafkaLogRecord(
                kind: .error, level: 3, facility: code.name, message: callbacks.scrubber.scrub(message)))
    }

private let statisticsCallback:
    @convention(c) (OpaquePointer?, UnsafeMutablePointer<CChar>?, Int, UnsafeMutableRawPointer?) -> Int32 = {
        _, text, _, opaque in
        guard let callbacks = ClientCallbacks.from(opaque), let text else { return 0 }
        callbacks.handler(
            KafkaLogRecord(
                kind: .statistics, level: 6, facility: "STATS",
                message: callbacks.scrubber.scrub(String(cString: text))))
        return 0  // librdkafka frees the text.
    }

private let deliveryCallback:
    @convention(c) (OpaquePointer?, UnsafePointer<rd_kafka_message_t>?, UnsafeMutableRawPointer?) -> Void = {
        _, message, opaque in
        guard let message, let opaque else { return }
        let callbacks = Unmanaged<ClientCallbacks>.fromOpaque(opaque)
        callbacks._withUnsafeGuaranteedRef { $0.deliveries.report(message) }
    }

extension DeliveryCounters {
    fileprivate func report(_ message: UnsafePointer<rd_kafka_message_t>) {
        bytesReported &+= message.pointee.len &+ message.pointee.key_len
        guard message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR else {
            delivered &+= 1
            return
        }
        failed &+= 1
        guard firstFailure == nil else { return }
        let code = KafkaErrorCode(message.pointee.err)
        // Not `rd_kafka_message_errstr`: for a message that was to be sent it is the message's value, which has no end.
        firstFailure = Failure(
            code: code, text: code.explanation, topic: message.pointee.rkt.topicName,
            partition: message.pointee.partition,
            record: recordWords(message.pointee))
    }
}

extension OpaquePointer? {
    /// The name of a `rd_kafka_topic_t`.
    var topicName: String {
        guard let self, let name = rd_kafka_topic_name(self) else { return "" }
        return String(cString: name)
    }
}

/// A record's key and its sizes, for an error.
func recordWords(_ message: rd_kafka_message_t) -> String {
    let key = printablePrefix(UnsafeRawBufferPointer(start: message.key, count: message.key_len))
    let size = message.key == nil ? "" : " of \(message.key_len) bytes"
    return "a record with key \(key)\(size) and a value of \(message.len) bytes"
}

/// The first 100 bytes of a key as text that can stand in an error.
func printablePrefix(_ bytes: UnsafeRawBufferPointer) -> String {
    guard bytes.baseAddress != nil else { return "NULL" }
    var text = ""
    for byte in bytes.prefix(100) {
        if byte >= 0x20 && byte < 0x7f { text.unicodeScalars.append(Unicode.Scalar(byte)) } else { text += "." }
    }
    return "'\(text)'" + (bytes.count > 100 ? "..." : "")
}
