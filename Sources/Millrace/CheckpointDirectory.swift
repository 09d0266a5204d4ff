// Looks into a checkpoint without running its query.

import CheckpointLog
import DurableFiles
import QueryRuntime

/// A checkpoint on disk. Looking at it changes nothing and may be done while its query runs.
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
