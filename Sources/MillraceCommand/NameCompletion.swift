// Names that begin with what somebody has typed.

/// Completes words.
enum NameCompletion {
    /// The word at the end of a text: letters, digits and what names have besides, and the backslash of a word for the
    /// shell itself.
    static func word(atEndOf text: String) -> String {
        let name = text.reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }.reversed()
        let before = text.dropLast(name.count)
        return before.allSatisfy { $0.isWhitespace || $0 == "\\" } && before.last == "\\"
            ? "\\" + String(name) : String(name)
    }

    /// The names that begin with a word, whatever its case; sorted.
    static func names(from word: String, among names: [String]) -> [String] {
        let folded = word.lowercased()
        return Set(names.filter { $0.lowercased().hasPrefix(folded) }).sorted()
    }

    /// What all names have in common behind the word, and a blank where there is one name.
    static func addition(to word: String, _ names: [String]) -> String {
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
