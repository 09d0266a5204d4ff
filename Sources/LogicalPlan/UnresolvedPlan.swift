// The steps of a query as written.

import Columns
import SourceText

/// Where rows come from, as far as a plan needs to know.
package struct ScanSource: Hashable, Sendable {
    /// Which source of the program this is. Only for looking it up: another run of the program may give another.
    package let id: String
    /// Which of the query's reads this is, in the order in which the query names them: the same in every run, and one
    /// for each time that the query reads a source.
    package private(set) var occurrence = 0
    /// What people call it, for example `kafka[events]`; stable over restarts.
    package let name: String
    package let schema: Schema
    package let isStreaming: Bool
    /// Scans of streams with the same one read the same rows: they need one source. No checkpoint compares it.
    package let streamID: String
    /// What people are told of it besides; no checkpoint compares it.
    package let note: String?

    package init(
        id: String, name: String, schema: Schema, isStreaming: Bool, streamID: String? = nil, note: String? = nil
    ) {
        self.id = id
        self.name = name
        self.schema = schema
        self.isStreaming = isStreaming
        self.streamID = streamID ?? id
        self.note = note
    }

    /// The source as the query's read of this number.
    package func occurring(as number: Int) -> ScanSource {
        var source = self
        source.occurrence = number
        return source
    }
}

/// A query as the user built it. Building never fails; `Analyzer` checks.
package indirect enum UnresolvedPlan: Hashable, Sendable {
    case scan(ScanSource)
    /// Gives the columns a qualifier: behind `alias(t)` a column `a` is `t.a`, too.
    case alias(UnresolvedPlan, String)
    case project(UnresolvedPlan, [Expression])
    /// The columns of a name under another one; nothing where there is no such column.
    case renamed(UnresolvedPlan, from: String, to: String)
    /// All columns but these; columns that aren't there don't count.
    case dropped(UnresolvedPlan, [Expression])
    /// Adds columns, or replaces those of the same name.
    case withColumns(UnresolvedPlan, [Expression])
    case filter(UnresolvedPlan, Expression)
    /// One row a group. `outputs` is the whole list of columns, groupings included where they are wanted:
    /// `groupBy(a).agg(b)` has the outputs `a, b`.
    case aggregate(UnresolvedPlan, groupings: [Expression], outputs: [Expression])
    /// The rows of all inputs, of which there is at least one.
    case union([UnresolvedPlan], UnionMatching)
    /// The first row for each different value of some columns, or of all where none is named.
    case deduplicated(UnresolvedPlan, columns: [String], isWithinWatermark: Bool)
    /// What a function of the program makes of the rows of each key.
    case groups(UnresolvedPlan, keys: [Expression], GroupFunction)
    /// Every different row once.
    case distinct(UnresolvedPlan)
    /// Rows in order, by expressions or `Expression.ordered`.
    case sort(UnresolvedPlan, [Expression])
    /// The first `count` rows, or all, behind the first `offset`.
    case limit(UnresolvedPlan, count: Int?, offset: Int)
    case join(UnresolvedPlan, UnresolvedPlan, JoinKind, JoinCriteria)
    /// One row without columns: a SELECT without FROM.
    case oneRow
    /// Rows of expressions without columns, named `col1` and so on.
    case values([[Expression]])
    /// A call that gives rows: `range`, or a generator.
    case tableFunction(String, [Expression])
    /// A qualifier, and names for all columns, or none for the names that they have.
    case named(UnresolvedPlan, alias: String, columns: [String])
    case block(SelectBlock)
    case setOperation(SetOperation, isAll: Bool, UnresolvedPlan, UnresolvedPlan)
    /// Rows by number, which constant expressions give.
    case limitExpression(UnresolvedPlan, count: Expression?, offset: Expression?)
    /// `LATERAL VIEW`: each row with what a generator makes of it.
    case lateralView(
        UnresolvedPlan, generator: Expression, isOuter: Bool, alias: String?, columns: [String])
    /// A join whose right side may use columns of the left one.
    case lateralJoin(UnresolvedPlan, UnresolvedPlan, JoinKind, Expression?)
    case pivot(UnresolvedPlan, Pivot)
    case unpivot(UnresolvedPlan, Unpivot)
    /// Rows by whose times a stream says how far it is.
    case watermark(UnresolvedPlan, Expression, delay: Expression, WatermarkPlace)
    /// The rows of the anchor, and those that the step makes of them, again and again.
    case recursion(UnresolvedRecursion)
    /// In the step of the recursion with this number: the rows that were made last.
    case recursionReference(Int)
    /// Texts of a table's columns with the lengths that it declares, `nil` for other columns: on their way into the
    /// table, or read from it.
    case textLengths(UnresolvedPlan, [TextLength?], isWritten: Bool)
    /// A step that stands in a SQL text; what is wrong with it is shown there.
    case located(TextPlace, UnresolvedPlan)
}
