// Calls of functions, with the words that may stand in and behind them.

import SourceText

extension SyntaxParser {
    /// The arguments and what follows them, behind the name of a function.
    mutating func parseCall(_ name: String, start: TextRange) throws(SQLDiagnostic) -> SyntaxExpression {
        try expect(symbol: .leftParenthesis)
        let isDistinct = takeQuantifier()
        var arguments: [SyntaxExpression] = []
        if !at(symbol: .rightParenthesis) {
            arguments = try list { (parser) throws(SQLDiagnostic) in
                try parser.parseArgument(of: name)
            }
        }
        return try finishCall(name, trimmed(name, arguments), isDistinct: isDistinct, start: start)
    }

    /// DISTINCT, or ALL, which says nothing, before the arguments; a column may have these names, too.
    private mutating func takeQuantifier() -> Bool {
        guard at(keyword: .distinct) || at(keyword: .all) else { return false }
        switch peek().kind {
        case .symbol(.rightParenthesis): return false
        case .symbol where at(keyword: .all): return false
        default: return take(oneOf: .distinct, .all) == .distinct
        }
    }

    /// The closing parenthesis and what may stand before and behind it: IGNORE NULLS, FILTER (WHERE ...).
    private mutating func finishCall(
        _ name: String, _ arguments: [SyntaxExpression], isDistinct: Bool = false, start: TextRange
    ) throws(SQLDiagnostic) -> SyntaxExpression {
        var ignoresNulls = takeNullTreatment()
        try expect(symbol: .rightParenthesis, hint: "close the arguments of \(shortened(name))")
        let order = at(keywords: .within, .group) ? try parseWithinGroup() : []
        var filter: SyntaxExpression?
        if at(keyword: .filter), peek().kind == .symbol(.leftParenthesis) {
            eat()
            eat()
            try expect(keyword: .where)
            filter = try parseExpression()
            try expect(symbol: .rightParenthesis)
        }
        ignoresNulls = ignoresNulls ?? takeNullTreatment()
        let call = SyntaxCall(
            name: name, arguments: arguments, isDistinct: isDistinct, filter: filter, ignoresNulls: ignoresNulls,
            order: order)
        let expression = try make(
            .call(call), from: start, over: arguments + (filter.map { [$0] } ?? []) + order.map(\.expression))
        guard at(keyword: .over), windowStarts(1) else { return expression }
        eat()
        let window = try parseWindow()
        return try make(.over(expression, window), from: start, height: max(expression.height, window.height))
    }

    /// An argument; those of `struct` may have names.
    private mutating func parseArgument(of function: String) throws(SQLDiagnostic) -> SyntaxExpression {
        let argument = try parseExpression()
        if at(symbol: .doubleArrow) {
            guard case .name(let parts) = argument.kind, parts.count == 1, let name = parts.first else {
                throw unexpected("a name in front of =>")
            }
            eat()
            let value = try parseExpression()
            return try make(.argument(name: name, value), from: argument.range, over: [value])
        }
        guard function.lowercased() == "struct" else { return argument }
        return try parseAlias(of: argument)
    }

    private mutating func parseWithinGroup() throws(SQLDiagnostic) -> [SyntaxOrder] {
        eat()
        eat()
        try expect(symbol: .leftParenthesis)
        try expect(keyword: .order)
        try expect(keyword: .by)
        let order = try parseOrderItems()
        try expect(symbol: .rightParenthesis)
        return order
    }

    /// Whether IGNORE NULLS stands here, or RESPECT NULLS, or neither (`nil`).
    private mutating func takeNullTreatment() -> Bool? {
        guard at(keywords: .ignore, .nulls) || at(keywords: .respect, .nulls) else { return nil }
        let ignores = at(keyword: .ignore)
        eat()
        eat()
        return ignores
    }

    // MARK: Words between arguments

    /// Calls with words between their arguments: `substring(s FROM 2 FOR 3)`, `trim(BOTH 'x' FROM s)`,
    /// `extract(HOUR FROM t)`, `position('a' IN s)`, `overlay(s PLACING 'x' FROM 2)`. Each becomes the plain call
    /// that Spark makes of it.
    mutating func parseKeywordCall(_ keyword: Keyword) throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        var name = try expectName("a function")
        try expect(symbol: .leftParenthesis)
        var arguments: [SyntaxExpression] = []
        if !at(symbol: .rightParenthesis) {
            switch keyword {
            case .trim: (name, arguments) = try parseTrim(name)
            case .extract: (name, arguments) = try parseExtract(name)
            case .position: (name, arguments) = try parsePosition(name)
            case .overlay: arguments = try parseOverlay()
            default: (name, arguments) = try parseSubstring(name)
            }
        }
        return try finishCall(name, arguments, start: start)
    }

    private typealias Call = (name: String, arguments: [SyntaxExpression])

    private mutating func parseTrim(_ written: String) throws(SQLDiagnostic) -> Call {
        let side: String? =
            switch current.keyword {
            case .both: "trim"
            case .leading: "ltrim"
            case .trailing: "rtrim"
            default: nil
            }
        let next = peek().kind
        if let side, next != .symbol(.rightParenthesis), next != .symbol(.comma) {
            eat()
            if take(keyword: .from) { return (side, [try parseExpression()]) }
            let characters = try parseExpression()
            try expect(keyword: .from, hint: "write: trim(BOTH 'x' FROM text)")
            return (side, [try parseExpression(), characters])
        }
        let first = try parseExpression()
        if take(keyword: .from) { return (written, [try parseExpression(), first]) }
        return (written, trimmed(written, try parseRest(behind: first)))
    }

    /// The arguments of `ltrim(characters, text)` and its like as those of a call with words have them: the text first.
    private func trimmed(_ name: String, _ arguments: [SyntaxExpression]) -> [SyntaxExpression] {
        arguments.count == 2 && ["trim", "ltrim", "rtrim"].contains(name.lowercased())
            ? arguments.reversed() : arguments
    }

    private mutating func parseExtract(_ written: String) throws(SQLDiagnostic) -> Call {
        if case .word(let unit) = current.kind, peek().keyword == .from {
            let field = try make(.literal(.string(unit)), from: current.range, over: [])
            eat()
            eat()
            return (written, [field, try parseExpression()])
        }
        return (written, try parseRest(behind: try parseExpression()))
    }

    private mutating func parseSubstring(_ written: String) throws(SQLDiagnostic) -> Call {
        let text = try parseExpression()
        guard take(keyword: .from) else { return (written, try parseRest(behind: text)) }
        var arguments = [text, try parseExpression()]
        if take(keyword: .for) { arguments.append(try parseExpression()) }
        return ("substring", arguments)
    }

    private mutating func parsePosition(_ written: String) throws(SQLDiagnostic) -> Call {
        // IN would be read as a list behind a full expression.
        let needle = try parseOperators()
        if take(keyword: .in) { return ("locate", [needle, try parseExpression()]) }
        return (written, try parseRest(behind: needle))
    }

    private mutating func parseOverlay() throws(SQLDiagnostic) -> [SyntaxExpression] {
        let text = try parseExpression()
        guard take(keyword: .placing) else { return try parseRest(behind: text) }
        var arguments = [text, try parseExpression()]
        try expect(keyword: .from)
        arguments.append(try parseExpression())
        if take(keyword: .for) { arguments.append(try parseExpression()) }
        return arguments
    }

    private mutating func parseRest(behind first: SyntaxExpression) throws(SQLDiagnostic) -> [SyntaxExpression] {
        var arguments = [first]
        while take(symbol: .comma) { arguments.append(try parseExpression()) }
        return arguments
    }
}
