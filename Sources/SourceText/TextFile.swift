// Whole files of text.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Reads files that people write.
package enum TextFile {
    /// Why there is no text.
    package struct Failure: Error {
        package let reason: String
    }

    /// The content of a file in UTF-8, without the mark that may stand at its beginning.
    package static func read(_ path: String, longest: Int = 64 << 20) throws(Failure) -> String {
        guard let file = fopen(path, "r") else { throw Failure(reason: String(cString: strerror(errno))) }
        defer { fclose(file) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = fread(&piece, 1, piece.count, file)
            guard ferror(file) == 0 else { throw Failure(reason: String(cString: strerror(errno))) }
            guard count > 0 else { break }
            content += piece[..<count]
            guard content.count <= longest else { throw Failure(reason: "it is longer than \(longest) bytes") }
        }
        guard let text = String(validating: content, as: UTF8.self) else { throw Failure(reason: "it is not UTF-8") }
        return text.first == "\u{FEFF}" ? String(text.dropFirst()) : text
    }
}
