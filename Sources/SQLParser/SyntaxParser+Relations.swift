// FROM: tables, streams, subqueries, functions and their joins.

import SourceText

extension SyntaxParser {
    /// Relations with commas between them, and the lateral views behind them.
    mutating func parseRelations() throws(SQLDiagnostic) -> SyntaxRelation {
        var left = try parseLeadingRelation()
        while take(symbol: .comma) {
            let isLateral = takeLateral()
            let right = try parseJoined(isLateral: isLateral)
            let join = SyntaxJoin(kind: .inner, isNatural: false, isLateral: isLateral, criteria: .none)
            left = try combine(join, left, right)
        }
        if at(keywords: .lateral, .view) { left = try parseLateralViews(behind: left) ?? left }
        return try parsePivots(behind: left)
    }

    private mutating func parseLeadingRelation() throws(SQLDiagnostic) -> SyntaxRelation {
        if at(keyword: .lateral), peek().keyword != .view, peek().kind != .symbol(.dot) {
            // What LATERAL may refer to stands before it.
            _ = takeLateral()
        }
        return try parseJoined(isLateral: false)
    }

    private mutating func takeLateral() -> Bool {
        guard at(keyword: .lateral), peek().keyword != .view else { return false }
        switch peek().kind {
        case .word, .quotedName, .symbol(.leftParenthesis): return take(keyword: .lateral)
        default: return false
        }
    }

    /// A relation with its joins and pivots.
    private mutating func parseJoined(isLateral: Bool) throws(SQLDiagnostic) -> SyntaxRelation {
        try enter()
        defer { leave() }
        var left = try parseRelation()
        while true {
            if let (kind, isNatural) = try takeJoin() {
                left = try parseJoin(kind, isNatural: isNatural, left)
            } else if let pivoted = try parsePivot(behind: left) {
                left = pivoted
            } else {
                return left
            }
        }
    }

    func combine(
        _ join: SyntaxJoin, _ left: SyntaxRelation, _ right: SyntaxRelation, height: Int = 0
    ) throws(SQLDiagnostic) -> SyntaxRelation {
        try make(.join(join, left, right), from: left.range, height: max(left.height, right.height, height))
    }

    func make(
        _ kind: SyntaxRelation.Kind, from range: TextRange, height: Int
    ) throws(SQLDiagnostic) -> SyntaxRelation {
        SyntaxRelation(kind: kind, range: range.to(previous.range), height: try level(above: height))
    }

    // MARK: Joins

    /// The words from NATURAL or LEFT to JOIN, or `nil` where no join stands here.
    private mutating func takeJoin() throws(SQLDiagnostic) -> (SyntaxJoin.Kind, isNatural: Bool)? {
        let isNatural = take(keyword: .natural)
        let kind: SyntaxJoin.Kind
        switch take(oneOf: .join, .inner, .cross, .left, .right, .full, .semi, .anti) {
        case .join: return (.inner, isNatural)
        case .inner: kind = .inner
        case .cross: kind = .cross
        case .left:
            switch take(oneOf: .outer, .semi, .anti) {
            case .semi: kind = .leftSemi
            case .anti: kind = .leftAnti
            default: kind = .left
            }
        case .right:
            _ = take(keyword: .outer)
            kind = .right
        case .full:
            _ = take(keyword: .outer)
            kind = .full
        case .semi: kind = .leftSemi
        case .anti: kind = .leftAnti
        default:
            if isNatural { throw unexpected("JOIN") }
            return nil
        }
        try expect(keyword: .join)
        return (kind, isNatural)
    }

    private mutating func parseJoin(
        _ kind: SyntaxJoin.Kind, isNatural: Bool, _ left: SyntaxRelation
    ) throws(SQLDiagnostic) -> SyntaxRelation {
        let isLateral = takeLateral()
        let right = try parseRelation()
        var criteria = SyntaxJoin.Criteria.none
        var height = 0
        if !isNatural {
            if take(keyword: .on) {
                let condition = try parseExpression()
                (criteria, height) = (.on(condition), condition.height)
            } else if take(keyword: .using) {
                criteria = .using(try parseNames("the name of a column"))
            }
        }
        let join = SyntaxJoin(kind: kind, isNatural: isNatural, isLateral: isLateral, criteria: criteria)
        return try combine(join, left, right, height: height)
    }

