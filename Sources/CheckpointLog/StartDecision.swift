// What a query does when it starts, or when the outcome of a transaction is in doubt: one table, decided from facts
// alone.
//
// The facts are read in this order: fence older instances, read the sink's marker, and only then the log. The sink's
// transaction is where a batch is committed; the log only remembers it. A query commits a marker before it plans its
// first batch, so that none is never normal: it has expired, or what held it is gone. Wherever log and sink disagree in
// a way that a crash can't explain, the answer is a failure with a name: what to lose or to repeat is for a person to
// choose.

/// What the log, the sink and the state store say.
package struct StartFacts: Sendable {
    /// The marker as the sink has it.
    package enum Marker: Equatable, Sendable {
        /// There is none.
        case none
        /// There is one; whether the offsets committed with it are those where the log says that its batch ended, `nil`
        /// where the log doesn't tell, because it is older or younger than the marker; and the places where it ought
        /// to be and is not.
        case found(TransactionMarker, offsetsMatch: Bool?, missingFrom: [String] = [])
        /// There is something that can't be read, or parts of it disagree; in words.
        case unreadable(String)
    }

    /// The state and the manifest after the last batch that is committed: the marker's batch where there is a marker,
    /// else the log's. A query without operators that keep state has a manifest, too.
    package enum StateAvailability: Equatable, Sendable {
        /// On disk, and its hash is right.
        case present
        /// Not on disk, damaged, or not those of that batch.
        case missing
        /// There are versions on disk, and neither log nor marker knows of any batch.
        case unexplained
    }

    /// What to do where the marker is gone.
    package enum MarkerLostPolicy: String, Sendable {
        /// Stop and ask.
        case fail
        /// Go on; a batch of which nobody knows whether it was committed runs again: its rows may be there twice.
        case replay
        /// Go on; a batch of which nobody knows whether it was committed is taken for committed: its rows may be
        /// missing.
        case skip
    }

    /// The id of the query.
    package var queryID: String
    /// Whether the checkpoint is new: no marker has been committed yet.
    package var isNew: Bool
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
    /// How long ago the last marker was committed by the log, in milliseconds; a clock may have been set back.
    package var markerAgeMilliseconds: Int64
    /// How long the sink keeps a marker, in milliseconds; `nil` where it doesn't say.
    package var markerRetentionMilliseconds: Int64?
    /// Whether the sink keeps a marker until somebody removes it: one of files does.
    package var keepsMarkers: Bool
    /// Whether the sources go on where rows are lost, because the user said so.
    package var toleratesDataLoss: Bool

    package init(
        queryID: String, isNew: Bool = false, lastPlanned: Int64?, lastCommitted: Int64?,
        committedAttempt: String? = nil, marker: Marker = .none, state: StateAvailability, sinkIsTransactional: Bool,
        onMarkerLost: MarkerLostPolicy = .fail, markerAgeMilliseconds: Int64 = 0,
        markerRetentionMilliseconds: Int64? = nil, keepsMarkers: Bool = false, toleratesDataLoss: Bool = false
    ) {
        self.queryID = queryID
        self.isNew = isNew
        self.lastPlanned = lastPlanned
        self.lastCommitted = lastCommitted
        self.committedAttempt = committedAttempt
        self.marker = marker
        self.state = state
        self.sinkIsTransactional = sinkIsTransactional
        self.onMarkerLost = onMarkerLost
        self.markerAgeMilliseconds = markerAgeMilliseconds
        self.markerRetentionMilliseconds = markerRetentionMilliseconds
        self.keepsMarkers = keepsMarkers
        self.toleratesDataLoss = toleratesDataLoss
    }

    /// Whether the sink may have let the marker expire. Where nobody knows how long it keeps one, it has not.
    fileprivate var markerMayHaveExpired: Bool {
        markerRetentionMilliseconds.map { markerAgeMilliseconds > $0 } ?? false
    }
}

