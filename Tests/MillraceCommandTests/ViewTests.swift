// What the demo and the progress look like.

import Millrace
import Testing

@testable import MillraceCommand

@Suite("Table of counts")
struct CountsTableTests {
    private static let counts: [String: Int64] = ["water": 12, "mill": 3, "the": 12, "a": 1]

    @Test("The most frequent first, in the words' order where they are equal")
    func order() {
        let lines = CountsTable.lines(Self.counts, width: 80, height: 24, usesColor: false)
        #expect(
            lines == [
                "+------------+-------+", "| word       | count |", "+------------+-------+", "| the        |    12 |",
                "| water      |    12 |", "| mill       |     3 |", "| a          |     1 |", "+------------+-------+",
                "4 of 4 words",
            ])
    }

    @Test("No more than fifteen rows, and none that would leave the window", arguments: 1...30)
    func height(height: Int) {
        let counts = Dictionary(uniqueKeysWithValues: (1...40).map { ("w\($0)", Int64($0)) })
        let lines = CountsTable.lines(counts, width: 80, height: height, usesColor: height.isMultiple(of: 2))
        #expect(lines.count <= max(1, height - 1))
        #expect(lines.contains { $0.contains("w40") })
        let rows = lines.filter { $0.hasPrefix("| w") && !$0.contains("word") }.count
        #expect(rows == (height > 6 ? min(15, height - 6) : max(1, height - 2)))
        #expect(height == 1 || height == 2 || lines.last == "\(rows) of 40 words")
    }

    @Test("No line is wider than the terminal, whatever the words are", arguments: [1, 5, 12, 20, 40, 200])
    func width(width: Int) {
        let long = String(repeating: "Mühle", count: 20)
        let lines = CountsTable.lines(
            [long: 1, "b": .max, "": 3], width: width, height: 24, usesColor: false)
        for line in lines { #expect(line.count <= width, "\(line)") }
        #expect(Set(lines.dropLast().map(\.count)).count == 1)
    }

    @Test("Wide characters take two cells")
    func wide() {
        let lines = CountsTable.lines(["水車小屋": 1, "ab": 2], width: 80, height: 24, usesColor: false)
        #expect(lines[3] == "| ab         |     2 |")
        #expect(lines[4] == "| 水車小屋   |     1 |")
        // Five cells for words: two wide characters and a blank.
        let narrow = CountsTable.lines(["水車小屋": 1], width: 17, height: 24, usesColor: false)
        #expect(narrow[3] == "| 水車  |     1 |")
    }

    @Test("Words can't move the cursor or change colours")
    func control() {
        let lines = CountsTable.lines(["\u{1B}[2J\r\n\u{202E}x": 1], width: 80, height: 24, usesColor: false)
        #expect(lines[3] == "| ?[2J???x   |     1 |")
    }

    @Test("The banner fits 80 columns, and says how to end it", arguments: [1, 10_000])
    func banner(rate: Int) {
        let lines = DemoCommand.banner("127.0.0.1:65535", rate: rate)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.contains { $0.contains("Ctrl-C ends it") })
    }

    @Test("A picture is drawn over the former one, line by line, and what that had more is erased")
    func redrawn() {
        #expect(CountsTable.redrawn(["a", "b"], over: 0) == "\ra\u{1B}[K\nb\u{1B}[K\n\u{1B}[K")
        #expect(
            CountsTable.redrawn(["a"], over: 3)
                == "\u{1B}[3A\ra\u{1B}[K\n\u{1B}[K\n\u{1B}[K\n\u{1B}[K\u{1B}[2A")
        // Nothing erases more than a line.
        #expect(!CountsTable.redrawn(["a"], over: 3).contains("\u{1B}[J"))
    }

    @Test("Colours only where they are wanted")
    func color() {
        #expect(!CountsTable.lines(Self.counts, width: 80, height: 24, usesColor: false).joined().contains("\u{1B}"))
        let lines = CountsTable.lines(Self.counts, width: 80, height: 24, usesColor: true)
        #expect(lines[1] == "\u{1B}[1m| word       | count |\u{1B}[0m")
    }
}

@Suite("Sentences")
struct SentenceGeneratorTests {
    private static func sentences(_ seed: UInt64) -> [String] {
        var generator = SentenceGenerator(seed: seed)
        return (0..<200).map { _ in generator.next() }
    }

    @Test("The same seed gives the same sentences, another one gives others", arguments: [0, 1, UInt64.max])
    func seeds(seed: UInt64) {
        #expect(Self.sentences(seed) == Self.sentences(seed))
        #expect(Self.sentences(seed) != Self.sentences(seed &+ 1))
    }

    @Test("Four to nine words, some of them far more frequent")
    func shape() {
        var counts: [Substring: Int] = [:]
        for sentence in Self.sentences(1) {
            let words = sentence.split(separator: " ")
            #expect((4...9).contains(words.count))
            for word in words { counts[word, default: 0] += 1 }
        }
        #expect((counts.values.max() ?? 0) > 5 * (counts.values.min() ?? 0))
    }
}
