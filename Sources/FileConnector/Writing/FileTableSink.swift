// Tables as files: appended, or in the place of what was there.

import Columns
import Connectors
import DurableFiles
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes the rows of a table into a directory.
///
/// Appended files get their names when all of them are durable. What overwrites is made whole beside the directory, or
/// the folder, and takes its place by an exchange of names: whoever lists it sees the old files or the new ones.
final class FileTableSink: TableSink {
    private static let success = "_SUCCESS"
    private let format: any FileWriteFormat
    private let options: FileSinkOptions
    private let partitionBy: [String]
    private let disk: any Disk
    private let folders: KnownFolders
    private let layout = Mutex<FileLayout?>(nil)

    init(
        _ format: some FileWriteFormat, _ options: FileSinkOptions, partitionBy: [String],
        disk: any Disk = RealDisk(isShared: true)
    ) {
        self.format = format
        self.options = options
        self.partitionBy = partitionBy
        self.disk = disk
        folders = KnownFolders(disk)
    }

    private var path: String { options.path }

    func validate(schema: Schema) throws {
        let made = try FileLayout(schema, partitionBy: partitionBy, format: format)
        layout.withLock { $0 = made }
    }

    func takesRows(_ mode: SaveMode) throws -> Bool {
        guard try disk.exists(path) else { return true }
        switch mode {
        case .ignore: return false
        case .errorIfExists:
            throw ConnectorError(
                .invalidOption, "path file:\(path) already exists",
                hint: "mode(\"overwrite\") takes its place, mode(\"append\") writes beside what is there",
                condition: "PATH_ALREADY_EXISTS")
        case .append, .overwrite:
            guard try disk.isDirectory(disk.resolve(path)) else {
                // As in Spark a directory takes the place of a file.
                guard mode == .append else { return true }
                throw FileErrors.noDirectory(path)
            }
            guard try !FileManifest.exists(in: path, disk: disk) else {
                throw ConnectorError(
                    .outputTaken, "\(path) has the output of a stream",
                    hint: "write to another directory: readers see only what the stream's manifest names")
            }
            return true
        }
    }

    func save(_ rows: [RecordBatch], mode: SaveMode, partition: RecordBatch?) throws {
        guard try takesRows(mode) else { return }
        guard let layout = layout.withLock({ $0 }) else { preconditionFailure("the sink was not validated") }
        // A link stays one: what it leads to is overwritten.
        let root = try disk.resolve(path)
        guard try mode == .overwrite && disk.exists(root) else { return try add(rows, layout, root) }
        let given = partition?.columns.count ?? 0
        guard given > 0 || options.isDynamic && !layout.folders.isEmpty else {
            return try replace(rows, layout, root)
        }
        try checkFolders(layout, root)
        let folders = try FolderRows(rows, layout, zone: format.zone).folders
        if options.isDynamic, given < layout.folders.count {
            try replace(folders, layout, root)
        } else if let partition {
            let prefix = try FolderRows.path(of: partition, zone: format.zone)
            try replace(folders, layout, root, below: prefix)
        }
        try succeed(in: root)
    }

