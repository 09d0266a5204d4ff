// A thread beside another one, for the one piece of work that need not wait.

/// Does one piece of work at a time on a thread of its own, while its owner does something else. The thread starts with
/// the first work and ends with `close`, or with the object. Used by its owner's thread only.
package final class CompanionThread {
    /// SAFETY: what both threads see is read and written under `signal`'s lock only.
    private final class Shared: @unchecked Sendable {
        let signal = Signal()
        var work: (@Sendable () -> Void)?
        var isClosed = false
    }

    private let name: String
    private let shared = Shared()
    private var thread: NamedThread?

    /// The name shows in `top -H` and in debuggers.
    package init(name: String) { self.name = name }

    deinit { close() }

    /// Starts `work`; the former one has ended before.
    package func begin(_ work: @escaping @Sendable () -> Void) {
        finish()
        shared.signal.locked { shared.work = work }
        shared.signal.broadcast()
        guard thread == nil else { return }
        thread = NamedThread(name: name) { [shared] in CompanionThread.serve(shared) }
    }

    /// Waits until the work has ended; returns at once where there is none.
    package func finish() {
        shared.signal.locked { while shared.work != nil { shared.signal.wait() } }
    }

    /// Waits for the work and ends the thread. Nothing is begun afterwards.
    package func close() {
        finish()
        shared.signal.locked { shared.isClosed = true }
        shared.signal.broadcast()
        thread?.join()
    }

    private static func serve(_ shared: Shared) {
        while true {
            let work: (@Sendable () -> Void)? = shared.signal.locked {
                while shared.work == nil && !shared.isClosed { shared.signal.wait() }
                return shared.work
            }
            guard let work else { return }
            work()
            shared.signal.locked { shared.work = nil }
            shared.signal.broadcast()
        }
    }
}
