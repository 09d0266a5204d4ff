// Queries: WITH, set operations, ORDER BY, LIMIT.

import SourceText

extension SyntaxParser {
    /// What a query in parentheses counts as levels of nesting: it takes that much more of the stack.
    private static let queryWeight = 4

    /// Whether the parenthesis `ahead` tokens from here holds a query. Parentheses around an expression that begins
    /// with a subquery don't: `((SELECT 1) + 1)`.
    func queryStarts(in ahead: Int) -> Bool {
        var innermost = ahead
        while peek(innermost + 1).kind == .symbol(.leftParenthesis) { innermost += 1 }
        guard startsQuery(innermost + 1) else { return false }
        while innermost > ahead {
            // The parenthesis around this one holds a query if what follows goes on with one.
            let next = peek(closing(innermost) + 1)
            switch next.keyword {
            case .union, .except, .intersect, .minus, .order, .limit, .offset: break
            default:
                guard next.kind == .symbol(.rightParenthesis) else { return false }
            }
            innermost -= 1
        }
        return true
    }

    /// Whether a query that is in no parentheses starts `ahead` tokens from here.
    func startsQuery(_ ahead: Int) -> Bool {
        let next = peek(ahead + 1)
        switch peek(ahead).keyword {
        case .select:
            return true
        case .with, .table:
            switch next.kind {
            case .word, .quotedName: return true
            default: return false
            }
        case .values:
            switch next.kind {
            case .symbol(.leftParenthesis): return true
            case .string, .number: return true
            default: return false
            }
        case .from:
            switch next.kind {
            case .word, .quotedName: return true
            default: return false
            }
        default: return false
        }
    }

    /// A query with the parentheses around it.
    mutating func parseNestedQuery() throws(SQLDiagnostic) -> SyntaxQuery {
        try expect(symbol: .leftParenthesis)
        let query = try parseQuery()
        try expect(symbol: .rightParenthesis)
        return query
    }

    mutating func parseQuery() throws(SQLDiagnostic) -> SyntaxQuery {
        try enter(weight: SyntaxParser.queryWeight)
        defer { leave(weight: SyntaxParser.queryWeight) }
        let start = current.range
        let common = try parseCommonTables()
        let term = try parseTerm()
        if at(symbol: .pipe) {
            throw unsupported("pipe syntax (|>) is", hint: "write the steps as nested SELECTs")
        }
        let order = at(keywords: .order, .by) ? try parseOrder() : []
        try refuseDistribution()
        let windows = try parseNamedWindows()
        let limit = try parseLimit()
        let offset = take(keyword: .offset) ? try parseExpression() : nil
        let heights =
            [common.height, term.height] + order.map(\.expression.height) + windows.map(\.window.height)
            + [limit, offset].map { $0?.height ?? 0 }
        return SyntaxQuery(
            commonTables: common.tables, recursive: common.recursive, term: term, order: order, windows: windows,
            limit: limit, offset: offset, range: start.to(previous.range), height: try level(above: heights.max() ?? 0))
    }

    /// `WITH a AS (...), b (x, y) AS (...)`, or nothing.
    mutating func parseCommonTables() throws(SQLDiagnostic) -> SyntaxCommonTables {
        var common = SyntaxCommonTables()
        guard take(keyword: .with) else { return common }
        if at(keyword: .recursive), peek().kind != .symbol(.leftParenthesis), peek().keyword != .as {
            common.recursive = current.range
            eat()
        }
        var seen: Set<String> = []
        common.tables = try list { (parser) throws(SQLDiagnostic) in
            let start = parser.current.range
            let name = try parser.expectName("the name of a query")
            guard seen.insert(name.lowercased()).inserted else {
                throw SQLDiagnostic(
                    code: "DUPLICATED_CTE_NAMES",
                    "queries behind WITH can't have duplicate names: \(shortened(name))", at: start,
                    hint: "choose another name")
            }
            let hasColumns = parser.at(symbol: .leftParenthesis) && !parser.queryStarts(in: 0)
            let columns = hasColumns ? try parser.parseNames("the name of a column") : []
            let maximumLevel =
                parser.take(words: "max", "recursion", "level") ? try parser.expectCount("a number") : nil
            _ = parser.take(keyword: .as)
            let query = try parser.parseNestedQuery()
            return SyntaxCommonTable(
                name: name, columns: columns, maximumLevel: maximumLevel, query: query,
                range: start.to(parser.previous.range))
        }
        return common
    }

    /// `(a, b)`: names in parentheses.
    mutating func parseNames(_ what: String) throws(SQLDiagnostic) -> [String] {
        try expect(symbol: .leftParenthesis)
        let names = try list { (parser) throws(SQLDiagnostic) in try parser.expectName(what) }
        try expect(symbol: .rightParenthesis)
        return names
    }

    // MARK: Set operations

