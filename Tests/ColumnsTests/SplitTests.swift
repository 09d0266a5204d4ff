// `split` and `explode`. Expected pieces are what Java 17's String.split gives.

import Columns
import TestSupport
import Testing

@Suite struct SplitTests {
    /// Splits texts and joins each row's pieces with `|`.
    private func split(
        _ texts: [String?], _ pattern: String, _ limit: Int = -1, _ layout: Layout = .plain
    ) throws
        -> [String?]
    {
        let pieces = try SplitKernel(pattern: pattern, limit: limit).split(strings(texts, layout))
        return pieces.checked().map { row in
            guard case .array(let items) = row else { return nil }
            return items.map { if case .string(let text) = $0 { text } else { "?" } }.joined(separator: "|")
        }
    }

    @Test(arguments: [
        ("\\s+", "", ""), ("\\s+", " ", "|"), ("\\s+", " a  b ", "|a|b|"), ("\\s+", "\t\u{B}\u{C}\r\nx", "|x"),
        ("\\s", "a  b", "a||b"), (",", "a,b,,c,,", "a|b||c||"), (",", ",", "|"), ("\\.", "a.b.c", "a|b|c"),
        ("\\t", "a\tb", "a|b"), ("a+", "baab", "b|b"), ("x*", "xaxxbx", "||a||b||"), ("x*", "ab", "a|b|"),
        ("", "abc", "a|b|c"), ("", "é漢🙂", "é|漢|🙂"), ("", "", ""), ("(?=b)", "abab", "a|ba|b"),
        ("(?<=b)", "abab", "ab|ab|"), ("ab|a", "aab", "||"), ("^", "aab", "aab"), ("$", "aab", "aab|"),
        ("\\W+", "éaé,漢x", "|a|x"), ("\\p{Punct}", "A1_b2;c3", "A1|b2|c3"), ("\\P{Alpha}+", "A1_b2;c3", "A|b|c|"),
        ("[\\p{Digit}_]", "A1_b", "A||b"), ("\\u00e9", "éaé", "|a|"), ("漢", "漢🙂b🙂", "|🙂b🙂"),
        ("(a)(b)?", "aab", "||"), ("\\Q.\\E", "a.b", "a|b"), ("(?i)A", "xaxA", "x|x|"), (".", "a\n", "|\n"),
        ("\\R", "a\r\nb\nc", "a|b|c"), ("\\s*,\\s*", "a , b,c", "a|b|c"), ("\\uD83D\\uDE42", "a🙂b", "a|b"),
        ("[,;]", "a,b;c", "a|b|c"), ("a{2}", "baab", "b|b"), ("\\\\", "a\\b", "a|b"), ("]", "a]b", "a|b"),
    ])
    func `pieces are Java's`(_ pattern: String, _ text: String, _ expected: String) throws {
        for layout in Layout.allCases {
            #expect(try split([text, nil, text], pattern, -1, layout) == [expected, nil, expected])
        }
    }

    @Test(arguments: [
        (",", 0, "a|b||c||"), (",", 1, "a,b,,c,,"), (",", 2, "a|b,,c,,"), (",", 3, "a|b|,c,,"), (",", 9, "a|b||c||"),
        ("[,]+", 2, "a|b,,c,,"), ("[,]+", 3, "a|b|c,,"), (",+", 3, "a|b|c,,"), ("", 3, "a|,|b,,c,,"),
        ("(?=c)", 2, "a,b,,|c,,"),
    ])
    func `a limit bounds the pieces, and the last has the rest`(
        _ pattern: String, _ limit: Int, _ expected: String
    ) throws {
        #expect(try split(["a,b,,c,,"], pattern, limit) == [expected])
    }

