// SIGTERM, SIGINT and SIGHUP: the first ends the command in good order, the second at once.

import Millrace
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Turns termination signals into a call, on a thread of their own.
enum Signals {
    private struct State {
        var handler: (@Sendable () -> Void)?
        var hasArrived = false
    }

    private static let state = Mutex(State())

    /// Blocks the signals for all threads that are made afterwards, and starts the one that waits for them. Call it
    /// first.
    static func install() {
        signal(SIGPIPE, SIG_IGN)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        // Not under `nohup`: a signal that is ignored and waited for would arrive all the same.
        if !isIgnored(SIGHUP) { sigaddset(&set, SIGHUP) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        BackgroundThread.start { [set] in wait(for: set) }
    }

    /// Calls `body` at the first signal; at once if it has arrived already. `body` may be called twice.
    static func whenAsked(_ body: @escaping @Sendable () -> Void) {
        let hasArrived = state.withLock { state in
            state.handler = body
            return state.hasArrived
        }
        if hasArrived { body() }
    }

    private static func wait(for signals: sigset_t) {
        var signals = signals
        var number: Int32 = 0
        while sigwait(&signals, &number) == 0 {
            let (handler, isFirst) = state.withLock { state in
                defer { state.hasArrived = true }
                return (state.handler, !state.hasArrived)
            }
            guard isFirst else {
                Terminal.showCursor()
                _exit(ExitCode.interrupted.rawValue)
            }
            handler?()
        }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        #if canImport(Glibc)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
        #else
        return unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self) == 1
        #endif
    }
}
