// Which files there are below a path.

import Columns
import Connectors
import DurableFiles

/// Finds the files of a table or stream: those of a path, of a directory, or of all that fit a pattern.
struct FileListing: Sendable {
    /// What was given, for people.
    let path: String
    private let patterns: [[PathPattern]]
    private let namePattern: PathPattern?
    private let isRecursive: Bool
    /// Whether files that a manifest names and that are gone are left out.
    let ignoresMissing: Bool
    private let modifiedAfterMilliseconds: Int64?
    private let modifiedBeforeMilliseconds: Int64?

    /// Reads the options that say which files count.
    ///
    /// - Throws: `INVALID_OPTION`.
    init(_ options: Options, takesTimes: Bool) throws(ConnectorError) {
        guard let given = options.string("path"), !given.isEmpty else {
            throw ConnectorError(
                .invalidOption, "there is no path", hint: "name a file, a directory or a pattern with the option 'path'"
            )
        }
        path = try Self.localPath(given, of: "path")
        var patterns: [[PathPattern]] = []
        for way in try PathPattern.alternatives(path) {
            var names: [PathPattern] = []
            for name in way.split(separator: "/") { names.append(try PathPattern(String(name))) }
            patterns.append(names)
        }
        self.patterns = patterns
        var namePattern: PathPattern?
        if let text = options.string("pathGlobFilter") { namePattern = try PathPattern(text) }
        self.namePattern = namePattern
        isRecursive = try options.boolean("recursiveFileLookup") ?? false
        ignoresMissing = try options.boolean("ignoreMissingFiles") ?? false
        modifiedAfterMilliseconds = takesTimes ? try Self.time(options, "modifiedAfter") : nil
        modifiedBeforeMilliseconds = takesTimes ? try Self.time(options, "modifiedBefore") : nil
    }

    /// An absolute path on this machine.
    static func localPath(_ given: String, of option: String) throws(ConnectorError) -> String {
        do throws(LocalPath.Failure) {
            return LocalPath.absolute(try LocalPath.resolve(given))
        } catch {
            throw ConnectorError(.invalidOption, "option '\(option)' \(error.message)", hint: error.hint)
        }
    }

    private static func time(_ options: Options, _ name: String) throws(ConnectorError) -> Int64? {
        guard var text = options.string(name) else { return nil }
        let microseconds = text.withUTF8 { CalendarText.parseTimestamp($0) }
        guard let microseconds else {
            throw options.invalid(name, text, hint: "it takes a time: 2026-11-26T10:00:00")
        }
        return microseconds / 1000
    }

    /// Whether the path may name nothing yet.
    var hasWildcards: Bool { patterns.contains { $0.contains { $0.hasWildcards } } || patterns.count > 1 }

    /// Whether a folder is one of those that the path names, or is above or below one: by as many names as both have.
    func mayMeet(_ folder: String) -> Bool {
        let names = folder.split(separator: "/").map(String.init)
        return patterns.contains { pattern in
            zip(pattern, names).allSatisfy { $0.hasWildcards ? $0.matches($1) : $0.plainName == $1 }
        }
    }

    // MARK: Listing

    /// Whether the path names something now, or may later.
    func exists() throws(ConnectorError) -> Bool {
        if hasWildcards { return true }
        return try !roots().isEmpty
    }

    /// What a look at the path has found.
    struct Found {
        var files: [DataFile] = []
        /// Up to where a manifest was read; `nil` where there is none, and what a directory has was found.
        var manifest: ManifestMark?
    }

    /// How far a manifest was read, all of whose files are known since then.
    struct ManifestMark {
        fileprivate let batch: Int64
        /// Of the file that the manifest has for the batch: another one is of another manifest.
        fileprivate let status: FileStatus
    }

    /// The files there are now, by path; `nil` where the path names nothing.
    ///
    /// - Throws: where a directory can't be read, or where folders of values don't fit together.
    func files() throws(ConnectorError) -> [DataFile]? { try look()?.files }

