// Queries as they were written.

import SourceText

/// A query: what it takes rows from, and how they are sorted and cut.
package struct SyntaxQuery: Hashable, Sendable {
    /// `WITH name AS (...), ...`.
    package let commonTables: [SyntaxCommonTable]
    /// Where RECURSIVE stands, if it does.
    package let recursive: TextRange?
    package let term: SyntaxQueryTerm
    package let order: [SyntaxOrder]
    /// `WINDOW w AS (...)` behind ORDER BY; Spark allows it in both places.
    package let windows: [SyntaxNamedWindow]
    package let limit: SyntaxExpression?
    package let offset: SyntaxExpression?
    package let range: TextRange
    package let height: Int

    /// The same query with common tables that stand before it, as in `WITH a AS (...) INSERT INTO t SELECT ...`.
    func with(_ outer: SyntaxCommonTables) -> SyntaxQuery {
        SyntaxQuery(
            commonTables: outer.tables + commonTables, recursive: outer.recursive ?? recursive, term: term,
            order: order, windows: windows, limit: limit, offset: offset, range: range, height: height)
    }
}

/// What stands between WITH and the query.
struct SyntaxCommonTables {
    var tables: [SyntaxCommonTable] = []
    var recursive: TextRange?

    var height: Int { tables.lazy.map(\.query.height).max() ?? 0 }
}

/// `name (columns) MAX RECURSION LEVEL 200 AS (query)` behind WITH.
package struct SyntaxCommonTable: Hashable, Sendable {
    package let name: String
    package let columns: [String]
    /// How deep it may go where it refers to itself, if it says so.
    package let maximumLevel: Int?
    package let query: SyntaxQuery
    package let range: TextRange
}

/// A query without the words that sort and cut it.
package struct SyntaxQueryTerm: Hashable, Sendable {
    package let kind: Kind
    package let range: TextRange
    package let height: Int

    package indirect enum Kind: Hashable, Sendable {
        case select(SyntaxSelect)
        /// `VALUES (1, 'a'), (2, 'b')`.
        case values([[SyntaxExpression]])
        /// `TABLE t`.
        case table(SyntaxName)
        /// A query in parentheses.
        case nested(SyntaxQuery)
        case setOperation(SyntaxSetOperator, isAll: Bool, SyntaxQueryTerm, SyntaxQueryTerm)
    }
}

package enum SyntaxSetOperator: String, Hashable, Sendable {
    case union = "UNION"
    case intersect = "INTERSECT"
    case except = "EXCEPT"
}

/// One SELECT.
package struct SyntaxSelect: Hashable, Sendable {
    package let isDistinct: Bool
    package let outputs: [SyntaxExpression]
    package let from: SyntaxRelation?
    package let filter: SyntaxExpression?
    package let grouping: SyntaxGrouping?
    package let having: SyntaxExpression?
    package let qualify: SyntaxExpression?
    package let windows: [SyntaxNamedWindow]
}

/// What stands behind GROUP BY.
package enum SyntaxGrouping: Hashable, Sendable {
    /// `GROUP BY ALL`.
    case all
    case items([SyntaxGroupingItem])
}

/// One item of a GROUP BY, or of its GROUPING SETS.
package indirect enum SyntaxGroupingItem: Hashable, Sendable {
    case expression(SyntaxExpression)
    /// Several expressions in parentheses, or none: only in GROUPING SETS.
    case several([SyntaxExpression])
    case rollup([[SyntaxExpression]], TextRange)
    case cube([[SyntaxExpression]], TextRange)
    case sets([SyntaxGroupingItem], TextRange)
}

/// A value to sort by.
package struct SyntaxOrder: Hashable, Sendable {
    package let expression: SyntaxExpression
    package let isAscending: Bool
    package let nullsFirst: Bool
}

/// The name of a table or of a view: one or more parts.
package struct SyntaxName: Hashable, Sendable {
    package let parts: [String]
    package let range: TextRange
}
