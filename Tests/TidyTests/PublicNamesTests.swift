// What users get of the inner rooms, against a list: a `public` that slips in shows.

import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Public names")
struct PublicNamesTests {
    /// The rooms that `Millrace` exports whole. What they declare public is API, whether it was meant to be or not.
    private static let exported = ["Columns", "Connectors", "QueryRuntime"]
    /// The rooms that are made for users. Their names are listed, too: a change of the API shows as such in review.
    private static let meant = ["Millrace", "MillraceTestKit"]
    private static let golden = "Tests/TidyTests/Golden/public-names.txt"

    @Test("What is public is what the list names; MILLRACE_RENEW=1 writes the list anew")
    func listed() throws {
        let rooms = Self.exported + Self.meant
        let names = SourceTree.files.filter { rooms.contains($0.target) && $0.area == "Sources" }
            .flatMap { file in Self.publicNames(file).map { "\(file.target) \($0)" } }
        let found = Set(names).sorted()
        if getenv("MILLRACE_RENEW") != nil {
            let file = try #require(fopen("\(SourceTree.root)/\(Self.golden)", "w"))
            defer { fclose(file) }
            fputs(found.map { "\($0)\n" }.joined(), file)
            return
        }
        let listed = String(decoding: try #require(SourceTree.read(Self.golden)), as: UTF8.self)
            .split(separator: "\n").map(String.init)
        for name in Set(found).subtracting(listed).sorted() {
            Issue.record("'\(name)' is public and not in \(Self.golden): is it for users? Else make it package")
        }
        for name in Set(listed).subtracting(found).sorted() {
            Issue.record("'\(name)' is in \(Self.golden) and no longer public: users may have used it")
        }
    }

    @Test("No other room declares anything public")
    func others() {
        for file in SourceTree.files where file.area == "Sources" && !(Self.exported + Self.meant).contains(file.target)
        {
            for name in Self.publicNames(file) { Issue.record("\(file.path): '\(name)' is public; make it package") }
        }
    }

    @Test("Declarations are found, and nothing else")
    func extraction() {
        let text = """
            public struct A<T>: Sendable {
                @inlinable public static func make(_ x: Int) -> A { // public var no
                public private(set) var b: Int { 1 }
                package var c = "public let d"
                public init?(_ x: Int)
            """
        let file = SourceFile(path: "Sources/Columns/A.swift", text: Array(text.utf8))
        #expect(Self.publicNames(file) == ["struct A", "static func make", "var b", "init"])
    }

    /// The public declarations of a file: what they are and their names.
    private static func publicNames(_ file: SourceFile) -> [String] {
        guard file.isSwift else { return [] }
        return file.code.compactMap { line in
            let words = String(decoding: line, as: UTF8.self).split {
                !($0.isLetter || $0.isNumber || "_`@".contains($0))
            }
            guard let start = words.firstIndex(of: "public") else { return nil }
            let rest = words[(start + 1)...].filter {
                !["private", "set", "final", "indirect", "nonisolated"].contains($0)
            }
            guard let first = rest.first else { return nil }
            if first == "init" || first == "subscript" { return String(first) }
            return rest.prefix(first == "static" ? 3 : 2).joined(separator: " ")
        }
    }
}
