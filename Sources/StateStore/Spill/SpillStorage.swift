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
    /// Entries with keys that begin with one of some prefixes, from a place among them on and in order: at most
    /// `maximumCount`, and no more once they have `byteCount` bytes. Prefixes stand in order, none begins with another,
    /// and no key has a byte 255 behind one.
    func entries(
        withPrefixes prefixes: ColumnVector, from place: SpillPlace, maximumCount: Int, byteCount: Int
    ) throws(StateStoreError) -> SpillScan
    /// The last key from `start` on and before `end`; `nil` where there is none.
    func lastKey(from start: [UInt8], before end: [UInt8]) throws(StateStoreError) -> [UInt8]?
    /// Removes all entries with keys from `start` on and before `end`.
    func removeAll(from start: [UInt8], before end: [UInt8]) throws(StateStoreError)
    /// Lets everything go, and removes what is on disk of it.
    func close()
}

/// Where a look through the entries of some prefixes goes on.
package struct SpillPlace: Equatable, Sendable {
    /// Which prefix.
    package var prefix: Int
    /// From which key on; empty for all that begin with it.
    package var key: [UInt8]

    /// A place; the beginning of all where nothing is said.
    package init(prefix: Int = 0, key: [UInt8] = []) {
        self.prefix = prefix
        self.key = key
    }
}

/// Entries of some prefixes.
package struct SpillScan: Sendable {
    package let keys: ColumnVector
    package let values: ColumnVector
    /// Where there may be more; `nil` where there are none.
    package let next: SpillPlace?

    package init(keys: ColumnVector, values: ColumnVector, next: SpillPlace?) {
        self.keys = keys
        self.values = values
        self.next = next
    }
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