/// What a query does when it starts.
package enum StartDecision: Equatable, Sendable {
    /// Plan batch 0 from the starting offsets.
    case startNew
    /// Commit the marker that a query begins with, then plan batch 0.
    case commitFirstMarker
    /// Go on with the batch after this one.
    case continueAfter(batch: Int64)
    /// The marker is gone, and the log has the batch as committed: commit the marker once more, without rows; go on.
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
        /// The marker is gone, and nobody knows whether the last planned batch was committed.
        case markerLost = "MARKER_LOST"
        /// The marker is gone and can't have expired: a topic was made anew, the group was deleted, it is another
        /// cluster.
        case markerMissing = "MARKER_MISSING"
        /// The sink has batches that the log has not.
        case checkpointBehind = "CHECKPOINT_BEHIND"
        /// The marker is not one of this query's, or can't be read.
        case markerCollision = "MARKER_COLLISION"
        /// The offsets committed with the marker are not the log's.
        case offsetsMismatch = "OFFSETS_MISMATCH"
        /// The log contradicts itself.
        case checkpointCorrupt = "CHECKPOINT_CORRUPT"
        /// A topic that the query reads or writes was deleted and made again.
        case topicRecreated = "TOPIC_RECREATED"
        /// The brokers are those of another cluster.
        case clusterChanged = "CLUSTER_CHANGED"
        /// The sink writes to another topic.
        case sinkChanged = "SINK_CHANGED"
        /// The query would publish under another transactional id.
        case transactionalIDChanged = "TRANSACTIONAL_ID_CHANGED"
        /// The sink promises something else than the one that the checkpoint was made for.
        case deliveryChanged = "DELIVERY_CHANGED"

        /// Whether an option was changed that can be set back: nothing is lost then.
        package var isCorrectable: Bool {
            switch self {
            case .clusterChanged, .sinkChanged, .transactionalIDChanged, .deliveryChanged: true
            default: false
            }
        }
    }

    package let code: Code
    package let message: String
    package let hint: String

    package init(code: Code, message: String, hint: String) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String { "[\(code.rawValue)] \(message); \(hint)" }

    /// There is state, and no batch that could have left it.
    package static let logLost = StartFailure(
        code: .checkpointLost, message: "the checkpoint's log holds no batch, but its state directory does",
        hint: "restore the checkpoint's log from a backup; or start over with a new directory, which writes all "
            + "output once more")
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
        if planned == -1, facts.state == .unexplained {
            return .fail(.logLost)
        }
        guard facts.sinkIsTransactional else { return decideByLog(facts, planned: planned, committed: committed) }
        switch facts.marker {
        case .none: return decideWithoutMarker(facts, planned: planned, committed: committed)
        case .unreadable(let detail):
            return fail(
                .markerCollision, detail, "make sure that no other software commits offsets for this query's group")
        case .found(let marker, let offsetsMatch, let missing):
            if let failure = contradiction(facts, marker, planned: planned, committed: committed) {
                return .fail(failure)
            }
            if !missing.isEmpty, let failure = lossOfMarker(facts, from: missing, after: marker.batch) {
                return .fail(failure)
            }
            return decide(
                facts, marker, offsetsMatch: offsetsMatch, isWhole: missing.isEmpty, planned: planned,
                committed: committed)
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
        if planned == -1, facts.isNew { return .commitFirstMarker }
        guard planned == committed else { return decideUnknownFate(facts, planned: planned, committed: committed) }
        if !facts.markerMayHaveExpired, let failure = lossOfMarker(facts, from: nil, after: committed) {
            return .fail(failure)
        }
        if planned == -1 { return .commitFirstMarker }
        return facts.state == .missing ? stateLost(committed) : .recommitMarkerThenContinue(batch: committed)
    }

    /// A batch is planned that the log doesn't have as committed, and the marker that would tell is gone.
    private static func decideUnknownFate(_ facts: StartFacts, planned: Int64, committed: Int64) -> StartDecision {
        let isLost = committed >= 0 && facts.state == .missing
        switch facts.onMarkerLost {
        case .fail:
            return fail(
                .markerLost,
                "the sink has lost its marker, so nobody knows whether the rows of batch \(planned) are there",
                "find out whether a topic was made anew or the group deleted, or the directory emptied, and look into "
                    + "the output; then choose "
                    + "with option onMarkerLost: replay (rows of the batch may be there twice) or skip (they may be "
                    + "missing)")
        case .replay: return isLost ? stateLost(committed) : .rerun(batch: planned)
        case .skip: return isLost ? stateLost(committed) : .rerunWithoutOutput(batch: planned)
        }
    }

    /// Refuses to go on without the marker where that it is gone has no harmless reason, and the user hasn't said that
    /// rows of the sources may be missing. `places` are those where it is gone; `nil` is all of them.
    private static func lossOfMarker(_ facts: StartFacts, from places: [String]?, after batch: Int64) -> StartFailure? {
        guard facts.onMarkerLost == .fail, !facts.toleratesDataLoss else { return nil }
        if facts.keepsMarkers {
            return StartFailure(
                code: .markerMissing,
                message:
                    "the marker of \(batch < 0 ? "the start" : "batch \(batch)") is gone from the sink's directory",
                hint: "what the query has written there was removed, or it is another directory: start with a new "
                    + "checkpoint directory, which writes everything once more; or go on behind it with option "
                    + "onMarkerLost=replay")
        }
        let age = max(0, facts.markerAgeMilliseconds) / 60_000
        let kept = facts.markerRetentionMilliseconds.map { "keeps it for \($0 / 60_000) minutes" }
        let reason =
            places == nil
            ? "it was committed \(age) minutes ago, and Kafka "
                + (kept ?? "doesn't tell how long it keeps it (the right DESCRIBE_CONFIGS on the cluster is missing)")
            : "the other partitions have it, so that it has not expired"
        return StartFailure(
            code: .markerMissing,
            message: "the marker of \(batch < 0 ? "the start" : "batch \(batch)") is gone"
                + "\(places.map { " from \($0.joined(separator: ", "))" } ?? ""): \(reason)",
            hint: "either a topic was deleted and made again, or these are other brokers: start with a new checkpoint "
                + "directory; or only the query's group or its offsets were deleted: go on with option "
                + "onMarkerLost=replay")
    }

    /// What marker and log can't both say.
    private static func contradiction(
        _ facts: StartFacts, _ marker: TransactionMarker, planned: Int64, committed: Int64
    ) -> StartFailure? {
        if planned == -1, facts.isNew || marker.batch >= 0 {
            // A new checkpoint has a new id, so the marker's can't be compared.
            return StartFailure(
                code: .checkpointLost,
                message: "the checkpoint is empty, but output up to batch \(marker.batch) exists "
                    + "(query \(marker.queryID))",
                hint: "restore the checkpoint; or start over with a new directory, which writes all output once more")
        }
        if marker.queryID != facts.queryID {
            return StartFailure(
                code: .markerCollision,
                message: "the sink's marker is that of query \(marker.queryID), not of \(facts.queryID)",
                hint: "two queries use the same group or transactional id: give one of them another prefix")
        }
        if marker.batch > planned {
            return StartFailure(
                code: .checkpointBehind,
                message: "output up to batch \(marker.batch) exists, but the checkpoint ends with batch \(planned)",
                hint: "the checkpoint is an old copy, or a second copy is in use: use the newest one")
        }
        if marker.batch < committed {
            return StartFailure(
                code: .committedOutputMissing,
                message: "the checkpoint has batch \(committed) as committed, but the sink ends with "
                    + "batch \(marker.batch)",
                hint: "the sink has lost data (an unclean election, a restored cluster): look into the output first")
        }
        if marker.batch >= 0, marker.batch == committed, let attempt = facts.committedAttempt, attempt != marker.attempt
        {
            return StartFailure(
                code: .markerCollision,
                message: "batch \(committed) was committed by attempt \(marker.attempt), but the checkpoint "
                    + "knows \(attempt)",
                hint: "a second copy of the checkpoint is in use: use the one that wrote the output")
        }
        return nil
    }

    private static func decide(
        _ facts: StartFacts, _ marker: TransactionMarker, offsetsMatch: Bool?, isWhole: Bool, planned: Int64,
        committed: Int64
    ) -> StartDecision {
        if offsetsMatch == false {
            return fail(
                .offsetsMismatch,
                "the offsets committed with batch \(marker.batch) are not those where the log says that it ended",
                "the committed offsets were changed, or a topic was deleted and made again: look into the sources first"
            )
        }
        if planned == -1 { return isWhole ? .startNew : .commitFirstMarker }
        if marker.batch >= 0, facts.state == .missing { return stateLost(marker.batch) }
        if marker.batch == planned, planned > committed { return .adopt(batch: planned, attempt: marker.attempt) }
        if planned > committed { return .rerun(batch: planned) }
        return isWhole ? .continueAfter(batch: committed) : .recommitMarkerThenContinue(batch: committed)
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
