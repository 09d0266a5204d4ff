// Each rule against text that breaks it and text that only looks as if it did.

import Testing

@Suite("Rules bite")
struct RulesBite {
    struct Example: Sendable, CustomTestStringConvertible {
        let rule: Rule
        let text: String
        /// The lines where the rule is broken, counted from 1.
        let lines: [Int]
        var path = "Sources/Columns/Example.swift"
        var testDescription: String { "\(rule): \(text.prefix(40).split(separator: "\n").joined(separator: "; "))" }
    }

    static let examples: [Example] = [
        Example(rule: .arrows, text: "import Planner\nimport CPlatform\nimport Glibc", lines: [1]),
        Example(rule: .arrows, text: "package import struct Planner.Plan\n@testable import Operators", lines: [1, 2]),
        Example(rule: .arrows, text: "// import Planner\nlet text = \"import Planner\"", lines: []),
        Example(rule: .arrows, text: "import Columns", lines: [1], path: "Sources/Unknown/Example.swift"),
        Example(rule: .noFoundation, text: "import Foundation\nimport FoundationEssentials", lines: [1, 2]),
        Example(rule: .noFoundation, text: "import Glibc\n// import Foundation", lines: []),

        Example(rule: .noFatalError, text: "fatalError(\"no\")\n// fatalError(\"no\")\nmyfatalError()", lines: [1]),
        Example(rule: .noForcedTry, text: "let a = try! f()\nlet b = try f()\nlet c = \"try! \"", lines: [1]),
        Example(rule: .noDetachedTask, text: "Task.detached { }\nTask { }", lines: [1]),
        Example(
            rule: .noUncheckedSendability,
            text: "final class A: @unchecked Sendable {}\nfinal class B: Sendable {}\nnonisolated(unsafe) var c = 1",
            lines: [1, 3]),

        Example(
            rule: .uncheckedSaysWhy,
            text: "/// SAFETY: immutable.\nclass A: @unchecked Sendable {}" + repeated("\n", 11)
                + "nonisolated(unsafe) let b = 1",
            lines: [13]),

        Example(rule: .noForcedUnwrap, text: "a!.b()\nf(a!)\nlet x = a! \nlet y = a!", lines: [1, 2, 3, 4]),
        Example(rule: .noForcedUnwrap, text: "f()!\na[0]!\nvar a: Int!\nb as! Int", lines: [1, 2, 3, 4]),
        Example(rule: .noForcedUnwrap, text: "a != b\na!=b\n!a\nf(!a)\na && !b\n#if !os(Linux)", lines: []),
        Example(rule: .noForcedUnwrap, text: "\"no!\"\n// no! never\n/* a!\n b! */\n\"\"\"\n a!\n \"\"\"", lines: []),
        Example(rule: .noForcedUnwrap, text: "\"\\(a!)\"\n#\"\\(a!)\"#\n#\"\\#(a!) b!\"#", lines: [1, 3]),
        Example(rule: .noForcedUnwrap, text: "try! f()", lines: []),

        Example(
            rule: .noLeftovers, text: "// TO" + "DO: later\n// todo\n// FIX" + "ME\nlet aXX" + "XX = 1", lines: [1, 3]),
        Example(rule: .opensWithPurpose, text: "import Glibc", lines: [1]),
        Example(rule: .opensWithPurpose, text: "// x\nimport Glibc", lines: [1]),
        Example(rule: .opensWithPurpose, text: "// Columns of bytes.\nimport Glibc", lines: []),
        Example(rule: .fileLength, text: repeated("let a = 1\n", 800), lines: []),
        Example(rule: .fileLength, text: repeated("let a = 1\n", 801), lines: [801]),
        Example(rule: .lineLength, text: repeated("a", 120) + "\n" + repeated("a", 121), lines: [2]),
        Example(rule: .lineLength, text: repeated("é", 120) + "\n" + repeated("é", 121), lines: [2]),

        Example(rule: .functionLength, text: function(70), lines: []),
        Example(rule: .functionLength, text: "\n" + function(71), lines: [2]),
        Example(rule: .functionLength, text: "struct A {\n" + function(60) + function(60) + "}", lines: []),
        Example(
            rule: .functionLength, text: "protocol A {\n func a() -> Int\n init(b: Int)\n}\n" + function(69),
            lines: []),
        Example(
            rule: .functionLength, text: "init(\n a: Int = { 1 }()\n) {\n" + repeated("f(\"}\")\n", 70) + "}",
            lines: [1]),
        Example(rule: .functionLength, text: "self.init(a)\n" + repeated("f {\n}\n", 60), lines: []),
    ]

    @Test(arguments: examples)
    func finds(_ example: Example) {
        let file = SourceFile(path: example.path, text: Array(example.text.utf8))
        #expect(example.rule.findings(in: file).map(\.line) == example.lines)
    }

    @Test("A message says where, what, and what to use instead")
    func message() {
        let file = SourceFile(path: "Sources/Columns/A.swift", text: Array("\nimport Planner".utf8))
        #expect(
            Rule.arrows.findings(in: file).map(\.description) == [
                "Sources/Columns/A.swift:2: Columns imports Planner (data and kernels know nothing of queries, disks or"
                    + " brokers); use what it may import: CPlatform, CPCRE2"
            ])
    }

    @Test("The manifest is read with its line breaks")
    func manifest() {
        let text = """
            .target(name: "A", dependencies: ["B", "C"], swiftSettings: settings),
            .target(
                name: "D",
                dependencies: [
                    "E", "F",
                ], swiftSettings: settings),
            .executableTarget(name: "G", path: "Benchmarks/G"),
            .systemLibrary(name: "H", providers: [.apt(["x"])]),
            .testTarget(name: "ATests", dependencies: ["A"])
            """
        #expect(Manifest.targets(text) == ["A": ["B", "C"], "D": ["E", "F"], "H": []])
    }

    private static func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    /// A function of so many lines.
    private static func function(_ lines: Int) -> String {
        "func a() {\n" + repeated("if b { c() }\n", lines - 2) + "}\n"
    }
}
