// PIVOT and UNPIVOT.

import SourceText

extension SyntaxParser {
    /// All of PIVOT and UNPIVOT that stand here.
    mutating func parsePivots(behind relation: SyntaxRelation) throws(SQLDiagnostic) -> SyntaxRelation {
        var relation = relation
        while let pivoted = try parsePivot(behind: relation) { relation = pivoted }
        return relation
    }

    /// `PIVOT (...)` or `UNPIVOT (...)`, or `nil` where neither stands here.
    mutating func parsePivot(behind relation: SyntaxRelation) throws(SQLDiagnostic) -> SyntaxRelation? {
        if take(keyword: .pivot) {
            let (pivot, height) = try parsePivotBody()
            return try make(.pivot(relation, pivot), from: relation.range, height: max(relation.height, height))
        }
        guard take(keyword: .unpivot) else { return nil }
        let unpivot = try parseUnpivotBody()
        let unpivoted = try make(.unpivot(relation, unpivot), from: relation.range, height: relation.height + 1)
        guard let name = try takeTableAlias() else { return unpivoted }
        return try make(.alias(unpivoted, name: name, columns: []), from: relation.range, height: unpivoted.height)
    }

    private mutating func parsePivotBody() throws(SQLDiagnostic) -> (SyntaxPivot, height: Int) {
        let start = previous.range
        try expect(symbol: .leftParenthesis)
        let aggregates = try parseNamedExpressions()
        try expect(keyword: .for, hint: "write: PIVOT (sum(x) FOR column IN (1, 2))")
        let columns = try parseColumns()
        try expect(keyword: .in)
        try expect(symbol: .leftParenthesis)
        let values = try parseNamedExpressions()
        try expect(symbol: .rightParenthesis)
        try expect(symbol: .rightParenthesis)
        let pivot = SyntaxPivot(
            aggregates: aggregates, columns: columns, values: values, range: start.to(previous.range))
        return (pivot, (aggregates + values).lazy.map(\.height).max() ?? 0)
    }

    /// `a` or `(a, b)`: names of columns.
    private mutating func parseColumns() throws(SQLDiagnostic) -> [SyntaxExpression] {
        guard take(symbol: .leftParenthesis) else { return [try parseColumn()] }
        let columns = try list { (parser) throws(SQLDiagnostic) in try parser.parseColumn() }
        try expect(symbol: .rightParenthesis)
        return columns
    }

    private mutating func parseColumn() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        let parts = try parseParts("the name of a column")
        return try make(.name(parts), from: start, over: [])
    }

    private mutating func parseUnpivotBody() throws(SQLDiagnostic) -> SyntaxUnpivot {
        let start = previous.range
        var includesNulls = false
        if let word = take(oneOf: .include, .exclude) {
            includesNulls = word == .include
            try expect(keyword: .nulls)
        }
        try expect(symbol: .leftParenthesis)
        let several = at(symbol: .leftParenthesis)
        let values =
            several
            ? try parseNames("a name for a column of values") : [try expectName("a name for the column of values")]
        try expect(keyword: .for, hint: "write: UNPIVOT (value FOR name IN (a, b))")
        let name = try expectName("a name for the column of names")
        try expect(keyword: .in)
        try expect(symbol: .leftParenthesis)
        let sources = try list { (parser) throws(SQLDiagnostic) in
            let place = parser.current.range
            if several, !parser.at(symbol: .leftParenthesis) { throw parser.unexpected("'('") }
            let columns = several ? try parser.parseColumns() : [try parser.parseColumn()]
            guard columns.count == values.count else {
                throw SQLDiagnostic(
                    code: "UNPIVOT_VALUE_SIZE_MISMATCH",
                    "\(columns.count) columns where UNPIVOT has \(values.count) columns of values",
                    at: place.to(parser.previous.range))
            }
            var alias: String?
            if parser.take(keyword: .as) {
                alias = try parser.expectName("a name after AS")
            } else {
                alias = parser.takeAlias()
            }
            return SyntaxUnpivot.Source(columns: columns, alias: alias)
        }
        try expect(symbol: .rightParenthesis)
        try expect(symbol: .rightParenthesis)
        return SyntaxUnpivot(
            includesNulls: includesNulls, values: values, name: name, sources: sources, range: start.to(previous.range))
    }
}