    /// The files there are now, by path, but for those that are known; `nil` where the path names nothing. What is
    /// known is not looked at: a hundred thousand files then cost their names alone, and where a manifest names them
    /// those of the batches behind `mark`, before which all are known. That one that it names is missing is for whoever
    /// reads it to say, unless `skipsMissing` leaves those out.
    ///
    /// - Throws: where a directory can't be read, or where folders of values don't fit together.
    func look(
        behind mark: ManifestMark? = nil, skipsMissing: Bool = false,
        except isKnown: (_ path: String) -> Bool = { _ in false }
    ) throws(ConnectorError) -> Found? {
        let roots = try roots()
        guard !roots.isEmpty else { return nil }
        var found = Found()
        for root in roots {
            guard let status = try FileSystem.status(root) else { continue }
            if status.isDirectory {
                let named =
                    hasWildcards
                    ? nil : try listed(in: root, behind: mark, skipsMissing: skipsMissing, except: isKnown)
                if let named {
                    found.files += named.files
                    found.manifest = named.manifest
                } else {
                    found.files += try below(root, except: isKnown)
                }
            } else if isWanted(Self.lastName(root)), !isKnown(root) {
                add(root, status, [], to: &found.files)
            }
        }
        try checkPartitions(found.files)
        found.files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        return found
    }

    private static func lastName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// What the path and its wildcards name now.
    private func roots() throws(ConnectorError) -> [String] {
        var roots: [String] = []
        for names in patterns {
            var found = [""]
            for name in names {
                var next: [String] = []
                for directory in found {
                    if name.hasWildcards {
                        for candidate in try FileSystem.names(in: directory.isEmpty ? "/" : directory) ?? []
                        where name.matches(candidate) && !Self.isHidden(candidate) {
                            next.append(directory + "/" + candidate)
                        }
                    } else {
                        next.append(directory + "/" + name.plainName)
                    }
                }
                found = next
            }
            for root in found where try FileSystem.status(root.isEmpty ? "/" : root) != nil {
                if !roots.contains(where: { PathText($0) == PathText(root) }) {
                    roots.append(root.isEmpty ? "/" : root)
                }
            }
        }
        return roots
    }

    /// Names that Spark passes over: those of what is being written, and of what is no data.
    static func isHidden(_ name: String) -> Bool {
        (name.hasPrefix("_") && !name.contains("=")) || name.hasPrefix(".") || name.hasSuffix("._COPYING_")
    }

    private func isWanted(_ name: String) -> Bool {
        !Self.isHidden(name) && (namePattern?.matches(name) ?? true)
    }

    private func add(
        _ path: String, _ status: FileStatus, _ partition: [PartitionValue], to files: inout [DataFile]
    ) {
        if let after = modifiedAfterMilliseconds, status.modifiedMilliseconds <= after { return }
        if let before = modifiedBeforeMilliseconds, status.modifiedMilliseconds >= before { return }
        files.append(
            DataFile(
                path: path, size: status.size, modifiedMilliseconds: status.modifiedMilliseconds, partition: partition))
    }

    /// The files of a directory, and of the folders below it that are named for values, or of all where that is asked
    /// for.
    private func below(
        _ root: String, except isKnown: (_ path: String) -> Bool
    ) throws(ConnectorError) -> [DataFile] {
        var files: [DataFile] = []
        var open: [(directory: String, partition: [PartitionValue])] = [(root, [])]
        while let (directory, partition) = open.popLast() {
            // Who writes there is no line of a manifest.
            let isManifest = Self.lastName(directory) == FileManifest.folder
            for name in try FileSystem.names(in: directory) ?? []
            where !Self.isHidden(name) && !(isManifest && name == DirectoryLock.fileName) {
                let path = directory == "/" ? "/" + name : directory + "/" + name
                if isKnown(path) { continue }
                // Gone since the directory was read.
                guard let status = try FileSystem.status(path) else { continue }
                if status.isDirectory {
                    guard open.count < 1_000_000, path.utf8.count < 4096 else { continue }
                    if isRecursive {
                        open.append((path, []))
                    } else if let value = PartitionValue(folder: name) {
                        open.append((path, partition + [value]))
                    }
                } else if isWanted(name) {
                    add(path, status, partition, to: &files)
                }
            }
        }
        return files
    }

