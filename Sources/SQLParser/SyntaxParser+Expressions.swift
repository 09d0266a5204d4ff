// Operators by precedence, loosest first: OR, AND, NOT, predicates, comparisons, bits, sums, products, signs.

import SourceText

extension SyntaxParser {
    /// Words that end an expression, so that they are never read as an alias without AS.
    private static let notAliases: Set<String> = [
        "AND", "ANTI", "AS", "ASC", "BETWEEN", "CROSS", "DESC", "DIV", "ELSE", "END", "ESCAPE", "EXCEPT", "FETCH",
        "FILTER", "FOR", "FROM", "FULL", "GROUP", "HAVING", "ILIKE", "IN", "INNER", "INTERSECT", "INTO", "IS", "JOIN",
        "LATERAL", "LEFT", "LIKE", "LIMIT", "MINUS", "NATURAL", "NOT", "NULLS", "OFFSET", "ON", "OR", "ORDER", "OVER",
        "REGEXP", "RIGHT", "RLIKE", "SEMI", "SORT", "THEN", "UNION", "USING", "WATERMARK", "WHEN", "WHERE", "WINDOW",
    ]

    mutating func parseNamedExpressions() throws(SQLDiagnostic) -> [SyntaxExpression] {
        var list = [try parseNamedExpression()]
        while take(symbol: ",") { list.append(try parseNamedExpression()) }
        return list
    }

    /// `expression [[AS] name]`.
    mutating func parseNamedExpression() throws(SQLDiagnostic) -> SyntaxExpression {
        let expression = try parseExpression()
        if take(keyword: "AS") {
            if at(symbol: "(") {
                throw SQLDiagnostic(
                    code: "UNSUPPORTED_FEATURE", "several aliases for one expression are not supported",
                    at: current.range, hint: "name each column in a select of its own")
            }
            let name = try expectName("a name after AS")
            return try make(.alias(expression, name: name), from: expression.range, over: [expression])
        }
        switch current.kind {
        case .quotedName(let name):
            eat()
            return try make(.alias(expression, name: name), from: expression.range, over: [expression])
        case .word(let name) where !SyntaxParser.notAliases.contains(name.uppercased()):
            eat()
            return try make(.alias(expression, name: name), from: expression.range, over: [expression])
        default: return expression
        }
    }

    /// One expression without alias.
    mutating func parseExpression() throws(SQLDiagnostic) -> SyntaxExpression {
        try enter()
        defer { leave() }
        return try parseOr()
    }

    private mutating func parseOr() throws(SQLDiagnostic) -> SyntaxExpression {
        var left = try parseAnd()
        while take(keyword: "OR") {
            let right = try parseAnd()
            left = try binary(.or, left, right)
        }
        return left
    }

    private mutating func parseAnd() throws(SQLDiagnostic) -> SyntaxExpression {
        var left = try parseNot()
        while take(keyword: "AND") {
            let right = try parseNot()
            left = try binary(.and, left, right)
        }
        return left
    }

