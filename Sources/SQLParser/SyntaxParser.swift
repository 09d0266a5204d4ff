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
