// Looks into a checkpoint without running its query.

import CheckpointLog
import DurableFiles
import QueryRuntime

/// A checkpoint on disk. Looking at it changes nothing and may be done while its query runs; `reshard` changes it.
public struct CheckpointDirectory: Sendable {
    /// Where it is.
    public let path: String

    /// Names a checkpoint; nothing is read yet.
    public init(_ path: String) { self.path = path }

    /// What it holds: the query, its plan, and the batches that the log still has.
    ///
    /// - Throws: where there is no checkpoint, or it can't be read.
    public func summary() throws -> CheckpointSummary {
        do {
            return try CheckpointInspector(try CheckpointPath.existing(path)).summary()
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

    /// Takes back the record of the newest commit, as a crash before it would have left the log, and returns its batch;
    /// `nil` where there is none. The query does not run.
    ///
    /// - Throws: where the checkpoint can't be read or written.
    package func dropNewestCommit() throws -> Int64? {
        do {
            return try NewestCommit.drop(directory: try CheckpointPath.existing(path), disk: RealDisk())
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

    /// Divides the state into another number of shards, while the query is stopped; the query goes on after it with the
    /// same answers. A crash at any point leaves the old state or the new one.
    ///
    /// - Throws: where the number is not from 1 to 4096, where the query runs (`CHECKPOINT_IN_USE`), and where the
    ///   state can't be read; then nothing has changed.
    public func reshard(shards: Int) throws -> ReshardSummary {
        let counts = CheckpointReshard.shardCounts
        guard counts.contains(shards) else {
            throw MillraceError(
                code: "INVALID_OPTION", message: "the state can't be divided into \(shards) shards",
                hint: "from \(counts.lowerBound) to \(counts.upperBound) are possible; a few for each core are enough",
                kind: .query)
        }
        do {
            return try CheckpointReshard(try CheckpointPath.existing(path), disk: RealDisk()).run(shards: shards)
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

    /// Reads every file that the next start may need, from end to end, with its checksums.
    ///
    /// - Throws: the first thing that is wrong.
    public func verify() throws -> CheckpointVerification {
        do {
            return try CheckpointInspector(try CheckpointPath.existing(path)).verify()
        } catch {
            throw MillraceError(wrapping: error)
        }
    }
}
