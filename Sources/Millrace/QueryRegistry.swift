// Which queries of a session run, how the last ones have ended, and who is told.

import QueryRuntime
import Synchronization
import Threads

/// What a session knows of its queries.
final class QueryRegistry: Sendable {
    private struct State {
        var queries: [StreamingQuery] = []
        /// The names of queries that run or are being started.
        var names: Set<String> = []
        var listeners: [any StreamingQueryListener] = []
        /// Whether a query has ended since the last reset, and the failure of the last that has failed.
        var hasEnded = false
        var failure: MillraceError?
    }

    private let state = Mutex(State())
    private let signal = Signal()

    var active: [StreamingQuery] { state.withLock { $0.queries }.filter(\.isActive) }
    var listeners: [any StreamingQueryListener] { state.withLock { $0.listeners } }

    // MARK: Names

    /// Refuses a name that a query has that runs or is being started.
    func check(_ name: String?) throws {
        if let name, state.withLock({ $0.names.contains(name) }) { throw Self.inUse(name) }
    }

    /// Keeps a name for a query that is being started; `register` or `release` follows.
    func reserve(_ name: String?) throws {
        guard let name else { return }
        guard state.withLock({ $0.names.insert(name).inserted }) else { throw Self.inUse(name) }
    }

    /// The query with this name has not started.
    func release(_ name: String?) {
        if let name { _ = state.withLock { $0.names.remove(name) } }
    }

    private static func inUse(_ name: String) -> MillraceError {
        MillraceError(
            code: "QUERY_NAME_IN_USE",
            message: "Cannot start query with name \(name) as a query with that name is already active in this session",
            hint: "stop that query, or give another name", kind: .query)
    }

    // MARK: Queries

    /// A query has started, and runs no batch before this returns.
    func register(_ query: StreamingQuery, startedAt microseconds: Int64) {
        state.withLock { $0.queries.append(query) }
        query.whenEnded { [self, query] in ended(query, $0) }
        StreamingProgram.register(query)
        let event = QueryStartedEvent(
            id: query.id, runID: query.runID, name: query.name,
            timestamp: TimestampText.iso8601(microseconds: microseconds))
        for listener in listeners { listener.onQueryStarted(event) }
    }

    private func ended(_ query: StreamingQuery, _ failure: MillraceError?) {
        let listeners = state.withLock { state in
            state.queries.removeAll { $0 === query }
            if let name = query.name { state.names.remove(name) }
            return state.listeners
        }
        let event = QueryTerminatedEvent(id: query.id, runID: query.runID, exception: failure)
        for listener in listeners { listener.onQueryTerminated(event) }
        signal.locked {
            state.withLock { state in
                state.hasEnded = true
                state.failure = failure ?? state.failure
            }
        }
        signal.broadcast()
    }

    // MARK: Waiting

    /// Blocks until a query has ended since the last reset or the deadline has passed, then `nil`; gives why one has
    /// failed, where one has.
    func waitForTermination(until deadline: UInt64? = nil) -> MillraceError?? {
        signal.locked {
            while true {
                let (hasEnded, failure) = state.withLock { ($0.hasEnded, $0.failure) }
                if hasEnded { return .some(failure) }
                if let deadline {
                    if !signal.wait(until: deadline) { return nil }
                } else {
                    signal.wait()
                }
            }
        }
    }

    /// Forgets the queries that have ended.
    func resetTerminated() {
        state.withLock { state in
            state.hasEnded = false
            state.failure = nil
        }
    }

    // MARK: Listeners

    func add(_ listener: any StreamingQueryListener) { state.withLock { $0.listeners.append(listener) } }

    func remove(_ listener: any StreamingQueryListener) {
        state.withLock { state in state.listeners.removeAll { $0 === listener } }
    }

    func tell(_ event: QueryProgressEvent) { for listener in listeners { listener.onQueryProgress(event) } }
    func tell(_ event: QueryIdleEvent) { for listener in listeners { listener.onQueryIdle(event) } }
}
