// SELECT: its list, its conditions and its groups.

import SourceText

extension SyntaxParser {
    /// A SELECT and the height of what is in it.
    typealias Select = (syntax: SyntaxSelect, height: Int)

    /// `FROM t SELECT a`, or `FROM t` alone, which selects everything.
    mutating func parseFromFirst() throws(SQLDiagnostic) -> Select {
        let start = current.range
        eat()
        let from = try parseRelations()
        if at(keyword: .select) {
            let select = try parseSelect(from: from)
            if at(keyword: .select) { throw unsupported("several SELECTs behind one FROM are") }
            return select
        }
        if at(keyword: .insert) {
            throw unsupported("INSERT behind FROM is", hint: "write: INSERT INTO table SELECT ... FROM ...")
        }
        return selectingAll(from: from, at: start)
    }

    /// `SELECT *` of a relation.
    func selectingAll(from relation: SyntaxRelation, at range: TextRange) -> Select {
        let star = SyntaxExpression(kind: .star(qualifier: [], except: []), range: range, height: 1)
        let select = SyntaxSelect(
            isDistinct: false, outputs: [star], from: relation, filter: nil, grouping: nil, having: nil, qualify: nil,
            windows: [])
        return (select, relation.height)
    }

    /// A SELECT up to its HAVING, QUALIFY and WINDOW; `from` is what stood before it.
    mutating func parseSelect(from given: SyntaxRelation?) throws(SQLDiagnostic) -> Select {
        try expect(keyword: .select)
        let isDistinct = takeSelectQuantifier()
        let outputs = try parseSelectList()
        var from = given
        if given == nil, take(keyword: .from) { from = try parseRelations() }
        if at(keywords: .lateral, .view) { from = try parseLateralViews(behind: from) }
        let filter = take(keyword: .where) ? try parseExpression() : nil
        let grouping = at(keywords: .group, .by) ? try parseGrouping() : nil
        let having = take(keyword: .having) ? try parseExpression() : nil
        var qualify = take(keyword: .qualify) ? try parseExpression() : nil
        let windows = try parseNamedWindows()
        if qualify == nil, take(keyword: .qualify) { qualify = try parseExpression() }
        let select = SyntaxSelect(
            isDistinct: isDistinct, outputs: outputs, from: from, filter: filter, grouping: grouping?.syntax,
            having: having, qualify: qualify, windows: windows)
        let heights =
            outputs.map(\.height) + [filter, having, qualify].map { $0?.height ?? 0 }
            + [from?.height ?? 0, grouping?.height ?? 0] + windows.map(\.window.height)
        return (select, heights.max() ?? 0)
    }

    /// DISTINCT, or ALL, which says nothing, unless it is the name of a column.
    private mutating func takeSelectQuantifier() -> Bool {
        guard at(keyword: .distinct) || at(keyword: .all) else { return false }
        switch peek().kind {
        case .end, .symbol(.comma), .symbol(.dot), .symbol(.semicolon), .symbol(.rightParenthesis): return false
        default: return take(oneOf: .distinct, .all) == .distinct
        }
    }

    private mutating func parseSelectList() throws(SQLDiagnostic) -> [SyntaxExpression] {
        try list { (parser) throws(SQLDiagnostic) in
            if parser.at(keyword: .from), parser.peek().kind != .symbol(.leftParenthesis),
                parser.previous.kind == .symbol(.comma)
            {
                throw SQLDiagnostic(
                    code: "TRAILING_COMMA_IN_SELECT", "the list of columns ends with a comma",
                    at: parser.previous.range, hint: "remove it")
            }
            return try parser.parseNamedExpression()
        }
    }

    // MARK: GROUP BY

    private typealias Grouping = (syntax: SyntaxGrouping, height: Int)

    private mutating func parseGrouping() throws(SQLDiagnostic) -> Grouping {
        eat()
        eat()
        if at(keyword: .all), peek().kind != .symbol(.leftParenthesis), peek().kind != .symbol(.comma),
            peek().kind != .symbol(.dot)
        {
            eat()
            return (.all, 0)
        }
        var height = 0
        var items = try list { (parser) throws(SQLDiagnostic) in try parser.parseGroupingItem(&height) }
        let range = current.range
        if at(keywords: .with, .rollup) || at(keywords: .with, .cube) {
            eat()
            let isRollup = take(oneOf: .rollup, .cube) == .rollup
            let sets = try items.map { (item) throws(SQLDiagnostic) in [try plain(item)] }
            items = [isRollup ? .rollup(sets, range.to(previous.range)) : .cube(sets, range.to(previous.range))]
        } else if at(keywords: .grouping, .sets) {
            // GROUP BY a, b GROUPING SETS (...): only the sets count.
            items = [try parseGroupingItem(&height)]
        }
        return (.items(items), height)
    }

    private func plain(_ item: SyntaxGroupingItem) throws(SQLDiagnostic) -> SyntaxExpression {
        guard case .expression(let expression) = item else {
            throw SQLDiagnostic(
                "WITH ROLLUP and WITH CUBE stand behind plain columns only", at: previous.range,
                hint: "write: GROUP BY ROLLUP (a, b)")
        }
        return expression
    }

    /// An expression, `ROLLUP (...)`, `CUBE (...)` or `GROUPING SETS (...)`.
    private mutating func parseGroupingItem(_ height: inout Int) throws(SQLDiagnostic) -> SyntaxGroupingItem {
        let start = current.range
        let opens = peek().kind == .symbol(.leftParenthesis)
        if at(keywords: .grouping, .sets), peek(2).kind == .symbol(.leftParenthesis) {
            eat()
            eat()
            eat()
            try enter()
            defer { leave() }
            let sets = try list { (parser) throws(SQLDiagnostic) in try parser.parseGroupingElement(&height) }
            try expect(symbol: .rightParenthesis)
            return .sets(sets, start.to(previous.range))
        }
        if opens, let keyword = take(oneOf: .rollup, .cube) {
            eat()
            let sets = try list { (parser) throws(SQLDiagnostic) in try parser.parseGroupingSet(&height) }
            try expect(symbol: .rightParenthesis)
            return keyword == .rollup ? .rollup(sets, start.to(previous.range)) : .cube(sets, start.to(previous.range))
        }
        let expression = try parseExpression()
        height = max(height, expression.height)
        return .expression(expression)
    }

    /// One of GROUPING SETS: a set, or again ROLLUP and the like.
    private mutating func parseGroupingElement(_ height: inout Int) throws(SQLDiagnostic) -> SyntaxGroupingItem {
        if at(symbol: .leftParenthesis) { return .several(try parseGroupingSet(&height)) }
        return try parseGroupingItem(&height)
    }

    /// `a`, `(a, b)`, `()`.
    private mutating func parseGroupingSet(_ height: inout Int) throws(SQLDiagnostic) -> [SyntaxExpression] {
        var expressions: [SyntaxExpression] = []
        if at(symbol: .leftParenthesis), peek().kind == .symbol(.rightParenthesis) {
            eat()
            eat()
        } else {
            let expression = try parseExpression()
            if case .row(let items) = expression.kind { expressions = items } else { expressions = [expression] }
        }
        height = max(height, expressions.lazy.map(\.height).max() ?? 0)
        return expressions
    }
}
