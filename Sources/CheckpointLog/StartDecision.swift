// What a query does when it starts, or when the outcome of a transaction is in doubt: one table, decided from facts
// alone.
//
// The facts are read in this order: fence older instances, read the sink's marker, and only then the log. The sink's
// transaction is where a batch is committed; the log only remembers it. Wherever the two disagree in a way that a crash
// can't explain, the answer is a failure with a name: what to lose or to repeat is for a person to choose.

/// What the log, the sink and the state store say.
package struct StartFacts: Sendable {
    /// The marker as the sink has it.
    package enum Marker: Equatable, Sendable {
        /// There is none.
        case none
        /// There is one, and whether the offsets committed with it are those where the log says that its batch ended.
        /// `nil` where the log doesn't tell, because it is older or younger than the marker.
        case found(TransactionMarker, offsetsMatch: Bool?)
        /// There is something that can't be read, or parts of it disagree; in words.
        case unreadable(String)
    }

    /// The state after the last batch that is committed: the marker's batch where there is a marker, else the log's.
    package enum StateAvailability: Equatable, Sendable {
        /// On disk, and its hash is right.
        case present
        /// Not on disk, or damaged.
        case missing
        /// The query keeps no state.
        case stateless
    }

    /// What to do where the marker is gone and nobody knows whether the last planned batch was committed.
    package enum MarkerLostPolicy: String, Sendable {
        /// Stop and ask.
        case fail
        /// Run the batch again: its rows may be there twice.
        case replay
        /// Take the batch for committed: its rows may be missing.
        case skip
    }

    /// The id of the query.
    package var queryID: String
    /// The last planned batch.
    package var lastPlanned: Int64?
    /// The last batch that the log has as committed.
    package var lastCommitted: Int64?
    /// Which attempt of that batch it was, where the log says.
    package var committedAttempt: String?
    /// The sink's marker; not looked at where the sink has no transactions.
    package var marker: Marker
    package var state: StateAvailability
    package var sinkIsTransactional: Bool
    package var onMarkerLost: MarkerLostPolicy

    package init(
        queryID: String, lastPlanned: Int64?, lastCommitted: Int64?, committedAttempt: String? = nil,
        marker: Marker = .none, state: StateAvailability, sinkIsTransactional: Bool,
        onMarkerLost: MarkerLostPolicy = .fail
    ) {
        self.queryID = queryID
        self.lastPlanned = lastPlanned
        self.lastCommitted = lastCommitted
        self.committedAttempt = committedAttempt
        self.marker = marker
        self.state = state
        self.sinkIsTransactional = sinkIsTransactional
        self.onMarkerLost = onMarkerLost
    }
}

/// What a query does when it starts.
package enum StartDecision: Equatable, Sendable {
    /// Plan batch 0 from the starting offsets.
    case startNew
    /// Go on with the batch after this one.
    case continueAfter(batch: Int64)
    /// The marker has expired, and the log has the batch as committed: commit the marker once more, without rows; go
    /// on.
    case recommitMarkerThenContinue(batch: Int64)
    /// The batch's transaction was committed by this attempt: log the commit, take its state as it is, go on.
    case adopt(batch: Int64, attempt: String)
    /// Run the batch again with the logged offsets, as a new attempt.
    case rerun(batch: Int64)
    /// Bring the state over the batch with the logged offsets, deliver none of its rows, commit the marker; go on.
    case rerunWithoutOutput(batch: Int64)
    /// Stop.
    case fail(StartFailure)
}

/// Why a query can't start.
package struct StartFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package enum Code: String, Sendable {
        /// The sink has output of this query, the checkpoint is empty.
        case checkpointLost = "CHECKPOINT_LOST"
        /// The log has batches as committed that the sink doesn't have.
        case committedOutputMissing = "COMMITTED_OUTPUT_MISSING"
        /// The state of the last committed batch is gone.
        case stateLost = "STATE_LOST"
        /// Nobody knows whether the last planned batch was committed.
        case markerLost = "MARKER_LOST"
        /// The sink has batches that the log has not.
        case checkpointBehind = "CHECKPOINT_BEHIND"
        /// The marker is not one of this query's, or can't be read.
        case markerCollision = "MARKER_COLLISION"
        /// The offsets committed with the marker are not the log's.
        case offsetsMismatch = "OFFSETS_MISMATCH"
        /// The log contradicts itself.
        case checkpointCorrupt = "CHECKPOINT_CORRUPT"
    }

    package let code: Code
    package let message: String
    package let hint: String

    package var description: String { "[\(code.rawValue)] \(message); \(hint)" }
}

