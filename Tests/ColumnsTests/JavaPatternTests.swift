// Patterns of java.util.regex, with what java.util.regex 17 finds by them.

import Columns
import TestSupport
import Testing

@Suite struct JavaPatternTests {
    private func found(_ pattern: String, _ text: String) throws -> String {
        let expression = try RegularExpression(pattern: pattern)
        guard case .array(let found)? = try expression.extractAll(strings([text]), group: 0).checked().first else {
            return "NULL"
        }
        let texts = found.map { value in
            if case .string(let text) = value { text } else { "NULL" }
        }
        return texts.isEmpty ? "none" : texts.joined(separator: "|")
    }

    /// All matches in a text; nothing where Java takes no such pattern.
    @Test(
        arguments: [
            // Line ends.
            ("a$", "a\u{85}", "a"), ("a$", "a\r\n", "a"), ("a$", "a\n\n", "none"), ("a\\Z", "a\u{2028}", "a"),
            ("a\\z", "a\n", "none"), ("a.b", "a\u{2028}b", "none"), (".", "a\u{85}b", "a|b"),
            ("(?s).", "a\r\n", "a|\r|\n"), ("(?d).", "\r\u{85}\n", "\r|\u{85}"), ("(?m)^", "a\r\nb\u{85}c\n", "||"),
            ("(?m)^.", "a\r\nb\u{85}c\n", "a|b|c"), ("(?m).$", "a\r\nb\u{2029}c", "a|b|c"),
            ("(?md).$", "a\r\nb\n", "\r|b"), ("(?d)a$", "a\r\n", "none"), ("[^a]b", "\r\nb", "\nb"),
            ("\\R{2}", "\r\nx\n\n", "\n\n"), (".*b", "aab\nab", "aab|ab"), (".*?b", "aab\rcab", "aab|cab"),
            ("(?s).*b", "aab\nab", "aab\nab"),
            // Characters by their numbers.
            ("\\0101", "A1", "A"), ("\\0123", "S", "S"), ("\\0377", "ÿ", "ÿ"), ("\\0400", " 0", " 0"),
            ("[\\0141]", "ab", "a"), ("\\08", "8", nil), ("[\\8]", "8", nil), ("[\\1]", "1", nil), ("\\ca", "!", "!"),
            ("\\cA", "\u{1}", "\u{1}"), ("\\x{1F600}", "😀", "😀"), ("\\u00e9", "é", "é"), ("\\x4", "4", nil),
            // Letters in both cases.
            ("(?i)é", "éÉ", "é"), ("(?i)k+", "kK\u{212A}", "kK"), ("(?iu)k", "kK\u{212A}", "k|K|\u{212A}"),
            ("(?iu)i", "iIıİ", "i|I|ı|İ"), ("(?iu)[ß]", "ßẞ", "ß"), ("(?iu)[à-ä]+", "ÀÄå", "ÀÄ"),
            ("(?i)(é)\\1", "éÉéé", "éé"), ("(?i)(a)\\1", "aAaa", "aA|aa"),
            ("(?i)(\\w+) \\1", "Kk kK k \u{212A}", "Kk kK"), ("(?i)(.)\\1", "aAéÉéé", "aA|éé"),
            ("(?i)\\p{Lu}", "aA1", "a|A"), ("(?i)\\p{IsUppercase}", "aǅ1", "a|ǅ"),
            ("(?i)\\p{javaUpperCase}", "aAª", "a|A|ª"), ("(?i)\\p{Upper}", "aAé", "a|A"), ("(?i)[^x-z]", "xXaA", "a|A"),
            ("(?i:a)A", "aAAA", "aA|AA"), ("a(?i)b|c", "ABaBC", "aB|C"), ("(?i)a(?-i)b", "AbAB", "Ab"),
            // Comments.
            ("(?x) a b # c\n c", "abc", "abc"), ("(?x)[a b]", "a b", "a|b"), ("(?x)[a#b\n c]", "a#bc", "a|c"),
            ("(?x)a[ ]b", "a b", nil), ("(?x)[#]", "#", nil), ("(?x)a\\ b", "a b", "a b"),
            ("(?x)\\Q# a\\E", "# a", "# a"), ("(?x:a b)c d", "abc d", "abc d"),
            // Classes.
            ("[[:alpha:]]", "a:lb", "a|:|l"), ("[[:a:]]+", ":a", ":a"), ("[a&&]", "ab", "a"), ("[&&a]", "ab", "a"),
            ("[\\sb&&a]", "a b", "none"), ("[a-z&&[^b-y]]", "abyz", "a|z"), ("[\\p{L}&&[^\\p{Lu}a]]", "aAbé", "b|é"),
            ("[^\\p{L}&&[a-z]]", "aé1", "é|1"), ("[a&&b]", "ab", "none"), ("[^\\W_]", "a_é1", "a|1"),
            ("[a-\\x64]+", "abcde", "abcd"), ("[a-]", "a-b", "a|-"), ("[]a]", "]a", "]|a"), ("[^]a]", "]ab", "b"),
            ("[\\b]", "b", nil), ("[b-a]", "a", nil), ("[a", "a", nil), ("[\\v-a]", "\u{B}", "\u{B}"),
            // Properties.
            ("\\p{L1}+", "aéα", "aé"), ("\\p{script=Latin}", "aα", "a"), ("\\p{sc=Grek}", "aα", "α"),
            ("\\p{IsGreek}", "aα", "α"), ("\\p{gc=Lu}", "aA", "A"), ("\\p{general_category=Ll}", "aA", "a"),
            ("\\p{blk=Latin-1 Supplement}", "aé", "é"), ("\\p{block=BasicLatin}", "aé", "a"),
            ("\\p{InGreek}", "aα", "α"),
            ("\\p{InThai}", "ก", "ก"), ("[\\P{javaLowerCase}]", "aA", "A"), ("\\p{all}", "a\n", "a|\n"),
            ("\\pLa", "éa", "éa"), ("(?U)\\w+", "é_1", "é_1"), ("(?U)\\bé", "aé é", "é"), ("(?U)\\p{Alpha}", "é1", "é"),
            ("(?-U)a", "a", "a"), ("\\p{^L}", "a", nil), ("\\p{L&}", "a", nil), ("\\p{Any}", "a", nil),
            ("\\p{L_}", "a", nil), ("\\p{Xan}", "a", nil), ("\\p{Xwd}", "a", nil), ("\\p{Latin}", "a", nil),
            ("\\p{Greek}", "α", nil), ("\\p{alpha}", "a", nil), ("\\p{ L }", "a", nil), ("\\p{InLatin}", "a", nil),
            ("\\p{IsOldItalic}", "a", nil),
            // Groups and references.
            ("(?<n>a)\\k<n>", "aab", "aa"), ("(?<n>a)(?<n>b)", "ab", nil), ("(?'n'a)", "a", nil),
            ("(?<n>a)\\k'n'", "aa", nil), ("(a)(?(1)b)", "ab", nil), ("(?^)a", "a", nil), ("(?n)a", "a", nil),
            ("(?#x)a", "a", nil), ("(?|a)", "a", nil), ("(?R)", "a", nil),
            ("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)\\11", "abcdefghijkk", "abcdefghijkk"), ("(a)\\11", "aa1", "aa1"),
            ("\\1(a)", "aa", "none"), ("a|\\2b", "a", "a"), (")", "a", nil), ("(", "a", nil), ("(?i", "a", nil),
            // Looking behind.
            ("(?<=a{1,3})b", "aabcb", "b"), ("(?<=a+)b", "aabcb", "b"), ("(?<=a*)b", "b", "b"),
            ("(?<!a|bc)d", "adbcdcd", "d"), ("(?<=\\r?\\n)b", "\nbb", "b"), ("(?<=(?:a|bc){1,2}x)y", "axybcxyxy", nil),
            ("(?<=\\R)b", "\r\nb", "b"), ("(?<=(a)\\1)b", "aab", nil),
            // Repetitions.
            ("x{,3}", "x", nil), ("a{", "a{", nil), ("{", "{", nil), ("{2}", "ab", "||"), ("a**", "a", nil),
            ("a{2}{3}", "aaaa", "aa|aa"), ("a{2,1}", "a", nil), ("(?:a+b?){2}+b", "aabb", "none"),
            ("a++a", "aa", "none"),
            ("(?:^)*a", "aa", "a|a"), ("a{1 }", "a", nil), ("a{99999999999}", "a", nil),
            // Quotations.
            ("\\Qa.b\\E.", "a.bcaxb", "a.bc"), ("\\Qa\\E\\Qb", "ab", "ab"), ("[\\Q^]\\E]+", "^]", "^]"),
            ("\\Q\\\\E", "\\", "\\"), ("\\E", "E", nil), ("(a)\\1\\Q1\\E", "aa1", "aa1"), ("a\\", "a", nil),
            ("\\K", "K", nil), ("\\i", "i", nil),
        ] as [(String, String, String?)])
    func `patterns find what they find in Java`(_ pattern: String, _ text: String, _ expected: String?) throws {
        if let expected {
            #expect(try found(pattern, text) == expected)
        } else {
            #expect(failure { _ = try RegularExpression(pattern: pattern) } == "INVALID_PARAMETER_VALUE.PATTERN")
        }
    }

