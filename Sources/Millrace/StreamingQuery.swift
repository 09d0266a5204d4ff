// A running query as its owner sees it.

import QueryRuntime
import Threads

/// A query that runs in the background; Spark's `StreamingQuery`.
///
/// It runs until `stop()`, until its trigger has done its work, or until it fails. Dropping the handle does not stop
/// it.
public final class StreamingQuery: Sendable {
    /// The id that stays the same after every restart from the same checkpoint.
    public let id: String
    /// The id of this run.
    public let runID: String
    /// The name given with `queryName`.
    public let name: String?
    private let control: QueryControl
    private let planText: String
    private let progress: ProgressLog

    init(
        id: String, runID: String, name: String?, control: QueryControl, planText: String, progress: ProgressLog
    ) {
        self.id = id
        self.runID = runID
        self.name = name
        self.control = control
        self.planText = planText
        self.progress = progress
    }

    /// Whether the query still runs.
    public var isActive: Bool { control.isActive }

    /// What the query is doing now.
    public var status: StreamingQueryStatus { control.status }

    /// The figures of the newest batch; `nil` before the first.
    public var lastProgress: StreamingQueryProgress? { control.lastProgress }

    /// The figures of the newest batches, oldest first; 100 unless the session says otherwise.
    public var recentProgress: [StreamingQueryProgress] { control.recentProgress }

    /// What all batches of this run did, in a line.
    public var summary: String { progress.summary }

    /// Why the query ended, where it failed.
    public var exception: MillraceError? { control.failure.map { MillraceError(wrapping: $0) } }

    /// Has a function called when the query has ended, before those learn of it who wait for its end.
    func whenEnded(_ body: @escaping @Sendable (MillraceError?) -> Void) {
        control.setEndHandler { body($0.map { MillraceError(wrapping: $0) }) }
    }

    /// Whether somebody waits for its end.
    var isAwaited: Bool { control.isAwaited }

    /// The plan as an indented tree.
    public var explained: String { planText }

    /// Prints the plan.
    public func explain() { print(planText) }

    /// Finishes the batch that runs, and ends the query. Returns when it has ended; may be called again.
    ///
    /// Unlike Spark's `stop`, nothing that was begun is thrown away.
    public func stop() async {
        control.requestStop()
        await blocking { _ = self.control.waitForEnd() }
    }

    /// Asks the query to finish its batch and end, and returns at once. For signal handlers.
    public func requestStop() { control.requestStop() }

    /// Waits until the query has ended.
    ///
    /// - Throws: the failure that ended the query.
    public func awaitTermination() async throws {
        await blocking { _ = self.control.waitForEnd() }
        if let exception { throw exception }
    }

    /// Waits until the query has ended or `timeout` has passed; returns whether it has ended.
    ///
    /// - Throws: the failure that ended the query.
    public func awaitTermination(timeout: Duration) async throws -> Bool {
        let deadline = Monotonic.moment(in: timeout.nanoseconds)
        let hasEnded = await blocking { self.control.waitForEnd(until: deadline) }
        if let exception { throw exception }
        return hasEnded
    }

    /// Waits until all rows that the sources have now are processed and committed. For tests, as in Spark.
    ///
    /// - Throws: the failure that ended the query meanwhile.
    public func processAllAvailable() async throws {
        await blocking { self.control.waitUntilIdle() }
        if let exception { throw exception }
    }

    /// Waits until the query waits for a clock that is moved by hand.
    ///
    /// - Throws: the failure that ended the query meanwhile.
    package func waitForClock() async throws {
        await blocking { self.control.waitUntilAsleep() }
        if let exception { throw exception }
    }

    private func blocking<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T { await Blocking.run(body) }
}
