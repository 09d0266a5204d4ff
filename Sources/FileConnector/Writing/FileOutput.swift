// The bytes of a file that is being written: nobody sees it before it is whole.

import Columns
import DurableFiles

/// A file under a hidden name, which takes bytes one behind the other. Dropped before `publish`, it leaves nothing.
package final class FileOutput {
    private let file: AtomicFileWriter

    /// How many bytes it has so far.
    package private(set) var byteCount: Int64 = 0

    /// Where it will be.
    package var path: String { file.path }

    /// Begins a file; its folder is there.
    package init(_ path: String, disk: any Disk) throws(DurabilityError) {
        file = try AtomicFileWriter(path, kind: nil, disk: disk)
    }

    /// Adds bytes.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(DurabilityError) {
        try file.append(bytes)
        byteCount += Int64(bytes.count)
    }

    /// Adds bytes.
    package func append(_ bytes: [UInt8]) throws(DurabilityError) {
        try file.append(bytes)
        byteCount += Int64(bytes.count)
    }

    /// Adds the bytes of a column's first value.
    func append(_ value: ColumnVector) throws(DurabilityError) {
        try append(UnsafeRawBufferPointer(value.run(0)))
        // The bytes are the column's.
        withExtendedLifetime(value) {}
    }

    /// Makes the file durable and gives it its name.
    package func publish() throws(DurabilityError) { _ = try file.publish() }

    /// Makes the file durable under its hidden name, and tells that: whoever called renames it, or removes it.
    package func seal() throws(DurabilityError) -> String { try file.seal() }

    /// Gives it up.
    package func discard() { file.discard() }
}
