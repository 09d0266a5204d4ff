// OVER and WINDOW: partitions, orders and frames.

import SourceText

extension SyntaxParser {
    /// A window behind OVER or AS: `w`, `(w)`, `(PARTITION BY a ORDER BY b ROWS ...)`.
    mutating func parseWindow() throws(SQLDiagnostic) -> SyntaxWindow {
        let start = current.range
        guard take(symbol: .leftParenthesis) else {
            let name = try expectName("a window in parentheses, or its name")
            return SyntaxWindow(kind: .named(name), range: start)
        }
        if peek().kind == .symbol(.rightParenthesis), !at(symbol: .rightParenthesis) {
            let name = try expectName("PARTITION BY, ORDER BY or the name of a window")
            eat()
            return SyntaxWindow(kind: .named(name), range: start.to(previous.range))
        }
        var partition: [SyntaxExpression] = []
        var order: [SyntaxOrder] = []
        if at(keywords: .cluster, .by) {
            throw unsupported("CLUSTER BY in a window is", hint: "use PARTITION BY and ORDER BY")
        }
        if at(keywords: .partition, .by) || at(keywords: .distribute, .by) {
            eat()
            eat()
            partition = try list { (parser) throws(SQLDiagnostic) in try parser.parseExpression() }
        }
        if at(keywords: .order, .by) || at(keywords: .sort, .by) {
            eat()
            eat()
            order = try parseOrderItems()
        }
        let frame = at(keyword: .rows) || at(keyword: .range) ? try parseFrame() : nil
        guard take(symbol: .rightParenthesis) else {
            throw unexpected(
                frame != nil
                    ? "')'" : order.isEmpty ? "PARTITION BY, ORDER BY, ROWS, RANGE or ')'" : "ROWS, RANGE or ')'")
        }
        return SyntaxWindow(
            kind: .specified(partition: partition, order: order, frame: frame), range: start.to(previous.range))
    }

    /// `WINDOW a AS (...), b AS (...)`, or nothing.
    mutating func parseNamedWindows() throws(SQLDiagnostic) -> [SyntaxNamedWindow] {
        guard take(keyword: .window) else { return [] }
        return try list { (parser) throws(SQLDiagnostic) in
            let start = parser.current.range
            let name = try parser.expectName("the name of a window")
            try parser.expect(keyword: .as)
            let window = try parser.parseWindow()
            return SyntaxNamedWindow(name: name, window: window, range: start.to(parser.previous.range))
        }
    }

    private mutating func parseFrame() throws(SQLDiagnostic) -> SyntaxFrame {
        let start = current.range
        let isRows = take(oneOf: .rows, .range) == .rows
        guard take(keyword: .between) else {
            let bound = try parseFrameBound()
            return SyntaxFrame(isRows: isRows, start: bound, end: .currentRow, range: start.to(previous.range))
        }
        let first = try parseFrameBound()
        try expect(keyword: .and, hint: "write: BETWEEN start AND end")
        let last = try parseFrameBound()
        return SyntaxFrame(isRows: isRows, start: first, end: last, range: start.to(previous.range))
    }

    private mutating func parseFrameBound() throws(SQLDiagnostic) -> SyntaxFrameBound {
        if at(keywords: .current, .row) {
            eat()
            eat()
            return .currentRow
        }
        if at(keyword: .unbounded), let side = peek().keyword, side == .preceding || side == .following {
            eat()
            eat()
            return side == .preceding ? .unboundedPreceding : .unboundedFollowing
        }
        // AND belongs to BETWEEN.
        let amount = try parseOperators()
        switch take(oneOf: .preceding, .following) {
        case .preceding: return .preceding(amount)
        case .following: return .following(amount)
        default:
            throw unexpected("PRECEDING or FOLLOWING", hint: "for example: ROWS BETWEEN 1 PRECEDING AND CURRENT ROW")
        }
    }
}
