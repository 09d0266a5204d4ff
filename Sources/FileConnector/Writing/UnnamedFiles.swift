// What lies in a stream's directory whose manifest is gone.

import DurableFiles

/// The files of a directory without a manifest: those that a query may have written there, and others.
struct UnnamedFiles {
    /// What the names of files begin with that we, or Spark, have written.
    private static let prefix = "part-"

    /// The files in the folders that the query divides its rows into, whose names are of its kind.
    private(set) var paths: [String] = []
    /// The name of a file or a folder that is none of the query's; `nil` where there is none.
    private(set) var stranger: String?

    /// Looks for files in the folders of some columns, up to the first that is none of the query's.
    init(of directory: String, folders: [String], disk: any Disk) throws {
        guard try disk.exists(directory) else { return }
        try look(in: directory, folders[...], disk)
        paths.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private mutating func look(in directory: String, _ folders: ArraySlice<String>, _ disk: any Disk) throws {
        for name in try disk.list(directory) where !FileListing.isHidden(name) && stranger == nil {
            let path = DiskPath.join(directory, name)
            guard let folder = folders.first else {
                if name.hasPrefix(Self.prefix) { paths.append(path) } else { stranger = name }
                continue
            }
            if let value = PartitionValue(folder: name), PathText(value.name) == PathText(folder),
                try disk.isDirectory(path)
            {
                try look(in: path, folders.dropFirst(), disk)
            } else {
                stranger = name
            }
        }
    }
}