    // MARK: What is joined

    /// One relation with its watermark and its name.
    private mutating func parseRelation() throws(SQLDiagnostic) -> SyntaxRelation {
        let start = current.range
        if at(symbol: .leftParenthesis) {
            if queryStarts(in: 0), !joinsValues() {
                let query = try parseNestedQuery()
                return try parseRest(of: try make(.query(query), from: start, height: query.height))
            }
            eat()
            let inner = try parseRelationsInParentheses()
            try expect(symbol: .rightParenthesis)
            return try parseRest(of: inner)
        }
        if at(keyword: .values), startsQuery(0) || peek().keyword == .null {
            eat()
            let rows = try parseRows()
            let height = rows.lazy.joined().map(\.height).max() ?? 0
            return try parseRest(of: try make(.values(rows), from: start, height: height))
        }
        if at(keyword: .stream), let table = try parseStream() { return try parseRest(of: table) }
        let name = try parseTableName()
        guard at(symbol: .leftParenthesis) else {
            return try parseRest(of: try make(.table(name, isStream: false), from: start, height: 0))
        }
        guard name.parts.count == 1, let function = name.parts.first else {
            throw SQLDiagnostic(
                code: "UNRESOLVABLE_TABLE_VALUED_FUNCTION", "functions in a catalog are not supported", at: name.range,
                hint: "write the function's name alone")
        }
        let call = try parseCall(function, start: start)
        return try parseRest(of: try make(.function(call), from: start, height: call.height))
    }

    /// Whether VALUES that begin in this parenthesis are joined with something there: then they are no query.
    private func joinsValues() -> Bool {
        guard peek().keyword == .values else { return false }
        let end = closing(0)
        var ahead = 1
        while ahead < end {
            switch peek(ahead).keyword {
            case .join: return true
            case .select, .union, .except, .intersect, .minus, .order, .limit: return false
            default: ahead = peek(ahead).kind == .symbol(.leftParenthesis) ? max(closing(ahead), ahead) + 1 : ahead + 1
            }
        }
        return false
    }

    private mutating func parseRelationsInParentheses() throws(SQLDiagnostic) -> SyntaxRelation {
        if startsQuery(0), !at(keyword: .values), !at(keyword: .table) { throw unexpected("the name of a table") }
        return try parseJoined(isLateral: false)
    }

    /// `STREAM t` or `STREAM (t)`; `nil` where a table has the name `stream`.
    private mutating func parseStream() throws(SQLDiagnostic) -> SyntaxRelation? {
        let start = current.range
        if peek().kind == .symbol(.leftParenthesis) {
            guard isTableName(2), peek(closing(1) - 1).kind != .symbol(.rightParenthesis) else { return nil }
            eat()
            eat()
            let name = try parseTableName()
            try expect(symbol: .rightParenthesis)
            return try make(.table(name, isStream: true), from: start, height: 0)
        }
        guard isTableName(1) else { return nil }
        eat()
        return try make(.table(try parseTableName(), isStream: true), from: start, height: 0)
    }

    /// Whether the name of a table stands `ahead` tokens from here, and no word that goes on with the query.
    private func isTableName(_ ahead: Int) -> Bool {
        switch peek(ahead).kind {
        case .quotedName: return true
        case .word: break
        default: return false
        }
        guard let keyword = peek(ahead).keyword else { return true }
        switch keyword {
        case .as, .where, .join, .inner, .cross, .left, .right, .full, .semi, .anti, .natural, .on, .using, .having,
            .union, .except, .intersect, .minus, .limit, .offset, .lateral, .pivot, .unpivot, .qualify:
            return false
        case .group, .order: return peek(ahead + 1).keyword != .by
        default: return true
        }
    }

