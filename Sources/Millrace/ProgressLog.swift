// Lines about a query's batches: one a second at the most, and one every ten seconds while nothing comes.

import QueryRuntime
import Synchronization

/// What batches did, added up.
struct BatchTotals: Equatable, Sendable {
    var batches = 0
    var firstBatch: Int64 = 0
    var lastBatch: Int64 = 0
    var rowsIn: Int64 = 0
    var rowsOut: Int64 = 0
    var milliseconds: Int64 = 0

    mutating func add(batch: Int64, rowsIn: Int64, rowsOut: Int64, milliseconds: Int64) {
        if batches == 0 { firstBatch = batch }
        lastBatch = batch
        batches += 1
        self.rowsIn += rowsIn
        self.rowsOut += rowsOut
        self.milliseconds += milliseconds
    }

    /// `batch 7: 1 row in, 4 rows out, 12 ms`, or `batches 7-12: ...`.
    var text: String {
        guard batches > 0 else { return "no batches" }
        let which = batches == 1 ? "batch \(lastBatch)" : "batches \(firstBatch)-\(lastBatch)"
        return "\(which): \(Self.rows(rowsIn)) in, \(Self.rows(rowsOut)) out, \(milliseconds) ms"
    }

    private static func rows(_ count: Int64) -> String { "\(count) \(count == 1 ? "row" : "rows")" }
}

/// Decides when to say something about batches.
struct ProgressPace: Sendable {
    /// A line a second; a trigger of one second is early now and then.
    static let pause = Duration.milliseconds(900)
    /// After how long without a batch a query counts as idle, as in Spark.
    static let idle = Duration.seconds(10)

    /// Since the last line.
    private var recent = BatchTotals()
    /// Since the start.
    private(set) var all = BatchTotals()
    private var lastLine: ContinuousClock.Instant?
    private var lastSign: ContinuousClock.Instant

    init(now: ContinuousClock.Instant) { lastSign = now }

    /// Adds a batch; returns what to say now, if it is time to say something.
    mutating func add(
        batch: Int64, rowsIn: Int64, rowsOut: Int64, milliseconds: Int64, now: ContinuousClock.Instant
    ) -> BatchTotals? {
        recent.add(batch: batch, rowsIn: rowsIn, rowsOut: rowsOut, milliseconds: milliseconds)
        all.add(batch: batch, rowsIn: rowsIn, rowsOut: rowsOut, milliseconds: milliseconds)
        lastSign = now
        guard lastLine.map({ now - $0 >= Self.pause }) ?? true else { return nil }
        return due(now)
    }

    /// What was not told yet, and whether there were no batches for a while.
    mutating func look(now: ContinuousClock.Instant) -> (untold: BatchTotals?, isIdle: Bool) {
        if recent.batches > 0, lastLine.map({ now - $0 >= Self.pause }) ?? true { return (due(now), false) }
        guard now - lastSign >= Self.idle else { return (nil, false) }
        lastSign = now
        return (nil, true)
    }

    private mutating func due(_ now: ContinuousClock.Instant) -> BatchTotals {
        lastLine = now
        defer { recent = BatchTotals() }
        return recent
    }
}

/// Writes log lines about the batches of one query.
final class ProgressLog: Sendable {
    private let name: String?
    private let isTold: Bool
    private let log: @Sendable (SessionConfiguration.LogLevel, String) -> Void
    private let pace = Mutex(ProgressPace(now: .now))
    private let situation = Mutex("")

    /// Without `isTold` it only adds up.
    init(
        name: String?, isTold: Bool, log: @escaping @Sendable (SessionConfiguration.LogLevel, String) -> Void
    ) {
        self.name = name
        self.isTold = isTold
        self.log = log
    }

    /// What all batches of this run did.
    var summary: String { pace.withLock(\.all).text }

    /// Takes a batch's progress, on the query's thread.
    func add(_ progress: StreamingQueryProgress) {
        let situation = Self.situation(progress)
        self.situation.withLock { $0 = situation }
        let due = pace.withLock { pace in
            pace.add(
                batch: progress.batchID, rowsIn: progress.numInputRows, rowsOut: progress.sink.numOutputRows,
                milliseconds: progress.batchDurationMilliseconds, now: .now)
        }
        if let due { say(due.text + situation) }
    }

    /// Looks now and then whether there is something to say about a query, until it ends.
    func watch(_ control: QueryControl) {
        guard isTold else { return }
        Task {
            while control.isActive {
                try? await Task.sleep(for: .seconds(1))
                look(now: .now) { control.isActive ? control.status.message : nil }
            }
        }
    }

    /// Says what was not told yet, or that nothing comes and what the query does meanwhile; `doing` is nil once it has
    /// ended.
    func look(now: ContinuousClock.Instant, _ doing: () -> String?) {
        let (untold, isIdle) = pace.withLock { $0.look(now: now) }
        if let untold { say(untold.text + situation.withLock { $0 }) }
        if isIdle, let doing = doing() { say("no rows for 10 s: \(doing)") }
    }

    private func say(_ text: String) {
        guard isTold else { return }
        log(.info, (name.map { "\($0): " } ?? "") + text)
    }

    /// Where the query stands after the batch.
    private static func situation(_ progress: StreamingQueryProgress) -> String {
        let behind = progress.sources.flatMap(\.metrics).first { $0.name == "maxOffsetsBehindLatest" }?.value
        let keys = progress.stateOperators.reduce(0) { $0 + $1.numRowsTotal }
        return (progress.stateOperators.isEmpty ? "" : ", \(keys) \(keys == 1 ? "key" : "keys") in state")
            + (behind.map { ", \($0) behind" } ?? "")
    }
}