    /// UNION and EXCEPT from left to right; INTERSECT binds more strongly.
    private mutating func parseTerm() throws(SQLDiagnostic) -> SyntaxQueryTerm {
        var left = try parseIntersections()
        while let operation = take(oneOf: .union, .except, .minus) {
            let isAll = takeSetQuantifier()
            let right = try parseIntersections()
            left = try combine(operation == .union ? .union : .except, isAll, left, right)
        }
        return left
    }

    private mutating func parseIntersections() throws(SQLDiagnostic) -> SyntaxQueryTerm {
        var left = try parseTermOperand()
        while take(keyword: .intersect) {
            let isAll = takeSetQuantifier()
            let right = try parseTermOperand()
            left = try combine(.intersect, isAll, left, right)
        }
        return left
    }

    private mutating func takeSetQuantifier() -> Bool { take(oneOf: .all, .distinct) == .all }

    private func combine(
        _ operation: SyntaxSetOperator, _ isAll: Bool, _ left: SyntaxQueryTerm, _ right: SyntaxQueryTerm
    ) throws(SQLDiagnostic) -> SyntaxQueryTerm {
        SyntaxQueryTerm(
            kind: .setOperation(operation, isAll: isAll, left, right), range: left.range.to(right.range),
            height: try level(above: max(left.height, right.height)))
    }

    private mutating func parseTermOperand() throws(SQLDiagnostic) -> SyntaxQueryTerm {
        let start = current.range
        let kind: SyntaxQueryTerm.Kind
        let height: Int
        if at(symbol: .leftParenthesis) {
            let query = try parseNestedQuery()
            (kind, height) = (.nested(query), query.height)
        } else {
            switch current.keyword {
            case .select:
                let select = try parseSelect(from: nil)
                (kind, height) = (.select(select.syntax), select.height)
            case .from:
                let select = try parseFromFirst()
                (kind, height) = (.select(select.syntax), select.height)
            case .values:
                eat()
                let rows = try parseRows()
                let rowHeight = rows.lazy.joined().map(\.height).max() ?? 0
                if let named = try parseNameOfValues(rows, from: start, height: rowHeight) {
                    (kind, height) = (.select(named.syntax), named.height)
                } else {
                    (kind, height) = (.values(rows), rowHeight)
                }
            case .table:
                eat()
                (kind, height) = (.table(try parseTableName()), 0)
            default: throw unexpected("SELECT, VALUES, TABLE, FROM or a query in parentheses")
            }
        }
        return SyntaxQueryTerm(
            kind: kind, range: start.to(previous.range), height: try level(above: height))
    }

    /// `VALUES (1) AS t(a)` as a query is `SELECT * FROM VALUES (1) AS t(a)`; `nil` where no name stands there.
    private mutating func parseNameOfValues(
        _ rows: [[SyntaxExpression]], from start: TextRange, height: Int
    ) throws(SQLDiagnostic) -> Select? {
        let plain = try make(.values(rows), from: start, height: height)
        let relation = try parseRest(of: plain)
        return relation == plain ? nil : selectingAll(from: relation, at: start)
    }

    /// The rows of VALUES; a row of one value needs no parentheses.
    mutating func parseRows() throws(SQLDiagnostic) -> [[SyntaxExpression]] {
        try list { (parser) throws(SQLDiagnostic) in
            let row = try parser.parseExpression()
            if case .row(let values) = row.kind { return values }
            return [row]
        }
    }

    // MARK: Order and limits

    private mutating func parseOrder() throws(SQLDiagnostic) -> [SyntaxOrder] {
        eat()
        eat()
        return try parseOrderItems()
    }

    /// `a DESC NULLS LAST, b`.
    mutating func parseOrderItems() throws(SQLDiagnostic) -> [SyntaxOrder] {
        try list { (parser) throws(SQLDiagnostic) in
            let expression = try parser.parseExpression()
            let isAscending = parser.take(oneOf: .asc, .desc) != .desc
            guard parser.take(keyword: .nulls) else {
                return SyntaxOrder(expression: expression, isAscending: isAscending, nullsFirst: isAscending)
            }
            guard let side = parser.take(oneOf: .first, .last) else { throw parser.unexpected("FIRST or LAST") }
            return SyntaxOrder(expression: expression, isAscending: isAscending, nullsFirst: side == .first)
        }
    }

    /// What spreads rows over the machines of a cluster has no meaning in one process.
    private func refuseDistribution() throws(SQLDiagnostic) {
        guard peek().keyword == .by, let keyword = current.keyword else { return }
        switch keyword {
        case .sort: throw unsupported("SORT BY is", hint: "use ORDER BY, which sorts all rows")
        case .cluster, .distribute:
            throw unsupported("\(keyword.text) BY is", hint: "leave it out: rows are spread over the workers anyway")
        default: return
        }
    }

    private mutating func parseLimit() throws(SQLDiagnostic) -> SyntaxExpression? {
        guard take(keyword: .limit) else { return nil }
        if at(keyword: .all), peek().kind != .symbol(.leftParenthesis) {
            eat()
            return nil
        }
        return try parseExpression()
    }
}
