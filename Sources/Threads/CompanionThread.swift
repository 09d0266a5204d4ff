// A thread beside another one, for the one piece of work that need not wait.

/// Does one piece of work at a time on a thread of its own, while its owner does something else. The thread starts with
/// the first work, and ends with `close` or when the object has gone.
package final class CompanionThread: Sendable {
    /// SAFETY: everything is read and written under `signal`'s lock only.
    private final class Shared: @unchecked Sendable {
        let signal = Signal()
        var work: (@Sendable () -> Void)?
        /// Whether some work has begun and not ended.
        var isBusy = false
        var isClosed = false
        var thread: NamedThread?
    }

    private let name: String
    private let shared = Shared()

    /// The name shows in `top -H` and in debuggers.
    package init(name: String) { self.name = name }

    /// Doesn't wait: the last owner may be the work itself.
    deinit { end() }

    /// Starts `work`; the former one has ended before. Where the system gives no thread, nothing is done, and the owner
    /// does the work itself or does without. One thread at a time calls this.
    package func begin(_ work: @escaping @Sendable () -> Void) throws(ThreadRefused) {
        finish()
        if shared.signal.locked({ shared.thread == nil }) {
            let thread = try NamedThread(ifPossible: name) { [shared] in CompanionThread.serve(shared) }
            shared.signal.locked { shared.thread = thread }
        }
        shared.signal.locked {
            shared.work = work
            shared.isBusy = true
        }
        shared.signal.broadcast()
    }

    /// Waits until the work has ended; returns at once where there is none.
    package func finish() {
        shared.signal.locked { while shared.isBusy { shared.signal.wait() } }
    }

    /// Waits for the work and ends the thread; another `begin` would start another one.
    package func close() {
        finish()
        end()
        shared.signal.locked { shared.thread }?.join()
        shared.signal.locked {
            shared.thread = nil
            shared.isClosed = false
        }
    }

    private func end() {
        shared.signal.locked { shared.isClosed = true }
        shared.signal.broadcast()
    }

    private static func serve(_ shared: Shared) {
        while let work = next(shared) {
            work()
            shared.signal.locked { shared.isBusy = false }
            shared.signal.broadcast()
        }
    }

    private static func next(_ shared: Shared) -> (@Sendable () -> Void)? {
        shared.signal.locked {
            while shared.work == nil && !shared.isClosed { shared.signal.wait() }
            // Not kept: what the work holds goes with it, outside the lock.
            defer { shared.work = nil }
            return shared.work
        }
    }
}
