// Every query that Spark was asked is read, or refused with the condition that Spark has for it.

import Glibc
import JSONText
import SourceText
import Testing

@testable import SQLParser

/// Runs where MILLRACE_CONFORMANCE names the folder with `tables` and `streams`; elsewhere says that it was skipped.
@Suite struct ConformanceSyntaxTests {
    private static var folder: String? { getenv("MILLRACE_CONFORMANCE").map { String(cString: $0) } }

    static var isAvailable: Bool {
        if folder != nil { return true }
        print("SKIPPED: Spark's recorded queries. Set MILLRACE_CONFORMANCE to the folder that holds them.")
        return false
    }

    private static let conditions: Set<String> = ["PARSE_SYNTAX_ERROR", "TRAILING_COMMA_IN_SELECT"]

    @Test(.enabled(if: isAvailable), arguments: ["tables", "streams"])
    func queries(kind: String) throws {
        let folder = try #require(Self.folder) + "/" + kind
        let names = try #require(fileNames(in: folder))
        #expect(names.count > 100)
        for name in names.sorted() where name.hasSuffix(".json") {
            let one = try text(of: "\(folder)/\(name)")
            let query = try #require(member("query", of: one))
            let expected = member("error", of: one).flatMap { Self.conditions.contains($0) ? $0 : nil }
            do throws(SQLDiagnostic) {
                _ = try SyntaxParser.statement(query)
                #expect(expected == nil, "\(name): \(query)")
            } catch {
                #expect(error.code == expected, "\(name): \(error.rendered(in: query))")
            }
        }
    }

    /// A member with a string in it; the rows of a case have numbers that no JSON value here can hold.
    private func member(_ name: String, of one: String) -> String? {
        guard let mark = one.firstRange(of: "\"\(name)\": \"") else { return nil }
        let start = one.index(before: mark.upperBound)
        var isEscaped = false
        for index in one[mark.upperBound...].indices {
            if one[index] == "\"", !isEscaped { return try? JSONValue.parse(String(one[start...index])).stringValue }
            isEscaped = one[index] == "\\" && !isEscaped
        }
        return nil
    }

    private func fileNames(in folder: String) -> [String]? {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        return names
    }

    private func text(of path: String) throws -> String {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }
}
