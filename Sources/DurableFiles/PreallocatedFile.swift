// A file with zeros written ahead of its content, so that an append costs one fdatasync.
//
// Writing into blocks that exist changes no metadata, which makes `fdatasync` about four times cheaper than for a
// growing file. A file is created with its first content under its name at once (temporary file, rename), appended to
// by who created it, and never opened for appending again: a run starts a file of its own, so two runs can't write into
// one. At least one zero follows the content at any time: a file that ends without was cut.

import Synchronization

/// How many zeros are written ahead.
package struct AppendLogGrowth: Sendable {
    /// Bytes of a new file.
    package var firstBytes: Int
    /// Bytes added when it is full.
    package var nextBytes: Int

    /// The usual amounts; smaller ones keep tests quick.
    package init(firstBytes: Int = 256 * 1024, nextBytes: Int = 1024 * 1024) {
        self.firstBytes = max(firstBytes, 16)
        self.nextBytes = max(nextBytes, 16)
    }
}

/// What logs of lines and logs of frames have in common: where the next bytes go, and which are durable.
final class PreallocatedFile: Sendable {
    private struct State {
        /// Bytes of content.
        var length: Int64
        /// Of those, bytes that are known to survive.
        var durable: Int64
        /// Bytes of the file.
        var allocated: Int64
    }

    private let growth: AppendLogGrowth
    private let file: OpenFile
    private let state: Mutex<State>

    /// Creates a file with the content that `write` writes from its start, whole and durable; `alreadyExists` where the
    /// name is taken. After an error it is not known whether the name exists, but if it does, the file is whole.
    init(
        creating path: String, byteCount: Int, growth: AppendLogGrowth, disk: any Disk,
        _ write: (OpenFile) throws(DurabilityError) -> Void
    ) throws(DurabilityError) {
        let zeros = max(1, growth.firstBytes - byteCount)
        let temporary = TemporaryFiles.path(beside: path, disk: disk)
        let file = try OpenFile(temporary, .createExclusive, disk: disk)
        do {
            if byteCount > 0 { try write(file) }
            try file.write([UInt8](repeating: 0, count: zeros), at: Int64(byteCount))
            try file.synchronize()
            try file.renameExclusive(to: path)
        } catch {
            file.close()
            // What can't be removed now is swept at the next start.
            _ = try? disk.remove(temporary)
            throw error
        }
        try disk.synchronizeDirectory(DiskPath.parent(of: path))
        self.growth = growth
        self.file = file
        let length = Int64(byteCount)
        state = Mutex(State(length: length, durable: length, allocated: length + Int64(zeros)))
    }

    /// Where the file is.
    var path: String { file.path }

    /// Bytes of content so far, durable or not.
    var length: Int64 { state.withLock { $0.length } }

    /// Adds `byteCount` bytes, which `write` writes at the place that it is told, knowing whether all before is
    /// durable. Returns the place. After an error the file takes nothing more.
    func append(
        _ byteCount: Int,
        _ write: (_ file: OpenFile, _ offset: Int64, _ afterDurable: Bool) throws(DurabilityError) -> Void
    ) throws(DurabilityError) -> Int64 {
        try state.withLock { (state) throws(DurabilityError) in
            let end = state.length + Int64(byteCount)
            if end >= state.allocated { try grow(&state, beyond: end) }
            try write(file, state.length, state.durable == state.length)
            defer { state.length = end }
            return state.length
        }
    }

    /// Makes all content survive a power cut; costs nothing where it does. After an error the file takes nothing more,
    /// and it isn't known what of the content since the last `synchronize` it holds.
    func synchronize() throws(DurabilityError) {
        try state.withLock { (state) throws(DurabilityError) in
            guard state.durable < state.length else { return }
            try file.synchronizeData()
            state.durable = state.length
        }
    }

    /// Closes the file; what was not made durable may be lost.
    func close() { file.close() }

    /// Writes zeros to beyond `needed`, durably; which makes the content before durable as well.
    private func grow(_ state: inout State, beyond needed: Int64) throws(DurabilityError) {
        let step = Int64(growth.nextBytes)
        let added = (needed - state.allocated + step) / step * step
        try file.write([UInt8](repeating: 0, count: Int(added)), at: state.allocated)
        try file.synchronize()
        state.allocated += added
        state.durable = state.length
    }
}
