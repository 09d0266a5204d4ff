// The few operations on files that everything durable is made of, so that tests can take their place.

/// How a file is opened.
package enum OpenMode: Sendable {
    /// A new file for reading and writing; `alreadyExists` where the name is taken.
    case createExclusive
    /// For reading and writing; made where it is missing.
    case createIfMissing
    /// An existing file for reading and writing.
    case readWrite
    /// An existing file for reading.
    case readOnly
}

/// An open file of a disk. Who holds it closes it.
package struct DiskHandle: Hashable, Sendable {
    package let number: Int32
    /// For errors.
    package let path: String

    package init(number: Int32, path: String) {
        self.number = number
        self.path = path
    }
}

/// A file system, as far as durable files need it. Every call is synchronous and may be made from any thread.
///
/// Files and directories that are made are their owner's alone, unless the disk was made to say otherwise.
///
/// Nothing survives a power cut because it was written: content survives a `synchronize` of the file, and a name (made,
/// renamed or removed) a `synchronizeDirectory` of its directory.
package protocol Disk: AnyObject, Sendable {
    /// Opens a file.
    func open(_ path: String, _ mode: OpenMode) throws(DurabilityError) -> DiskHandle
    /// Closes a file. Errors say nothing about what was synchronized before, so there are none.
    func close(_ handle: DiskHandle)
    /// Writes all of `runs`, one behind the other, at `offset`; after an error any part of them may have been written.
    func write(_ runs: [UnsafeRawBufferPointer], to handle: DiskHandle, at offset: Int64) throws(DurabilityError)
    /// Fills `buffer` from `offset`; fewer bytes are returned only at the end of the file.
    func read(
        from handle: DiskHandle, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(DurabilityError) -> Int
    /// The length of the file in bytes.
    func size(of handle: DiskHandle) throws(DurabilityError) -> Int64
    /// Makes content and length survive. After an error the content is undefined, whatever a second call says.
    func synchronizeData(_ handle: DiskHandle) throws(DurabilityError)
    /// Makes content, length and attributes survive. After an error as for `synchronizeData`.
    func synchronize(_ handle: DiskHandle) throws(DurabilityError)
    /// Takes the file's exclusive lock without waiting; `inUse` where another open file has it. Ends with the handle.
    func lock(_ handle: DiskHandle) throws(DurabilityError)
    /// Makes the names in a directory survive.
    func synchronizeDirectory(_ path: String) throws(DurabilityError)
    /// Renames a file or a directory within a directory; `alreadyExists` where the new name is taken.
    func renameExclusive(from: String, to: String) throws(DurabilityError)
    /// Exchanges two names in one directory; an error of the system's `EINVAL` or `ENOSYS` where it can't.
    func exchange(_ one: String, _ other: String) throws(DurabilityError)
    /// Removes a file or an empty directory; `false` where it was not there.
    @discardableResult
    func remove(_ path: String) throws(DurabilityError) -> Bool
    /// The names in a directory, sorted, without `.` and `..`.
    func list(_ path: String) throws(DurabilityError) -> [String]
    /// Makes a directory; `false` where it was there.
    func createDirectory(_ path: String) throws(DurabilityError) -> Bool
    /// The path of what is there, without links; the path itself where nothing is.
    func resolve(_ path: String) throws(DurabilityError) -> String
    /// Whether the path names a file or directory.
    func exists(_ path: String) throws(DurabilityError) -> Bool
    /// Letters that no other file of this disk had in its name, whichever process made it.
    func makeUniqueName() -> String
}

/// Paths as text.
package enum DiskPath {
    /// `name` inside `directory`.
    package static func join(_ directory: String, _ name: String) -> String {
        guard let last = directory.utf8.last else { return name }
        return last == UInt8(ascii: "/") ? directory + name : "\(directory)/\(name)"
    }

    /// The directory that holds `path`: `.` for a bare name.
    package static func parent(of path: String) -> String {
        guard let slash = trimmed(path).lastIndex(of: "/") else { return "." }
        let parent = trimmed(path)[..<slash]
        return parent.isEmpty ? "/" : String(parent)
    }

    /// The last part of `path`.
    package static func lastName(of path: String) -> String {
        let whole = trimmed(path)
        return whole.lastIndex(of: "/").map { String(whole[whole.index(after: $0)...]) } ?? String(whole)
    }

    private static func trimmed(_ path: String) -> Substring {
        var rest = path[...]
        while rest.count > 1, rest.hasSuffix("/") { rest.removeLast() }
        return rest
    }
}

extension Disk {
    /// Makes a directory and those above it, so that all survive a power cut; and one that is there, too, which a
    /// process may have made that was killed before it could make sure of that.
    package func createDirectories(_ path: String) throws(DurabilityError) {
        let parent = DiskPath.parent(of: path)
        if try exists(path) {
            do throws(DurabilityError) {
                try synchronizeDirectory(parent)
            } catch  where error.fault == .accessDenied {
                // Somebody else's directory, in which this process has made nothing.
            }
            return
        }
        if parent != path { try createDirectories(parent) }
        if try createDirectory(path) { try synchronizeDirectory(parent) }
    }

    /// The whole content of a file; refuses one that is longer than `maximumBytes`.
    package func readWhole(_ path: String, maximumBytes: Int64 = 1 << 31) throws(DurabilityError) -> [UInt8] {
        let file = try OpenFile(path, .readOnly, disk: self)
        defer { file.close() }
        let size = try file.size()
        guard size <= maximumBytes, let count = Int(exactly: size) else {
            throw DurabilityError(
                .read, path, fault: .other, detail: "the file has \(size) bytes, more than the limit of \(maximumBytes)"
            )
        }
        return try file.read(at: 0, count: count)
    }
}

/// The files that were being written when a process died.
package enum TemporaryFiles {
    /// A new name beside `path` that `sweep` knows: `.name.unique.tmp`.
    static func path(beside path: String, disk: any Disk) -> String {
        DiskPath.join(DiskPath.parent(of: path), ".\(DiskPath.lastName(of: path)).\(disk.makeUniqueName()).tmp")
    }

    /// Removes what is left of unfinished files in `directory`, of those in `names` where they are given, and returns
    /// their names. Only for who holds the lock.
    @discardableResult
    package static func sweep(
        _ directory: String, among names: Set<String>? = nil, disk: any Disk
    ) throws(DurabilityError) -> [String] {
        var removed: [String] = []
        for name in try disk.list(directory) where name.hasPrefix(".") && name.hasSuffix(".tmp") {
            guard names?.contains(name) ?? true else { continue }
            if try disk.remove(DiskPath.join(directory, name)) { removed.append(name) }
        }
        return removed
    }
}
