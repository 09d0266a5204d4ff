// A file of queries with their answers: read, compared, and renewed where that is asked for.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One query of a file with what it must give.
struct SqlLogicCase: Equatable {
    /// Comment lines before it, kept when the file is renewed.
    var comments: [String]
    var query: String
    /// The answer's lines: rows with their values between tabs, or the error as users see it.
    var answer: [String]
    /// Where the query stands in the file, counted from 1.
    var line: Int
}

/// Queries with answers, as in sqllogictest: a query's lines, `----`, its answer's lines, and an empty line.
///
/// Lines that begin with `#` are comments. An empty line of an answer is written as `.`.
struct SqlLogicFile {
    let path: String
    let cases: [SqlLogicCase]

    init(path: String) throws {
        self.path = path
        let text = try readText(path)
        var cases: [SqlLogicCase] = []
        var comments: [String] = []
        var query: [String] = []
        var answer: [String]?
        var start = 0
        func close() {
            guard !query.isEmpty else { return }
            cases.append(
                SqlLogicCase(
                    comments: comments, query: query.joined(separator: "\n"), answer: answer ?? [], line: start))
            (comments, query, answer) = ([], [], nil)
        }
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty {
                close()
            } else if answer != nil {
                answer?.append(line == "." ? "" : String(line))
            } else if line == "----" {
                answer = []
            } else if query.isEmpty, line.hasPrefix("#") {
                comments.append(String(line))
            } else {
                if query.isEmpty { start = index + 1 }
                query.append(String(line))
            }
        }
        close()
        self.cases = cases
    }

    /// The file's text with these cases.
    static func text(_ cases: [SqlLogicCase]) -> String {
        cases.map { one in
            (one.comments + [one.query, "----"] + one.answer.map { $0.isEmpty ? "." : $0 }).joined(separator: "\n")
        }.joined(separator: "\n\n") + "\n"
    }
}

/// A file that can't be read or written.
struct FileFailure: Error, CustomStringConvertible {
    let description: String
}

func readText(_ path: String) throws -> String {
    guard let file = fopen(path, "r") else {
        throw FileFailure(description: "\(path): \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}

func writeText(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else {
        throw FileFailure(description: "\(path): \(String(cString: strerror(errno)))")
    }
    let bytes = Array(text.utf8)
    let written = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, written == bytes.count else {
        throw FileFailure(description: "\(path): \(String(cString: strerror(errno)))")
    }
}

/// The files of a folder with this ending, sorted.
func files(in folder: String, ending: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name.hasSuffix(ending) { names.append("\(folder)/\(name)") }
    }
    return names.sorted()
}

func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
}
