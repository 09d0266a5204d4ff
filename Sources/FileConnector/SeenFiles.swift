// Which files a stream has taken already.

/// The files of the last days. What is older than the newest file by more than `maximumAge` is forgotten, and passed
/// over when it turns up again.
struct SeenFiles: Sendable {
    /// In milliseconds; `nil` remembers everything.
    private let maximumAge: Int64?
    /// Files of one name are one, whatever folder they are in.
    private let namesOnly: Bool
    /// When each was last modified.
    private(set) var files: [PathText: Int64] = [:]
    private var newest = Int64.min
    /// What is older is not taken.
    private var oldest = Int64.min

    init(maximumAge: Int64?, namesOnly: Bool) {
        self.maximumAge = maximumAge
        self.namesOnly = namesOnly
    }

    private func key(_ path: String) -> PathText {
        guard namesOnly, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return PathText(path) }
        return PathText(String(path[path.utf8.index(after: slash)...]))
    }

    /// Whether a file was taken, and not so long ago that it is forgotten.
    func contains(_ path: String) -> Bool { files[key(path)] != nil }

    /// Whether a file was not taken yet, and isn't too old.
    func isNew(_ path: String, modifiedMilliseconds: Int64) -> Bool {
        modifiedMilliseconds >= oldest && files[key(path)] == nil
    }

    /// A file is taken.
    mutating func insert(_ path: String, modifiedMilliseconds: Int64) {
        files[key(path)] = modifiedMilliseconds
        newest = max(newest, modifiedMilliseconds)
    }

    /// Forgets what is too old.
    mutating func purge() {
        guard let maximumAge, newest > Int64.min else { return }
        let limit = newest - maximumAge
        guard limit > oldest else { return }
        oldest = limit
        files = files.filter { $0.value >= limit }
    }
}