    @Test(arguments: [("\\s+", "(?:\\s)+"), ("\\s", "[\\s]"), (" ", "[ ]"), ("b+", "(b)+"), ("\\.", "[.]")])
    func `fast patterns agree with PCRE2`(_ fast: String, _ general: String) throws {
        var random = SeededRandom(21)
        let letters = Array("a  b.\t\n\u{B}é漢x")
        for size in sizes {
            let texts: [String?] = (0..<size).map { row in
                if row % 11 == 3 { return nil }
                let length = [0, 1, 5, 63, 64, 65, 127, 128, 129, 300].randomElement(using: &random) ?? 0
                let dense = Bool.random(using: &random)
                return String((0..<length).map { _ in dense ? letters.randomElement(using: &random) ?? " " : "w" })
                    + (Bool.random(using: &random) ? " " : "")
            }
            for layout in Layout.allCases {
                for limit in [-1, 3] {
                    let expected = try split(texts, general, limit, layout)
                    #expect(try split(texts, fast, limit, layout) == expected)
                }
            }
        }
    }

    @Test(arguments: [
        "(", "[a", "*", "a\\", "[a&&[^b]", "[&&]", "\\K", "(?c)a", "\\u12", "(*UTF8)a", "\\p{Nonsense}", "(?R)",
    ])
    func `a pattern that is invalid or read differently is refused`(_ pattern: String) {
        #expect(failure { _ = try SplitKernel(pattern: pattern) } == "INVALID_PARAMETER_VALUE.PATTERN")
    }

    @Test func `a search that takes exponential time is given up`() throws {
        let kernel = try SplitKernel(pattern: "(a+)+\\d")
        let text = String(repeating: "a", count: 60)
        #expect(failure { _ = try kernel.split(strings(["ab", text])) } == "PATTERN_LIMIT_EXCEEDED@1")
    }

    @Test func `pieces share the bytes of the text`() throws {
        let column = strings(["a b", "c"])
        let pieces = try SplitKernel(pattern: "\\s+").split(column)
        #expect(pieces.children[0].bytes === column.bytes)
        #expect(try SplitKernel(pattern: "[ ]").split(column).children[0].bytes === column.bytes)
    }

    @Test func `bytes that are not UTF-8 are safe`() throws {
        let broken = column([.binary([0x61, 0xFF, 0x2C, 0xE6]), .binary([0xC3])], .binary).reinterpreted(as: .string)
        let pieces = try SplitKernel(pattern: "[,]").split(broken)
        #expect(
            pieces.checked() == [.array([.string("a\u{FFFD}"), .string("\u{FFFD}")]), .array([.string("\u{FFFD}")])])
    }

    @Test func `RLIKE finds the pattern anywhere`() throws {
        let expression = try RegularExpression(pattern: "\\d{2}")
        let found = try expression.matches(strings(["a12b", "1 2", nil, ""]))
        #expect(found.checked() == [.boolean(true), .boolean(false), .null, .boolean(false)])
    }

    @Test(arguments: Layout.allCases)
    func `explode gives the elements and their rows`(_ layout: Layout) {
        var random = SeededRandom(22)
        for type in [DataType.string, .long, .array(.integer, containsNull: true)] {
            let arrayType = DataType.array(type, containsNull: true)
            for size in sizes {
                for nulls in [0, 0.4] {
                    let values = randomValues(arrayType, size, nulls: nulls, &random)
                    var elements: [Value] = []
                    var parents: [Int32] = []
                    for (row, value) in values.enumerated() {
                        guard case .array(let items) = value else { continue }
                        elements += items
                        parents += items.map { _ in Int32(row) }
                    }
                    let exploded = ExplodeKernel.explode(column(values, arrayType, layout), needsParents: true)
                    #expect(exploded.elements.checked() == elements)
                    #expect(exploded.parents.map { s in (0..<s.count).map { s.pointer[$0] } } == parents)
                    #expect(
                        ExplodeKernel.explode(column(values, arrayType, layout), needsParents: false).parents == nil)
                }
            }
        }
    }

    @Test func `explode of a split copies nothing`() throws {
        let pieces = try SplitKernel(pattern: "\\s+").split(strings(["a b", nil, "", "c"]))
        let exploded = ExplodeKernel.explode(pieces, needsParents: false)
        #expect(exploded.elements === pieces.children[0])
        #expect(exploded.elements.checked() == [.string("a"), .string("b"), .string(""), .string("c")])
    }
}
