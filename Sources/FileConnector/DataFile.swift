// One file of a table or a stream.

/// A file as it was when it was listed.
struct DataFile: Hashable, Sendable {
    /// Absolute.
    let path: String
    let size: Int64
    /// Since 1970.
    let modifiedMilliseconds: Int64
    /// The folders `name=value` above it, from the outermost.
    let partition: [PartitionValue]

    /// The path's last part.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    static func == (a: DataFile, b: DataFile) -> Bool {
        PathText(a.path) == PathText(b.path) && a.size == b.size
            && a.modifiedMilliseconds == b.modifiedMilliseconds && a.partition == b.partition
    }

    func hash(into hasher: inout Hasher) { hasher.combine(PathText(path)) }
}

/// What a folder `name=value` says about all rows below it.
struct PartitionValue: Hashable, Sendable {
    let name: String
    /// `nil` is NULL.
    let value: String?
    /// The value as it stands in the folder's name, by which its type is told.
    let written: String?

    init(name: String, value: String?) {
        self.name = name
        self.value = value
        written = value
    }

    static func == (a: PartitionValue, b: PartitionValue) -> Bool {
        PathText(a.name) == PathText(b.name) && a.value.map(PathText.init) == b.value.map(PathText.init)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(PathText(name))
        hasher.combine(value.map(PathText.init))
    }

    /// Reads a folder's name; `nil` where it says nothing.
    init?(folder: String) {
        guard let place = folder.firstIndex(of: "="), place > folder.startIndex else { return nil }
        name = PercentText.plain(folder[..<place])
        let raw = folder[folder.index(after: place)...]
        let text = PercentText.plain(raw)
        value = text == "__HIVE_DEFAULT_PARTITION__" ? nil : text
        written = value == nil ? nil : String(raw)
    }
}
