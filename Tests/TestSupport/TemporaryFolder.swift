// Folders that go with the test.

import DurableFiles

/// A folder that is removed with its last owner.
package final class TemporaryFolder: Sendable {
    /// Where it is.
    package let path: String

    /// Makes an empty folder under `TMPDIR` or `/tmp`.
    package init() throws { path = try TemporaryDirectory.make(prefix: "millrace-test-") }

    deinit { TemporaryDirectory.remove(path) }
}

/// Runs `body` with the path of a folder that is gone afterwards.
package func withTemporaryFolder(_ body: (String) throws -> Void) throws {
    let folder = try TemporaryFolder()
    try body(folder.path)
}
