// The one way from a thread of ours into asynchronous code.

import Synchronization

/// Runs asynchronous code for a thread that can wait.
package enum Blocking {
    private final class Outcome: Sendable {
        let signal = Signal()
        let result = Mutex<Result<Void, any Error>?>(nil)
    }

    /// Runs `body` on Swift's pool and waits for its end. For threads of ours only: one of the pool's would wait for a
    /// thread that it holds itself.
    package static func wait(_ body: @escaping @Sendable () async throws -> Void) throws {
        let outcome = Outcome()
        Task { @concurrent in
            let result: Result<Void, any Error>
            do {
                try await body()
                result = .success(())
            } catch {
                result = .failure(error)
            }
            outcome.signal.locked { outcome.result.withLock { $0 = result } }
            outcome.signal.broadcast()
        }
        let result = outcome.signal.locked {
            while true {
                if let result = outcome.result.withLock({ $0 }) { return result }
                outcome.signal.wait()
            }
        }
        try result.get()
    }

    /// Runs blocking code on a thread of its own, so that no thread of Swift's pool is held; on one of those where the
    /// system gives none.
    package static func run<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
        await withCheckedContinuation { continuation in
            let work: @Sendable () -> Void = { continuation.resume(returning: body()) }
            if (try? NamedThread(ifPossible: "await", body: work)) == nil { work() }
        }
    }
}
