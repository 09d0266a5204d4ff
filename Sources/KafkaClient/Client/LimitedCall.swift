// Calls of librdkafka that have no timeout of their own, and may never return.

import Synchronization
import Threads

/// A call on a thread of its own that is waited for only so long.
enum LimitedCall {
    /// Why there is no result.
    enum Failure: Error, Equatable {
        /// The system gives no thread; its number for why.
        case noThread(Int32)
        /// The call has not returned. Its thread and whatever it uses stay with it for ever.
        case notReturned
    }

    private final class Outcome<Result: Sendable>: Sendable {
        let signal = Signal()
        let result = Mutex<Result?>(nil)
    }

    /// What `call` returns within `milliseconds`.
    static func run<Result: Sendable>(
        _ name: String, milliseconds: Int, _ call: @escaping @Sendable () -> Result
    ) throws(Failure) -> Result {
        let outcome = Outcome<Result>()
        do throws(ThreadRefused) {
            _ = try NamedThread(ifPossible: name) {
                let result = call()
                outcome.signal.locked { outcome.result.withLock { $0 = result } }
                outcome.signal.broadcast()
            }
        } catch {
            throw .noThread(error.errorNumber)
        }
        let deadline = Monotonic.moment(in: UInt64(max(0, milliseconds)) * 1_000_000)
        let result: Result? = outcome.signal.locked {
            while true {
                if let result = outcome.result.withLock({ $0 }) { return result }
                guard outcome.signal.wait(until: deadline) else { return outcome.result.withLock { $0 } }
            }
        }
        guard let result else { throw .notReturned }
        return result
    }
}
