// A real disk that asks before it writes.

import DurableFiles

/// Lets a test hold up or fail each write and each synchronization.
final class HookedDisk: Disk {
    private let disk = RealDisk()
    private let hook: @Sendable (_ path: String) throws(DurabilityError) -> Void

    /// `hook` is called with the path of what is to be written, by the thread that writes it.
    init(_ hook: @escaping @Sendable (_ path: String) throws(DurabilityError) -> Void) { self.hook = hook }

    func write(_ runs: [UnsafeRawBufferPointer], to handle: DiskHandle, at offset: Int64) throws(DurabilityError) {
        try hook(handle.path)
        try disk.write(runs, to: handle, at: offset)
    }

    func open(_ path: String, _ mode: OpenMode) throws(DurabilityError) -> DiskHandle { try disk.open(path, mode) }
    func close(_ handle: DiskHandle) { disk.close(handle) }
    func read(
        from handle: DiskHandle, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(DurabilityError) -> Int { try disk.read(from: handle, at: offset, into: buffer) }
    func size(of handle: DiskHandle) throws(DurabilityError) -> Int64 { try disk.size(of: handle) }
    func synchronizeData(_ handle: DiskHandle) throws(DurabilityError) { try disk.synchronizeData(handle) }
    func synchronize(_ handle: DiskHandle) throws(DurabilityError) { try disk.synchronize(handle) }
    func lock(_ handle: DiskHandle) throws(DurabilityError) { try disk.lock(handle) }
    func synchronizeDirectory(_ path: String) throws(DurabilityError) { try disk.synchronizeDirectory(path) }
    func renameExclusive(from: String, to: String) throws(DurabilityError) {
        try disk.renameExclusive(from: from, to: to)
    }
    func exchange(_ one: String, _ other: String) throws(DurabilityError) { try disk.exchange(one, other) }
    func remove(_ path: String) throws(DurabilityError) -> Bool { try disk.remove(path) }
    func list(_ path: String) throws(DurabilityError) -> [String] { try disk.list(path) }
    func createDirectory(_ path: String) throws(DurabilityError) -> Bool { try disk.createDirectory(path) }
    func resolve(_ path: String) throws(DurabilityError) -> String { try disk.resolve(path) }
    func exists(_ path: String) throws(DurabilityError) -> Bool { try disk.exists(path) }
    func makeUniqueName() -> String { disk.makeUniqueName() }
}
