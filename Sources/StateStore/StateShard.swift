// What the store keeps: the rows of one part of an operator's state.

/// State that can be written to a file and read back. The store calls it from one thread at a time, and never while the
/// operator is using it; different shards are called at once.
///
/// A row is a key with what belongs to it. *Changes* are the rows set or removed since `markClean`, each with all that
/// it holds: applying changes again, or to rows that are newer already, leads to the same rows in the end.
package protocol StateShard: AnyObject, Sendable {
    /// Writes the rows set or removed since `markClean`. Called where `updatedCount` is not 0.
    func encodeChanges(into writer: inout StateWriter)
    /// Writes rows in the form of changes, from `cursor` on and until about `byteCount` bytes are written; returns
    /// where to go on, or `nil` after the last row. Writes something even where there are no rows.
    ///
    /// Between two calls batches may be committed: a row that is there all the while and that none of them changes is
    /// written once. Nothing is promised after `rollback`, `clear` or `apply`, after which the store begins anew.
    func encodeRows(from cursor: StateCursor, byteCount: Int, into writer: inout StateWriter) -> StateCursor?
    /// Removes and sets the rows that `encodeChanges` or `encodeRows` wrote. Rows to be removed may be missing.
    func apply(_ reader: inout StateReader) throws(StateFormatError)
    /// Forgets every row and change.
    func clear()
    /// The batch is committed: from here on, nothing is changed.
    func markClean()
    /// The batch is dropped: takes back everything that was changed since `markClean`, so that the rows are those of
    /// the last commit, and nothing is changed. False where the shard can't, with rows that are undefined: the store
    /// then reads those of the last commit from disk.
    func rollback() -> Bool
    /// How many rows there are.
    var rowCount: Int { get }
    /// How many rows were set or removed since `markClean`.
    var updatedCount: Int { get }
    /// Bytes of memory that the rows take.
    var memoryBytes: Int { get }
    /// Gives the shard a place outside of memory, before there is any row; false where it keeps all rows in memory.
    /// No two shards have the same number.
    func useSpill(_ storage: any SpillStorage, part: Int) -> Bool
    /// Moves all rows out of memory where they take more than `bytes`. Called where nothing is changed, of shards that
    /// use a place outside of memory.
    func spill(beyond bytes: Int) throws(StateStoreError)
    /// What has gone wrong outside of memory since `clear`.
    var spillFailure: StateStoreError? { get }
}

extension StateShard {
    package func useSpill(_ storage: any SpillStorage, part: Int) -> Bool { false }
    package func spill(beyond bytes: Int) throws(StateStoreError) {}
    package var spillFailure: StateStoreError? { nil }
}

/// A place among the rows of a shard, in an order that is the shard's own.
package enum StateCursor: Hashable, Sendable {
    /// Before the first row.
    case start
    /// At a row's number.
    case number(Int)
    /// At a row's key.
    case key([UInt8])
}

/// What is wrong with bytes that a shard was to read, without the file: the store adds that.
package struct StateFormatError: Error, Equatable, Sendable {
    package let message: String
    /// Whether the bytes are in a format that this version doesn't read.
    let isOtherFormat: Bool

    package init(_ message: String) {
        self.message = message
        isOtherFormat = false
    }

    /// Bytes in a format that this version doesn't read.
    init(otherFormat format: Int) {
        message = "format \(format); this version reads format \(ManifestFrame.format)"
        isOtherFormat = true
    }
}
