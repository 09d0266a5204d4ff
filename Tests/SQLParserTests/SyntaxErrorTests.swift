// Every error names its token; no text, however cut or nested, does worse than throw.

import SourceText
import Testing

@testable import SQLParser

@Suite struct SyntaxErrorTests {
    /// The text, a line with a caret under each wrong character, and part of the message.
    @Test(arguments: [
        ("", "^", "the text is empty"),
        ("a + * b c d", "        ^", "expected the end of the text, found 'c'"),
        ("a +", "   ^", "expected an expression, found the end"),
        ("a + )", "    ^", "expected an expression, found ')'"),
        ("(a + b", "      ^", "expected ')'"),
        ("f(a,", "    ^", "expected an expression"),
        ("f(a b)", "    ^", "expected ')', found 'b'"),
        ("a IS 5", "     ^", "expected NULL, TRUE"),
        ("a BETWEEN 1 OR 2", "            ^^", "expected AND"),
        ("a IN 5", "     ^", "expected '('"),
        ("a IN (SELECT 1", "              ^", "expected ')'"), ("(SELECT 1", "         ^", "expected ')'"),
        ("(1, 2", "     ^", "expected ')'"),
        ("a AS", "    ^", "expected a name after AS"),
        ("a AS (b c)", "        ^", "expected ')'"), ("a AS ()", "      ^", "name of a column"),
        ("CASE WHEN a END", "            ^^^", "expected THEN"),
        ("CASE a END", "       ^^^", "expected WHEN"),
        ("CASE WHEN a THEN b", "                  ^", "expected END"),
        ("CAST(a, INT)", "      ^", "expected AS"),
        ("CAST(a AS strin)", "          ^^^^^", "unsupported data type 'strin'"),
        ("CAST(a AS DECIMAL(39))", "                  ^^", "1 to 38 digits"),
        ("CAST(a AS DECIMAL(5, 6))", "                     ^", "greater than the precision"),
        ("CAST(a AS ARRAY)", "               ^", "lacks the types"),
        ("a[1", "   ^", "expected ']'"),
        ("a.", "  ^", "expected a name behind '.'"),
        ("f(a).1", "    ^^", "expected the end"),
        ("a.b.c(1)", "^^^^^", "functions in a catalog"),
        ("'abc", "^^^^", "the string is not closed"),
        ("`abc", "^^^^", "the name is not closed"),
        ("``", "^^", "a name is empty"),
        ("a /* b", "  ^^", "the comment is not closed"),
        ("a # b", "  ^", "unexpected character '#'"),
        ("naïve", "  ^", "the letter 'ï' needs a quoted name"),
        (#"'ab\uD800'"#, "   ^^^^^^", "names no character"),
        ("300Y", "^^^^", "300 does not fit TINYINT"),
        ("40000S", "^^^^^^", "does not fit SMALLINT"),
        ("9223372036854775808L", String(repeating: "^", count: 20), "does not fit BIGINT"),
        ("1e999", "^^^^^", "does not fit DOUBLE"),
        ("1e39F", "^^^^^", "does not fit FLOAT"),
        ("123456789012345678901234567890123456789", String(repeating: "^", count: 39), "at most 38 digits"),
        ("1e99BD", "^^^^^^", "at most 38 digits"),
        ("1.5x.y", "    ^", "expected the end"),
        ("X'0G'", " ^^^^", "hexadecimal digits"),
        ("INTERVAL 'soon'", "         ^^^^^^", "is not an interval"),
        ("INTERVAL 5 apples", "           ^^^^^^", "expected a unit of time"),
        ("a LIKE 'b' ESCAPE 'cd'", "                  ^^^^", "one character"),
        ("f(x -> )", "       ^", "expected an expression"), ("f((x, 1) -> x)", "      ^", "name of a parameter"),
        ("sum(x) OVER (a b)", "             ^", "expected PARTITION BY"), ("f(1 => 1)", "    ^^", "a name in front"),
        ("sum(x) OVER (ORDER BY a ROWS 1)", "                              ^", "PRECEDING or FOLLOWING"),
        ("é", "^", "needs a quoted name"),
        ("a = ?", "    ^", "the parameter ? has no value"), (":id + 1", "^^^", "the parameter :id has no value"),
        ("EXISTS (SELECT)", "              ^", "expected an expression"),
        ("a LIKE ANY ()", "            ^", "expected an"),
        ("a = FROM", "    ^^^^", "expected an expression"),
    ])
    func caret(text: String, carets: String, message: String) {
        let found = #expect(throws: SQLDiagnostic.self) { try SyntaxParser.expression(text) }
        guard let found else { return }
        #expect(found.message.contains(message), "\(found.message)")
        let lines = found.rendered(in: text).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(String(lines[2]) == carets, "\(found.rendered(in: text))")
    }

    @Test(arguments: [
        ("a: INT", " ^", "columns have no colon"), ("a", " ^", "for example: STRING"),
        ("a INT,", "      ^", "name of a column"),
        ("a INT DEFAULT 1", "      ^^^^^^^", "only names, types"), ("a INT NOT", "         ^", "expected NULL"),
        ("a MAP<STRING>", "            ^", "expected ','"), ("INT", "   ^", "for example"),
        ("a STRUCT<b>", "          ^", "data type"),
        ("a STRING COLLATE de", "                 ^^", "UTF8_BINARY"), ("a VARCHAR", "         ^", "length"),
        ("a BIGNIT", "  ^^^^^^", "did you mean BIGINT?"),
    ])
    func schemaCaret(text: String, carets: String, message: String) {
        let found = #expect(throws: SQLDiagnostic.self) { try SyntaxParser.schema(text) }
        guard let found else { return }
        let picture = found.rendered(in: text)
        #expect(picture.contains(message), "\(picture)")
        #expect(String(picture.split(separator: "\n", omittingEmptySubsequences: false)[2]) == carets, "\(picture)")
    }

    @Test func caretInALaterLineBehindTabsAndWideLetters() {
        let text = "a +\n\t'é' + )\n + c"
        let found = #expect(throws: SQLDiagnostic.self) { try SyntaxParser.expression(text) }
        #expect(
            found?.rendered(in: text) == "line 2, column 8: expected an expression, found ')'\n\t'é' + )\n\t      ^")
    }