    @Test(arguments: [
        ("a{70000}", "repetitions of more than 65535 times"), ("\\N{LATIN SMALL LETTER A}", "\\N is not supported"),
        ("(?c)a", "the flag c is not supported"), ("\\b{g}", "\\b{g} is not supported"),
        ("\\G", "\\G is not supported"),
        ("(?i)(.+)\\1", "a reference with (?i)"), ("(?<=xa*)b", "a lookbehind is not supported"),
        ("(?<=(a)b?)c", "a lookbehind of several lengths is not supported where it has groups"),
        ("(?<=a{1,300})b", "a lookbehind is not supported"), ("(?<=(?:a{1,100}b{1,100}){1,2}c?)d", "a lookbehind"),
        ("\\uD83D", "it has one half of a character"), ("[\\uD83D]", "it holds one half of a character"),
        ("\\p{javaUnicodeIdentifierStart}", "or it is not supported"),
        (String(repeating: "(", count: 300) + String(repeating: ")", count: 300), "nested more than 200 deep"),
        (String(repeating: "[", count: 300) + "a" + String(repeating: "]", count: 300), "nested more than 200 deep"),
    ])
    func `what PCRE2 can't be told is refused with the reason`(_ pattern: String, _ reason: String) {
        do throws(KernelError) {
            _ = try RegularExpression(pattern: pattern)
            Issue.record("it was taken")
        } catch {
            #expect(error.code == "INVALID_PARAMETER_VALUE.PATTERN")
            #expect(error.message.contains(reason), "\(error.message)")
        }
    }

    @Test func `groups are those of the pattern alone, with names of any length`() throws {
        let name = String(repeating: "n", count: 40)
        let expression = try RegularExpression(pattern: "(?i)(?<\(name)>a)\\1(b)?")
        #expect(expression.groupCount == 2)
        let texts = strings(["aAb"])
        let replacement = try RegularExpressionReplacement("<${\(name)}>$2", of: expression)
        #expect(try expression.replace(texts, with: replacement, from: 1).checked() == [.string("<a>b")])
        #expect(
            failure { _ = try RegularExpressionReplacement("${b}", of: expression) } == "INVALID_REGEXP_REPLACE")
    }

    @Test func `a long line without what is behind a dot takes no square of its length`() throws {
        let line = String(repeating: "a", count: 200_000)
        #expect(try found(".*b", line) == "none")
    }
}