extension StartDecision {
    /// Decides by the table in the documentation of the checkpoint.
    package static func decide(_ facts: StartFacts) -> StartDecision {
        let planned = facts.lastPlanned ?? -1
        let committed = facts.lastCommitted ?? -1
        guard planned >= -1, committed >= -1, planned == committed || planned - 1 == committed else {
            return fail(
                .checkpointCorrupt, "the last planned batch is \(planned), the last committed one \(committed)",
                "restore the checkpoint from a backup")
        }
        guard facts.sinkIsTransactional else { return decideByLog(facts, planned: planned, committed: committed) }
        switch facts.marker {
        case .none: return decideWithoutMarker(facts, planned: planned, committed: committed)
        case .unreadable(let detail):
            return fail(
                .markerCollision, detail, "make sure that no other software commits offsets for this query's group")
        case .found(let marker, let offsetsMatch):
            return decide(facts, marker, offsetsMatch: offsetsMatch, planned: planned, committed: committed)
        }
    }

    /// Without transactions the log is all there is, and a batch that was planned may have been delivered: at least
    /// once.
    private static func decideByLog(_ facts: StartFacts, planned: Int64, committed: Int64) -> StartDecision {
        if planned == -1 { return .startNew }
        if committed >= 0, facts.state == .missing { return stateLost(committed) }
        return planned == committed ? .continueAfter(batch: committed) : .rerun(batch: planned)
    }

    private static func decideWithoutMarker(_ facts: StartFacts, planned: Int64, committed: Int64) -> StartDecision {
        if planned == -1 { return .startNew }
        // Batch 0 was planned and there is no marker yet: it can't have been committed, for markers don't expire that
        // fast without the log hearing of the commit first.
        if committed == -1 { return .rerun(batch: planned) }
        if planned == committed {
            return facts.state == .missing ? stateLost(committed) : .recommitMarkerThenContinue(batch: committed)
        }
        switch facts.onMarkerLost {
        case .fail:
            return fail(
                .markerLost,
                "the sink has lost its marker, so nobody knows whether the rows of batch \(planned) are there",
                "look into the output, then choose with option onMarkerLost: replay (rows of the batch may be there "
                    + "twice) or skip (they may be missing)")
        case .replay: return facts.state == .missing ? stateLost(committed) : .rerun(batch: planned)
        case .skip: return facts.state == .missing ? stateLost(committed) : .rerunWithoutOutput(batch: planned)
        }
    }

    private static func decide(
        _ facts: StartFacts, _ marker: TransactionMarker, offsetsMatch: Bool?, planned: Int64, committed: Int64
    ) -> StartDecision {
        if planned == -1 {
            // A new checkpoint has a new id, so the marker's can't be compared.
            return fail(
                .checkpointLost,
                "the checkpoint is empty, but output up to batch \(marker.batch) exists (query \(marker.queryID))",
                "restore the checkpoint; or start over with a new directory, which writes all output once more")
        }
        guard marker.queryID == facts.queryID else {
            return fail(
                .markerCollision, "the sink's marker is that of query \(marker.queryID), not of \(facts.queryID)",
                "two queries use the same group or transactional id: give one of them another prefix")
        }
        if marker.batch > planned {
            return fail(
                .checkpointBehind,
                "output up to batch \(marker.batch) exists, but the checkpoint ends with batch \(planned)",
                "the checkpoint is an old copy, or a second copy is in use: use the newest one")
        }
        if marker.batch < committed {
            return fail(
                .committedOutputMissing,
                "the checkpoint has batch \(committed) as committed, but the sink ends with batch \(marker.batch)",
                "the sink has lost data (an unclean election, a restored cluster): look into the output first")
        }
        if marker.batch == committed, let attempt = facts.committedAttempt, attempt != marker.attempt {
            return fail(
                .markerCollision,
                "batch \(committed) was committed by attempt \(marker.attempt), but the checkpoint knows \(attempt)",
                "a second copy of the checkpoint is in use: use the one that wrote the output")
        }
        if offsetsMatch == false {
            return fail(
                .offsetsMismatch,
                "the offsets committed with batch \(marker.batch) are not those where the log says that it ended",
                "the committed offsets were changed, or a topic was deleted and made again: look into the sources first"
            )
        }
        if facts.state == .missing { return stateLost(marker.batch) }
        if marker.batch == planned, planned > committed { return .adopt(batch: planned, attempt: marker.attempt) }
        return planned == committed ? .continueAfter(batch: committed) : .rerun(batch: planned)
    }

    private static func stateLost(_ batch: Int64) -> StartDecision {
        fail(
            .stateLost, "batch \(batch) is committed, but the state after it is missing or damaged",
            "restore the checkpoint's state directory; the state can't be computed again without repeating output")
    }

    private static func fail(_ code: StartFailure.Code, _ message: String, _ hint: String) -> StartDecision {
        .fail(StartFailure(code: code, message: message, hint: hint))
    }
}
