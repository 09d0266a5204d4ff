// How files of Parquet are written.

import Compression

/// How a file is written; as Spark writes it where nothing is changed.
package struct ParquetWriteOptions: Hashable, Sendable {
    /// Versions of pages.
    package enum Version: Hashable, Sendable {
        /// Pages that every reader knows, with plain values where a dictionary doesn't pay.
        case one
        /// Pages whose levels aren't compressed, and differences in place of plain values.
        case two
    }

    package var codec = CompressionCodec.snappy
    package var version = Version.one
    /// A row group ends with the rows with which it has so many bytes.
    package var rowGroupBytes = 128 << 20
    /// A page ends with the rows with which it has so many bytes, or so many rows.
    package var pageBytes = 1 << 20
    package var pageRows = 20_000
    /// Whether values that repeat are written once.
    package var usesDictionaries = true
    /// A dictionary that is larger gets no more values.
    package var dictionaryBytes = 1 << 20
    /// The Bloom filters of leaves, by the names from the root to them, in small letters with points between; `nil`
    /// where one has none. And that of those which aren't named.
    package var bloomFilters: [String: BloomFilterOptions?] = [:]
    package var bloomFilter: BloomFilterOptions?

    /// Spark's choice.
    package init() {}
}

/// Where the bytes of a file go.
package protocol ParquetOutput: AnyObject {
    /// Adds bytes behind all that came before.
    func append(_ bytes: UnsafeRawBufferPointer) throws
}
