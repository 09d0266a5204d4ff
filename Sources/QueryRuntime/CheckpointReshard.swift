// Divides the state of a checkpoint into another number of shards, while its query is stopped.

import CheckpointLog
import DurableFiles
import StateStore

/// What dividing a checkpoint's state anew has done.
public struct ReshardSummary: Sendable {
    /// Into how many shards the state was divided.
    public let oldShardCount: Int
    /// Into how many it is divided now.
    public let newShardCount: Int
    /// The batch after which the state is; `nil` where none has been committed.
    public let batch: Int64?
    /// What was written; empty where nothing had to be.
    public let operators: [Operator]

    /// What was written of a stateful operator.
    public struct Operator: Sendable {
        /// What the checkpoint calls it, such as `aggregate-0`.
        public let name: String
        /// How many rows it keeps.
        public let rows: Int
        /// How many bytes they take on disk.
        public let bytes: Int
        /// Into how many shards they are divided: a limit has one always.
        public let shardCount: Int
    }
}

/// Divides the state of a checkpoint anew. What the query has delivered is not touched: batch, attempt and hash of the
/// state stay those that the log and the marker in the sink name.
package struct CheckpointReshard {
    /// More shards than this are of no use to anybody, and each has a file.
    package static let shardCounts = 1...4096

    private let directory: String
    private let disk: any Disk

    /// Of the checkpoint in `directory`.
    package init(_ directory: String, disk: any Disk) {
        self.directory = directory
        self.disk = disk
    }

    /// Divides the state into `shards` parts. A crash at any point leaves the old state or the new one.
    ///
    /// - Throws: `CHECKPOINT_NOT_FOUND`, `CHECKPOINT_IN_USE` where a query runs, `CHECKPOINT_LOST` where the log knows
    ///   nothing of the state, and what is wrong with the state; then nothing has changed.
    package func run(shards: Int) throws -> ReshardSummary {
        precondition(CheckpointReshard.shardCounts.contains(shards), "the number was checked")
        // Opening makes directories where there are none.
        guard try CheckpointReader(directory: directory, disk: disk).metadata() != nil else {
            throw QueryError.noCheckpoint(directory)
        }
        let runID = Identifier.uuid()
        let checkpoint = try Checkpoint.open(directory: directory, runID: runID, disk: disk)
        defer { checkpoint.close() }
        guard let old = checkpoint.division else { throw QueryError.noCheckpoint(directory) }
        let log = try checkpoint.recover()
        let commit = log.lastCommit
        guard old.shards != Int64(shards) else {
            return ReshardSummary(
                oldShardCount: shards, newShardCount: shards, batch: commit?.batch, operators: [])
        }
        if try StateVersions.isUnexplained(by: log, in: checkpoint.stateDirectory, disk: disk) {
            throw StartFailure.logLost
        }
        var mayCount = false
        defer { if !mayCount { checkpoint.abandonDivision() } }
        let new = CheckpointDivision(number: old.number + 1, shards: Int64(shards), plan: old.plan)
        let target = try checkpoint.prepareDivision(new)
        let division = try StateDivision(
            from: checkpoint.stateDirectory, into: target, shards: shards, runID: runID, disk: disk)
        let written = try division.write(log)
        // An instance that was taken for dead stops at its next plan. Nothing fences the batch that it has under way:
        // who divides the state makes sure that none is left (docs/operations.md).
        try checkpoint.startRun()
        // After an error nobody knows whether the file that makes it count is there: the next start looks.
        mayCount = true
        try checkpoint.commitDivision(new)
        return ReshardSummary(
            oldShardCount: Int(clamping: old.shards), newShardCount: shards, batch: commit?.batch,
            operators: written.map {
                ReshardSummary.Operator(
                    name: $0.operatorName, rows: $0.rows, bytes: $0.bytes, shardCount: $0.shards)
            })
    }
}

extension StateDivision {
    /// Writes the version that a log has as committed, and those of the batch that it has as planned and not committed.
    func write(_ log: RecoveredLog) throws(StateStoreError) -> [Summary] {
        let committed = log.lastCommit.map {
            StateManifest(
                version: StateVersion(Int(clamping: $0.batch) + 1, attempt: $0.attempt), hash: $0.manifestHash)
        }
        return try write(committed: committed, includesPrepared: log.lastPlan?.batch != log.lastCommit?.batch)
    }
}
