// The end of a consumer, with an end.

import CRdKafka
import Synchronization
import Threads

/// Destroys a consumer on a thread of its own, so that it can be left behind.
///
/// librdkafka waits for its brokers' threads, and one of them never ends when a topic that the consumer had read was
/// deleted and made anew: it holds on to the old partition (seen with 2.0.2). The process would hang instead of ending.
final class ConsumerEnd: Sendable {
    private static let patienceNanoseconds: UInt64 = 3_000_000_000

    private let signal = Signal()
    private let isOver = Mutex(false)

    /// Destroys the client; returns when that is done, or after some seconds when it will never be.
    static func destroy(_ client: OpaquePointer, _ callbacks: ClientCallbacks) {
        let end = ConsumerEnd()
        // Pointers may not be handed between threads. The callbacks are used until the client is gone.
        let address = UInt(bitPattern: client)
        let destroy: @Sendable () -> Void = {
            rd_kafka_destroy_flags(OpaquePointer(bitPattern: address), Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE))
            withExtendedLifetime(callbacks) {}
            end.signal.locked { end.isOver.withLock { $0 = true } }
            end.signal.broadcast()
        }
        guard let thread = try? NamedThread(ifPossible: "kafka-end", body: destroy) else {
            // The system gives no thread: nearly always it ends here as well, and gives some back.
            return destroy()
        }
        if end.wait() { thread.join() }
    }

    private func wait() -> Bool {
        let deadline = Monotonic.moment(in: Self.patienceNanoseconds)
        return signal.locked {
            while !isOver.withLock({ $0 }) {
                guard signal.wait(until: deadline) else { return isOver.withLock { $0 } }
            }
            return true
        }
    }
}
