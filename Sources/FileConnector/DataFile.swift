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
}

/// What a folder `name=value` says about all rows below it.
struct PartitionValue: Hashable, Sendable {
    let name: String
    /// `nil` is NULL.
    let value: String?

    init(name: String, value: String?) {
        self.name = name
        self.value = value
    }

    /// Reads a folder's name; `nil` where it says nothing.
    init?(folder: String) {
        guard let place = folder.firstIndex(of: "="), place > folder.startIndex else { return nil }
        name = Self.unescaped(folder[..<place])
        let text = Self.unescaped(folder[folder.index(after: place)...])
        value = text == "__HIVE_DEFAULT_PARTITION__" ? nil : text
    }

    /// With `%3D` and its like as the characters that they stand for.
    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("%") else { return String(text) }
        let bytes = Array(text.utf8)
        var plain: [UInt8] = []
        var place = 0
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "%"), place + 2 < bytes.count,
                let code = UInt8(String(decoding: bytes[(place + 1)...(place + 2)], as: UTF8.self), radix: 16)
            {
                plain.append(code)
                place += 3
            } else {
                plain.append(bytes[place])
                place += 1
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }
}
