// One rd_kafka_t: made, asked with deadlines, destroyed.

import CRdKafka

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The owner of a librdkafka client and what all kinds of clients share.
///
/// SAFETY: `rd_kafka_t` is thread-safe; the pointers never change before `close`, which the owner calls once, when no
/// other call runs.
final class ClientHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    let callbacks: ClientCallbacks
    private(set) var isClosed = false
    let bootstrapServers: String

    /// Starts a client. Takes `configuration` over.
    init(
        type: rd_kafka_type_t, configuration: OpaquePointer, options: KafkaConfiguration, reportsDeliveries: Bool,
        log: @escaping KafkaLogHandler
    ) throws(KafkaError) {
        try KafkaLibrary.requireMinimum()
        callbacks = ClientCallbacks(handler: log, scrubber: options.scrubber)
        bootstrapServers = options.bootstrapServers
        callbacks.install(on: configuration, reportsDeliveries: reportsDeliveries)
        pointer = try Self.make(type, configuration, callbacks, options.scrubber)
    }

    /// How long the making of a client may take. It only starts threads, and takes a millisecond.
    private static let creationMilliseconds = 30_000

    /// Calls `rd_kafka_new`, which may wait for ever for a thread that the system refused it.
    private static func make(
        _ type: rd_kafka_type_t, _ configuration: OpaquePointer, _ callbacks: ClientCallbacks,
        _ scrubber: SecretScrubber
    ) throws(KafkaError) -> OpaquePointer {
        let address = UInt(bitPattern: configuration)
        let made: (client: UInt, code: KafkaErrorCode, reason: String)
        do throws(LimitedCall.Failure) {
            made = try LimitedCall.run("kafka-new", milliseconds: creationMilliseconds) {
                var reason = [CChar](repeating: 0, count: 512)
                let client = rd_kafka_new(type, OpaquePointer(bitPattern: address), &reason, reason.count)
                return (UInt(bitPattern: client), KafkaErrorCode(rd_kafka_last_error()), reason.cText)
            }
        } catch {
            if case .noThread(let number) = error {
                rd_kafka_conf_destroy(configuration)
                throw .noThread("making a Kafka client", number)
            }
            // Threads that were started may still call.
            _ = Unmanaged.passRetained(callbacks)
            throw KafkaError(
                code: .systemResource,
                message: "a Kafka client was not made within \(creationMilliseconds / 1000) s: the system seems to "
                    + "refuse threads", domain: .user, hint: KafkaError.threadHint)
        }
        if let client = OpaquePointer(bitPattern: made.client) { return client }
        rd_kafka_conf_destroy(configuration)
        let isShortOfThreads = made.code == .systemResource
        throw KafkaError(
            code: isShortOfThreads ? .systemResource : .invalidArgument,
            message: "a Kafka client could not be made: \(scrubber.scrub(made.reason))", domain: .user,
            hint: isShortOfThreads ? KafkaError.threadHint : "look at the kafka.* options")
    }

    /// Destroys the client and waits for its threads; `before` runs on a client that is still whole.
    func close(before: (OpaquePointer) -> Void = { _ in }) {
        guard !isClosed else { return }
        isClosed = true
        before(pointer)
        rd_kafka_destroy(pointer)
    }

    /// A consumer's messages keep its client alive, so that the last of them ends it.
    deinit {
        if !isClosed { ConsumerEnd.destroy(pointer, callbacks) }
    }

    /// A property as this client has it; nil for one that the library doesn't know.
    func setting(_ name: String) -> String? {
        var size = 512
        var text = [CChar](repeating: 0, count: size)
        let result = rd_kafka_conf_get(rd_kafka_conf(pointer), name, &text, &size)
        return result == RD_KAFKA_CONF_OK ? text.cText : nil
    }

    // MARK: Errors

    /// The typed error for `code`: with the broker problem behind a timeout, the cause behind a fatal error, no
    /// secrets.
    func describe(
        _ code: KafkaErrorCode, text: String, doing action: String, isFatal: Bool = false, isRetriable: Bool = false,
        requiresAbort: Bool = false, topic: String? = nil, partition: Int32? = nil, offset: Int64? = nil,
        row: Int? = nil
    ) -> KafkaError {
        var code = code
        var text = text.isEmpty ? code.explanation : text
        var isFatal = isFatal
        if !isClosed {
            var reason = [CChar](repeating: 0, count: 512)
            let fatal = KafkaErrorCode(rd_kafka_fatal_error(pointer, &reason, reason.count))
            if fatal != .none, code == .fatal || isFatal {
                code = fatal
                text = reason.cText
                isFatal = true
            }
        }
        let mayPass = KafkaErrorCode.transportFaults.contains(code) || code == .failed
        var cause: KafkaErrorCode?
        if mayPass, let problem = callbacks.lastBrokerProblem {
            cause = problem.code
            text += " (\(problem.text))"
        }
        let message = "\(action): \(callbacks.scrubber.scrub(text))"
        let explained = cause.flatMap { KafkaError.hint(for: $0, topic: topic, message: message) }
        let unreachable = mayPass && !bootstrapServers.isEmpty
        if let cause, Self.isConclusive(cause) || code == .failed { code = cause }
        return KafkaError(
            code: code,
            message: unreachable ? message + "; brokers \(callbacks.scrubber.scrub(bootstrapServers))" : message,
            isFatal: isFatal, isRetriable: isRetriable, requiresAbort: requiresAbort, hint: explained, topic: topic,
            partition: partition, offset: offset, row: row)
    }

    /// A problem that waiting does not cure.
    static func isConclusive(_ code: KafkaErrorCode) -> Bool {
        [.authentication, .saslAuthenticationFailed, .unsupportedSASLMechanism, .ssl].contains(code)
    }

    /// Asks again and again in growing slices until an answer or the deadline, so that wrong credentials or a wrong
    /// certificate are reported at once instead of after the whole deadline.
    ///
    /// `serve` gives librdkafka's callbacks a chance to run between slices. An answer ends what is known of a problem,
    /// unless any broker may have given it: the one that has the problem may be another one. That a topic or
    /// partition is unknown is taken for an answer only behind `unknownUntil`.
    func ask<Answer>(
        _ action: String, deadline: Deadline, anyBroker: Bool = false, unknownUntil: Deadline? = nil,
        serve: () -> Void,
        _ request: (_ timeoutMilliseconds: Int32) -> (rd_kafka_resp_err_t, Answer)
    ) throws(KafkaError) -> Answer {
        var slice = 1_000
        while true {
            let remaining = deadline.remainingMilliseconds
            let (error, answer) = request(Int32(clamping: min(slice, max(1, remaining))))
            let code = KafkaErrorCode(error)
            if code == .none {
                if !anyBroker { callbacks.clearBrokerProblem() }
                return answer
            }
            serve()
            let mayPass =
                KafkaErrorCode.transportFaults.contains(code) || KafkaErrorCode.passing.contains(code)
                || code == .failed || KafkaErrorCode.unknown.contains(code) && !(unknownUntil?.hasPassed ?? true)
            let hopeless = callbacks.lastBrokerProblem.map { Self.isConclusive($0.code) } ?? false
            guard mayPass, !hopeless, !deadline.hasPassed else {
                let isRetriable = mayPass && !hopeless && !KafkaErrorCode.unknown.contains(code)
                throw describe(code, text: "", doing: action, isRetriable: isRetriable)
            }
            if code != .timedOut { Self.wait(milliseconds: min(100, deadline.remainingMilliseconds)) }
            slice = min(slice * 2, 30_000)
        }
    }

    /// Lets time pass on this thread.
    static func wait(milliseconds: Int) { poll(nil, 0, Int32(clamping: milliseconds)) }
}
