// Tokens to a syntax tree, by recursive descent; expressions by precedence climbing.

import SourceText

/// Reads Spark SQL. Every function that consumes tokens is `mutating`.
///
/// Four verbs, defined once: `at` looks, `eat` takes what was looked at, `take` does both, `expect` does both or
/// throws.
package struct SyntaxParser {
    /// How deep parentheses, function calls, types and the like may nest.
    package static let maximumNesting = 256
    /// How many levels a tree may have: also a chain such as `a + b + c` makes one level an operator.
    package static let maximumHeight = 512

    private let tokens: [Token]
    private var position = 0
    private var nesting = 0

    private init(_ text: String) throws(SQLDiagnostic) {
        tokens = try Lexer.tokens(of: text)
    }

    // MARK: Entry points

    /// One expression, with an optional alias: the text of `expr("...")` and of one `selectExpr` argument.
    package static func expression(_ text: String) throws(SQLDiagnostic) -> SyntaxExpression {
        var parser = try SyntaxParser(text)
        if parser.atEnd { throw parser.emptyText("an expression") }
        let expression = try parser.parseNamedExpression()
        try parser.expectEnd()
        return expression
    }

    /// A list of expressions with optional aliases, separated by commas.
    package static func expressions(_ text: String) throws(SQLDiagnostic) -> [SyntaxExpression] {
        var parser = try SyntaxParser(text)
        if parser.atEnd { throw parser.emptyText("an expression") }
        let expressions = try parser.parseNamedExpressions()
        try parser.expectEnd()
        return expressions
    }

    /// A data type: `BIGINT`, `ARRAY<STRING>`.
    package static func type(_ text: String) throws(SQLDiagnostic) -> SyntaxType {
        var parser = try SyntaxParser(text)
        if parser.atEnd { throw parser.emptyText("a data type") }
        let type = try parser.parseType()
        try parser.expectEnd()
        return type
    }

    /// The columns of a table, as `CREATE TABLE` lists them: `a INT, b STRUCT<c: STRING> NOT NULL`.
    package static func schema(_ text: String) throws(SQLDiagnostic) -> [SyntaxField] {
        var parser = try SyntaxParser(text)
        if parser.atEnd { throw parser.emptyText("a column such as 'name STRING'") }
        let fields = try parser.parseSchema()
        try parser.expectEnd()
        return fields
    }

    private func emptyText(_ expected: String) -> SQLDiagnostic {
        SQLDiagnostic(code: "PARSE_EMPTY_STATEMENT", "the text is empty; expected \(expected)", at: current.range)
    }

    // MARK: The four verbs

    var current: Token { tokens[min(position, tokens.count - 1)] }

    /// The token before the current one; the first token where there is none.
    var previous: Token { tokens[max(0, min(position, tokens.count) - 1)] }

    func peek(_ ahead: Int = 1) -> Token { tokens[min(position + ahead, tokens.count - 1)] }

    var atEnd: Bool { current.kind == .end }

    func at(symbol: String) -> Bool { current.kind == .symbol(symbol) }

    /// Whether the current token is this keyword, in any case. Quoted names are never keywords.
    func at(keyword: String) -> Bool { SyntaxParser.is(current, keyword: keyword) }

    static func `is`(_ token: Token, keyword: String) -> Bool {
        if case .word(let text) = token.kind { return text.uppercased() == keyword }
        return false
    }

    mutating func eat() {
        if position < tokens.count - 1 { position += 1 }
    }

    mutating func take(symbol: String) -> Bool {
        guard at(symbol: symbol) else { return false }
        eat()
        return true
    }

    mutating func take(keyword: String) -> Bool {
        guard at(keyword: keyword) else { return false }
        eat()
        return true
    }

    mutating func expect(symbol: String, hint: String? = nil) throws(SQLDiagnostic) {
        guard take(symbol: symbol) else { throw unexpected("'\(symbol)'", hint: hint) }
    }

    mutating func expect(keyword: String, hint: String? = nil) throws(SQLDiagnostic) {
        guard take(keyword: keyword) else { throw unexpected(keyword, hint: hint) }
    }

    func expectEnd() throws(SQLDiagnostic) {
        guard atEnd else { throw unexpected("the end of the text") }
    }

    func unexpected(_ expected: String, hint: String? = nil) -> SQLDiagnostic {
        SQLDiagnostic("expected \(expected), found \(current.described)", at: current.range, hint: hint)
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

    // MARK: Limits

    /// Counts a level of nesting that begins here; `leave` ends it. After an error nothing is parsed any more.
    mutating func enter() throws(SQLDiagnostic) {
        nesting += 1
        guard nesting <= SyntaxParser.maximumNesting else {
            throw SQLDiagnostic(
                code: "NESTING_TOO_DEEP", "nested deeper than \(SyntaxParser.maximumNesting) levels", at: current.range,
                hint: "split the expression into several columns")
        }
    }

    mutating func leave() { nesting -= 1 }

    /// An expression from the start of `range` to the token just read.
    func make(
        _ kind: SyntaxExpression.Kind, from range: TextRange, over children: [SyntaxExpression]
    ) throws(SQLDiagnostic) -> SyntaxExpression {
        let height = 1 + (children.lazy.map(\.height).max() ?? 0)
        guard height <= SyntaxParser.maximumHeight else {
            throw SQLDiagnostic(
                code: "NESTING_TOO_DEEP",
                "the expression has more than \(SyntaxParser.maximumHeight) levels of operators",
                at: previous.range, hint: "split it into several columns, or use IN for long lists of values")
        }
        return SyntaxExpression(kind: kind, range: range.to(previous.range), height: height)
    }
}
