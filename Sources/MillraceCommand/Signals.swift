// SIGTERM, SIGINT and SIGHUP: the first ends the command in good order, the second at once.

import Millrace
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Who is told of the signals.
enum Signals {
    private struct State {
        var handler: (@Sendable () -> Void)?
        var interrupt: (@Sendable () -> Void)?
        var hasArrived = false
    }

    private static let state = Mutex(State())

    /// Takes the signals from now on. Call it first.
    static func install() throws(MillraceError) {
        try StreamingProgram.onTermination { number, _ in
            let (interrupt, handler, isFirst) = state.withLock { state in
                if number == SIGINT, let interrupt = state.interrupt {
                    return (Optional(interrupt), state.handler, true)
                }
                defer { state.hasArrived = true }
                return (nil, state.handler, !state.hasArrived)
            }
            if let interrupt { return interrupt() }
            guard isFirst else { return endNow() }
            handler?()
        }
    }

    /// Ends the command at once, as the second signal does.
    static func endNow(_ code: ExitCode = .interrupted) {
        Terminal.showCursor()
        Terminal.restoreModes()
        _exit(code.rawValue)
    }

    /// Calls `body` at the first signal; at once if it has arrived already. `body` may be called twice.
    static func whenAsked(_ body: @escaping @Sendable () -> Void) {
        let hasArrived = state.withLock { state in
            state.handler = body
            return state.hasArrived
        }
        if hasArrived { body() }
    }

    /// From now on Ctrl-C calls `body` every time, and does not count as a signal to end.
    static func atInterrupts(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.interrupt = body } }

    /// Whether a signal has asked the command to end.
    static var hasArrived: Bool { state.withLock { $0.hasArrived } }
}
