// Where a query stands, by its log.

import JSONText

/// Where a query stands after a number of records: the last planned batch, and the last committed one.
///
/// Invariant: batches are planned in order, each once, after the former was committed; and only planned ones are
/// committed.
struct LogState: Equatable {
    private(set) var lastPlan: PlanEntry?
    private(set) var lastCommit: CommitEntry?
    /// The plan of the batch of `lastCommit`.
    private(set) var lastCommittedPlan: PlanEntry?
    /// When the last committed batch's marker was committed again, where it was.
    private(set) var lastMarker: MarkerEntry?

    /// Takes a record in. The first plan may have any number where the log continues another one.
    mutating func apply(_ record: LogRecord, continuing: Bool) throws(MalformedRecord) {
        switch record {
        case .head: throw MalformedRecord(message: "a second head in a segment")
        case .plan(let plan):
            if let last = lastPlan {
                guard lastCommit?.batch == last.batch else {
                    throw MalformedRecord(message: "batch \(plan.batch) is planned, but \(last.batch) is not committed")
                }
                guard plan.batch == last.batch + 1 else {
                    throw MalformedRecord(message: "batch \(plan.batch) is planned after \(last.batch)")
                }
            } else if plan.batch != 0, !continuing {
                throw MalformedRecord(message: "the first planned batch is \(plan.batch), not 0")
            }
            lastPlan = plan
        case .commit(let commit):
            guard let plan = lastPlan, plan.batch == commit.batch else {
                throw MalformedRecord(
                    message: "batch \(commit.batch) is committed, but the last planned is "
                        + (lastPlan.map { "\($0.batch)" } ?? "none"))
            }
            guard lastCommit?.batch != commit.batch else {
                throw MalformedRecord(message: "batch \(commit.batch) is committed twice")
            }
            lastCommit = commit
            lastCommittedPlan = plan
            lastMarker = nil
        case .marker(let marker):
            let last = lastCommit?.batch ?? -1
            guard marker.batch == last else {
                throw MalformedRecord(
                    message: "the marker of batch \(marker.batch) is committed again, but the last committed is \(last)"
                )
            }
            lastMarker = marker
        }
    }

    /// The records that bring an empty state here.
    var recap: [LogRecord] {
        var records: [LogRecord] = []
        if let plan = lastCommittedPlan, let commit = lastCommit { records = [.plan(plan), .commit(commit)] }
        if let lastMarker { records.append(.marker(lastMarker)) }
        if let plan = lastPlan, plan.batch != lastCommit?.batch { records.append(.plan(plan)) }
        return records
    }
}

/// What the log says when a query starts.
package struct RecoveredLog: Equatable, Sendable {
    /// The last planned batch; not committed where its number is above that of `lastCommit`.
    package let lastPlan: PlanEntry?
    /// The last committed batch.
    package let lastCommit: CommitEntry?
    /// The plan of the last committed batch.
    package let lastCommittedPlan: PlanEntry?
    /// When the marker of the last committed batch, or the query's first one, was last committed for certain, in
    /// milliseconds since 1970; `nil` where the log has nothing of it.
    package let lastMarkerMilliseconds: Int64?
    /// The file and place of an append that was cut off by a crash, and left out.
    package let tornTail: CheckpointPlace?

    init(_ state: LogState, tornTail: CheckpointPlace?) {
        self.lastPlan = state.lastPlan
        self.lastCommit = state.lastCommit
        self.lastCommittedPlan = state.lastCommittedPlan
        self.lastMarkerMilliseconds = state.lastMarker?.timestampMilliseconds ?? state.lastCommit?.timestampMilliseconds
        self.tornTail = tornTail
    }
}

/// A place in a checkpoint's file.
package struct CheckpointPlace: Equatable, Sendable {
    package let file: String
    /// In bytes from the start.
    package let offset: Int64
}
