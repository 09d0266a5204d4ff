// Which state: versions, and what proves one.

/// Which state: the number of batches it holds, and which try of the last one made it.
package struct StateVersion: Hashable, Sendable, CustomStringConvertible {
    /// 0 for the empty state before the first batch, n + 1 after batch n.
    package let number: Int
    /// Unique among all tries of all runs; empty for version 0.
    package let attempt: String

    package init(_ number: Int, attempt: String) {
        self.number = number
        self.attempt = attempt
    }

    /// The empty state before the first batch.
    package static let empty = StateVersion(0, attempt: "")

    package var description: String { number == 0 ? "version 0" : "version \(number) of attempt \(attempt)" }
}

/// What proves a whole state: the hash of its manifest.
package struct StateManifest: Hashable, Sendable {
    package let version: StateVersion
    /// 24 hexadecimal digits.
    package let hash: String

    package init(version: StateVersion, hash: String) {
        self.version = version
        self.hash = hash
    }
}

/// A part of the state: the rows of one table of one operator for one shard of the keys.
struct PartName: Hashable, Sendable, CustomStringConvertible {
    let operatorName: String
    let table: String
    let shard: Int

    /// As in the names of files and in messages.
    var description: String { "\(operatorName).\(table).\(shard)" }
}
