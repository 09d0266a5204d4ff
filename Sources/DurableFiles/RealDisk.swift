// The system's own files.

import CPlatform
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The file system of this machine.
package final class RealDisk: Disk {
    private let counter = Atomic<UInt64>(0)
    private let isLasting: Bool
    private let isShared: Bool

    /// A disk whose files survive a power cut as `Disk` says, or, where they go with the process anyway, aren't waited
    /// for. Those of a shared one may be read by whom the process's file mode mask lets: results that are for others.
    package init(isLasting: Bool = true, isShared: Bool = false) {
        self.isLasting = isLasting
        self.isShared = isShared
    }

    /// Refuses paths that the system would cut at a zero byte.
    private func check(_ path: String, _ operation: DurabilityError.Operation) throws(DurabilityError) {
        let hasZero = path.utf8.withContiguousStorageIfAvailable { $0.contains(0) } ?? path.utf8.contains(0)
        guard !path.isEmpty, !hasZero else {
            throw DurabilityError(operation, path, errorNumber: EINVAL, detail: "the path is empty or has a zero byte")
        }
    }

    private func check(
        _ status: Int32, _ operation: DurabilityError.Operation, _ path: String
    ) throws(DurabilityError) {
        guard status == 0 else { throw DurabilityError(operation, path, errorNumber: status) }
    }

    package func open(_ path: String, _ mode: OpenMode) throws(DurabilityError) -> DiskHandle {
        let (operation, flags): (DurabilityError.Operation, Int32) =
            switch mode {
            case .createExclusive: (.create, O_RDWR | O_CREAT | O_EXCL)
            case .createIfMissing: (.create, O_RDWR | O_CREAT)
            case .readWrite: (.open, O_RDWR)
            case .readOnly: (.open, O_RDONLY)
            }
        try check(path, operation)
        var descriptor: Int32 = -1
        if isShared, flags & O_CREAT != 0 {
            repeat { descriptor = openShared(path, flags) } while descriptor < 0 && errno == EINTR
            try check(descriptor < 0 ? errno : 0, operation, path)
        } else {
            try check(platform_open(path, flags, &descriptor), operation, path)
        }
        return DiskHandle(number: descriptor, path: path)
    }

    private func openShared(_ path: String, _ flags: Int32) -> Int32 {
        #if canImport(Glibc)
        Glibc.open(path, flags | O_CLOEXEC, 0o666)
        #else
        Darwin.open(path, flags | O_CLOEXEC, 0o666)
        #endif
    }

    package func close(_ handle: DiskHandle) {
        // A process that is being started at this moment has the same open file until it becomes another program: a
        // lock that ended with the last descriptor would outlive this one.
        _ = flock(handle.number, LOCK_UN)
        #if canImport(Glibc)
        _ = Glibc.close(handle.number)
        #else
        _ = Darwin.close(handle.number)
        #endif
    }

    package func write(
        _ runs: [UnsafeRawBufferPointer], to handle: DiskHandle, at offset: Int64
    ) throws(DurabilityError) {
        var vector = runs.filter { !$0.isEmpty }.map {
            iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
        }
        var written: Int64 = 0
        let status = vector.withUnsafeMutableBufferPointer { vector in
            vector.baseAddress.map { platform_write_runs(handle.number, $0, vector.count, offset, &written) } ?? 0
        }
        try check(status, .write, handle.path)
    }

    package func read(
        from handle: DiskHandle, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(DurabilityError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = pread(handle.number, rest.baseAddress, rest.count, off_t(offset) + off_t(filled))
            if count > 0 {
                filled += count
            } else if count == 0 {
                break
            } else if errno != EINTR {
                throw DurabilityError(.read, handle.path, errorNumber: errno)
            }
        }
        return filled
    }

    package func size(of handle: DiskHandle) throws(DurabilityError) -> Int64 {
        var information = stat()
        guard fstat(handle.number, &information) == 0 else {
            throw DurabilityError(.size, handle.path, errorNumber: errno)
        }
        return Int64(information.st_size)
    }

    package func synchronizeData(_ handle: DiskHandle) throws(DurabilityError) {
        guard isLasting else { return }
        try check(platform_synchronize_data(handle.number), .synchronize, handle.path)
    }

    package func synchronize(_ handle: DiskHandle) throws(DurabilityError) {
        guard isLasting else { return }
        try check(platform_synchronize(handle.number), .synchronize, handle.path)
    }

    package func lock(_ handle: DiskHandle) throws(DurabilityError) {
        try check(platform_lock(handle.number), .lock, handle.path)
    }

    package func synchronizeDirectory(_ path: String) throws(DurabilityError) {
        guard isLasting else { return }
        try check(path, .synchronizeDirectory)
        var descriptor: Int32 = -1
        try check(platform_open(path, O_RDONLY | O_DIRECTORY, &descriptor), .synchronizeDirectory, path)
        let handle = DiskHandle(number: descriptor, path: path)
        defer { close(handle) }
        try check(platform_synchronize(descriptor), .synchronizeDirectory, path)
    }

    package func renameExclusive(from: String, to: String) throws(DurabilityError) {
        try check(from, .rename)
        try check(to, .rename)
        try check(platform_rename_exclusive(from, to), .rename, to)
    }

    package func exchange(_ one: String, _ other: String) throws(DurabilityError) {
        try check(one, .rename)
        try check(other, .rename)
        try check(platform_rename_exchange(one, other), .rename, other)
    }

    @discardableResult
    package func remove(_ path: String) throws(DurabilityError) -> Bool {
        try check(path, .remove)
        if unlink(path) == 0 { return true }
        let reason = errno
        // What Linux and macOS say of a directory.
        if reason == EISDIR || reason == EPERM, rmdir(path) == 0 { return true }
        if reason == ENOENT { return false }
        throw DurabilityError(.remove, path, errorNumber: reason)
    }

    package func list(_ path: String) throws(DurabilityError) -> [String] {
        try check(path, .list)
        guard let directory = opendir(path) else { throw DurabilityError(.list, path, errorNumber: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                guard errno == 0 else { throw DurabilityError(.list, path, errorNumber: errno) }
                return names.sorted()
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                    // A name that isn't UTF-8 is none of ours.
                    String(validatingCString: $0)
                }
            }
            if let name, name != ".", name != ".." { names.append(name) }
        }
    }

    package func createDirectory(_ path: String) throws(DurabilityError) -> Bool {
        try check(path, .createDirectory)
        if mkdir(path, isShared ? 0o777 : 0o700) == 0 { return true }
        if errno == EEXIST { return false }
        throw DurabilityError(.createDirectory, path, errorNumber: errno)
    }

    package func resolve(_ path: String) throws(DurabilityError) -> String {
        try check(path, .open)
        guard let resolved = realpath(path, nil) else {
            guard errno != ENOENT else { return path }
            throw DurabilityError(.open, path, errorNumber: errno)
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    package func exists(_ path: String) throws(DurabilityError) -> Bool {
        try check(path, .open)
        if access(path, F_OK) == 0 { return true }
        if errno == ENOENT { return false }
        throw DurabilityError(.open, path, errorNumber: errno)
    }

    package func makeUniqueName() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let count = counter.wrappingAdd(1, ordering: .relaxed).newValue
        let parts = [
            UInt64(bitPattern: Int64(getpid())), UInt64(bitPattern: Int64(now.tv_sec)), UInt64(now.tv_nsec), count,
        ]
        return parts.map { String($0, radix: 36) }.joined(separator: "-")
    }
}
