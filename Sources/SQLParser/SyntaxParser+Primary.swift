// Literals, names, calls, CASE and CAST: what stands between operators.

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
        case .symbol("("):
            eat()
            if at(keyword: "SELECT") || at(keyword: "WITH") {
                throw SQLDiagnostic(
                    code: "UNSUPPORTED_FEATURE", "a subquery is not supported here", at: current.range,
                    hint: "join with the other table")
            }
            let inner = try parseExpression()
            if at(symbol: ",") {
                throw SQLDiagnostic(
                    "a list in parentheses is not a value", at: current.range,
                    hint: "make a structure with struct(a, b)")
            }
            try expect(symbol: ")")
            return inner
        case .symbol("*"):
            eat()
            return try make(.star(qualifier: []), from: start, over: [])
        case .quotedName: return try parseName()
        case .word(let word): return try parseWord(word.uppercased())
        case .symbol, .end: throw unexpected("an expression")
        }
    }

    /// A primary that begins with a bare word: a keyword where what follows fits, a name or a call otherwise.
    private mutating func parseWord(_ word: String) throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        let next = peek()
        let callFollows = next.kind == .symbol("(")
        var stringFollows = false
        if case .string = next.kind { stringFollows = true }
        switch word {
        case "NULL" where !callFollows: return try constant(.null)
        case "TRUE" where !callFollows: return try constant(.boolean(true))
        case "FALSE" where !callFollows: return try constant(.boolean(false))
        case "CASE" where next.kind != .symbol(","): return try parseCase()
        case "CAST" where callFollows, "TRY_CAST" where callFollows: return try parseCast(isTry: word == "TRY_CAST")
        case "X" where stringFollows: return try parseBinary()
        case "DATE" where stringFollows:
            eat()
            return try make(.literal(.date(try expectString("a date"))), from: start, over: [])
        case "TIMESTAMP" where stringFollows, "TIMESTAMP_LTZ" where stringFollows:
            eat()
            return try make(.literal(.timestamp(try expectString("a timestamp"))), from: start, over: [])
        case "TIMESTAMP_NTZ" where stringFollows:
            throw SQLDiagnostic(
                code: "UNSUPPORTED_FEATURE", "timestamps without time zone are not supported", at: start,
                hint: "use TIMESTAMP '...'")
        case "INTERVAL" where intervalFollows: return try parseInterval()
        case "SUBSTRING" where callFollows, "SUBSTR" where callFollows, "TRIM" where callFollows,
            "EXTRACT" where callFollows, "POSITION" where callFollows:
            return try parseKeywordCall(word)
        case "FROM", "WHERE", "WHEN", "THEN", "ELSE", "END", "AND", "OR", "AS", "IN", "IS", "BETWEEN", "LIKE", "SELECT",
            "NOT":
            if !callFollows || ["WHEN", "THEN", "ELSE", "END"].contains(word) { throw unexpected("an expression") }
            return try parseName()
        default: return try parseName()
        }
    }

    private mutating func constant(_ literal: SyntaxLiteral) throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        eat()
        return try make(.literal(literal), from: start, over: [])
    }

    // MARK: Names and calls

    /// `a`, `a.b`, `t.*`, or `f(...)`.
    private mutating func parseName() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        var parts = [try expectName("a name")]
        if at(symbol: "(") { return try parseCall(parts[0], start: start) }
        while at(symbol: ".") {
            if peek().kind == .symbol("*") {
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
        if at(symbol: "(") {
            throw SQLDiagnostic(
                code: "UNRESOLVED_ROUTINE", "functions in a catalog are not supported", at: start.to(previous.range),
                hint: "write the function's name alone")
        }
        return try make(.name(parts), from: start, over: [])
    }

    private mutating func parseCall(_ name: String, start: TextRange) throws(SQLDiagnostic) -> SyntaxExpression {
        try expect(symbol: "(")
        var arguments: [SyntaxExpression] = []
        let isDistinct = at(keyword: "DISTINCT") && peek().kind != .symbol(")") && take(keyword: "DISTINCT")
        if !at(symbol: ")") {
            repeat {
                arguments.append(try parseExpression())
                if at(symbol: "->") || at(symbol: "=>") {
                    throw SQLDiagnostic(
                        code: "UNSUPPORTED_FEATURE",
                        at(symbol: "->") ? "lambda functions are not supported" : "named arguments are not supported",
                        at: current.range)
                }
            } while take(symbol: ",")
        }
        try expect(symbol: ")", hint: "close the arguments of \(shortened(name))")
        return try finishCall(name, arguments, isDistinct: isDistinct, start: start)
    }

    private mutating func finishCall(
        _ name: String, _ arguments: [SyntaxExpression], isDistinct: Bool = false, start: TextRange
    ) throws(SQLDiagnostic) -> SyntaxExpression {
        var filter: SyntaxExpression?
        if at(keyword: "FILTER"), peek().kind == .symbol("(") {
            eat()
            eat()
            try expect(keyword: "WHERE")
            filter = try parseExpression()
            try expect(symbol: ")")
        }
        if at(keyword: "OVER"), peek().kind == .symbol("(") {
            throw SQLDiagnostic(
                code: "UNSUPPORTED_FEATURE", "window functions (OVER) are not supported", at: current.range,
                hint: "group by window(...) instead")
        }
        return try make(
            .call(name: name, arguments: arguments, isDistinct: isDistinct, filter: filter), from: start,
            over: arguments + (filter.map { [$0] } ?? []))
    }

    /// Calls with words between their arguments: `substring(s FROM 2 FOR 3)`, `trim(BOTH 'x' FROM s)`,
    /// `extract(HOUR FROM t)`, `position('a' IN s)`. Each becomes the plain call that Spark makes of it.
    private mutating func parseKeywordCall(_ word: String) throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        let written = try expectName("a function")
        try expect(symbol: "(")
        var name = written
        var arguments: [SyntaxExpression] = []
        if word == "TRIM",
            let side = ["BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"].first(where: {
                at(keyword: $0.key) && peek().kind != .symbol(")") && peek().kind != .symbol(",")
            })
        {
            eat()
            name = side.value
            if take(keyword: "FROM") {
                arguments = [try parseExpression()]
            } else {
                let characters = try parseExpression()
                try expect(keyword: "FROM", hint: "write: trim(BOTH 'x' FROM text)")
                arguments = [try parseExpression(), characters]
            }
        } else if word == "EXTRACT", case .word(let unit) = current.kind, SyntaxParser.is(peek(), keyword: "FROM") {
            let unitRange = current.range
            eat()
            eat()
            let field = SyntaxExpression(kind: .literal(.string(unit.uppercased())), range: unitRange, height: 1)
            arguments = [field, try parseExpression()]
            name = "date_part"
        } else if !at(symbol: ")") {
            if word == "POSITION" {
                // IN would be read as a list behind a full expression.
                arguments = [try parsePositionNeedle()]
            } else {
                arguments = [try parseExpression()]
            }
            if word == "TRIM", take(keyword: "FROM") {
                arguments = [try parseExpression(), arguments[0]]
            } else if word == "SUBSTRING" || word == "SUBSTR", take(keyword: "FROM") {
                name = "substring"
                arguments.append(try parseExpression())
                if take(keyword: "FOR") { arguments.append(try parseExpression()) }
            } else if word == "POSITION", take(keyword: "IN") {
                arguments.append(try parseExpression())
            } else {
                while take(symbol: ",") { arguments.append(try parseExpression()) }
            }
        }
        try expect(symbol: ")", hint: "close the arguments of \(written)")
        return try finishCall(name, arguments, start: start)
    }

    private mutating func parsePositionNeedle() throws(SQLDiagnostic) -> SyntaxExpression {
        if case .string = current.kind, SyntaxParser.is(peek(), keyword: "IN") { return try parsePrimary() }
        if case .word = current.kind, SyntaxParser.is(peek(), keyword: "IN") { return try parsePrimary() }
        return try parseExpression()
    }

    // MARK: CASE and CAST

    private mutating func parseCase() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        try expect(keyword: "CASE")
        let operand = at(keyword: "WHEN") ? nil : try parseExpression()
        var branches: [SyntaxBranch] = []
        repeat {
            try expect(keyword: "WHEN")
            let condition = try parseExpression()
            try expect(keyword: "THEN")
            branches.append(SyntaxBranch(condition: condition, result: try parseExpression()))
        } while at(keyword: "WHEN")
        let otherwise = take(keyword: "ELSE") ? try parseExpression() : nil
        try expect(keyword: "END", hint: "CASE ends with END")
        var children = branches.flatMap { [$0.condition, $0.result] }
        if let operand { children.append(operand) }
        if let otherwise { children.append(otherwise) }
        return try make(
            .caseWhen(operand: operand, branches: branches, otherwise: otherwise), from: start, over: children)
    }

    private mutating func parseCast(isTry: Bool) throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        eat()
        try expect(symbol: "(")
        let operand = try parseExpression()
        try expect(keyword: "AS", hint: "write: CAST(value AS type)")
        let type = try parseType()
        try expect(symbol: ")")
        return try make(.cast(operand, type, isTry: isTry), from: start, over: [operand])
    }
}
