// A file in use: closed with its owner, and dead after the first failed write or synchronization.

import Synchronization

/// An open file. After a failed write or synchronization the kernel may have dropped what was written and report
/// success the next time, so the first failure is the answer to every later write and synchronization.
package final class OpenFile: Sendable {
    private struct State {
        var handle: DiskHandle
        var isOpen = true
        var failure: DurabilityError?
    }

    private let disk: any Disk
    private let state: Mutex<State>

    /// Opens `path`.
    package init(_ path: String, _ mode: OpenMode, disk: any Disk) throws(DurabilityError) {
        state = Mutex(State(handle: try disk.open(path, mode)))
        self.disk = disk
    }

    deinit { close() }

    /// Where it is now.
    package var path: String { handle.path }

    private var handle: DiskHandle { state.withLock { $0.handle } }

    /// Closes the file; harmless where it is closed.
    package func close() {
        let wasOpen = state.withLock { state in
            defer { state.isOpen = false }
            return state.isOpen
        }
        if wasOpen { disk.close(handle) }
    }

    private func use<Result: Sendable>(
        _ operation: DurabilityError.Operation, _ body: () throws(DurabilityError) -> Result
    ) throws(DurabilityError) -> Result {
        let (isOpen, failure) = state.withLock { ($0.isOpen, $0.failure) }
        if let failure { throw failure }
        guard isOpen else { throw DurabilityError(operation, path, fault: .other, detail: "the file is closed") }
        return try body()
    }

    private func change(
        _ operation: DurabilityError.Operation, _ body: () throws(DurabilityError) -> Void
    ) throws(DurabilityError) {
        do {
            try use(operation, body)
        } catch {
            state.withLock { $0.failure = $0.failure ?? error }
            throw error
        }
    }

    /// Writes all of `runs`, one behind the other, at `offset`.
    package func write(_ runs: [UnsafeRawBufferPointer], at offset: Int64) throws(DurabilityError) {
        try change(.write) { () throws(DurabilityError) in try disk.write(runs, to: handle, at: offset) }
    }

    /// Writes all of `bytes` at `offset`.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(DurabilityError) {
        try write([bytes], at: offset)
    }

    /// Gives the file another name in its directory, `alreadyExists` where that is taken; errors of later calls speak
    /// of the new one.
    package func renameExclusive(to path: String) throws(DurabilityError) {
        try use(.rename) { () throws(DurabilityError) in try disk.renameExclusive(from: handle.path, to: path) }
        state.withLock { $0.handle = DiskHandle(number: $0.handle.number, path: path) }
    }

    /// Writes all of `bytes` at `offset`.
    package func write(_ bytes: [UInt8], at offset: Int64) throws(DurabilityError) {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(DurabilityError) in try write(buffer, at: offset) }
        }
        try result.get()
    }

    /// Makes content and length survive a power cut.
    package func synchronizeData() throws(DurabilityError) {
        try change(.synchronize) { () throws(DurabilityError) in try disk.synchronizeData(handle) }
    }

    /// Makes content, length and attributes survive a power cut.
    package func synchronize() throws(DurabilityError) {
        try change(.synchronize) { () throws(DurabilityError) in try disk.synchronize(handle) }
    }

    /// The length in bytes.
    package func size() throws(DurabilityError) -> Int64 {
        try use(.size) { () throws(DurabilityError) in try disk.size(of: handle) }
    }

    /// Takes the exclusive lock without waiting.
    package func lock() throws(DurabilityError) {
        try use(.lock) { () throws(DurabilityError) in try disk.lock(handle) }
    }

    /// Up to `count` bytes from `offset`; fewer only at the end of the file.
    package func read(at offset: Int64, count: Int) throws(DurabilityError) -> [UInt8] {
        var failure: DurabilityError?
        let bytes = [UInt8](unsafeUninitializedCapacity: max(count, 0)) { buffer, initialized in
            let target = UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(buffer)[..<max(count, 0)])
            do throws(DurabilityError) {
                initialized = try use(.read) { () throws(DurabilityError) in
                    try disk.read(from: handle, at: offset, into: target)
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
