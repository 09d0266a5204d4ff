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
        do throws(LocalPath.Failure) {
            return try LocalPath.resolve(location)
        } catch {
            throw refused(
                error.message, hint: "\(error.hint); a checkpoint is a directory on a disk that outlives the process")
        }
    }

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
