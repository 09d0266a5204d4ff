// Tokens to a syntax tree, by recursive descent; expressions by precedence climbing.

import SourceText

/// Reads Spark SQL. Every function that consumes tokens is `mutating`.
///
/// The grammar stands in extensions, a file an area; they move through the tokens with the verbs of
/// `SyntaxParser+Verbs.swift`.
package struct SyntaxParser {
    /// How deep parentheses, function calls, types and the like may nest.
    package static let maximumNesting = 256
    /// How many levels a tree may have: also a chain such as `a + b + c` makes one level an operator.
    package static let maximumHeight = 512

    let tokens: [Token]
    /// Which token is the current one.
    var position = 0
    private var nesting = 0
    /// The text, where the words of a statement go on as they stand there.
    private(set) var source = ""

    /// For every token that opens a parenthesis, the one that closes it, or the last token.
    private let closings: [Int: Int]

    private init(_ text: String) throws(SQLDiagnostic) {
        tokens = try Lexer.tokens(of: text)
        var open: [Int] = []
        var closings: [Int: Int] = [:]
        for (index, token) in tokens.enumerated() {
            if token.kind == .symbol(.leftParenthesis) { open.append(index) }
            if token.kind == .symbol(.rightParenthesis), let start = open.popLast() { closings[start] = index }
        }
        self.closings = closings
    }

    /// How far ahead the parenthesis closes that opens `ahead` tokens from here: at the end where it never does.
    func closing(_ ahead: Int) -> Int { (closings[position + ahead] ?? tokens.count - 1) - position }

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

    /// One statement, with or without a semicolon behind it.
    package static func statement(_ text: String) throws(SQLDiagnostic) -> SyntaxStatement {
        let statements = try script(text)
        guard let statement = statements.first else {
            throw try SyntaxParser(text).emptyText("a statement")
        }
        guard statements.count == 1 else {
            throw SQLDiagnostic(
                "a second statement begins here", at: statements[1].range, hint: "run one statement at a time")
        }
        return statement
    }

    /// Statements with semicolons between them; empty ones don't count.
    package static func script(_ text: String) throws(SQLDiagnostic) -> [SyntaxStatement] {
        let (statements, mistakes) = read(text, mistakes: 1)
        if let first = mistakes.first { throw first }
        return statements
    }

    /// The statements of a script that can be read, and what is wrong with the grammar: the first mistake of each
    /// other one, until there are so many.
    package static func read(
        _ text: String, mistakes limit: Int
    ) -> (statements: [SyntaxStatement], mistakes: [SQLDiagnostic]) {
        var statements: [SyntaxStatement] = []
        var mistakes: [SQLDiagnostic] = []
        do throws(SQLDiagnostic) {
            var parser = try SyntaxParser(text)
            parser.source = text
            let fresh = parser
            while mistakes.count < limit {
                while parser.take(symbol: .semicolon) {}
                if parser.atEnd { break }
                do throws(SQLDiagnostic) {
                    let statement = try parser.parseStatement()
                    guard parser.atEnd || parser.at(symbol: .semicolon) else { throw parser.unexpectedAfterStatement() }
                    statements.append(statement)
                } catch {
                    mistakes.append(error)
                    // Nesting counts from nothing again behind the statement.
                    let reached = parser.position
                    parser = fresh
                    parser.position = reached
                    while !parser.atEnd, !parser.at(symbol: .semicolon) { parser.eat() }
                }
            }
        } catch {
            mistakes = [error]
        }
        return (statements, mistakes)
    }

    /// Whether a text that somebody types line by line is whole: it ends with a semicolon that is in no string,
    /// name or comment, or holds nothing but blanks.
    package static func isComplete(_ text: String) -> Bool {
        var lines = StatementLines()
        lines.add(text)
        return lines.isComplete
    }

    private func emptyText(_ expected: String) -> SQLDiagnostic {
        SQLDiagnostic(code: "PARSE_EMPTY_STATEMENT", "the text is empty; expected \(expected)", at: current.range)
    }

    // MARK: Limits

    /// Counts a level of nesting that begins here; `leave` ends it. After an error nothing is parsed any more.
    ///
    /// A level of nesting takes more or less of the stack, which is what `weight` says.
    mutating func enter(weight: Int = 1) throws(SQLDiagnostic) {
        nesting += weight
        guard nesting <= SyntaxParser.maximumNesting else {
            throw SQLDiagnostic(
                code: "NESTING_TOO_DEEP", "nested deeper than \(SyntaxParser.maximumNesting) levels", at: current.range,
                hint: "split the expression into several columns")
        }
    }

    mutating func leave(weight: Int = 1) { nesting -= weight }

    /// An expression from the start of `range` to the token just read.
    func make(
        _ kind: SyntaxExpression.Kind, from range: TextRange, over children: [SyntaxExpression]
    ) throws(SQLDiagnostic) -> SyntaxExpression {
        try make(kind, from: range, height: children.lazy.map(\.height).max() ?? 0)
    }

    /// The same over children of any kind, the highest of which is `height` levels high.
    func make(
        _ kind: SyntaxExpression.Kind, from range: TextRange, height: Int
    ) throws(SQLDiagnostic) -> SyntaxExpression {
        SyntaxExpression(kind: kind, range: range.to(previous.range), height: try level(above: height))
    }

    /// The height of what stands above trees of this height.
    func level(above height: Int) throws(SQLDiagnostic) -> Int {
        guard height < SyntaxParser.maximumHeight else {
            throw SQLDiagnostic(
                code: "NESTING_TOO_DEEP",
                "the text has more than \(SyntaxParser.maximumHeight) levels of operators",
                at: previous.range, hint: "split it into several columns, or use IN for long lists of values")
        }
        return height + 1
    }
}
