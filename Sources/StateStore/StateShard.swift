// What the store keeps: one operator's state for one part of the keys.

/// State that can be written to a file and read back. The store calls it from one thread at a time, and never while the
/// operator is using it.
///
/// A row is a key with what belongs to it. *Changes* are the rows set or removed since `markClean`.
package protocol StateShard: AnyObject, Sendable {
    /// Writes the rows set or removed since `markClean`.
    func encodeChanges(into writer: inout StateWriter)
    /// Writes every row, in the form of changes to an empty shard.
    func encodeAll(into writer: inout StateWriter)
    /// Removes and sets the rows that `encodeChanges` or `encodeAll` wrote.
    func apply(_ reader: inout StateReader) throws(StateFormatError)
    /// Forgets every row and change.
    func clear()
    /// The batch is committed: from here on, nothing is changed.
    func markClean()
    /// The batch is dropped: takes back everything that was changed since `markClean`, so that the rows are those of
    /// the last commit, and nothing is changed.
    func rollback()
    /// How many rows there are.
    var rowCount: Int { get }
    /// How many rows were set or removed since `markClean`.
    var updatedCount: Int { get }
    /// Bytes of memory that the rows take.
    var memoryBytes: Int { get }
}

/// What is wrong with bytes that a shard was to read, without the file: the store adds that.
package struct StateFormatError: Error, Equatable, Sendable {
    package let message: String
    /// The format that the bytes are in, where it is none that this version reads.
    let otherFormat: UInt32?

    package init(_ message: String) {
        self.message = message
        otherFormat = nil
    }

    /// Bytes in a format that this version doesn't read.
    init(otherFormat format: UInt32) {
        message = "format \(format); this version reads format \(StateFrame.format)"
        otherFormat = format
    }
}
