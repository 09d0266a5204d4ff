// Checkpoints for demos and tests, which nobody needs afterwards.

import DurableFiles

/// A directory for the checkpoint of a query that need not outlive the process.
public enum TemporaryCheckpoint {
    /// Makes an empty directory under `TMPDIR` or `/tmp`.
    ///
    /// - Throws: where the system refuses it.
    public static func make() throws -> String {
        do {
            return try TemporaryDirectory.make(prefix: "millrace-checkpoint-")
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

    /// Removes the directory with all that is in it; the query has been stopped.
    public static func remove(_ path: String) { TemporaryDirectory.remove(path) }
}
