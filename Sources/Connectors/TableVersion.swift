// How the rows of a table are told from those that it had or will have.

import DurableFiles

/// Makes a short text of what stands for the rows of a table: files with their times, or offsets.
package struct TableVersion {
    private var fingerprint = Fingerprint()

    /// Of nothing yet.
    package init() {}

    /// Adds something, told from what is added behind it.
    package mutating func add(_ part: some CustomStringConvertible) { fingerprint.add("\(part)\0") }

    /// The same for the same parts.
    package var text: String { fingerprint.text }
}
