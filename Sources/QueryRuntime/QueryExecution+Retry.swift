// A batch that failed before anything of it was delivered is taken back and tried again, where its cause may pass.

import CheckpointLog
import Connectors
import DurableFiles
import StateStore
import Threads

extension QueryExecution {
    /// How often a batch is computed again because its state could not be written for want of space.
    private static let fullDiskTries = 10

    /// Runs a step that changes the state's shards. Where it fails for a reason that may pass, takes the changes back,
    /// waits, and lets the batch be computed again as a new attempt; where not, throws.
    func tryingAgain(_ started: Started, _ step: () throws -> Void) throws {
        do {
            try step()
        } catch {
            guard Self.mayPass(error) else { throw error }
            started.failures.count += 1
            if error is StateStoreError {
                started.failures.fullDisks += 1
                if started.failures.fullDisks > Self.fullDiskTries { throw error }
            }
            // The other instance may be the reason, and then it has the checkpoint now.
            try started.checkpoint.requireCurrent()
            if !Mutant.overlayCommittedEarly.isActive { try rollback(started) }
            started.batchProtocol.handle(.failed)
            try pause(started, after: error)
        }
    }

    /// Takes back what the batch changed in the state.
    private func rollback(_ started: Started) throws {
        do throws(StateStoreError) {
            try started.state.rollback()
        } catch {
            // An heir removes files that this instance may have looked for.
            try started.checkpoint.requireCurrent()
            throw error
        }
    }

    private static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case let error as ConnectorError:
            error.isRetriable && error.code != .outcomeUnknown && error.code != .cancelled
        case let error as StateStoreError: error.cause?.fault == .diskFull
        default: false
        }
    }

    private func pause(_ started: Started, after error: any Error) throws {
        let batch = started.batchProtocol.batchID
        let now = Monotonic.nanoseconds
        control.setStatus("Waiting to run batch \(batch) again: \(QueryError(error).message)")
        if now >= started.failures.nextLogLine {
            definition.log(.warning, "batch \(batch): \(QueryError(error)); running it again")
            started.failures.nextLogLine = now + 30_000_000_000
        }
        let first = definition.settings.retryDelayNanoseconds
        let delay = min(first << UInt64(min(started.failures.count, 6)), first * 50)
        // Comes back at once where the query has been asked to stop.
        control.sleep(until: now + delay, untilWoken: false)
        guard control.shouldStop else { return }
        throw ConnectorError(.cancelled, "stopped before batch \(batch) was run again: \(QueryError(error).message)")
    }
}
