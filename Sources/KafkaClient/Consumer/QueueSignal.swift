// Waiting until any of a consumer's partitions has messages, without turning in circles.

import CRdKafka
import Synchronization
import Threads

/// Wakes threads when a partition queue of a consumer was empty and is not any more.
///
/// librdkafka calls, instead of writing to a pipe: hundreds of partitions need no file descriptor. Any number of
/// threads may wait; each takes `mark` before it looks into its queues, so that no message comes unnoticed between the
/// look and the wait.
package final class QueueSignal: Sendable {
    private let signal = Signal()
    private let arrivals = Atomic<UInt64>(0)
    private let waiting = Atomic<Int>(0)
    private let handler = Mutex<(@Sendable () -> Void)?>(nil)

    package init() {}

    /// What has arrived until now, to be handed to `wait`.
    package var mark: UInt64 { arrivals.load(ordering: .sequentiallyConsistent) }

    /// Calls `handler` whenever something arrives, too; on librdkafka's threads, so that it may only wake somebody.
    package func setHandler(_ handler: @escaping @Sendable () -> Void) { self.handler.withLock { $0 = handler } }

    /// Wakes all that wait, from any thread; used to stop them.
    package func wake() {
        arrivals.wrappingAdd(1, ordering: .sequentiallyConsistent)
        handler.withLock { $0 }?()
        guard waiting.load(ordering: .sequentiallyConsistent) > 0 else { return }
        // Under the lock, so that it doesn't fall between a waiting thread's last look and its sleep.
        signal.locked { signal.broadcast() }
    }

    /// Returns as soon as something has arrived since `mark` was taken, or the time is over; true but for the last.
    @discardableResult
    package func wait(since mark: UInt64, timeoutMilliseconds: Int) -> Bool {
        guard self.mark == mark, timeoutMilliseconds > 0 else { return self.mark != mark }
        let deadline = Monotonic.moment(in: UInt64(timeoutMilliseconds) * 1_000_000)
        waiting.wrappingAdd(1, ordering: .sequentiallyConsistent)
        defer { waiting.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
        return signal.locked {
            while self.mark == mark { guard signal.wait(until: deadline) else { break } }
            return self.mark != mark
        }
    }

    /// What librdkafka calls, on one of its threads and with the queue's lock held.
    static let callback: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Void = { _, opaque in
        guard let opaque else { return }
        Unmanaged<QueueSignal>.fromOpaque(opaque)._withUnsafeGuaranteedRef { $0.wake() }
    }
}
