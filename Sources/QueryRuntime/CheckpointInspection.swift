// Looks into checkpoints without running their queries.

import CheckpointLog
import DurableFiles
import JSONText
import StateStore

/// What a checkpoint holds.
public struct CheckpointSummary: Sendable {
    /// The query's id: the same over all its runs.
    public let queryID: String
    /// The name that the query had when it first started.
    public let queryName: String?
    /// The software that made the checkpoint.
    public let engine: String
    /// The plan that the checkpoint belongs to, as an indented tree.
    public let plan: String
    /// Into how many parts the state is divided.
    public let shardCount: Int
    /// The batches that the log still holds, oldest first.
    public let batches: [Batch]
    /// How many rows the operators with state keep after the last committed batch, by the names that the checkpoint has
    /// for them; empty where there are none, where an older version wrote the batch, and where its state is gone.
    public let stateRows: [String: Int64]
    /// Why that isn't known, where the state of the last committed batch is lost or damaged; else `nil`.
    public let stateFailure: String?

    /// A batch as the log has it.
    public struct Batch: Sendable {
        /// The batch's number, from 0.
        public let id: Int64
        /// When it was planned, ISO 8601 in UTC.
        public let timestamp: String
        /// Whether it was committed. A batch that wasn't is finished by the next start.
        public let isCommitted: Bool
        /// The watermarks that it uses, ISO 8601 in UTC, by the step or source that they are of. With
        /// `millrace.watermark.emitInCrossingBatch` a batch that was planned has those of the one before it, and one
        /// that was committed those that its own rows have led to.
        public let watermarks: [String: String]
        /// What it reads of each source.
        public let sources: [Range]
    }

    /// What a batch reads of a source.
    public struct Range: Sendable {
        /// The source's name.
        public let source: String
        /// The first offsets, as JSON.
        public let start: String
        /// The offsets at which it ends, exclusive, as JSON.
        public let end: String
    }
}

/// What a look at every file of a checkpoint found.
public struct CheckpointVerification: Sendable {
    /// What is whole, a line each.
    public let whole: [String]
    /// What is worth knowing and does no harm, a line each.
    public let notes: [String]
}

