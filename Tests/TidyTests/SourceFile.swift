// The package's source files, read once.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A source file: its text, and its code without comments and literals.
struct SourceFile: Sendable {
    /// The path from the package's root, with slashes.
    let path: String
    /// The lines as written.
    let lines: [String]
    /// The same lines with comments and the insides of strings blanked out; as written where it isn't Swift.
    let code: [[UInt8]]

    /// Takes a file's content.
    init(path: String, text: [UInt8]) {
        self.path = path
        self.lines = SourceFile.split(text).map { String(decoding: $0, as: UTF8.self) }
        self.code = SourceFile.split(path.hasSuffix(".swift") ? CodeMask.mask(text) : text).map(Array.init)
    }

    var isSwift: Bool { path.hasSuffix(".swift") }

    /// `Columns` for `Sources/Columns/Schema/Field.swift`.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.count > 1 ? String(parts[1]) : ""
    }

    /// `Sources`, `Tests` or `Benchmarks`.
    var area: String { path.split(separator: "/").first.map(String.init) ?? "" }

    private static func split(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}

/// The package on disk.
enum SourceTree {
    /// The package's root: three steps above this file.
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(
        separator: "/")

    /// All Swift and C files of the package.
    static let files: [SourceFile] = ["Sources", "Tests", "Benchmarks"].flatMap { paths(under: $0) }.map { path in
        SourceFile(path: path, text: read(path) ?? [])
    }

    /// A file's content; `nil` where it can't be read.
    static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(root + "/" + path, "rb") else { return nil }
        defer { fclose(file) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return content }
            content.append(contentsOf: chunk[..<count])
        }
    }

    private static func paths(under folder: String) -> [String] {
        guard let directory = opendir(root + "/" + folder) else { return [] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") { continue }
            let path = folder + "/" + name
            if [".swift", ".c", ".h"].contains(where: name.hasSuffix) {
                found.append(path)
            } else {
                found += paths(under: path)
            }
        }
        return found.sorted()
    }
}
