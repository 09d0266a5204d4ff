// The running queries of a session, as programs look after them.

import QueryRuntime
import Threads

/// The running queries of a session; Spark's `StreamingQueryManager`.
public struct StreamingQueryManager: Sendable {
    let queries: QueryRegistry

    /// The queries that run.
    public var active: [StreamingQuery] { queries.active }

    /// The running query with this id, or `nil`.
    public func get(_ id: String) -> StreamingQuery? { active.first { $0.id == id } }

    // MARK: Waiting

    /// Waits until any query of the session has ended since the session began, or since `resetTerminated()`.
    ///
    /// - Throws: the failure of one that has failed.
    public func awaitAnyTermination() async throws {
        let queries = queries
        if case .some(let failure?) = await Blocking.run({ queries.waitForTermination() }) { throw failure }
    }

    /// Waits until any query has ended, as the other one, or `timeout` has passed; returns whether any has ended.
    ///
    /// - Throws: the failure of one that has failed.
    public func awaitAnyTermination(timeout: Duration) async throws -> Bool {
        let queries = queries
        let deadline = Monotonic.moment(in: timeout.nanoseconds)
        let ended = await Blocking.run { queries.waitForTermination(until: deadline) }
        guard let ended else { return false }
        if let failure = ended { throw failure }
        return true
    }

    /// Forgets the queries that have ended: the next `awaitAnyTermination` waits for another one.
    public func resetTerminated() { queries.resetTerminated() }

    // MARK: Listeners

    /// Has a listener told of all queries from now on.
    public func addListener(_ listener: any StreamingQueryListener) { queries.add(listener) }

    /// Has a listener told of nothing more.
    public func removeListener(_ listener: any StreamingQueryListener) { queries.remove(listener) }

    /// The listeners, in the order in which they were added.
    public func listListeners() -> [any StreamingQueryListener] { queries.listeners }
}
