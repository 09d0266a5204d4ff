// Bytes by key outside of memory: where rows of the state go that have no room in it.

import Columns

/// Entries in the order of their keys' bytes, outside of memory. Nothing in it has to survive the process: changelog
/// and snapshots hold the same rows.
///
/// Several threads use it at once, each for keys of its own.
package protocol SpillStorage: AnyObject, Sendable {
    /// The values of the first of some keys, NULL where there is none: of at least one key, and of no more once they
    /// have `byteCount` bytes.
    func values(of keys: ColumnVector, byteCount: Int) throws(StateStoreError) -> ColumnVector
    /// Sets keys to values and removes other keys, all at once.
    func write(_ changes: SpillChanges) throws(StateStoreError)
    /// Entries with keys from `start` on and before `end`, in order: at most `maximumCount`, and no more once they have
    /// `byteCount` bytes.
    func entries(
        from start: [UInt8], before end: [UInt8], maximumCount: Int, byteCount: Int
    ) throws(StateStoreError) -> (keys: ColumnVector, values: ColumnVector)
    /// The last key from `start` on and before `end`; `nil` where there is none.
    func lastKey(from start: [UInt8], before end: [UInt8]) throws(StateStoreError) -> [UInt8]?
    /// Removes all entries with keys from `start` on and before `end`.
    func removeAll(from start: [UInt8], before end: [UInt8]) throws(StateStoreError)
    /// Lets everything go, and removes what is on disk of it.
    func close()
}

/// What is written at once.
package struct SpillChanges: Sendable {
    /// Keys that are set, and their values.
    package var puts: [(keys: ColumnVector, values: ColumnVector)] = []
    /// Keys that are removed.
    package var removals: [ColumnVector] = []

    /// No changes.
    package init() {}
}