    private mutating func parseNot() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        guard take(keyword: "NOT") || take(symbol: "!") else { return try parsePredicate() }
        try enter()
        defer { leave() }
        let operand = try parseNot()
        return try make(.unary(.not, operand), from: start, over: [operand])
    }

    /// Both sides and what is between; called when the right side has been read, which is where the range ends.
    private func binary(
        _ operation: SyntaxBinaryOperator, _ left: SyntaxExpression, _ right: SyntaxExpression
    ) throws(SQLDiagnostic) -> SyntaxExpression {
        try make(.binary(operation, left, right), from: left.range, over: [left, right])
    }

    // MARK: Predicates

    private mutating func parsePredicate() throws(SQLDiagnostic) -> SyntaxExpression {
        var subject = try parseOperators()
        while let next = try parsePredicateTail(subject) { subject = next }
        return subject
    }

    /// `IS ...`, `[NOT] BETWEEN / IN / LIKE ...` behind a value, or `nil` where none stands there.
    private mutating func parsePredicateTail(_ subject: SyntaxExpression) throws(SQLDiagnostic) -> SyntaxExpression? {
        if take(keyword: "IS") { return try parseIs(subject) }
        let isNegated: Bool
        let behindNot = at(keyword: "NOT") || at(symbol: "!") ? peek() : current
        let words = ["BETWEEN", "IN", "LIKE", "ILIKE", "RLIKE", "REGEXP"]
        guard words.contains(where: { SyntaxParser.is(behindNot, keyword: $0) }) else { return nil }
        isNegated = take(keyword: "NOT") || take(symbol: "!")
        if take(keyword: "BETWEEN") {
            let low = try parseOperators()
            try expect(keyword: "AND", hint: "write: x BETWEEN low AND high")
            let high = try parseOperators()
            return try make(
                .between(subject, low: low, high: high, isNegated: isNegated), from: subject.range,
                over: [subject, low, high])
        }
        if take(keyword: "IN") {
            try expect(symbol: "(", hint: "write the values in parentheses: x IN (1, 2)")
            if at(keyword: "SELECT") || at(keyword: "WITH") {
                throw SQLDiagnostic(
                    code: "UNSUPPORTED_FEATURE", "a subquery is not supported here", at: current.range,
                    hint: "join with the other table")
            }
            var list = [try parseExpression()]
            while take(symbol: ",") { list.append(try parseExpression()) }
            try expect(symbol: ")")
            return try make(.inList(subject, list, isNegated: isNegated), from: subject.range, over: [subject] + list)
        }
        let kind: SyntaxLikeKind = at(keyword: "LIKE") ? .like : at(keyword: "ILIKE") ? .ilike : .rlike
        eat()
        let pattern = try parseOperators()
        var escape: String?
        if kind != .rlike, take(keyword: "ESCAPE") {
            let place = current.range
            let text = try expectString("one character in quotes")
            guard text.unicodeScalars.count == 1 else {
                throw SQLDiagnostic(
                    code: "INVALID_ESCAPE_CHAR", "the escape must be one character", at: place)
            }
            escape = text
        }
        return try make(
            .like(kind, subject, pattern: pattern, escape: escape, isNegated: isNegated), from: subject.range,
            over: [subject, pattern])
    }

    private mutating func parseIs(_ subject: SyntaxExpression) throws(SQLDiagnostic) -> SyntaxExpression {
        let isNegated = take(keyword: "NOT") || take(symbol: "!")
        let kind: SyntaxExpression.Kind
        if take(keyword: "NULL") {
            kind = .isNull(subject, isNegated: isNegated)
        } else if take(keyword: "TRUE") {
            kind = .isBoolean(subject, true, isNegated: isNegated)
        } else if take(keyword: "FALSE") {
            kind = .isBoolean(subject, false, isNegated: isNegated)
        } else if take(keyword: "UNKNOWN") {
            kind = .isBoolean(subject, nil, isNegated: isNegated)
        } else if take(keyword: "DISTINCT") {
            try expect(keyword: "FROM")
            let other = try parseOperators()
            return try make(
                .isDistinct(subject, other, isNegated: isNegated), from: subject.range, over: [subject, other])
        } else {
            throw unexpected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM")
        }
        return try make(kind, from: subject.range, over: [subject])
    }

    // MARK: Binary operators

    /// How strongly each operator binds; all group to the left.
    private static let operators: [String: (strength: Int, operation: SyntaxBinaryOperator)] = [
        "=": (0, .equal), "==": (0, .equal), "<>": (0, .notEqual), "!=": (0, .notEqual), "<": (0, .less),
        "<=": (0, .lessOrEqual), ">": (0, .greater), ">=": (0, .greaterOrEqual), "<=>": (0, .nullSafeEqual),
        "|": (1, .bitwiseOr), "^": (2, .bitwiseXor), "&": (3, .bitwiseAnd),
        "<<": (4, .shiftLeft), ">>": (4, .shiftRight), ">>>": (4, .shiftRightUnsigned),
        "+": (5, .add), "-": (5, .subtract), "||": (5, .concatenate),
        "*": (6, .multiply), "/": (6, .divide), "%": (6, .remainder), "DIV": (6, .integralDivide),
    ]

    /// The operator at the current token and how many tokens it takes: `>` `>` side by side are one shift.
    private var currentOperator: (text: String, tokens: Int)? {
        switch current.kind {
        case .symbol(">"):
            var count = 1
            while count < 3, peek(count).kind == .symbol(">"), peek(count).range.start == current.range.start + count {
                count += 1
            }
            return (String(repeating: ">", count: count), count)
        case .symbol(let text): return (text, 1)
        case .word(let text) where text.uppercased() == "DIV": return ("DIV", 1)
        default: return nil
        }
    }

    /// Operands joined by operators that bind at least as strongly as `minimum`.
    private mutating func parseOperators(minimum: Int = 0) throws(SQLDiagnostic) -> SyntaxExpression {
        var left = try parseUnary()
        while let (text, count) = currentOperator, let found = SyntaxParser.operators[text], found.strength >= minimum {
            for _ in 0..<count { eat() }
            let right = try parseOperators(minimum: found.strength + 1)
            left = try binary(found.operation, left, right)
        }
        return left
    }

    private mutating func parseUnary() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        let operation: SyntaxUnaryOperator
        switch current.kind {
        case .symbol("-"): operation = .minus
        case .symbol("+"): operation = .plus
        case .symbol("~"): operation = .bitwiseNot
        default: return try parsePostfix(of: try parsePrimary())
        }
        if operation == .minus, case .number(let number) = peek().kind {
            // The sign belongs to the number, so that the smallest INT can be written.
            eat()
            let literal = try parseNumber(number, isNegative: true)
            eat()
            return try parsePostfix(of: try make(.literal(literal), from: start, over: []))
        }
        eat()
        try enter()
        defer { leave() }
        let operand = try parseUnary()
        return try make(.unary(operation, operand), from: start, over: [operand])
    }

    /// `a[i]`, `a.b` and `a::type` behind a value, any number of them.
    private mutating func parsePostfix(of primary: SyntaxExpression) throws(SQLDiagnostic) -> SyntaxExpression {
        var base = primary
        while true {
            if take(symbol: "[") {
                let index = try parseExpression()
                try expect(symbol: "]")
                base = try make(.element(base, index: index), from: base.range, over: [base, index])
            } else if take(symbol: ".") {
                let name = try expectName("the name of a field")
                base = try make(.field(base, name: name), from: base.range, over: [base])
            } else if take(symbol: "::") {
                let type = try parseType()
                base = try make(.cast(base, type, isTry: false), from: base.range, over: [base])
            } else {
                return base
            }
        }
    }
}
