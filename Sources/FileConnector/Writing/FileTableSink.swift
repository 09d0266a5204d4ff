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
/// Appended files get their names when all of them are durable. What overwrites is made whole beside the directory, and
/// takes its place by an exchange of names: whoever lists the directory sees the old files or the new ones.
final class FileTableSink: TableSink {
    private static let success = "_SUCCESS"
    private let format: any FileWriteFormat
    private let options: FileSinkOptions
    private let partitionBy: [String]
    private let disk: any Disk
    private let layout = Mutex<FileLayout?>(nil)

    init(
        _ format: some FileWriteFormat, _ options: FileSinkOptions, partitionBy: [String],
        disk: any Disk = RealDisk(isShared: true)
    ) {
        self.format = format
        self.options = options
        self.partitionBy = partitionBy
        self.disk = disk
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
            guard try !FileManifest.exists(in: path, disk: disk) else {
                throw ConnectorError(
                    .outputTaken, "\(path) has the output of a stream",
                    hint: "write to another directory: readers see only what the stream's manifest names")
            }
            return true
        }
    }

    func save(_ rows: [RecordBatch], mode: SaveMode) throws {
        guard try takesRows(mode) else { return }
        guard try mode == .overwrite && disk.exists(path) else { return try add(rows) }
        try replace(rows)
    }

    /// Refuses files whose folders are others than those that are there: no reader could tell their columns.
    private func checkFolders(_ layout: FileLayout) throws {
        guard try disk.exists(path) else { return }
        let names = try disk.list(path).filter { !FileListing.isHidden($0) }
        guard let name = names.first else { return }
        let found = PartitionValue(folder: name)?.name
        guard found?.lowercased() != layout.folders.first?.name.lowercased() else { return }
        throw ConnectorError(
            .invalidSchema,
            "the files of \(path) are divided by \(found ?? "no column"), and the new ones by "
                + (layout.folders.first?.name ?? "no column"),
            hint: found.map { "say partitionBy(\"\($0)\"), or write elsewhere" }
                ?? "leave partitionBy out, or write elsewhere",
            condition: "CONFLICTING_PARTITION_COLUMN_NAMES")
    }

    /// Writes files under hidden names, and gives them theirs when all are durable.
    private func add(_ rows: [RecordBatch]) throws {
        if let layout = layout.withLock({ $0 }) { try checkFolders(layout) }
        try disk.createDirectories(path)
        var files = try files(in: path, publishes: false)
        do {
            try write(rows, &files)
            for file in files.written {
                if let hidden = file.hidden { try disk.renameExclusive(from: hidden, to: file.path) }
            }
        } catch {
            // What has no name is nobody's; what has one by now stays, as the query tells that it failed.
            for file in files.written {
                if let hidden = file.hidden { _ = try? disk.remove(hidden) }
            }
            throw error
        }
        for folder in Set(files.written.map { DiskPath.parent(of: $0.path) }) {
            try disk.synchronizeDirectory(folder)
        }
        try succeed(in: path)
    }

    /// Makes a new directory beside the one that is there, and exchanges their names.
    private func replace(_ rows: [RecordBatch]) throws {
        let parent = DiskPath.parent(of: path)
        let name = DiskPath.lastName(of: path)
        let beside = DiskPath.join(parent, ".\(name).\(disk.makeUniqueName()).tmp")
        // There for good before it takes the other one's place.
        try disk.createDirectories(beside)
        do {
            var files = try files(in: beside, publishes: true)
            try write(rows, &files)
            try succeed(in: beside)
            try takePlace(of: DiskPath.join(parent, name), beside)
        } catch {
            try? removeAll(beside)
            throw error
        }
        // From here on it holds the old files, which stay where it isn't certain that they have been replaced.
        try disk.synchronizeDirectory(parent)
        try removeAll(beside)
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

    private func files(in directory: String, publishes: Bool) throws -> RowFiles {
        guard let layout = layout.withLock({ $0 }) else { preconditionFailure("the sink was not validated") }
        return RowFiles(
            directory, layout, format, options.limits, attempt: Identifier.uuid(), publishes: publishes, disk: disk)
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

    private func removeAll(_ path: String) throws {
        do throws(DurabilityError) {
            _ = try disk.remove(path)
        } catch {
            for name in try disk.list(path) { try removeAll(DiskPath.join(path, name)) }
            _ = try disk.remove(path)
        }
    }
}
