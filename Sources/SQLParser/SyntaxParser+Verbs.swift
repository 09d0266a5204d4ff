// How the grammar moves through the tokens.

import SourceText

/// Four verbs, defined once: `at` looks, `eat` takes what was looked at, `take` does both, `expect` does both or
/// throws.
extension SyntaxParser {
    var current: Token { tokens[min(position, tokens.count - 1)] }

    /// The token before the current one; the first token where there is none.
    var previous: Token { tokens[max(0, min(position, tokens.count) - 1)] }

    func peek(_ ahead: Int = 1) -> Token { tokens[min(position + ahead, tokens.count - 1)] }

    var atEnd: Bool { current.kind == .end }

    func at(symbol: Symbol) -> Bool { current.kind == .symbol(symbol) }

    /// Whether the current token is this keyword. Quoted names are never keywords.
    func at(keyword: Keyword) -> Bool { current.keyword == keyword }

    /// Whether these keywords stand here, one behind the other.
    func at(keywords: Keyword...) -> Bool {
        keywords.indices.allSatisfy { peek($0).keyword == keywords[$0] }
    }

    mutating func eat() {
        if position < tokens.count - 1 { position += 1 }
    }

    mutating func take(symbol: Symbol) -> Bool {
        guard at(symbol: symbol) else { return false }
        eat()
        return true
    }

    mutating func take(keyword: Keyword) -> Bool {
        guard at(keyword: keyword) else { return false }
        eat()
        return true
    }

    /// The keyword that stands here, if it is one of these.
    mutating func take(oneOf keywords: Keyword...) -> Keyword? {
        guard let keyword = current.keyword, keywords.contains(keyword) else { return nil }
        eat()
        return keyword
    }

    /// Takes these words, which are no keywords, one behind the other.
    mutating func take(words: String...) -> Bool {
        let stand = words.indices.allSatisfy { place in
            if case .word(let text) = peek(place).kind { text.lowercased() == words[place] } else { false }
        }
        guard stand else { return false }
        for _ in words { eat() }
        return true
    }

    mutating func expect(symbol: Symbol, hint: String? = nil) throws(SQLDiagnostic) {
        guard take(symbol: symbol) else { throw unexpected("'\(symbol.rawValue)'", hint: hint) }
    }

    mutating func expect(keyword: Keyword, hint: String? = nil) throws(SQLDiagnostic) {
        guard take(keyword: keyword) else { throw unexpected(keyword.text, hint: hint) }
    }

    func expectEnd() throws(SQLDiagnostic) {
        guard atEnd else { throw unexpected("the end of the text") }
    }

    func unexpected(_ expected: String, hint: String? = nil) -> SQLDiagnostic {
        SQLDiagnostic("expected \(expected), found \(current.described)", at: current.range, hint: hint)
    }

    /// What Spark can do and this engine can't, at the current token.
    func unsupported(_ what: String, hint: String? = nil) -> SQLDiagnostic {
        SQLDiagnostic(code: "UNSUPPORTED_FEATURE", "\(what) not supported", at: current.range, hint: hint)
    }

    /// A list of at least one thing, separated by commas.
    mutating func list<Item>(
        of item: (inout SyntaxParser) throws(SQLDiagnostic) -> Item
    ) throws(SQLDiagnostic) -> [Item] {
        var items = [try item(&self)]
        while take(symbol: .comma) { items.append(try item(&self)) }
        return items
    }

    /// A name: a bare word or one in back-ticks.
    mutating func expectName(_ what: String) throws(SQLDiagnostic) -> String {
        switch current.kind {
        case .word(let text):
            eat()
            return text
        case .quotedName(let text):
            eat()
            return text
        default: throw unexpected(what)
        }
    }

    mutating func expectString(_ what: String) throws(SQLDiagnostic) -> String {
        guard case .string(let text) = current.kind else { throw unexpected(what) }
        eat()
        return text
    }

    /// An integer of few digits, such as a precision.
    mutating func expectCount(_ what: String) throws(SQLDiagnostic) -> Int {
        guard case .number(let number) = current.kind, number.form == .integer, let count = Int(number.digits) else {
            throw unexpected(what)
        }
        eat()
        return count
    }
}
