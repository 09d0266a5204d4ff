// One SELECT as it was written: its clauses do not stand in the order in which they take effect.

/// One SELECT with all its clauses; what the names in them mean, the analyser says.
package struct SelectBlock: Hashable, Sendable {
    /// What stands behind FROM, or `.oneRow`.
    package var input: UnresolvedPlan
    package var isDistinct = false
    /// The list of columns, stars included.
    package var outputs: [Expression]
    /// `WHERE`.
    package var filter: Expression?
    package var grouping: Grouping?
    package var having: Expression?
    /// `QUALIFY`: a filter over window functions.
    package var qualify: Expression?
    /// `WINDOW name AS (...)`.
    package var windows: [String: WindowSpecification] = [:]
    /// `ORDER BY`: expressions or `Expression.ordered`.
    package var order: [Expression] = []
    /// `ORDER BY ALL`; then `order` has the direction as the order of a star, or is empty.
    package var ordersByAll = false
    package var limit: Expression?
    package var offset: Expression?

    package init(_ input: UnresolvedPlan, outputs: [Expression]) {
        self.input = input
        self.outputs = outputs
    }
}

/// What stands behind GROUP BY.
package enum Grouping: Hashable, Sendable {
    case expressions([Expression])
    /// Every output without an aggregate: `GROUP BY ALL`.
    case all
    /// Several lists of groupings: GROUPING SETS, ROLLUP and CUBE.
    case sets([[Expression]])
}

/// The window of a window function, as written.
package struct WindowSpecification: Hashable, Sendable {
    /// The window of the WINDOW clause on which this one is built.
    package var base: String?
    package var partition: [Expression]
    /// Expressions or `Expression.ordered`.
    package var order: [Expression]
    package var frame: Frame?

    package init(base: String? = nil, partition: [Expression] = [], order: [Expression] = [], frame: Frame? = nil) {
        self.base = base
        self.partition = partition
        self.order = order
        self.frame = frame
    }

    /// `ROWS BETWEEN start AND end`, or the same with RANGE.
    package struct Frame: Hashable, Sendable {
        package let isRows: Bool
        package let start: Bound
        package let end: Bound

        package init(isRows: Bool, start: Bound, end: Bound) {
            self.isRows = isRows
            self.start = start
            self.end = end
        }
    }

    package indirect enum Bound: Hashable, Sendable {
        case unboundedPreceding
        case preceding(Expression)
        case currentRow
        case following(Expression)
        case unboundedFollowing
    }
}

/// `PIVOT (aggregates FOR columns IN (values))`.
package struct Pivot: Hashable, Sendable {
    /// Calls of aggregates, with or without names.
    package let aggregates: [Expression]
    package let columns: [Expression]
    /// Constants, with or without names; `Expression.row` where there are several columns.
    package let values: [Expression]

    package init(aggregates: [Expression], columns: [Expression], values: [Expression]) {
        self.aggregates = aggregates
        self.columns = columns
        self.values = values
    }
}

/// `UNPIVOT [INCLUDE NULLS] (values FOR name IN (sources))`.
package struct Unpivot: Hashable, Sendable {
    package let includesNulls: Bool
    /// The names of the columns that the values go to.
    package let values: [String]
    /// The name of the column that says where they come from.
    package let name: String
    package let sources: [Source]

    package init(includesNulls: Bool, values: [String], name: String, sources: [Source]) {
        self.includesNulls = includesNulls
        self.values = values
        self.name = name
        self.sources = sources
    }

    /// Columns whose values make one row, as many as there are `values`.
    package struct Source: Hashable, Sendable {
        package let columns: [Expression]
        package let alias: String?

        package init(columns: [Expression], alias: String? = nil) {
            self.columns = columns
            self.alias = alias
        }
    }
}

/// A set operation besides UNION.
package enum SetOperation: String, Hashable, Sendable {
    case intersect = "INTERSECT"
    case except = "EXCEPT"
}
