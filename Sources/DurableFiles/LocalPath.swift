// Paths as users write them: of this machine, with or without `file:`.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What users write where Spark takes the place of a checkpoint or of files.
package enum LocalPath {
    /// Why a text names no path of this machine.
    package struct Failure: Error {
        /// To be said behind the option's name: `is '...', which names no path`.
        package let message: String
        package let hint: String
    }

    /// The path that a text means: itself, or what stands behind `file:`.
    ///
    /// - Throws: for other schemes, which in Spark mean a remote file system.
    package static func resolve(_ text: String) throws(Failure) -> String {
        guard !text.isEmpty else { throw Failure(message: "is empty", hint: "give a path of this machine") }
        guard !text.utf8.contains(0) else {
            throw Failure(message: "holds a zero byte", hint: "no path of this machine has one")
        }
        guard let (scheme, rest) = scheme(of: text) else { return text }
        guard scheme == "file" else {
            throw Failure(
                message: "is '\(text)': there is no file system '\(scheme)' here",
                hint: "give a path of this machine; file:///path is one")
        }
        // `file:/a`, `file:///a`, `file://localhost/a`.
        var path = rest
        if path.hasPrefix("//localhost/") {
            path = path.dropFirst("//localhost".count)
        } else if path.hasPrefix("///") {
            path = path.dropFirst("//".count)
        }
        guard path.hasPrefix("/"), !path.hasPrefix("//") else {
            throw Failure(message: "is '\(text)', which names no path", hint: "write file:///path")
        }
        return String(path)
    }

    /// `s3a` and what follows the colon. A name with a colon and no slash behind it is a file's name, unless everybody
    /// knows it as a scheme.
    private static func scheme(of text: String) -> (String, Substring)? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let name = text[..<colon].lowercased()
        let rest = text[text.index(after: colon)...]
        guard let first = name.first, first.isASCII, first.isLetter,
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }),
            rest.hasPrefix("/") || known.contains(name)
        else { return nil }
        return (name, rest)
    }

    private static let known: Set<String> = [
        "file", "hdfs", "s3", "s3a", "s3n", "gs", "dbfs", "abfs", "abfss", "wasb", "wasbs", "adl", "oss", "viewfs",
    ]

    /// A path from the root on: one that begins elsewhere begins in the folder that the process is in.
    package static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let directory = getcwd(nil, 0) else { return "/" + path }
        defer { free(directory) }
        return DiskPath.join(String(cString: directory), path)
    }
}
