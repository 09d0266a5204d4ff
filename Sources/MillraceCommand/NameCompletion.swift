// Names that begin with what somebody has typed.

/// Completes words.
enum NameCompletion {
    /// The word at the end of a text: letters, digits and what names have besides, all between back-ticks, and the
    /// backslash of a word for the shell itself.
    static func word(atEndOf text: String) -> String {
        var name = ""
        var isQuoted = false
        for character in text {
            if character == "`" {
                if !isQuoted, !name.isEmpty, name.last != "." { name = "" }
                isQuoted.toggle()
            } else if !isQuoted, !isOfName(character) {
                name = ""
                continue
            }
            name.append(character)
        }
        let before = text.dropLast(name.count)
        return before.allSatisfy { $0.isWhitespace || $0 == "\\" } && before.last == "\\"
            ? "\\" + String(name) : String(name)
    }

    private static func isOfName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "."
    }

    /// A name as it can be written: in back-ticks where it has more than letters, digits and `_`.
    static func written(_ name: String) -> String {
        let isPlain =
            name.unicodeScalars.allSatisfy { $0.isASCII && (isOfName(Character($0)) && $0 != ".") }
            && name.contains { !$0.isNumber }
        let doubled = name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``")
        return isPlain ? name : "`\(doubled)`"
    }

    /// The names, as they are written, that begin with a word, whatever its case and whether it has the back-tick yet;
    /// sorted.
    static func names(from word: String, among names: [String]) -> [String] {
        let folded = word.lowercased()
        return Set(
            names.filter { name in
                let name = name.lowercased()
                return name.hasPrefix(folded) || name.hasPrefix("`") && name.dropFirst().hasPrefix(folded)
            }
        ).sorted()
    }

    /// The word that comes in the place of one that has no back-tick yet, where all names begin with one.
    static func begun(_ word: String, _ names: [String]) -> String {
        !word.isEmpty && !word.hasPrefix("`") && names.allSatisfy { $0.hasPrefix("`") } ? "`" + word : word
    }

    /// What all names have in common behind the word, and a blank where there is one name.
    static func addition(to word: String, _ names: [String]) -> String {
        // Beside plain names those in back-ticks are compared by what is between them.
        let names = names.map { $0.hasPrefix("`") && !word.hasPrefix("`") ? String($0.dropFirst()) : $0 }
        guard let first = names.first else { return "" }
        var common = Array(first)
        for name in names.dropFirst() {
            let same = zip(common, name).prefix { $0.lowercased() == $1.lowercased() }.count
            common = Array(common.prefix(same))
        }
        var rest = String(common.dropFirst(word.count))
        // A keyword goes on in the case in which it was begun.
        if word == word.lowercased(), first == first.uppercased() { rest = rest.lowercased() }
        return rest + (names.count == 1 ? " " : "")
    }

    /// What the names of columns complete: each for itself, or behind its table's name and a point.
    static func columns(_ names: [String], of table: String, for word: String) -> [String] {
        word.contains(".") ? names.map { "\(table).\($0)" } : names
    }

    /// The words that are for the shell itself.
    static let shellWords = ["\\d", "\\df", "\\q", "\\?"]

    /// The words with which clauses and statements begin.
    static let keywords = [
        "SELECT", "FROM", "STREAM", "WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "OFFSET", "DISTINCT", "JOIN",
        "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "SEMI", "ANTI", "NATURAL", "USING", "UNION", "INTERSECT", "EXCEPT",
        "LATERAL VIEW", "VALUES", "WITH", "WINDOW", "OVER", "PARTITION BY", "CASE", "WHEN", "THEN", "ELSE", "CAST",
        "INTERVAL", "BETWEEN", "EXISTS", "CREATE", "REPLACE", "TEMPORARY", "VIEW", "TABLE", "OPTIONS", "LOCATION",
        "INSERT INTO", "DROP", "SHOW TABLES", "SHOW FUNCTIONS", "DESCRIBE", "EXPLAIN", "EXTENDED", "RESET",
    ]
}
