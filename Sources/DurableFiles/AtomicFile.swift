// A file that is there whole or not at all.
//
// One line of text, then the payload and nothing after it:
//
//     millrace <kind> <version> <length, 20 digits> <CRC32C of the payload> <CRC32C of this line so far>\n
//
// The line says what the file must be before a byte of the payload is looked at, so a cut, an added or a changed byte
// is found wherever it is; and a text payload stays readable with `cat`.

/// What a file holds and in which version of its format.
package struct FileKind: Hashable, Sendable {
    /// Lower case letters, digits and hyphens.
    package let name: String
    /// The version that is written, and the newest that is read.
    package let version: Int

    package init(_ name: String, version: Int) {
        precondition(
            !name.isEmpty && name.utf8.count <= 40
                && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
                && version > 0, "a file kind is named with lower case letters, digits and hyphens, and has a version")
        self.name = name
        self.version = version
    }
}

/// What an atomic file holds.
package struct AtomicFileContent: Equatable, Sendable {
    /// The version of the kind's format that the file was written in.
    package let version: Int
    package let bytes: [UInt8]
}

/// Files that are written once, whole, and verified whenever they are read.
package enum AtomicFile {
    /// Writes a new file so that, whatever happens meanwhile, it is there whole and durable afterwards or not there;
    /// `alreadyExists` where the name is taken. Two synchronizations: about 2 ms on a good disk.
    package static func write(
        _ path: String, kind: FileKind, bytes: [UInt8], disk: any Disk
    ) throws(DurabilityError) {
        let writer = try AtomicFileWriter(path, kind: kind, disk: disk)
        try writer.append(bytes)
        try writer.publish()
    }

    /// Reads and verifies a file. Errors name the file, what was expected and what was found.
    package static func read(
        _ path: String, kind: FileKind, disk: any Disk
    ) throws(DurabilityError) -> AtomicFileContent {
        let reader = try AtomicFileReader(path, kind: kind, disk: disk)
        defer { reader.close() }
        guard let count = Int(exactly: reader.length), count <= 1 << 31 else {
            throw DurabilityError(.read, path, fault: .other, detail: "the file is too big to be read at once")
        }
        let bytes = try reader.next(maximumBytes: max(count, 1)) ?? []
        // The end is where the checksum is compared.
        if !bytes.isEmpty { _ = try reader.next(maximumBytes: 1) }
        return AtomicFileContent(version: reader.version, bytes: bytes)
    }
}

/// The line before the payload.
struct AtomicFileHeader: Equatable {
    static let maximumLength = 128

    var kind: String
    var version: Int
    var length: Int64
    var checksum: UInt32

    var bytes: [UInt8] {
        let digits = String(length)
        let padded = String(repeating: "0", count: max(0, 20 - digits.utf8.count)) + digits
        var line = Array("millrace \(kind) \(version) \(padded) ".utf8) + Checksum.hexadecimal(checksum)
        line.append(UInt8(ascii: " "))
        return line + Checksum.hexadecimal(Checksum.crc32c(line)) + [UInt8(ascii: "\n")]
    }

    /// Reads the line at the start of `bytes`, and gives its length too.
    static func parse(_ bytes: [UInt8], path: String) throws(DurabilityError) -> (header: Self, length: Int) {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
            throw .corrupt(path, at: 0, expected: "a header line", found: bytes.isEmpty ? "nothing" : "no end of it")
        }
        guard end > 9, let stored = Checksum.parseHexadecimal(bytes[(end - 8)..<end]) else {
            throw .corrupt(path, at: 0, expected: "a header line with a checksum", found: "none")
        }
        let computed = Checksum.crc32c(bytes[..<(end - 8)])
        guard stored == computed else {
            throw .corrupt(
                path, at: 0, expected: "a header with checksum \(hexadecimal(stored))", found: hexadecimal(computed))
        }
        let parts = String(decoding: bytes[..<end], as: UTF8.self)
            .split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "millrace", let version = Int(parts[2]), version > 0,
            let length = Int64(parts[3]), length >= 0,
            let checksum = Checksum.parseHexadecimal(Array(parts[4].utf8)[...])
        else { throw .corrupt(path, at: 0, expected: "a header line of ours", found: "another one") }
        return (Self(kind: String(parts[1]), version: version, length: length, checksum: checksum), end + 1)
    }

    static func hexadecimal(_ checksum: UInt32) -> String {
        String(decoding: Checksum.hexadecimal(checksum), as: UTF8.self)
    }
}