    @Test func longLinesAreCutAroundTheToken() throws {
        let text = String(repeating: "a + ", count: 100) + ") + " + String(repeating: "b + ", count: 100)
        let found = try #require(throws: SQLDiagnostic.self) { try SyntaxParser.expression(text) }
        let lines = found.rendered(in: text).split(separator: "\n")
        #expect(lines[1].count == 120)
        let column = try #require(lines[2].firstIndex(of: "^")).utf16Offset(in: lines[2])
        #expect(Array(lines[1])[column] == ")")
    }

    private static let long =
        "CASE a WHEN f(DISTINCT x, 'y''z\\n') THEN CAST(b AS STRUCT<c: MAP<INT, DECIMAL(3, 1)>>) ELSE -1.5e3 END IN "
        + "(X'00', DATE '2024-01-01', INTERVAL 1 DAY 2 HOURS, `é`[1].b::INT) AND NOT q BETWEEN 1 AND 2 OR "
        + "substring(s FROM 1 FOR 2) RLIKE r'x' /* é */ AS alias"

    @Test("a text cut anywhere gives a tree or an error inside the text")
    func truncated() throws {
        _ = try SyntaxParser.expression(Self.long)
        let scalars = Array(Self.long.unicodeScalars)
        var errors = 0
        for length in 0..<scalars.count {
            let text = String(String.UnicodeScalarView(scalars[..<length]))
            do {
                _ = try SyntaxParser.expression(text)
            } catch {
                errors += 1
                #expect(error.range.start <= error.range.end && error.range.end <= text.utf8.count, "\(text)")
                #expect(error.rendered(in: text).contains("^"))
            }
        }
        #expect(errors > 100)
    }

    @Test("a token left out anywhere gives a tree or an error inside the text")
    func mutated() throws {
        let tokens = try Lexer.tokens(of: Self.long).dropLast()
        let bytes = Array(Self.long.utf8)
        for token in tokens {
            let text = String(
                decoding: bytes[..<token.range.start] + bytes[token.range.end...], as: UTF8.self)
            do {
                _ = try SyntaxParser.expression(text)
            } catch {
                #expect(error.range.end <= text.utf8.count, "\(text)")
            }
        }
    }

    @Test(
        "nesting is limited wherever the grammar nests",
        arguments: [
            ("(", "a", ")"), ("f(", "a", ")"), ("NOT ", "a", ""), ("- ", "a", ""), ("CASE WHEN ", "a", " THEN 1 END"),
            ("CAST(", "a", " AS INT)"), ("a[", "1", "]"), ("-1[", "1", "]"), ("a IN (", "1", ")"), ("a + (", "a", ")"),
            ("a BETWEEN (", "1", ") AND 2"), ("trim(", "a", ")"), ("f(x) FILTER (WHERE ", "a", ")"),
        ])
    func nesting(open: String, middle: String, close: String) throws {
        func text(_ levels: Int) -> String {
            String(repeating: open, count: levels) + middle + String(repeating: close, count: levels)
        }
        _ = try SyntaxParser.expression(text(80))
        for levels in [1_000, 20_000] {
            let found = #expect(throws: SQLDiagnostic.self) { try SyntaxParser.expression(text(levels)) }
            #expect(found?.code == "NESTING_TOO_DEEP")
        }
    }

    @Test func typesNestToALimit() {
        let text = String(repeating: "ARRAY<", count: 5_000) + "INT" + String(repeating: ">", count: 5_000)
        #expect(throws: SQLDiagnostic.self) { try SyntaxParser.type(text) }
    }

    @Test("chains of operators make high trees, so they are limited, too", arguments: [" + ", " AND ", " || ", " = "])
    func chains(operation: String) throws {
        func text(_ count: Int) -> String { Array(repeating: "a", count: count).joined(separator: operation) }
        _ = try SyntaxParser.expression(text(500))
        let found = #expect(throws: SQLDiagnostic.self) { try SyntaxParser.expression(text(100_000)) }
        #expect(found?.code == "NESTING_TOO_DEEP")
        #expect(throws: SQLDiagnostic.self) {
            try SyntaxParser.expression("a" + String(repeating: "::INT", count: 10_000))
        }
    }

    @Test func textsHaveALimit() {
        let found = #expect(throws: SQLDiagnostic.self) {
            try SyntaxParser.expression(String(repeating: " ", count: 1 << 20) + "a")
        }
        #expect(found?.code == "TEXT_TOO_LONG")
    }
}
