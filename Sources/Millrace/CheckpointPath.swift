// Where a checkpoint is to be: what the text means, and whether a directory can be there.

import DurableFiles

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The place of a checkpoint, as users write it.
enum CheckpointPath {
    /// The path that a location means: itself, or what stands behind `file:`.
    ///
    /// - Throws: for other schemes, which in Spark mean a remote file system. Nothing is made.
    static func resolve(_ location: String) throws(MillraceError) -> String {
        guard !location.isEmpty else {
            throw refused("is empty", hint: "give a directory that outlives the process")
        }
        guard let (scheme, rest) = scheme(of: location) else { return location }
        guard scheme == "file" else {
            throw refused(
                "is '\(location)': there is no file system '\(scheme)' here",
                hint: "give a directory of this machine, on a disk that outlives the process; file: is one")
        }
        // `file:/a`, `file:///a`, `file://localhost/a`.
        var path = rest
        if path.hasPrefix("//localhost/") {
            path = path.dropFirst(11)
        } else if path.hasPrefix("///") {
            path = path.dropFirst(2)
        }
        guard path.hasPrefix("/"), !path.hasPrefix("//") else {
            throw refused("is '\(location)', which names no path", hint: "write file:///path")
        }
        return String(path)
    }

    /// `s3a` and what follows the colon. A name with a colon and no slash behind it is a file's name, unless everybody
    /// knows it as a scheme.
    private static func scheme(of location: String) -> (String, Substring)? {
        guard let colon = location.firstIndex(of: ":") else { return nil }
        let name = location[..<colon].lowercased()
        let rest = location[location.index(after: colon)...]
        guard let first = name.first, first.isASCII, first.isLetter,
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }),
            rest.hasPrefix("/") || known.contains(name)
        else { return nil }
        return (name, rest)
    }

    private static let known: Set<String> = [
        "file", "hdfs", "s3", "s3a", "s3n", "gs", "dbfs", "abfs", "abfss", "wasb", "wasbs", "adl", "oss", "viewfs",
    ]

    /// The path of a checkpoint that is to be looked at.
    ///
    /// - Throws: as `resolve`, and where the path is a file.
    static func existing(_ location: String) throws(MillraceError) -> String {
        let path = try resolve(location)
        var information = stat()
        guard stat(path, &information) != 0 || information.st_mode & S_IFMT == S_IFDIR else {
            throw MillraceError(
                code: "CHECKPOINT_NOT_FOUND", message: "there is no checkpoint in \(path), which is a file",
                hint: "name the directory that the query has as checkpointLocation or --checkpoint", kind: .query)
        }
        return path
    }

    /// Makes the directory where it isn't there yet.
    ///
    /// - Throws: what is wrong with the path.
    static func prepare(_ path: String) throws(MillraceError) {
        try checkDirectory(path, isCheckpoint: true)
        do throws(DurabilityError) {
            try RealDisk().createDirectories(path)
        } catch {
            throw refused(
                "is '\(path)', and the system can't make \(error.path): \(error.detail)",
                hint: "give a directory on a disk that outlives the process", kind: .storage)
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            let reason = errno == EROFS ? "its file system is read-only" : "user \(geteuid()) may not read and write it"
            throw refused(
                "is '\(path)', and \(reason)", hint: "give this user rights to it, or choose another place",
                kind: .storage)
        }
    }

    /// Refuses a path that is a file, or goes through one.
    private static func checkDirectory(_ path: String, isCheckpoint: Bool) throws(MillraceError) {
        var information = stat()
        if stat(path, &information) == 0 {
            guard information.st_mode & S_IFMT == S_IFDIR else {
                throw refused(
                    isCheckpoint ? "is '\(path)', which is a file" : "goes through '\(path)', which is a file",
                    hint: "a checkpoint is a directory: name one that is there or can be made")
            }
            return
        }
        let parent = DiskPath.parent(of: path)
        if parent != path { try checkDirectory(parent, isCheckpoint: false) }
    }

    private static func refused(
        _ what: String, hint: String, kind: MillraceError.Kind = .query
    ) -> MillraceError {
        MillraceError(
            code: "INVALID_OPTION", message: "option 'checkpointLocation' \(what)", hint: hint, kind: kind)
    }
}
