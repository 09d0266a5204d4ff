// The plan of a batch on its way to the disk, while the batch is computed.

import CheckpointLog
import Synchronization
import Threads

/// Makes what the log has durable on a thread of its own: the plan that was logged last, and the commit before it. One
/// thread at a time begins and finishes it.
final class PlanSynchronization: Sendable {
    private let checkpoint: Checkpoint
    private let thread = CompanionThread(name: "log")
    private let failure = Mutex<CheckpointError?>(nil)

    init(_ checkpoint: Checkpoint) { self.checkpoint = checkpoint }

    /// Starts it. Where the system gives no thread it is done here and now.
    func begin() {
        do {
            try thread.begin { [self] in carryOut() }
        } catch {
            carryOut()
        }
    }

    /// Waits until the log is durable; throws why it isn't. Returns at once where nothing was begun.
    func finish() throws(CheckpointError) {
        thread.finish()
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// Waits, and ends the thread.
    func close() { thread.close() }

    private func carryOut() {
        do throws(CheckpointError) {
            try checkpoint.synchronize()
        } catch {
            failure.withLock { $0 = error }
        }
    }
}
