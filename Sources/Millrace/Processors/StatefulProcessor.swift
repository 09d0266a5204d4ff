// Code of the program that keeps what it likes of each key: what it is, and what it is called with.

import LogicalPlan

/// Code that is called for the rows of each key, and for its timers, with variables of its own for each; Spark's
/// `StatefulProcessor`.
///
/// A query has several, each for a part of the keys, each used by one thread at a time. What they keep must stand in
/// variables of their handle: anything else is lost with the process. Spark's `init` is the initialiser that
/// `transformWithState` calls: there a processor asks its handle for its variables.
public protocol StatefulProcessor<Key, Input, Output>: AnyObject, SendableMetatype {
    /// The key, as for `groupByKey`.
    associatedtype Key: Codable & Hashable & Sendable
    /// A row that comes.
    associatedtype Input: Decodable & SendableMetatype
    /// A row that comes out.
    associatedtype Output: Codable & SendableMetatype

    /// Takes the rows that a batch has for a key, in the order in which they were read; gives the rows that come out.
    func handleInputRows(_ key: Key, _ rows: GroupRows<Input>, _ timerValues: TimerValues) throws -> [Output]

    /// A timer's time has come. The timer is still set while this is called, and removed afterwards.
    func handleExpiredTimer(
        _ key: Key, _ timerValues: TimerValues, _ expiredTimerInfo: ExpiredTimerInfo
    ) throws -> [Output]

    /// The query needs the processor no more: it has ended, or begins anew with others.
    func close()
}

extension StatefulProcessor {
    /// Gives nothing.
    public func handleExpiredTimer(
        _ key: Key, _ timerValues: TimerValues, _ expiredTimerInfo: ExpiredTimerInfo
    ) throws -> [Output] { [] }

    /// Does nothing.
    public func close() {}
}

/// A processor that begins with something for some keys; Spark's `StatefulProcessorWithInitialState`.
public protocol StatefulProcessorWithInitialState<Key, Input, Output, InitialState>: StatefulProcessor {
    /// What a key begins with.
    associatedtype InitialState: Codable & SendableMetatype

    /// Takes what a key begins with, in the first batch of a new query, before any row.
    func handleInitialState(_ key: Key, _ initialState: InitialState, _ timerValues: TimerValues) throws
}

/// By which time the timers of a processor go; Spark's `TimeMode`.
public enum TimeMode: Hashable, Sendable {
    /// There are no timers.
    case none
    /// By the times of the batches. Only so do values have an end.
    case processingTime
    /// By the watermark. Rows that it calls late are dropped before the processor.
    case eventTime

    var inPlan: GroupTimeout {
        switch self {
        case .none: .none
        case .processingTime: .processingTime
        case .eventTime: .eventTime
        }
    }
}

/// The times that a call sees; Spark's `TimerValues`.
public struct TimerValues: Hashable, Sendable {
    private let processingTimeMs: Int64
    private let watermarkMs: Int64

    package init(processingTimeMs: Int64, watermarkMs: Int64?) {
        self.processingTimeMs = processingTimeMs
        self.watermarkMs = watermarkMs ?? -1
    }

    /// The time of the batch, in milliseconds since 1970: the same for all calls in a batch, and again where the batch
    /// runs again.
    public func getCurrentProcessingTimeInMs() -> Int64 { processingTimeMs }

    /// The watermark, in milliseconds since 1970; -1 without one.
    public func getCurrentWatermarkInMs() -> Int64 { watermarkMs }
}

/// Which query calls a processor; Spark's `QueryInfo`.
public struct QueryInfo: Hashable, Sendable {
    private let queryId: String
    private let runId: String
    private let batchId: Int64
    private static let noId = "00000000-0000-0000-0000-000000000000"

    package init(queryId: String? = nil, runId: String? = nil, batchId: Int64 = 0) {
        self.queryId = queryId ?? QueryInfo.noId
        self.runId = runId ?? QueryInfo.noId
        self.batchId = batchId
    }

    /// The id that a query has for as long as its checkpoint.
    public func getQueryId() -> String { queryId }

    /// The id that it has from a start to the next.
    public func getRunId() -> String { runId }

    /// The number of the batch.
    public func getBatchId() -> Int64 { batchId }
}

/// Which timer's time has come; Spark's `ExpiredTimerInfo`.
public struct ExpiredTimerInfo: Hashable, Sendable {
    private let expiryTimeMs: Int64

    package init(expiryTimeMs: Int64) { self.expiryTimeMs = expiryTimeMs }

    /// The time that was set, in milliseconds since 1970.
    public func getExpiryTimeInMs() -> Int64 { expiryTimeMs }
}

/// How long the values of a variable are there; Spark's `TTLConfig`.
public struct TTLConfig: Hashable, Sendable {
    /// For ever.
    public static let none = TTLConfig(lifeMicroseconds: nil)

    let lifeMicroseconds: Int64?

    private init(lifeMicroseconds: Int64?) { self.lifeMicroseconds = lifeMicroseconds }

    /// So long after each was set: by the times of the batches, to the millisecond.
    public init(_ ttlDuration: Duration) {
        let (seconds, attoseconds) = ttlDuration.components
        let (whole, isBeyond) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, isBeyondToo) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        lifeMicroseconds = isBeyond || isBeyondToo ? (seconds < 0 ? .min : .max) : sum
    }
}
