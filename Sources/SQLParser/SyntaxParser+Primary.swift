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
            eat()
            try refuseQuery()
            let inner = try parseExpression()
            if at(symbol: .comma) {
                throw SQLDiagnostic(
                    "a list in parentheses is not a value", at: current.range,
                    hint: "make a structure with struct(a, b)")
            }
            try expect(symbol: .rightParenthesis)
            return inner
        case .symbol(.star):
            eat()
            return try make(.star(qualifier: []), from: start, over: [])
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
        let next = peek()
        let callFollows = next.kind == .symbol(.leftParenthesis)
        switch keyword {
        case .null where !callFollows: return try constant(.null)
        case .true where !callFollows: return try constant(.boolean(true))
        case .false where !callFollows: return try constant(.boolean(false))
        case .case where next.kind != .symbol(.comma): return try parseCase()
        case .cast where callFollows, .tryCast where callFollows: return try parseCast(isTry: keyword == .tryCast)
        case .exists where callFollows && peek(2).keyword.map { $0 == .select || $0 == .with } == true:
            throw unsupported("a subquery is", hint: "join with the other table")
        case .x, .date, .time, .timestamp, .timestampLTZ, .timestampNTZ:
            return next.isString ? try parseTypedLiteral(keyword) : try parseName()
        case .interval where intervalFollows: return try parseInterval()
        case .substring where callFollows, .substr where callFollows, .trim where callFollows,
            .extract where callFollows, .position where callFollows:
            return try parseKeywordCall(keyword)
        default:
            if keyword.startsNothing || (keyword.startsOnlyCalls && !callFollows) { throw unexpected("an expression") }
            return try parseName()
        }
    }

    private mutating func constant(_ literal: SyntaxLiteral) throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        eat()
        return try make(.literal(literal), from: start, over: [])
    }

    // MARK: Names

    /// `a`, `a.b`, `t.*`, or `f(...)`.
    private mutating func parseName() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        var parts = [try expectName("a name")]
        if at(symbol: .leftParenthesis) { return try parseCall(parts[0], start: start) }
        while at(symbol: .dot) {
            if peek().kind == .symbol(.star) {
                eat()
                eat()
                return try make(.star(qualifier: parts), from: start, over: [])
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
