// A real disk that asks before it writes, and before names are exchanged.

import DurableFiles

/// Lets a test hold up or fail each write, or each exchange.
package final class HookedDisk: Disk {
    /// Is called with the path of what is to be changed, by the thread that does it.
    package typealias Hook = @Sendable (_ path: String) throws(DurabilityError) -> Void

    private let disk: RealDisk
    private let beforeWrite: Hook
    private let beforeExchange: Hook

    /// Asks before it writes.
    package init(_ beforeWrite: @escaping Hook) {
        disk = RealDisk()
        self.beforeWrite = beforeWrite
        beforeExchange = { _ in }
    }

    /// Asks before two names are exchanged.
    package init(isShared: Bool, beforeExchange: @escaping Hook) {
        disk = RealDisk(isShared: isShared)
        beforeWrite = { _ in }
        self.beforeExchange = beforeExchange
    }

    package func write(
        _ runs: [UnsafeRawBufferPointer], to handle: DiskHandle, at offset: Int64
    ) throws(DurabilityError) {
        try beforeWrite(handle.path)
        try disk.write(runs, to: handle, at: offset)
    }

    package func open(_ path: String, _ mode: OpenMode) throws(DurabilityError) -> DiskHandle {
        try disk.open(path, mode)
    }
    package func close(_ handle: DiskHandle) { disk.close(handle) }
    package func read(
        from handle: DiskHandle, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(DurabilityError) -> Int { try disk.read(from: handle, at: offset, into: buffer) }
    package func size(of handle: DiskHandle) throws(DurabilityError) -> Int64 { try disk.size(of: handle) }
    package func synchronizeData(_ handle: DiskHandle) throws(DurabilityError) { try disk.synchronizeData(handle) }
    package func synchronize(_ handle: DiskHandle) throws(DurabilityError) { try disk.synchronize(handle) }
    package func lock(_ handle: DiskHandle) throws(DurabilityError) { try disk.lock(handle) }
    package func synchronizeDirectory(_ path: String) throws(DurabilityError) { try disk.synchronizeDirectory(path) }
    package func renameExclusive(from: String, to: String) throws(DurabilityError) {
        try disk.renameExclusive(from: from, to: to)
    }
    package func exchange(_ one: String, _ other: String) throws(DurabilityError) {
        try beforeExchange(other)
        try disk.exchange(one, other)
    }
    package func remove(_ path: String) throws(DurabilityError) -> Bool { try disk.remove(path) }
    package func list(_ path: String) throws(DurabilityError) -> [String] { try disk.list(path) }
    package func createDirectory(_ path: String) throws(DurabilityError) -> Bool { try disk.createDirectory(path) }
    package func resolve(_ path: String) throws(DurabilityError) -> String { try disk.resolve(path) }
    package func exists(_ path: String) throws(DurabilityError) -> Bool { try disk.exists(path) }
    package func makeUniqueName() -> String { disk.makeUniqueName() }
}
