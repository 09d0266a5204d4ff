// What stands behind FROM, as it was written.

import SourceText

/// Something that rows come from.
package struct SyntaxRelation: Hashable, Sendable {
    package let kind: Kind
    package let range: TextRange
    package let height: Int

    package indirect enum Kind: Hashable, Sendable {
        /// `t`, `STREAM t`.
        case table(SyntaxName, isStream: Bool)
        /// `(SELECT ...)`.
        case query(SyntaxQuery)
        case values([[SyntaxExpression]])
        /// `range(10)`.
        case function(SyntaxExpression)
        /// `relation AS name (columns)`.
        case alias(SyntaxRelation, name: String, columns: [String])
        /// `relation WATERMARK column DELAY OF interval`.
        case watermark(SyntaxRelation, SyntaxExpression, delay: SyntaxExpression)
        case join(SyntaxJoin, SyntaxRelation, SyntaxRelation)
        case lateralView(SyntaxRelation, SyntaxLateralView)
        case pivot(SyntaxRelation, SyntaxPivot)
        case unpivot(SyntaxRelation, SyntaxUnpivot)
    }
}

/// How two relations are joined.
package struct SyntaxJoin: Hashable, Sendable {
    package let kind: Kind
    package let isNatural: Bool
    /// Whether the right side may use columns of the left one.
    package let isLateral: Bool
    package let criteria: Criteria

    package enum Kind: String, Hashable, Sendable {
        case inner = "INNER"
        case cross = "CROSS"
        case left = "LEFT"
        case right = "RIGHT"
        case full = "FULL"
        case leftSemi = "LEFT SEMI"
        case leftAnti = "LEFT ANTI"
    }

    package enum Criteria: Hashable, Sendable {
        case none
        case on(SyntaxExpression)
        case using([String])
    }
}

/// `LATERAL VIEW [OUTER] f(x) alias AS columns`.
package struct SyntaxLateralView: Hashable, Sendable {
    package let generator: SyntaxExpression
    package let isOuter: Bool
    package let alias: String
    package let columns: [String]
}

/// `PIVOT (aggregates FOR columns IN (values))`.
package struct SyntaxPivot: Hashable, Sendable {
    package let aggregates: [SyntaxExpression]
    package let columns: [SyntaxExpression]
    package let values: [SyntaxExpression]
    package let range: TextRange
}

/// `UNPIVOT [INCLUDE NULLS] (values FOR name IN (columns))`.
package struct SyntaxUnpivot: Hashable, Sendable {
    package let includesNulls: Bool
    /// The names of the columns that the values go to.
    package let values: [String]
    /// The name of the column that says where they come from.
    package let name: String
    package let sources: [Source]
    package let range: TextRange

    /// Columns whose values make one row, as many as there are `values`.
    package struct Source: Hashable, Sendable {
        package let columns: [SyntaxExpression]
        package let alias: String?
    }
}
