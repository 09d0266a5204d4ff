// SIGTERM, SIGINT and SIGHUP: the first ends the command in good order, the second at once.

import Millrace
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Who is told of the first signal.
enum Signals {
    private struct State {
        var handler: (@Sendable () -> Void)?
        var hasArrived = false
    }

    private static let state = Mutex(State())

    /// Takes the signals from now on. Call it first.
    static func install() {
        StreamingProgram.onTermination { isFirst in
            guard isFirst else { return endNow() }
            let handler = state.withLock { state in
                state.hasArrived = true
                return state.handler
            }
            handler?()
        }
    }

    /// Ends the command at once, as the second signal does.
    static func endNow() {
        Terminal.showCursor()
        _exit(ExitCode.interrupted.rawValue)
    }

    /// Calls `body` at the first signal; at once if it has arrived already. `body` may be called twice.
    static func whenAsked(_ body: @escaping @Sendable () -> Void) {
        let hasArrived = state.withLock { state in
            state.handler = body
            return state.hasArrived
        }
        if hasArrived { body() }
    }
}
