// Texts that are the same where their bytes are, as names of files are.

/// A path, or a part of one. Swift takes texts for equal that write the same letters with other bytes, an accent as a
/// part of a letter or behind it; for a file system they are two names.
struct PathText: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (a: PathText, b: PathText) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