    /// Refuses files whose folders are others than those that are there: no reader could tell their columns.
    private func checkFolders(_ layout: FileLayout, _ root: String) throws {
        guard let found = try FolderNames.find(below: root, disk: disk) else { return }
        let names = layout.folders.map(\.name)
        guard found.map(PathText.init) != names.map(PathText.init) else { return }
        func told(_ names: [String]) -> String { names.isEmpty ? "no column" : names.joined(separator: ", ") }
        throw ConnectorError(
            .invalidSchema,
            "the files of \(path) are divided by \(told(found)), and the new ones by \(told(names))",
            hint: found.isEmpty
                ? "leave partitionBy out, or write elsewhere"
                : "say partitionBy(\(found.map { "\"\($0)\"" }.joined(separator: ", "))), or write elsewhere",
            condition: "CONFLICTING_PARTITION_COLUMN_NAMES")
    }

    // MARK: Beside what is there

    /// Writes files under hidden names, and gives them theirs when all are durable.
    private func add(_ rows: [RecordBatch], _ layout: FileLayout, _ root: String) throws {
        try checkFolders(layout, root)
        try disk.createDirectories(root)
        try reveal(try hidden(rows, layout, root))
        try succeed(in: root)
    }

    /// The rows as durable files that have no names yet.
    private func hidden(_ rows: [RecordBatch], _ layout: FileLayout, _ root: String) throws -> [RowFiles.Written] {
        var files = files(in: root, layout, publishes: false)
        do {
            try write(rows, &files)
        } catch {
            forget(files.written)
            throw error
        }
        return files.written
    }

    private func reveal(_ files: [RowFiles.Written]) throws {
        do {
            for file in files {
                if let hidden = file.hidden { try disk.renameExclusive(from: hidden, to: file.path) }
            }
        } catch {
            // What has a name by now stays, as the query tells that it failed.
            forget(files)
            throw error
        }
        for folder in Set(files.map { PathText(DiskPath.parent(of: $0.path)) }) {
            try disk.synchronizeDirectory(folder.text)
        }
    }

    /// What has no name is nobody's.
    private func forget(_ files: [RowFiles.Written]) {
        for file in files {
            if let hidden = file.hidden { _ = try? disk.remove(hidden) }
        }
    }

    // MARK: In the place of what is there

    /// Makes a new directory beside the one that is there, and exchanges their names.
    private func replace(_ rows: [RecordBatch], _ layout: FileLayout, _ root: String) throws {
        do {
            try replace(root) { beside in
                var files = files(in: beside, layout, publishes: true)
                try write(rows, &files)
                try succeed(in: beside)
            }
        } catch let error as DurabilityError
            where [EXDEV, EBUSY, EACCES, EPERM, EROFS].contains(error.errorNumber)
        {
            // A mount point has no name that could be exchanged, and beside it this process may not write.
            try replaceFiles(rows, layout, root)
        }
    }

    /// Writes the files beside the old ones, and removes those when the new ones have names: for a moment both are
    /// there.
    private func replaceFiles(_ rows: [RecordBatch], _ layout: FileLayout, _ root: String) throws {
        let old = try disk.list(root)
        let files = try hidden(rows, layout, root)
        // New files may lie in folders that were there.
        let new = Set(files.map { PathText($0.path) })
        try reveal(files)
        for name in old { try removeAll(DiskPath.join(root, name), except: new) }
        try disk.synchronizeDirectory(root)
        try succeed(in: root)
    }

    /// Makes the folder of some values anew: without rows it is gone.
    private func replace(
        _ folders: [FolderRows.Folder], _ layout: FileLayout, _ root: String, below prefix: String
    ) throws {
        let target = DiskPath.join(root, prefix)
        guard !folders.isEmpty else {
            guard try disk.exists(target) else { return }
            let parent = DiskPath.parent(of: target)
            let old = besidePath(target)
            // Gone at once, and not file by file.
            try disk.renameExclusive(from: target, to: old)
            try disk.synchronizeDirectory(parent)
            return try removeAll(old)
        }
        try replace(target) { beside in
            var files = files(in: beside, layout, publishes: true)
            try files.write(
                folders.map { FolderRows.Folder(path: Self.rest(of: $0.path, behind: prefix), pieces: $0.pieces) })
        }
    }

    /// Makes each folder anew that there are rows for: all of them first, and then they get their names, one after the
    /// other.
    private func replace(_ folders: [FolderRows.Folder], _ layout: FileLayout, _ root: String) throws {
        var made: [(beside: String, target: String)] = []
        var placed: [(parent: String, old: String?)] = []
        do {
            for folder in folders {
                let target = try disk.resolve(DiskPath.join(root, folder.path))
                try disk.createDirectories(DiskPath.parent(of: target))
                let beside = besidePath(target)
                made.append((beside, target))
                try disk.createDirectories(beside)
                var files = files(in: beside, layout, publishes: true)
                try files.write([FolderRows.Folder(path: "", pieces: folder.pieces)])
            }
            while let (beside, target) = made.last {
                let hasOld = try put(beside, at: target)
                made.removeLast()
                placed.append((DiskPath.parent(of: target), hasOld ? beside : nil))
            }
        } catch {
            for (beside, _) in made { try? removeAll(beside) }
            for (parent, old) in placed { try? settle(parent, removing: old) }
            throw error
        }
        for (parent, old) in placed { try settle(parent, removing: old) }
    }

    /// The part of a folder's path that lies below another folder.
    private static func rest(of path: String, behind prefix: String) -> String {
        String(decoding: path.utf8.dropFirst(prefix.utf8.count).drop { $0 == UInt8(ascii: "/") }, as: UTF8.self)
    }

    /// Makes a directory beside one that may be there, and gives it the place of that.
    private func replace(_ target: String, make: (_ beside: String) throws -> Void) throws {
        let target = try disk.resolve(target)
        try disk.createDirectories(DiskPath.parent(of: target))
        let beside = besidePath(target)
        let hasOld: Bool
        do {
            // There for good before it takes the other one's place.
            try disk.createDirectories(beside)
            try make(beside)
            hasOld = try put(beside, at: target)
        } catch {
            try? removeAll(beside)
            throw error
        }
        try settle(DiskPath.parent(of: target), removing: hasOld ? beside : nil)
    }

    /// A hidden name in the same directory.
    private func besidePath(_ path: String) -> String {
        DiskPath.join(
            DiskPath.parent(of: path), ".\(DiskPath.lastName(of: path)).\(disk.makeUniqueName()).tmp")
    }

    /// Gives a directory its place. Says whether something was there, which has the other name then.
    private func put(_ beside: String, at target: String) throws -> Bool {
        guard try disk.exists(target) else {
            try disk.renameExclusive(from: beside, to: target)
            return false
        }
        try takePlace(of: target, beside)
        return true
    }

    /// Makes names certain, and removes what had one of them before: where they aren't certain, it stays.
    private func settle(_ parent: String, removing old: String?) throws {
        try disk.synchronizeDirectory(parent)
        if let old { try removeAll(old) }
    }

    private func takePlace(of path: String, _ beside: String) throws {
        do throws(DurabilityError) {
            try disk.exchange(beside, path)
        } catch  where [EINVAL, ENOSYS, ENOTSUP].contains(error.errorNumber) {
            // A file system that exchanges no names: for a moment the directory isn't there.
            let old = beside + ".old"
            try disk.renameExclusive(from: path, to: old)
            do {
                try disk.renameExclusive(from: beside, to: path)
            } catch {
                try disk.renameExclusive(from: old, to: path)
                throw error
            }
            try disk.renameExclusive(from: old, to: beside)
        }
    }

    private func files(in directory: String, _ layout: FileLayout, publishes: Bool) -> RowFiles {
        RowFiles(
            directory, layout, format, options.limits, attempt: Identifier.uuid(), publishes: publishes,
            folders: folders, disk: disk)
    }

    private func write(_ rows: [RecordBatch], _ files: inout RowFiles) throws {
        let folders = try FolderRows(rows, files.layout, zone: format.zone).folders
        if folders.isEmpty, files.layout.folders.isEmpty, format.writesEmptyFile {
            try files.writeEmpty()
        } else {
            try files.write(folders)
        }
    }

    /// The empty file that tells that all others are there.
    private func succeed(in directory: String) throws {
        let mark = DiskPath.join(directory, Self.success)
        guard try !disk.exists(mark) else { return }
        try FileOutput(mark, disk: disk).publish()
    }

    /// Removes a file, or a directory with what is in it; but for some files, and the directories that they are in.
    private func removeAll(_ path: String, except kept: Set<PathText> = []) throws {
        guard !kept.contains(PathText(path)) else { return }
        do throws(DurabilityError) {
            _ = try disk.remove(path)
        } catch {
            for name in try disk.list(path) { try removeAll(DiskPath.join(path, name), except: kept) }
            guard try kept.isEmpty || disk.list(path).isEmpty else { return }
            _ = try disk.remove(path)
        }
    }
}
