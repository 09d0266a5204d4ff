// The end of a consumer, with an end.

import CRdKafka

/// Destroys a consumer on a thread of its own, so that it can be left behind.
///
/// librdkafka waits for its brokers' threads, and one of them never ends when a topic that the consumer had read was
/// deleted and made anew: it holds on to the old partition (seen with 2.0.2). The process would hang instead of ending.
enum ConsumerEnd {
    private static let patienceMilliseconds = 3_000

    /// Destroys the client; returns when that is done, or after some seconds when it will never be.
    static func destroy(_ client: OpaquePointer, _ callbacks: ClientCallbacks) {
        // Pointers may not be handed between threads. The callbacks are used until the client is gone.
        let address = UInt(bitPattern: client)
        let destroy: @Sendable () -> Void = {
            rd_kafka_destroy_flags(OpaquePointer(bitPattern: address), Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE))
            withExtendedLifetime(callbacks) {}
        }
        do throws(LimitedCall.Failure) {
            try LimitedCall.run("kafka-end", milliseconds: patienceMilliseconds, destroy)
        } catch {
            // Where the system gives no thread: nearly always it ends here as well, and gives some back.
            if case .noThread = error { destroy() }
        }
    }
}
