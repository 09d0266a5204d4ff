// An append-only file of checksummed records, preallocated so that an append costs one fdatasync.
//
// The file is filled with zeros ahead of its records: writing into blocks that exist changes no metadata, which makes
// `fdatasync` about four times cheaper than for a growing file. A log is created with its first records under its name
// at once (temporary file, rename), appended to by who created it, and never opened for appending again: a run starts
// a file of its own, so two runs can't write into one. At least one zero follows the records at any time: a file that
// ends without was cut.

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

/// A log being written.
package final class AppendLog: Sendable {
    private struct State {
        /// Bytes of records.
        var length: Int64
        /// Of those, bytes that are known to survive.
        var durable: Int64
        /// Bytes of the file.
        var allocated: Int64
    }

    /// Where the log is.
    package let path: String
    private let codec: FrameCodec
    private let growth: AppendLogGrowth
    private let file: OpenFile
    private let state: Mutex<State>

    /// Creates a log that holds `records`, whole and durable; `alreadyExists` where the name is taken. After an error
    /// it is not known whether the name exists, but if it does, the log is whole.
    package init(
        creating path: String, codec: FrameCodec, records: [[UInt8]] = [], growth: AppendLogGrowth = AppendLogGrowth(),
        disk: any Disk
    ) throws(DurabilityError) {
        var bytes: [UInt8] = []
        for record in records {
            // All of them are durable before the log has its name: none can be torn.
            codec.encode(record, at: Int64(bytes.count), afterDurable: true, into: &bytes)
        }
        let length = Int64(bytes.count)
        let zeros = max(1, growth.firstBytes - bytes.count)
        let temporary = TemporaryFiles.path(beside: path, disk: disk)
        let file = try OpenFile(temporary, .createExclusive, disk: disk)
        do {
            try file.write(bytes + [UInt8](repeating: 0, count: zeros), at: 0)
            try file.synchronize()
            try disk.renameExclusive(from: temporary, to: path)
        } catch {
            file.close()
            // What can't be removed now is swept at the next start.
            _ = try? disk.remove(temporary)
            throw error
        }
        try disk.synchronizeDirectory(DiskPath.parent(of: path))
        self.path = path
        self.codec = codec
        self.growth = growth
        self.file = file
        self.state = Mutex(State(length: length, durable: length, allocated: length + Int64(zeros)))
    }

    /// Bytes of records so far, durable or not.
    package var length: Int64 { state.withLock { $0.length } }

    /// Adds a record and returns where it starts; it survives a power cut after `synchronize` only. After an error the
    /// log takes no more records.
    @discardableResult
    package func append(_ payload: [UInt8]) throws(DurabilityError) -> Int64 {
        try state.withLock { (state) throws(DurabilityError) in
            let needed = state.length + Int64(payload.count + codec.overheadBytes)
            if needed >= state.allocated { try grow(&state, beyond: needed) }
            var record: [UInt8] = []
            record.reserveCapacity(payload.count + codec.overheadBytes)
            codec.encode(payload, at: state.length, afterDurable: state.durable == state.length, into: &record)
            try file.write(record, at: state.length)
            defer { state.length += Int64(record.count) }
            return state.length
        }
    }

    /// Makes all records survive a power cut; costs nothing where they do. After an error the log takes no more
    /// records, and it isn't known which of those since the last `synchronize` it holds.
    package func synchronize() throws(DurabilityError) {
        try state.withLock { (state) throws(DurabilityError) in
            guard state.durable < state.length else { return }
            try file.synchronizeData()
            state.durable = state.length
        }
    }

    /// Closes the log; what was not made durable may be lost.
    package func close() { file.close() }

    /// Writes zeros to beyond `needed`, durably; which makes the records before durable as well.
    private func grow(_ state: inout State, beyond needed: Int64) throws(DurabilityError) {
        let step = Int64(growth.nextBytes)
        let added = (needed - state.allocated + step) / step * step
        try file.write([UInt8](repeating: 0, count: Int(added)), at: state.allocated)
        try file.synchronize()
        state.allocated += added
        state.durable = state.length
    }
}