    /// `a`, `a.b`: the name of a table.
    mutating func parseTableName() throws(SQLDiagnostic) -> SyntaxName {
        let start = current.range
        if let keyword = current.keyword, keyword == .where || keyword == .group || keyword == .order,
            peek().kind != .symbol(.dot), peek().kind != .end
        {
            throw unexpected("the name of a table")
        }
        let parts = try parseParts("the name of a table")
        return SyntaxName(parts: parts, range: start.to(previous.range))
    }

    /// `a.b.c`: the parts of a name.
    mutating func parseParts(_ what: String) throws(SQLDiagnostic) -> [String] {
        var parts = [try expectName(what)]
        while take(symbol: .dot) { parts.append(try expectName("a name behind '.'")) }
        return parts
    }

    /// WATERMARK and the name of a relation.
    mutating func parseRest(of relation: SyntaxRelation) throws(SQLDiagnostic) -> SyntaxRelation {
        var relation = relation
        let start = relation.range
        if at(keyword: .tablesample), peek().kind == .symbol(.leftParenthesis) { throw unsupported("TABLESAMPLE is") }
        if at(keyword: .with), peek().kind == .symbol(.leftParenthesis) {
            throw unsupported("options behind the name of a table are", hint: "give them in CREATE TABLE")
        }
        if at(keyword: .watermark), watermarkFollows {
            eat()
            var column = try parseExpression()
            if !at(keyword: .delay) { column = try parseAlias(of: column) }
            try expect(keyword: .delay, hint: "write: WATERMARK column DELAY OF INTERVAL 10 SECONDS")
            try expect(keyword: .of)
            guard at(keyword: .interval), intervalFollows else {
                throw unexpected("an interval", hint: "for example: INTERVAL 10 SECONDS")
            }
            let delay = try parseInterval()
            relation = try make(
                .watermark(relation, column, delay: delay), from: start,
                height: max(relation.height, column.height, delay.height))
        }
        guard let name = try takeTableAlias() else { return relation }
        let columns = at(symbol: .leftParenthesis) ? try parseNames("the name of a column") : []
        return try make(.alias(relation, name: name, columns: columns), from: start, height: relation.height)
    }

    private var watermarkFollows: Bool {
        switch peek().kind {
        case .word: peek().keyword != .as && isTableName(1)
        case .quotedName, .symbol(.leftParenthesis): true
        default: false
        }
    }

    // MARK: Lateral views

    /// `LATERAL VIEW [OUTER] f(x) t AS a, b`, any number of them.
    mutating func parseLateralViews(behind relation: SyntaxRelation?) throws(SQLDiagnostic) -> SyntaxRelation? {
        var left = relation ?? SyntaxRelation(kind: .values([[]]), range: current.range, height: 1)
        while at(keywords: .lateral, .view) {
            eat()
            eat()
            var isOuter = false
            if at(keyword: .outer), peek().kind != .symbol(.leftParenthesis) { isOuter = take(keyword: .outer) }
            let start = current.range
            let function = try expectName("a function that makes rows, such as explode")
            let generator = try parseCall(function, start: start)
            // Without a name for the rows AS is one to Spark's parser, and nobody needs it.
            let hasNoName = at(keyword: .as)
            guard let alias = hasNoName ? "as" : takeAlias() else {
                throw unexpected("a name for the rows", hint: "write: LATERAL VIEW explode(a) t AS x")
            }
            var columns: [String] = []
            if take(keyword: .as) {
                columns = try list { (parser) throws(SQLDiagnostic) in try parser.expectName("the name of a column") }
            } else if let first = takeAlias() {
                columns = [first]
                while take(symbol: .comma) { columns.append(try expectName("the name of a column")) }
            }
            let view = SyntaxLateralView(generator: generator, isOuter: isOuter, alias: alias, columns: columns)
            left = try make(.lateralView(left, view), from: left.range, height: max(left.height, generator.height))
        }
        return left
    }
}
