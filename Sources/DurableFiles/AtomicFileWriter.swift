// Writes an atomic file piece by piece.

import Synchronization

/// Writes a file of any size under a temporary name and publishes it whole. Dropped before `publish`, it leaves
/// nothing. A file without a kind is for others to read: it has no header, and nothing else of ours.
package final class AtomicFileWriter: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var written: Int64 = 0
        var checksum: UInt32 = 0
        var isFinished = false
    }

    /// A published file's payload.
    package struct Summary: Equatable, Sendable {
        /// Bytes of the payload.
        package let byteCount: Int
        /// Its CRC32C.
        package let checksum: UInt32
    }

    private static let bufferBytes = 256 * 1024

    /// Where the file will be.
    package let path: String
    private let kind: FileKind?
    private let disk: any Disk
    private let file: OpenFile
    private let headerLength: Int64
    private let state = Mutex(State())

    /// Starts a file for `path`; nothing has that name until `publish`.
    package init(_ path: String, kind: FileKind?, disk: any Disk) throws(DurabilityError) {
        self.path = path
        self.kind = kind
        self.disk = disk
        self.file = try OpenFile(TemporaryFiles.path(beside: path, disk: disk), .createExclusive, disk: disk)
        // Length and checksums have a fixed width: the line is written last, in front.
        self.headerLength = Int64(
            kind.map { AtomicFileHeader(kind: $0.name, version: $0.version, length: 0, checksum: 0).bytes.count } ?? 0)
    }

    deinit { discard() }

    /// Adds `bytes` to the payload. After an error the file can only be discarded.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(DurabilityError) {
        try state.withLock { (state) throws(DurabilityError) in
            guard !state.isFinished else { throw finished() }
            if kind != nil { state.checksum = Checksum.crc32c(bytes, continuing: state.checksum) }
            if state.pending.count + bytes.count <= Self.bufferBytes {
                state.pending += bytes
            } else {
                try flush(&state)
                try file.write(bytes, at: headerLength + state.written)
                state.written += Int64(bytes.count)
            }
        }
    }

    /// Adds `bytes` to the payload. After an error the file can only be discarded.
    package func append(_ bytes: [UInt8]) throws(DurabilityError) {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(DurabilityError) in try append(buffer) }
        }
        try result.get()
    }

    /// Makes the file durable and gives it its name; `alreadyExists` where that is taken. After an error it is not
    /// known whether the name exists, but if it does, the file is whole.
    @discardableResult
    package func publish() throws(DurabilityError) -> Summary {
        try state.withLock { (state) throws(DurabilityError) in
            guard !state.isFinished else { throw finished() }
            try flush(&state)
            if let kind {
                let header = AtomicFileHeader(
                    kind: kind.name, version: kind.version, length: state.written, checksum: state.checksum)
                try file.write(header.bytes, at: 0)
            }
            try file.synchronize()
            try file.renameExclusive(to: path)
            state.isFinished = true
            file.close()
            try disk.synchronizeDirectory(DiskPath.parent(of: path))
            return Summary(byteCount: Int(clamping: state.written), checksum: state.checksum)
        }
    }

    /// Makes a file without a kind durable under its temporary name, which it keeps: the caller renames or removes it.
    package func seal() throws(DurabilityError) -> String {
        precondition(kind == nil, "a file with a header is published here")
        return try state.withLock { (state) throws(DurabilityError) in
            guard !state.isFinished else { throw finished() }
            try flush(&state)
            try file.synchronize()
            state.isFinished = true
            file.close()
            return file.path
        }
    }

    /// Writes what is buffered and makes it durable under the temporary name, so that `publish` has less to do.
    package func synchronizeSoFar() throws(DurabilityError) {
        try state.withLock { (state) throws(DurabilityError) in
            guard !state.isFinished else { throw finished() }
            try flush(&state)
            try file.synchronizeData()
        }
    }

    /// Gives the file up and removes what was written; harmless after `publish`.
    package func discard() {
        state.withLock { state in
            guard !state.isFinished else { return }
            state.isFinished = true
            file.close()
            // What can't be removed now is swept at the next start.
            _ = try? disk.remove(file.path)
        }
    }

    private func finished() -> DurabilityError {
        DurabilityError(.write, path, fault: .other, detail: "the file was published or discarded before")
    }

    private func flush(_ state: inout State) throws(DurabilityError) {
        guard !state.pending.isEmpty else { return }
        try file.write(state.pending, at: headerLength + state.written)
        state.written += Int64(state.pending.count)
        state.pending.removeAll(keepingCapacity: true)
    }
}
