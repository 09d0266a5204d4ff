// What becomes of a stream's files once their rows are committed for good.

import Connectors
import Synchronization

/// Removes files or moves them away, by the options `cleanSource` and `sourceArchiveDir`. As in Spark what can't be
/// done is told, and no reason to end the query.
final class FileCleaner: Sendable {
    private enum Way {
        case delete
        /// Below this folder, under its whole path.
        case archive(String)
    }

    private let way: Way
    private let log: LogHandler
    /// What can't be done in one batch can't be done in the next ones either: that is said once.
    private let hasWarned = Atomic<Bool>(false)

    /// Reads the options; `nil` where files stay where they are.
    ///
    /// - Throws: `INVALID_OPTION`, also where files that are moved away could be read again.
    init?(_ options: Options, _ listing: FileListing, log: @escaping LogHandler) throws(ConnectorError) {
        self.log = log
        let given = options.string("cleanSource")
        switch given?.lowercased() {
        case nil, "off": return nil
        case "delete": way = .delete
        case "archive":
            guard let folder = options.string("sourceArchiveDir"), !folder.isEmpty else {
                throw ConnectorError(
                    .invalidOption, "cleanSource is 'archive', and there is no 'sourceArchiveDir'",
                    hint: "say where the files go: sourceArchiveDir '/data/read'")
            }
            let path = try FileListing.localPath(folder, of: "sourceArchiveDir")
            guard !listing.mayMeet(path) else {
                throw ConnectorError(
                    .invalidOption,
                    "option 'sourceArchiveDir' is '\(folder)', and what is moved there could be among the files of "
                        + listing.path,
                    hint: "take a folder beside the source, neither above nor below it, that its pattern doesn't fit")
            }
            way = .archive(path)
        case let mode?:
            throw options.invalid("cleanSource", mode, hint: "it takes off, delete or archive")
        }
    }

    /// Cleans up after files. One that is not the file any more that was read stays, and so does one whose name is
    /// taken in the archive.
    func clean(_ files: [DataFile]) {
        var failures: [String] = []
        for file in files {
            do throws(ConnectorError) {
                guard let status = try FileSystem.status(file.path), !status.isDirectory, file.isAsRead(status) else {
                    continue
                }
                switch way {
                case .delete: try FileSystem.remove(file.path)
                case .archive(let folder): try FileSystem.move(file.path, to: folder + file.path)
                }
            } catch {
                failures.append(error.message)
            }
        }
        guard let first = failures.first, !hasWarned.exchange(true, ordering: .relaxed) else { return }
        let rest = failures.count > 1 ? ", and \(failures.count - 1) more files" : ""
        log(.warning, "\(first)\(rest): what has been read stays where it is; this is said once")
    }
}

extension DataFile {
    /// Whether it is still the file that was listed, by its size and the time of its last change.
    fileprivate func isAsRead(_ status: FileStatus) -> Bool {
        status.size == size && status.modifiedMilliseconds == modifiedMilliseconds
    }
}
