// What a program can learn of all queries of a session as it happens.

import QueryRuntime

/// Is told what becomes of the queries of a session; Spark's `StreamingQueryListener`.
///
/// For each query: `onQueryStarted` before its `start()` returns, then progress and idleness in the order in which they
/// happen, then `onQueryTerminated`, before `awaitTermination()` and `stop()` return. A query whose `start()` throws
/// tells nothing. All calls of a query come from one thread, its own, which goes on when they have returned: what takes
/// long belongs elsewhere.
public protocol StreamingQueryListener: AnyObject, Sendable {
    /// A query has started.
    func onQueryStarted(_ event: QueryStartedEvent)
    /// A query has run a batch.
    func onQueryProgress(_ event: QueryProgressEvent)
    /// A query has had nothing to do, for ten seconds or from its start on.
    func onQueryIdle(_ event: QueryIdleEvent)
    /// A query has ended.
    func onQueryTerminated(_ event: QueryTerminatedEvent)
}

extension StreamingQueryListener {
    /// Does nothing.
    public func onQueryStarted(_ event: QueryStartedEvent) {}
    /// Does nothing.
    public func onQueryProgress(_ event: QueryProgressEvent) {}
    /// Does nothing.
    public func onQueryIdle(_ event: QueryIdleEvent) {}
    /// Does nothing.
    public func onQueryTerminated(_ event: QueryTerminatedEvent) {}
}

/// A query has started.
public struct QueryStartedEvent: Sendable {
    /// The query's id, which stays over restarts.
    public let id: String
    /// The id of this run.
    public let runID: String
    /// The query's name, if it has one.
    public let name: String?
    /// When, such as `2026-11-23T18:40:26.123Z`.
    public let timestamp: String
}

/// A query has run a batch.
public struct QueryProgressEvent: Sendable {
    /// The figures of the batch.
    public let progress: StreamingQueryProgress
}

/// A query has had nothing to do for a while.
public struct QueryIdleEvent: Sendable {
    /// The query's id, which stays over restarts.
    public let id: String
    /// The id of this run.
    public let runID: String
    /// When, such as `2026-11-23T18:40:26.123Z`.
    public let timestamp: String
}

/// A query has ended.
public struct QueryTerminatedEvent: Sendable {
    /// The query's id, which stays over restarts.
    public let id: String
    /// The id of this run.
    public let runID: String
    /// Why, where it has failed.
    public let exception: MillraceError?

    /// The code of the failure, where it has failed; Spark's error class.
    public var errorClassOnException: String? { exception?.code }
}
