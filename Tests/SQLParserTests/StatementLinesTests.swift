// When what somebody types is whole.

import Testing

@testable import SQLParser

@Suite struct StatementLinesTests {
    @Test(arguments: [
        ("SELECT 1;", true), ("SELECT 1", false), ("SELECT ';", false), ("SELECT 1; -- end", true),
        ("SELECT /* ; ", false), ("", true),
        ("SELECT `a;", false), ("SELECT 1;\n", true), ("SELECT 1; SELECT 2", false),
        // A mistake doesn't keep a statement open, nor those behind it.
        ("SELECT ä;", true), ("SELECT §;", true), ("SELECT ``;", true), (#"SELECT '\UFFFFFFFF';"#, true),
        (#"SELECT '\UFFFFFFFF;"#, false), ("SELECT ä;\nSELECT 1", false), ("SELECT ä; SELECT 1;", true),
        (#"SELECT r'\';"#, true), (#"SELECT '\';"#, false), (#"SELECT 1.5r'\';"#, true), (#"SELECT 1r'\';"#, false),
        ("/* a\n/* b */ ; ", false), ("/* a\n/* b */\n */ ;", true), ("/*/ ;", false), ("-- it's\n;", true),
    ])
    func complete(text: String, isComplete: Bool) {
        #expect(SyntaxParser.isComplete(text) == isComplete)
    }

    /// Strings, names, comments, and what may be taken for their ends.
    private static let pieces = ["'", "\"", "`", "\\", "r", "/", "*", "-", "\n", ";", "a", "1.5", "1e5", " "]

    @Test("four pieces in any order are as whole as the lexer says, line by line as well", arguments: pieces)
    func lexer(first: String) {
        for second in Self.pieces {
            for third in Self.pieces {
                for fourth in Self.pieces { check(first + second + third + fourth + ";") }
            }
        }
    }

    private func check(_ text: String) {
        let expected: Bool
        do throws(SQLDiagnostic) {
            expected = try Lexer.tokens(of: text).dropLast().last.map { $0.kind == .symbol(.semicolon) } ?? true
        } catch {
            guard error.message.hasSuffix("is not closed") else { return }
            expected = false
        }
        var lines = StatementLines()
        let bytes = Array(text.utf8)
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
            lines.add(String(decoding: bytes[start...index], as: UTF8.self))
            start = index + 1
        }
        lines.add(String(decoding: bytes[start...], as: UTF8.self))
        #expect(SyntaxParser.isComplete(text) == expected && lines.isComplete == expected, "\(text)")
    }
}
