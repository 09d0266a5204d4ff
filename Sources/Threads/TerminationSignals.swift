// SIGTERM, SIGINT and SIGHUP as calls on a thread of their own.

import CPlatform
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Turns signals that ask a process to end into calls.
///
/// A handler writes into a pipe, and a thread reads it: that works whatever threads there are, and for process 1, which
/// the kernel protects from signals without a handler.
package enum TerminationSignals {
    private static let isWatched = Atomic(false)

    /// The system refuses what it takes to hear of signals: a pipe, with its number for why, or a thread.
    package enum Refusal: Error, Sendable, Equatable {
        case pipe(Int32)
        case thread(ThreadRefused)
    }

    /// Calls `body` for each signal from now on, on a thread of its own, with the signal's number and how many came
    /// before.
    ///
    /// To be called once, before other threads are made: they then keep these signals out of their system calls. After
    /// an error nobody takes the signals: the process is to end.
    package static func watch(
        _ body: @escaping @Sendable (_ signal: Int32, _ before: Int) -> Void
    ) throws(Refusal) {
        precondition(!isWatched.exchange(true, ordering: .sequentiallyConsistent), "the signals are watched already")
        signal(SIGPIPE, SIG_IGN)
        let descriptor = platform_watch_termination()
        guard descriptor >= 0 else { throw .pipe(errno) }
        do throws(ThreadRefused) {
            _ = try NamedThread(ifPossible: "signals") { serve(descriptor, body) }
        } catch {
            throw .thread(error)
        }
        platform_take_termination(0)
    }

    private static func serve(_ descriptor: Int32, _ body: (_ signal: Int32, _ before: Int) -> Void) {
        platform_take_termination(1)
        var before = 0
        var number: UInt8 = 0
        while true {
            let count = read(descriptor, &number, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return }
            body(Int32(number), before)
            before += 1
        }
    }
}