/// Reads checkpoints. Changes nothing and takes no lock.
package struct CheckpointInspector: Sendable {
    private let reader: CheckpointReader
    private let directory: String
    private let disk = RealDisk()

    package init(_ directory: String) {
        self.directory = directory
        reader = CheckpointReader(directory: directory, disk: disk)
    }

    /// How many sources the query had when it first started; `nil` where there is no checkpoint that can be read. Takes
    /// no lock: it never changes.
    package var sourceCount: Int? { (try? reader.metadata())?.startingOffsets.count }

    /// What the checkpoint holds. Throws `QueryError`, and lower rooms' errors that it wraps.
    package func summary() throws -> CheckpointSummary {
        let metadata = try metadata()
        var batches: [CheckpointSummary.Batch] = []
        // The batch that was planned last, where it gives what its own rows make final.
        var crossing: Int64?
        for entry in try reader.entries() {
            switch entry.record {
            case .head, .marker: continue
            case .plan(let plan):
                crossing = plan.emitsInCrossingBatch ? plan.batch : nil
                batches.append(Self.batch(plan))
            case .commit(let commit):
                guard let last = batches.last, last.id == commit.batch else { continue }
                batches[batches.count - 1] = CheckpointSummary.Batch(
                    id: last.id, timestamp: last.timestamp, isCommitted: true,
                    watermarks: crossing == commit.batch ? Self.texts(commit.nextWatermarks) : last.watermarks,
                    sources: last.sources)
            }
        }
        let division = try reader.division(metadata)
        let state = stateRows
        return CheckpointSummary(
            queryID: metadata.id, queryName: metadata.name, engine: metadata.engine,
            plan: division.plan ?? metadata.plan, shardCount: Int(clamping: division.shards), batches: batches,
            stateRows: state.rows, stateFailure: state.failure)
    }

    /// How many rows the operators keep, or why nobody knows: `verify` says more.
    private var stateRows: (rows: [String: Int64], failure: String?) {
        do {
            let manifest = try CheckpointRead(directory).reading(after: nil) { state, _ in
                try EpochManifest.parse(state.metadata)
            }
            return (manifest.stateRows, nil)
        } catch let error as QueryError where error.code == "STATE_BATCH_NOT_FOUND" {
            return ([:], nil)
        } catch {
            return ([:], (error as? StateStoreError)?.message ?? "\(error)")
        }
    }

    private static func texts(_ watermarks: [String: Int64]) -> [String: String] {
        watermarks.mapValues { TimestampText.iso8601(microseconds: Milliseconds.microseconds($0)) }
    }

    /// Reads every file that the next start may need, from end to end, and decides as that start will if the sink
    /// agrees with the log. Throws the first thing that is wrong.
    package func verify() throws -> CheckpointVerification {
        let metadata = try metadata()
        let report = reader.verify()
        if let problem = report.problems.first { throw problem }
        var whole = report.files.map { "\($0.file): \($0.records) \($0.records == 1 ? "record" : "records")" }
        var notes = report.ignored.map { "\($0): written by an instance that was superseded, not needed" }
        if let torn = report.tornTail {
            notes.append(
                "\(torn.file): the append at byte \(torn.offset) was cut off by a crash; the next start leaves it out")
        }
        let state = try verifiedState(metadata)
        whole += state.whole
        whole += try SourceDirectories.verify(in: directory, disk: disk)
        notes += state.notes
        return CheckpointVerification(whole: whole, notes: notes)
    }

    /// The state of the last committed batch. A query that runs may remove files while they are read: then it has
    /// committed another batch, and that one's state is looked at.
    private func verifiedState(_ metadata: CheckpointMetadata) throws -> CheckpointVerification {
        let stateDirectory = DiskPath.join(directory, try reader.division(metadata).stateDirectoryName)
        var log = try reader.recover()
        while let known = log.lastCommit {
            try require(metadata, log, stateDirectory, damage: nil)
            // The log's numbers have successors.
            let (batch, hash) = (Int(clamping: known.batch), known.manifestHash)
            do {
                let found = try StateInspection.verify(
                    stateDirectory, version: batch + 1, attempt: known.attempt, hash: hash, disk: disk)
                let changes = "\(found.changeCount) \(found.changeCount == 1 ? "batch" : "batches") of changes"
                let base =
                    found.snapshotCount == 0
                    ? changes : "snapshots of \(found.snapshotCount) of \(found.partCount) parts, \(changes)"
                return CheckpointVerification(
                    whole: ["\(stateDirectory): state after batch \(batch): \(base), hash \(hash)"],
                    notes: found.damages.map { "\($0); not needed" })
            } catch {
                let now = try reader.recover()
                if let next = now.lastCommit, next.batch != known.batch {
                    log = now
                    continue
                }
                try require(metadata, log, stateDirectory, damage: error)
                throw error
            }
        }
        try require(metadata, log, stateDirectory, damage: nil)
        return CheckpointVerification(whole: [], notes: ["no batch has been committed yet"])
    }

    /// Throws what the next start will be refused with. `damage` is what is wrong with the state.
    private func require(
        _ metadata: CheckpointMetadata, _ log: RecoveredLog, _ stateDirectory: String, damage: StateStoreError?
    ) throws {
        if let damage, damage.code == .disk, damage.cause?.fault != .notFound { throw damage }
        let found = try decision(metadata, log, stateDirectory, isStateWhole: damage == nil)
        guard case .fail(let failure) = found else { return }
        let detail = damage.map { ": \($0.message)" } ?? ""
        throw StartFailure(code: failure.code, message: failure.message + detail, hint: failure.hint)
    }

    /// What the next start decides, with a sink that has what the log says.
    private func decision(
        _ metadata: CheckpointMetadata, _ log: RecoveredLog, _ stateDirectory: String, isStateWhole: Bool
    ) throws -> StartDecision {
        let commit = log.lastCommit
        let marker = TransactionMarker(
            queryID: metadata.id, batch: commit?.batch ?? TransactionMarker.firstBatch,
            attempt: commit?.attempt ?? "", manifestHash: commit?.manifestHash)
        let isUnexplained = try commit == nil && StateVersions.exist(in: stateDirectory, disk: disk)
        return StartDecision.decide(
            StartFacts(
                queryID: metadata.id, lastPlanned: log.lastPlan?.batch, lastCommitted: commit?.batch,
                committedAttempt: commit?.attempt, marker: .found(marker, offsetsMatch: nil),
                state: isStateWhole ? isUnexplained ? .unexplained : .present : .missing,
                sinkIsTransactional: metadata.binding.transactions != nil))
    }

    private func metadata() throws -> CheckpointMetadata {
        guard let metadata = try reader.metadata() else { throw QueryError.noCheckpoint(directory) }
        return metadata
    }

    /// A batch that was planned.
    private static func batch(_ plan: PlanEntry) -> CheckpointSummary.Batch {
        let time = TimestampText.iso8601(microseconds: Milliseconds.microseconds(plan.timestampMilliseconds))
        return CheckpointSummary.Batch(
            id: plan.batch, timestamp: time, isCommitted: false, watermarks: texts(plan.watermarks),
            sources: plan.sources.map {
                CheckpointSummary.Range(source: $0.name, start: $0.start.text, end: $0.end.text)
            })
    }
}
