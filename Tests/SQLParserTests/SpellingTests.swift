// Which names count as slips of which.

import SourceText
import Testing

@Suite("Names that are nearly right")
struct SpellingTests {
    @Test(
        "the nearest name within a few edits, whatever its case",
        arguments: [
            ("wordcont", "wordcount"), ("demoo", "demo"), ("dmeo", "demo"), ("CHECKPOINT", "checkpoint"),
            ("checkpont", "checkpoint"), ("x", nil), ("", nil), ("watermark", nil),
            (String(repeating: "a", count: 5_000), nil),
        ] as [(String, String?)])
    func nearest(name: String, expected: String?) {
        #expect(Spelling.nearest(to: name, among: ["demo", "wordcount", "checkpoint"]) == expected)
    }

    @Test("several names: nearest first, then those with the same first letter, then in their order")
    func several() {
        let names = ["wards", "words", "sword", "ward", "unrelated"]
        #expect(Spelling.nearest(to: "wrods", among: names, limit: 3) == ["words", "wards"])
        #expect(Spelling.nearest(to: "wor", among: ["for", "war", "or"], limit: 2) == ["war", "for"])
    }

    @Test("one letter is near another, and two letters that share none are not")
    func short() {
        #expect(Spelling.nearest(to: "z", among: ["x"]) == "x")
        #expect(Spelling.nearest(to: "ab", among: ["cd"]) == nil)
    }
}
