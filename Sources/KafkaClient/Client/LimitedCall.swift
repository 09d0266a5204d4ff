// Calls of librdkafka that have no timeout of their own, and may never return.

import Synchronization
import Threads

/// A call on a thread of its own that is waited for only so long.
enum LimitedCall {
    /// Why there is no result.
    enum Failure: Error, Equatable {
        /// The system gives no thread; its number for why.
        case noThread(Int32)
        /// The call has not returned. Its thread and whatever it uses stay with it until it does.
        case notReturned
    }

    private final class Outcome<Result: Sendable>: Sendable {
        struct State {
            var result: Result?
            var isGivenUp = false
        }

        let signal = Signal()
        let state = Mutex(State())

        /// Takes what the call has returned; false where nobody waits for it any more.
        func finish(_ result: Result) -> Bool {
            let isAwaited = signal.locked {
                state.withLock { state in
                    state.result = result
                    return !state.isGivenUp
                }
            }
            signal.broadcast()
            return isAwaited
        }

        func wait(until deadline: UInt64) -> Result? {
            signal.locked {
                while true {
                    if let result = state.withLock({ $0.result }) { return result }
                    if signal.wait(until: deadline) { continue }
                    return state.withLock { state in
                        state.isGivenUp = state.result == nil
                        return state.result
                    }
                }
            }
        }
    }

    /// What `call` returns within `milliseconds`; its thread has ended then. What it returns later goes to `late`, on
    /// its thread.
    static func run<Result: Sendable>(
        _ name: String, milliseconds: Int, late: @escaping @Sendable (Result) -> Void = { _ in },
        _ call: @escaping @Sendable () -> Result
    ) throws(Failure) -> Result {
        let outcome = Outcome<Result>()
        let thread: NamedThread
        do throws(ThreadRefused) {
            thread = try NamedThread(ifPossible: name) {
                let result = call()
                if !outcome.finish(result) { late(result) }
            }
        } catch {
            throw .noThread(error.errorNumber)
        }
        let deadline = Monotonic.moment(in: UInt64(max(0, milliseconds)) * 1_000_000)
        guard let result = outcome.wait(until: deadline) else { throw .notReturned }
        thread.join()
        return result
    }
}
