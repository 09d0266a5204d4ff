// What every format of files gives: a reader of records.

import Columns

/// Reads lines, or texts as a whole, into batches. One reader a thread; it keeps its memory from batch to batch.
package protocol RecordReader: AnyObject {
    /// Rows that were read and not taken yet.
    var count: Int { get }
    /// Whether it is time to take the rows.
    var isFull: Bool { get }

    /// What is read next belongs to another file, and begins with it or somewhere in its middle.
    func beginFile(atItsStart: Bool)

    /// Reads whole lines until the batch is full, and gives how many bytes that were; a reader of whole texts reads all
    /// bytes as one. `place` is where the bytes begin in their file; `isLast` says that nothing follows them. 64 bytes
    /// beyond them may be read.
    ///
    /// - Throws: `MALFORMED_RECORD_IN_PARSING` in the mode that ends the query.
    func read(_ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, place: Int64) throws(KernelError) -> Int

    /// The rows that were read since the last call.
    func take() -> RecordBatch

    /// Where the record of a row of the batch that was taken last begins.
    func place(ofRow row: Int) -> Int64?
}

extension RecordReader {
    package func beginFile(atItsStart: Bool) {}
}
