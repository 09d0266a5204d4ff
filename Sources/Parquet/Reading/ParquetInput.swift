// Where the bytes of a file come from, and how many of them may be in memory.

import Columns

/// A file whose bytes can be read anywhere.
package protocol ParquetInput: AnyObject {
    /// Bytes of the file.
    var size: Int64 { get }
    /// Fills `bytes` with those of the file from `offset` on; both ends lie in the file.
    func read(at offset: Int64, into bytes: UnsafeMutableRawBufferPointer) throws(ParquetError)
}

/// What a file may make its reader allocate. A file can say anything of itself: what it says is asked for here first.
package struct ParquetLimits: Sendable {
    /// A footer may have so many bytes.
    package var footerBytes = 256 << 20
    /// A page may have so many bytes, as it is and before it was compressed.
    package var pageBytes = 256 << 20
    /// All pages and dictionaries that are open at the same time.
    package var openBytes = 1 << 30
    /// The elements of a column's lists in one batch.
    package var batchElements = 1 << 25
    /// The bytes of all columns of a batch: levels, values, and the pages and dictionaries that texts lie in.
    package var batchBytes = 1 << 30

    /// The usual limits.
    package init() {}
}

/// What is open, against the limit.
final class OpenBytes {
    private let limits: ParquetLimits
    private var used = 0

    init(_ limits: ParquetLimits) { self.limits = limits }

    /// Takes room for a page of a column.
    func take(_ count: Int) throws(ParquetError) {
        guard count <= limits.pageBytes, used + count <= limits.openBytes else {
            throw ParquetError(
                .tooLarge,
                "a page of \(count) bytes, with \(used) bytes in use; a page may have \(limits.pageBytes),"
                    + " all that are open \(limits.openBytes)")
        }
        used += count
    }

    /// Gives room back.
    func give(_ count: Int) { used -= count }
}

/// What the columns of a batch take, against the limit.
final class BatchBytes {
    private let limit: Int
    private var used = 0

    init(_ limits: ParquetLimits) { limit = limits.batchBytes }

    /// Takes room for what a column needs.
    func take(_ count: Int) throws(ParquetError) {
        guard count <= limit - used else {
            throw ParquetError(
                .tooLarge, "the columns of one batch have more than \(limit) bytes: \(used), and \(count) more")
        }
        used += count
    }

    /// Begins the next batch.
    func clear() { used = 0 }
}
