// The pages about SQL: what they show is what the command prints.

import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("The pages about SQL")
struct SQLPageTests {
    /// A command line of a page, and what stands below it there.
    struct Shown: CustomTestStringConvertible, Sendable {
        let command: String
        let output: String
        var testDescription: String { command }
    }

    private static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(
        separator: "/")

    private static func text(_ name: String) -> String {
        guard let file = fopen("\(root)/\(name)", "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The blocks that begin with a command line.
    static let shown: [Shown] = ["README.md", "docs/sql.md"].flatMap { page in
        text(page).split(separator: "```\n$ ").dropFirst().compactMap { piece -> Shown? in
            let block = piece.split(separator: "```", maxSplits: 1).first ?? ""
            let lines = block.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard lines.count == 2 else { return nil }
            return Shown(
                command: String(lines[0]).replacing("scripts/demo run", with: "millrace run"), output: String(lines[1]))
        }
    }

    @Test("every command of a page prints what stands there", arguments: shown)
    func prints(_ shown: Shown) throws {
        let millrace = try CommandProcess.binary("millrace")
        // As somebody would type it, in the package's folder.
        let script = "cd '\(Self.root)' && millrace() { '\(millrace)' \"$@\"; } && \(shown.command) 2>&1"
        let process = try CommandProcess(["-c", script], program: "/bin/sh")
        _ = process.waitForEnd()
        #expect(process.output == shown.output)
    }

    @Test("the pages show a query and ten mistakes")
    func count() {
        #expect(Self.shown.count >= 12)
        #expect(Self.shown.filter { $0.output.hasPrefix("millrace: error: ") }.count >= 10)
    }

    @Test("the word count of the page is the one in Examples")
    func example() {
        let example = Self.text("Examples/SQL/wordcount.sql").split(separator: "\n").drop { $0.hasPrefix("--") }
        #expect(!example.isEmpty && Self.text("docs/sql.md").contains(example.joined(separator: "\n")))
    }
}
