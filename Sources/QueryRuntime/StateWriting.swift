// The state after a batch on its way to disk, beside the sink's transaction.

import Connectors
import StateStore
import Synchronization
import Threads

/// Writes a version of the state, on whichever thread carries it out, and tells another one what became of it.
///
/// Nothing else uses the store until it has been carried out.
final class StateWriting: Sendable {
    private let store: StateStore
    private let version: Int
    private let attempt: String
    private let metadata: [UInt8]
    private let outcome = Mutex<(result: Result<StateManifest, StateStoreError>, nanoseconds: UInt64)?>(nil)

    init(_ store: StateStore, version: Int, attempt: String, metadata: [UInt8]) {
        self.store = store
        self.version = version
        self.attempt = attempt
        self.metadata = metadata
    }

    /// Writes the state durably. Once.
    func carryOut() {
        CrashPoint.reach(.beforeStatePersisted)
        let start = Monotonic.nanoseconds
        let result = Result { () throws(StateStoreError) in
            try store.prepare(version: version, attempt: attempt, metadata: metadata)
        }
        outcome.withLock { $0 = (result, Monotonic.nanoseconds - start) }
        if case .success = result { CrashPoint.reach(.afterStatePersisted) }
    }

    /// Why it failed, where it has.
    var failure: StateStoreError? {
        outcome.withLock { if case .failure(let error)? = $0?.result { error } else { nil } }
    }

    /// How long it took.
    var nanoseconds: UInt64 { outcome.withLock { $0?.nanoseconds ?? 0 } }

    /// The hash of what was written, once it has been carried out.
    func hash() throws(StateStoreError) -> String {
        guard let result = outcome.withLock({ $0?.result }) else { preconditionFailure("the state was not written") }
        return try result.get().hash
    }
}