    /// The files that the manifest of a directory names, as a stream has written them: those that are there besides
    /// are nobody's. `nil` where it has no manifest.
    private func listed(
        in root: String, behind mark: ManifestMark?, skipsMissing: Bool, except isKnown: (_ path: String) -> Bool
    ) throws(ConnectorError) -> Found? {
        guard let manifest = try manifest(of: root) else { return nil }
        let (entries, end) = try entries(of: manifest, behind: mark, except: isKnown)
        var files: [DataFile] = []
        for entry in entries {
            // Folders that the root lies in are none of the files'; of what was written elsewhere the end tells them.
            let isBelow = entry.path.hasPrefix(root + "/")
            let parts = (isBelow ? entry.path.dropFirst(root.count) : entry.path[...]).split(separator: "/")
            let folders = parts.dropLast().reversed().prefix { PartitionValue(folder: String($0)) != nil }.reversed()
            guard let name = parts.last.map(String.init), isWanted(name) else { continue }
            var path = entry.path
            var status = try FileSystem.status(path)
            if status == nil {
                // The directory may have been moved since.
                let moved = ([root] + folders.map(String.init) + [name]).joined(separator: "/")
                if isKnown(moved) { continue }
                status = try FileSystem.status(moved)
                if status != nil { path = moved }
            }
            if status == nil, skipsMissing { continue }
            // What is gone is told by whoever reads it.
            let found =
                status
                ?? FileStatus(
                    isDirectory: false, size: entry.size, modifiedMilliseconds: entry.modifiedMilliseconds)
            let values = isRecursive ? [] : folders.compactMap { PartitionValue(folder: String($0)) }
            add(path, found, values, to: &files)
        }
        return Found(files: files, manifest: end)
    }

    /// Whether a stream writes to the path.
    func hasManifest() throws(ConnectorError) -> Bool { try manifest(of: path) != nil }

    private func manifest(of root: String) throws(ConnectorError) -> FileManifest? {
        let disk = RealDisk()
        return try reading(root) {
            try FileManifest.exists(in: root, disk: disk) ? FileManifest(directory: root, disk: disk) : nil
        }
    }

    /// What a manifest names behind a mark, but for what is known, and how far it goes.
    private func entries(
        of manifest: FileManifest, behind mark: ManifestMark?, except isKnown: (_ path: String) -> Bool
    ) throws(ConnectorError) -> (entries: [FileManifest.Entry], end: ManifestMark?) {
        var start: Int64?
        // Where the mark's batch is another one, or was written anew with others, all is read.
        if let mark, try FileSystem.status(manifest.file(mark.batch)) == mark.status { start = mark.batch }
        let (entries, latest) = try reading(manifest.directory) {
            try manifest.entries(behind: start, except: isKnown)
        }
        guard let latest, let status = try FileSystem.status(manifest.file(latest)) else { return (entries, nil) }
        return (entries, ManifestMark(batch: latest, status: status))
    }

    private func reading<Result>(_ root: String, _ body: () throws -> Result) throws(ConnectorError) -> Result {
        do {
            return try body()
        } catch let error as ConnectorError {
            throw error
        } catch {
            throw ConnectorError(.failed, "the manifest of \(root) can't be read: \(error)")
        }
    }

    private func checkPartitions(_ files: [DataFile]) throws(ConnectorError) {
        guard let first = files.first(where: { !$0.partition.isEmpty }) else { return }
        for file in files {
            guard let empty = file.partition.first(where: { $0.value?.isEmpty == true }) else { continue }
            throw ConnectorError(
                .invalidSchema,
                "found an empty partition column value in the path segment '\(empty.name)=' of \(file.path)",
                hint: "rename the folder: \(empty.name)=__HIVE_DEFAULT_PARTITION__ is NULL; or set "
                    + "recursiveFileLookup to true to ignore folders", condition: "EMPTY_PARTITION_COLUMN_VALUE")
        }
        for file in files where file.partition.map(\.name) != first.partition.map(\.name) {
            throw ConnectorError(
                .invalidSchema,
                "the folders of \(path) name different columns: \(Self.columns(first)) and \(Self.columns(file))",
                hint: "give every file the same folders, or set recursiveFileLookup to true to ignore them",
                condition: "CONFLICTING_PARTITION_COLUMN_NAMES")
        }
    }

    private static func columns(_ file: DataFile) -> String {
        let names = file.partition.map(\.name).joined(separator: ", ")
        return (names.isEmpty ? "none" : "[\(names)]") + " above \(file.name)"
    }
}
