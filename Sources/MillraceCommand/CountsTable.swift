// The most frequent words as a table that fits the terminal: text alone, so that tests can look at it.

/// Draws counts.
enum CountsTable {
    private static let mostRows = 15
    /// Two rules, the head, the rule below it, and the line below that.
    private static let otherLines = 5

    /// The table's lines, none of them wider than `width`, and fewer than `height`: the cursor stands below them.
    static func lines(_ counts: [String: Int64], width: Int, height: Int, usesColor: Bool) -> [String] {
        let room = max(1, height - 1)
        // A window that is too low for rules and a head shows rows alone.
        let isBare = room <= otherLines
        let most = isBare ? max(1, room - 1) : min(mostRows, room - otherLines)
        let rows = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(most)
            .map { (word: printable($0.key), count: String($0.value)) }
        var lines = table(rows, width: width, isBare: isBare)
        if room > 1 { lines.append("\(rows.count) of \(counts.count) \(counts.count == 1 ? "word" : "words")") }
        // A terminal that is narrower than the count's column gets what fits: a wrapped line would shift the table.
        lines = lines.map { String($0.prefix(max(1, width))) }
        if usesColor, !isBare { lines[1] = "\u{1B}[1m\(lines[1])\u{1B}[0m" }
        return lines
    }

    /// What draws the lines over the `drawn` ones above the cursor, and leaves the cursor below them.
    ///
    /// Line by line: many terminals copy a window into the scrollback where all of it is erased at once.
    static func redrawn(_ lines: [String], over drawn: Int) -> String {
        let rest = max(0, drawn - lines.count)
        return (drawn > 0 ? "\u{1B}[\(drawn)A" : "") + "\r" + lines.map { "\($0)\u{1B}[K\n" }.joined()
            + String(repeating: "\u{1B}[K\n", count: rest) + "\u{1B}[K" + (rest > 0 ? "\u{1B}[\(rest)A" : "")
    }

    private static func table(_ rows: [(word: String, count: String)], width: Int, isBare: Bool) -> [String] {
        let countWidth = max(5, rows.map(\.count.count).max() ?? 0)
        // `| word | count |`: seven characters besides the two.
        let room = max(1, width - countWidth - 7)
        let wordWidth = min(room, max(10, rows.map { cells($0.word) }.max() ?? 0))
        let rule =
            "+-" + String(repeating: "-", count: wordWidth) + "-+-" + String(repeating: "-", count: countWidth) + "-+"
        func line(_ word: String, _ count: String) -> String {
            let (word, blanks) = fitted(word, wordWidth)
            return "| \(word)\(String(repeating: " ", count: blanks)) | "
                + String(repeating: " ", count: countWidth - count.count) + "\(count) |"
        }
        let body = rows.map { line($0.word, $0.count) }
        return isBare ? body : [rule, line("word", "count"), rule] + body + [rule]
    }

    /// A word without what would move the cursor or change colours: it may come from anybody.
    static func printable(_ word: String) -> String {
        String(
            String.UnicodeScalarView(
                word.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: "?"
                    default: scalar
                    }
                }))
    }

    /// As much of a word as fits, and how many blanks are left.
    private static func fitted(_ word: String, _ width: Int) -> (word: String, blanks: Int) {
        var (text, used) = ("", 0)
        for character in word {
            let cells = cells(String(character))
            guard used + cells <= width else { break }
            text.append(character)
            used += cells
        }
        return (text, width - used)
    }

    /// How many cells of a terminal a text takes: East Asian characters and pictures take two.
    private static func cells(_ text: String) -> Int {
        text.reduce(0) { sum, character in
            guard let first = character.unicodeScalars.first else { return sum }
            switch first.value {
            case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
                0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
                return sum + 2
            default: return sum + 1
            }
        }
    }
}
