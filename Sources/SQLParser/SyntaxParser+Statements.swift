// Statements: which one it is, and the small ones.

import SourceText

extension SyntaxParser {
    mutating func parseStatement() throws(SQLDiagnostic) -> SyntaxStatement {
        try enter()
        defer { leave() }
        let start = current.range
        let kind = try parseStatementKind()
        return SyntaxStatement(kind: kind, range: start.to(previous.range))
    }

    private mutating func parseStatementKind() throws(SQLDiagnostic) -> SyntaxStatement.Kind {
        if at(symbol: .leftParenthesis) { return .query(try parseQuery()) }
        switch current.keyword {
        case .select, .values, .from: return .query(try parseQuery())
        case .with: return try parseWith()
        case .table: return .query(try parseQuery())
        case .create: return try parseCreate()
        case .insert: return try parseInsert(behind: SyntaxCommonTables())
        case .drop: return try parseDrop()
        case .set: return try parseSet()
        case .reset: return try parseReset()
        case .show: return try parseShow()
        case .describe, .desc: return try parseDescribe()
        case .explain: return try parseExplain()
        default: throw unknownStatement()
        }
    }

    private static let statements = [
        Keyword.select, .with, .values, .table, .from, .create, .insert, .drop, .set, .reset, .show, .describe,
        .explain,
    ].map(\.text)

    /// Statements of Spark that have no meaning here.
    private static let refused: Set<String> = [
        "ADD", "ALTER", "ANALYZE", "BEGIN", "CACHE", "CALL", "CLEAR", "COMMENT", "COMMIT", "DECLARE", "DELETE",
        "EXECUTE",
        "EXPORT", "GRANT", "IMPORT", "LIST", "LOAD", "LOCK", "MERGE", "MSCK", "REFRESH", "REPAIR", "REPLACE", "REVOKE",
        "ROLLBACK", "START", "TRUNCATE", "UNCACHE", "UNLOCK", "UPDATE", "USE",
    ]

    private func unknownStatement() -> SQLDiagnostic {
        guard case .word(let word) = current.kind else { return unexpected("a statement such as SELECT") }
        if SyntaxParser.refused.contains(word.uppercased()) {
            return unsupported("the statement \(word.uppercased()) is")
        }
        let close = Spelling.nearest(to: word, among: SyntaxParser.statements)
        return unexpected("a statement such as SELECT", hint: close.map { "did you mean \($0)?" })
    }

    /// What stands behind a statement is wrong; often the word before it is a mistyped keyword that became a name.
    func unexpectedAfterStatement() -> SQLDiagnostic {
        var hint: String?
        if case .word(let word) = previous.kind, previous.keyword == nil {
            let words = [
                Keyword.from, .where, .group, .having, .order, .limit, .offset, .join, .left, .right, .inner, .full,
                .cross, .union, .except, .intersect, .lateral, .window, .qualify, .pivot, .unpivot, .watermark,
            ].map(\.text)
            let close = Spelling.nearest(to: word, among: words)
            hint = close.map { "'\(shortened(word))' is read as a name; did you mean \($0)?" }
        }
        return unexpected("the end of the statement", hint: hint)
    }

    private mutating func parseWith() throws(SQLDiagnostic) -> SyntaxStatement.Kind {
        let start = position
        let common = try parseCommonTables()
        if at(keyword: .insert) { return try parseInsert(behind: common) }
        position = start
        return .query(try parseQuery())
    }

    private mutating func parseExplain() throws(SQLDiagnostic) -> SyntaxStatement.Kind {
        eat()
        let mode: SyntaxExplainMode
        switch take(oneOf: .extended, .formatted, .cost, .codegen) {
        case .extended: mode = .extended
        case let other?:
            throw SQLDiagnostic(
                code: "UNSUPPORTED_FEATURE", "EXPLAIN \(other.text) is not supported", at: previous.range,
                hint: "EXPLAIN tells the plan that runs, EXPLAIN EXTENDED what comes before it, too")
        case nil: mode = .simple
        }
        return .explain(mode, try parseStatement())
    }

    // MARK: Settings

    /// `SET`, `SET key`, `SET key = value`, `SET TIME ZONE zone`.
    private mutating func parseSet() throws(SQLDiagnostic) -> SyntaxStatement.Kind {
        eat()
        if at(keywords: .time, .zone) { return try parseTimeZone() }
        if statementEnds { return .set(key: nil, value: nil) }
        let key = try parseKey()
        guard take(symbol: .equal) else {
            guard statementEnds else { throw unexpected("'='", hint: "write: SET key = value") }
            return .set(key: key, value: nil)
        }
        return .set(key: key, value: try parseRestOfStatement())
    }

    private var statementEnds: Bool { atEnd || at(symbol: .semicolon) }

    /// `SET TIME ZONE 'name'`, `SET TIME ZONE LOCAL`, `SET TIME ZONE INTERVAL 1 HOUR`.
    private mutating func parseTimeZone() throws(SQLDiagnostic) -> SyntaxStatement.Kind {
        let range = current.range
        eat()
        eat()
        let key = SyntaxWord(text: "spark.sql.session.timeZone", range: range.to(previous.range))
        let place = current.range
        if take(words: "local") { return .setTimeZone(.local) }
        if at(keyword: .interval), intervalFollows {
            let parts = try parseIntervalParts()
            return .setTimeZone(.offset(parts, range: place.to(previous.range)))
        }
        guard case .string(let name) = current.kind else {
            throw unexpected(
                "a time zone in quotes, LOCAL or an INTERVAL", hint: "for example: SET TIME ZONE 'UTC'")
        }
        eat()
        return .set(key: key, value: SyntaxWord(text: name, range: place))
    }

    private mutating func parseReset() throws(SQLDiagnostic) -> SyntaxStatement.Kind {
        eat()
        return .reset(key: statementEnds ? nil : try parseKey())
    }

    /// The name of a setting or an option: words with dots and dashes, or a string.
    mutating func parseKey() throws(SQLDiagnostic) -> SyntaxWord {
        let start = current.range
        if case .string(let text) = current.kind {
            eat()
            return SyntaxWord(text: text, range: start)
        }
        var text = try expectName("a key")
        while at(symbol: .dot) || at(symbol: .minus) || at(symbol: .colon) {
            guard current.range.start == previous.range.end, case .symbol(let symbol) = current.kind else { break }
            eat()
            text += symbol.rawValue + (try expectName("the rest of the key"))
        }
        return SyntaxWord(text: text, range: start.to(previous.range))
    }

    /// Everything up to the semicolon as it stands there; one string or one name without its quotes.
    private mutating func parseRestOfStatement() throws(SQLDiagnostic) -> SyntaxWord {
        let start = current.range
        guard !statementEnds else { throw unexpected("a value") }
        var tokens = 0
        let first = current.kind
        while !statementEnds {
            eat()
            tokens += 1
        }
        let range = start.to(previous.range)
        switch first {
        case .string(let text) where tokens == 1: return SyntaxWord(text: text, range: range)
        case .quotedName(let text) where tokens == 1: return SyntaxWord(text: text, range: range)
        default:
            let text = String(decoding: Array(source.utf8)[range.start..<range.end], as: UTF8.self)
            return SyntaxWord(text: text, range: range)
        }
    }
}
