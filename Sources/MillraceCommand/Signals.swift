// SIGTERM and SIGINT: the first ends the command in good order, the second at once.

import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Turns termination signals into a call, on a thread of their own.
enum Signals {
    private static let handler = Mutex<(@Sendable () -> Void)?>(nil)
    private static let hasArrived = Mutex(false)

    /// Blocks the signals for all threads that are made afterwards, and starts the one that waits for them. Call it
    /// first.
    static func install() {
        signal(SIGPIPE, SIG_IGN)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, waiter, nil)
        precondition(status == 0, "the system refused a thread (error \(status))")
        pthread_detach(thread)
    }

    /// Calls `body` at the first signal; at once if it has arrived already.
    static func whenAsked(_ body: @escaping @Sendable () -> Void) {
        handler.withLock { $0 = body }
        if hasArrived.withLock({ $0 }) { body() }
    }

    private static let waiter: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { _ in
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        var number: Int32 = 0
        while sigwait(&set, &number) == 0 {
            let isFirst = hasArrived.withLock { arrived in
                defer { arrived = true }
                return !arrived
            }
            guard isFirst else { _exit(ExitCode.interrupted.rawValue) }
            handler.withLock { $0 }?()
        }
        return nil
    }
}
