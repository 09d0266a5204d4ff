// What is true or false of a value: IS, BETWEEN, IN, LIKE.

import SourceText

extension SyntaxParser {
    /// A value with a predicate behind it, or none. As in Spark there is no second one without parentheses.
    mutating func parsePredicate() throws(SQLDiagnostic) -> SyntaxExpression {
        let subject = try parseOperators()
        return try parsePredicateTail(subject) ?? subject
    }

    /// `IS ...`, `[NOT] BETWEEN / IN / LIKE ...` behind a value, or `nil` where none stands there.
    private mutating func parsePredicateTail(_ subject: SyntaxExpression) throws(SQLDiagnostic) -> SyntaxExpression? {
        if take(keyword: .is) { return try parseIs(subject) }
        let hasNot = at(keyword: .not) || at(symbol: .exclamation)
        switch (hasNot ? peek() : current).keyword {
        case .between, .in, .like, .ilike, .rlike, .regexp: break
        default: return nil
        }
        let isNegated = take(keyword: .not) || take(symbol: .exclamation)
        switch take(oneOf: .between, .in, .like, .ilike, .rlike, .regexp) {
        case .between: return try parseBetween(subject, isNegated: isNegated)
        case .in: return try parseIn(subject, isNegated: isNegated)
        case .like: return try parseLike(.like, subject, isNegated: isNegated)
        case .ilike: return try parseLike(.ilike, subject, isNegated: isNegated)
        default: return try parseLike(.rlike, subject, isNegated: isNegated)
        }
    }

    private mutating func parseBetween(
        _ subject: SyntaxExpression, isNegated: Bool
    ) throws(SQLDiagnostic) -> SyntaxExpression {
        let low = try parseOperators()
        try expect(keyword: .and, hint: "write: x BETWEEN low AND high")
        let high = try parseOperators()
        return try make(
            .between(subject, low: low, high: high, isNegated: isNegated), from: subject.range,
            over: [subject, low, high])
    }

    private mutating func parseIn(
        _ subject: SyntaxExpression, isNegated: Bool
    ) throws(SQLDiagnostic) -> SyntaxExpression {
        if at(symbol: .leftParenthesis), queryStarts(in: 0) {
            let query = try parseNestedQuery()
            return try make(
                .inQuery(subject, query, isNegated: isNegated), from: subject.range,
                height: max(subject.height, query.height))
        }
        try expect(symbol: .leftParenthesis, hint: "write the values in parentheses: x IN (1, 2)")
        let values = try list { (parser) throws(SQLDiagnostic) in try parser.parseExpression() }
        try expect(symbol: .rightParenthesis)
        return try make(.inList(subject, values, isNegated: isNegated), from: subject.range, over: [subject] + values)
    }

    /// The pattern behind LIKE, or all of several: `LIKE ANY ('a%', 'b%')`.
    private mutating func parseLike(
        _ kind: SyntaxLikeKind, _ subject: SyntaxExpression, isNegated: Bool
    ) throws(SQLDiagnostic) -> SyntaxExpression {
        if kind != .rlike, peek().kind == .symbol(.leftParenthesis), let quantifier = take(oneOf: .any, .some, .all) {
            try expect(symbol: .leftParenthesis)
            let patterns = try list { (parser) throws(SQLDiagnostic) in try parser.parseExpression() }
            try expect(symbol: .rightParenthesis)
            return try make(
                .likeSeveral(kind, subject, patterns: patterns, needsAll: quantifier == .all, isNegated: isNegated),
                from: subject.range, over: [subject] + patterns)
        }
        let pattern = try parseOperators()
        var escape: String?
        if kind != .rlike, take(keyword: .escape) {
            let place = current.range
            let text = try expectString("one character in quotes")
            guard text.unicodeScalars.count == 1 else {
                throw SQLDiagnostic(code: "INVALID_ESCAPE_CHAR", "the escape must be one character", at: place)
            }
            escape = text
        }
        return try make(
            .like(kind, subject, pattern: pattern, escape: escape, isNegated: isNegated), from: subject.range,
            over: [subject, pattern])
    }

    private mutating func parseIs(_ subject: SyntaxExpression) throws(SQLDiagnostic) -> SyntaxExpression {
        let isNegated = take(keyword: .not) || take(symbol: .exclamation)
        let kind: SyntaxExpression.Kind
        switch take(oneOf: .null, .true, .false, .unknown, .distinct) {
        case .null: kind = .isNull(subject, isNegated: isNegated)
        case .true: kind = .isBoolean(subject, true, isNegated: isNegated)
        case .false: kind = .isBoolean(subject, false, isNegated: isNegated)
        case .unknown: kind = .isBoolean(subject, nil, isNegated: isNegated)
        case .distinct:
            try expect(keyword: .from)
            let other = try parseOperators()
            return try make(
                .isDistinct(subject, other, isNegated: isNegated), from: subject.range, over: [subject, other])
        default: throw unexpected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM")
        }
        return try make(kind, from: subject.range, over: [subject])
    }
}
