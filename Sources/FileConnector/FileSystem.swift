// Names, kinds and times of files: what a listing needs of the system.

import CPlatform
import Connectors

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What the system says about a path.
struct FileStatus: Equatable {
    var isDirectory: Bool
    var size: Int64
    /// Since 1970.
    var modifiedMilliseconds: Int64
}

/// Reads directories. Links are followed.
enum FileSystem {
    /// What is there, or `nil` where nothing is.
    static func status(_ path: String) throws(ConnectorError) -> FileStatus? {
        var information = stat()
        guard stat(path, &information) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure("look at", path, errno)
        }
        return status(information)
    }

    /// What an open file is.
    static func status(descriptor: Int32, _ path: String) throws(ConnectorError) -> FileStatus {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw failure("look at", path, errno) }
        return status(information)
    }

    private static func status(_ information: stat) -> FileStatus {
        #if canImport(Darwin)
        let time = information.st_mtimespec
        #else
        let time = information.st_mtim
        #endif
        return FileStatus(
            isDirectory: information.st_mode & S_IFMT == S_IFDIR, size: Int64(information.st_size),
            modifiedMilliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// The names in a directory in order, without `.` and `..`; `nil` where it is gone. Names that aren't UTF-8 are
    /// passed over: no path could be given for them.
    static func names(in directory: String) throws(ConnectorError) -> [String]? {
        guard let stream = opendir(directory) else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure("list", directory, errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw failure("list", directory, errno) }
                return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                    String(validatingCString: $0)
                }
            }
            if let name, name != ".", name != ".." { names.append(name) }
        }
    }

    /// Removes a file; does nothing where it is gone.
    static func remove(_ path: String) throws(ConnectorError) {
        guard unlink(path) != 0, errno != ENOENT else { return }
        throw failure("remove", path, errno)
    }

    /// Moves a file to a name that is not taken, into a folder that is made where it is missing. Does nothing where the
    /// file is gone.
    static func move(_ path: String, to other: String) throws(ConnectorError) {
        var number = platform_rename_exclusive(path, other)
        if number == ENOENT {
            var folder = ""
            for name in other.split(separator: "/").dropLast() {
                folder += "/" + name
                if mkdir(folder, 0o777) != 0, errno != EEXIST { throw failure("make the folder", folder, errno) }
            }
            number = platform_rename_exclusive(path, other)
        }
        guard number != 0, number != ENOENT else { return }
        throw failure("move \(path) to", other, number)
    }

    /// The error of a call that the system refused.
    static func failure(_ what: String, _ path: String, _ number: Int32) -> ConnectorError {
        let reason = String(cString: strerror(number))
        let code: ConnectorError.Code =
            switch number {
            case EACCES, EPERM: .accessDenied
            case EMFILE, ENFILE: .tooManyFiles
            case ENOENT: .notFound
            default: .failed
            }
        return ConnectorError(
            code, "could not \(what) \(path): \(reason)",
            hint: code == .accessDenied ? "give the user of this process the right to read it" : nil)
    }
}
