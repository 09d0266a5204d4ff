// What stands between operators: constants, names, CASE and CAST.

import SourceText

extension SyntaxParser {
    mutating func parsePrimary() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        switch current.kind {
        case .number(let number):
            let literal = try parseNumber(number, isNegative: false)
            eat()
            return try make(.literal(literal), from: start, over: [])
        case .string(var text):
            eat()
            // Neighbouring strings are one string.
            while case .string(let more) = current.kind {
                text += more
                eat()
            }
            return try make(.literal(.string(text)), from: start, over: [])
        case .symbol(.leftParenthesis):
            return try parseParenthesis()
        case .symbol(.star):
            eat()
            return try parseStar(qualifier: [], start: start)
        case .symbol(.question), .symbol(.colon): throw parameter()
        case .quotedName: return try parseName()
        case .word: return try parseWord()
        case .symbol, .end: throw unexpected("an expression")
        }
    }

    /// `?` and `:name` stand for values that only a program can give.
    private func parameter() -> SQLDiagnostic {
        var (name, range) = ("?", current.range)
        if at(symbol: .colon) {
            guard case .word(let word) = peek().kind else { return unexpected("an expression") }
            (name, range) = (":" + shortened(word), range.to(peek().range))
        }
        return SQLDiagnostic(
            code: "UNBOUND_SQL_PARAMETER", "the parameter \(name) has no value", at: range,
            hint: "write the value into the text")
    }

    /// A primary that begins with a bare word: a keyword where what follows fits, a name or a call otherwise.
    private mutating func parseWord() throws(SQLDiagnostic) -> SyntaxExpression {
        guard let keyword = current.keyword else { return try parseName() }
        let start = current.range
        let next = peek()
        let callFollows = next.kind == .symbol(.leftParenthesis)
        switch keyword {
        case .null where !callFollows: return try constant(.null)
        case .true where !callFollows: return try constant(.boolean(true))
        case .false where !callFollows: return try constant(.boolean(false))
        case .case where next.kind != .symbol(.comma): return try parseCase()
        case .cast where callFollows, .tryCast where callFollows: return try parseCast(isTry: keyword == .tryCast)
        case .exists where callFollows && queryStarts(in: 1):
            eat()
            let query = try parseNestedQuery()
            return try make(.exists(query), from: start, height: query.height)
        case .x, .date, .time, .timestamp, .timestampLTZ, .timestampNTZ:
            return next.isString ? try parseTypedLiteral(keyword) : try parseName()
        case .interval where intervalFollows: return try parseInterval()
        case .substring where callFollows, .substr where callFollows, .trim where callFollows,
            .extract where callFollows, .position where callFollows, .overlay where callFollows:
            return try parseKeywordCall(keyword)
        default:
            let isName = callFollows || next.kind == .symbol(.dot)
            if keyword.startsNothing || (keyword.startsOnlyCalls && !isName) { throw unexpected("an expression") }
            return try parseName()
        }
    }

    private mutating func constant(_ literal: SyntaxLiteral) throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        eat()
        return try make(.literal(literal), from: start, over: [])
    }

    // MARK: Parentheses

    /// What begins with `(`: a subquery, the parameters of a lambda, a row, or an expression.
    private mutating func parseParenthesis() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        if queryStarts(in: 0) {
            let query = try parseNestedQuery()
            return try make(.subquery(query), from: start, height: query.height)
        }
        if peek(closing(0) + 1).kind == .symbol(.arrow) { return try parseLambda() }
        eat()
        let first = try parseExpression()
        guard at(symbol: .comma) || at(keyword: .as) else {
            try expect(symbol: .rightParenthesis)
            return first
        }
        var items = [try parseAlias(of: first)]
        while take(symbol: .comma) { items.append(try parseNamedExpression()) }
        try expect(symbol: .rightParenthesis)
        return try make(.row(items), from: start, over: items)
    }

    /// `x -> body`, `(x, y) -> body`.
    private mutating func parseLambda() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        var parameters: [String] = []
        if take(symbol: .leftParenthesis) {
            parameters = try list { (parser) throws(SQLDiagnostic) in try parser.expectName("the name of a parameter") }
            try expect(symbol: .rightParenthesis)
        } else {
            parameters = [try expectName("the name of a parameter")]
        }
        try expect(symbol: .arrow)
        let body = try parseExpression()
        return try make(.lambda(parameters: parameters, body), from: start, over: [body])
    }

    /// What may stand behind a star: `EXCEPT (a, b)`.
    private mutating func parseStar(
        qualifier: [String], start: TextRange
    ) throws(SQLDiagnostic) -> SyntaxExpression {
        var except: [[String]] = []
        if at(keyword: .except), peek().kind == .symbol(.leftParenthesis), !queryStarts(in: 1) {
            eat()
            eat()
            except = try list { (parser) throws(SQLDiagnostic) in try parser.parseParts("the name of a column") }
            try expect(symbol: .rightParenthesis)
        }
        return try make(.star(qualifier: qualifier, except: except), from: start, over: [])
    }

    // MARK: Names

    /// `a`, `a.b`, `t.*`, `x -> body` or `f(...)`.
    private mutating func parseName() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        if peek().kind == .symbol(.arrow) { return try parseLambda() }
        var parts = [try expectName("a name")]
        if at(symbol: .leftParenthesis) { return try parseCall(parts[0], start: start) }
        while at(symbol: .dot) {
            if peek().kind == .symbol(.star) {
                eat()
                eat()
                return try parseStar(qualifier: parts, start: start)
            }
            eat()
            parts.append(try expectName("a name behind '.'"))
            // Names become chains of fields, so they count as levels.
            guard parts.count <= SyntaxParser.maximumNesting else {
                throw SQLDiagnostic(code: "NESTING_TOO_DEEP", "the name has too many parts", at: previous.range)
            }
        }
        if at(symbol: .leftParenthesis) {
            throw SQLDiagnostic(
                code: "UNRESOLVED_ROUTINE", "functions in a catalog are not supported", at: start.to(previous.range),
                hint: "write the function's name alone")
        }
        return try make(.name(parts), from: start, over: [])
    }

    // MARK: CASE and CAST

    private mutating func parseCase() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        try expect(keyword: .case)
        let operand = at(keyword: .when) ? nil : try parseExpression()
        var branches: [SyntaxBranch] = []
        repeat {
            try expect(keyword: .when)
            let condition = try parseExpression()
            try expect(keyword: .then)
            branches.append(SyntaxBranch(condition: condition, result: try parseExpression()))
        } while at(keyword: .when)
        let otherwise = take(keyword: .else) ? try parseExpression() : nil
        try expect(keyword: .end, hint: "CASE ends with END")
        var children = branches.flatMap { [$0.condition, $0.result] }
        if let operand { children.append(operand) }
        if let otherwise { children.append(otherwise) }
        return try make(
            .caseWhen(operand: operand, branches: branches, otherwise: otherwise), from: start, over: children)
    }

    private mutating func parseCast(isTry: Bool) throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        eat()
        try expect(symbol: .leftParenthesis)
        let operand = try parseExpression()
        try expect(keyword: .as, hint: "write: CAST(value AS type)")
        let type = try parseType()
        try expect(symbol: .rightParenthesis)
        return try make(.cast(operand, type, isTry: isTry), from: start, over: [operand])
    }
}
