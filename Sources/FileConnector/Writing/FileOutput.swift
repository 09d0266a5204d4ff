// The bytes of a file that is being written: nobody sees it before it is whole.

import Columns
import Compression
import DurableFiles

/// A file under a hidden name, which takes bytes one behind the other. Dropped before `publish`, it leaves nothing.
package final class FileOutput {
    private let file: AtomicFileWriter
    private let compressor: StreamCompressor?
    private var packed: [UInt8] = []

    /// How many bytes it has so far.
    package private(set) var byteCount: Int64 = 0

    /// Where it will be.
    package var path: String { file.path }

    /// Begins a file, which a codec compresses whole; its folder is there.
    package init(_ path: String, compression: StreamCodec? = nil, disk: any Disk) throws {
        compressor = try compression.map { try StreamCompressor($0) }
        file = try AtomicFileWriter(path, kind: nil, disk: disk)
    }

    /// Adds bytes.
    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        guard let compressor else { return try add(bytes) }
        try compressor.write(bytes, into: &packed)
        try addPacked()
    }

    /// Adds bytes.
    package func append(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try append($0) } }

    private func add(_ bytes: UnsafeRawBufferPointer) throws {
        try file.append(bytes)
        byteCount += Int64(bytes.count)
    }

    private func addPacked() throws {
        try packed.withUnsafeBytes { try add($0) }
        packed.removeAll(keepingCapacity: true)
    }

    /// Ends what is compressed: no byte comes behind it.
    private func end() throws {
        guard let compressor else { return }
        try compressor.finish(into: &packed)
        try addPacked()
    }

    /// Adds the bytes of a column's first value.
    func append(_ value: ColumnVector) throws {
        try append(UnsafeRawBufferPointer(value.run(0)))
        // The bytes are the column's.
        withExtendedLifetime(value) {}
    }

    /// Makes the file durable and gives it its name.
    package func publish() throws {
        try end()
        _ = try file.publish()
    }

    /// Makes the file durable under its hidden name, and tells that: whoever called renames it, or removes it.
    package func seal() throws -> String {
        try end()
        return try file.seal()
    }

    /// Gives it up.
    package func discard() { file.discard() }
}
