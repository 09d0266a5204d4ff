// The steps of a query that can run: names bound, types known, casts written out.

import Columns

/// A query that can be run.
package indirect enum ResolvedPlan: Hashable, Sendable {
    /// Reads these columns of a source.
    case scan(ScanSource, columns: [PlanColumn])
    case project(ResolvedPlan, [NamedExpression])
    case filter(ResolvedPlan, ResolvedExpression)
    /// The rows that a generator makes of each row: the columns of the input listed in `kept`, then those of the
    /// generator.
    case generate(ResolvedPlan, GeneratorCall, outputs: [PlanColumn], kept: [ColumnID])
    /// One row a group: the groupings, then the aggregates. Without groupings one row over everything; without
    /// aggregates the distinct values of the groupings.
    case aggregate(ResolvedPlan, groupings: [NamedExpression], aggregates: [NamedAggregate])
    /// The rows of all inputs, by position: `columns` has the types of every input's columns, in order.
    case union([ResolvedPlan], columns: [PlanColumn])
    /// All rows in order; rows that are equal by the keys keep the order in which they came.
    case sort(ResolvedPlan, [SortKey])
    /// The first `count` rows (all where it is `nil`) behind the first `offset`.
    case limit(ResolvedPlan, count: Int?, offset: Int)
    /// Pairs of rows: the columns of the left input, then, unless the kind leaves them out, those of the right one.
    case join(ResolvedPlan, ResolvedPlan, Join)
    /// These rows, by position; one of no columns where a query has no FROM.
    case values(rows: [[ResolvedExpression]], columns: [PlanColumn])
    /// `start`, `start + step` and so on, as many as `count`; none of them overflows.
    case range(start: Int64, step: Int64, count: Int, PlanColumn)
    /// Each row once for each projection, which has an expression a column: grouping sets, UNPIVOT. A column with the
    /// id of one of the input is that one in every projection.
    case expand(ResolvedPlan, projections: [[ResolvedExpression]], columns: [PlanColumn])
    /// The columns of the input, then one for each function, computed over rows that agree in `partition`, in order.
    /// Rows that are equal by order keep that in which they came.
    case window(ResolvedPlan, [NamedWindow], partition: [ResolvedExpression], order: [SortKey])
    /// The one row of a scalar subquery: a row of NULLs where there is none, an error where there are more.
    case singleRow(ResolvedPlan)
    /// The rows of the first plan, and those that the second makes of them, of those, and so on until there are none.
    /// Each row makes its own: the second plan has `recursionRows` once, and passes them on row by row.
    case recursion(ResolvedPlan, step: ResolvedPlan, Recursion)
    /// Only in the step of a recursion: the rows that it makes rows of now.
    case recursionRows(columns: [PlanColumn])
    /// The rows of a stream as they are; the column says when each happened, and rows that lie further behind the
    /// newest one than so many microseconds are late. Nothing on tables.
    case watermark(ResolvedPlan, ColumnID, delayMicroseconds: Int64, WatermarkPlace)
    /// Each row once for each window that its time is in: the columns of the input, then the window.
    case timeWindow(ResolvedPlan, TimeWindow, PlanColumn)
    /// The first row of each key. A stream forgets a key once the watermark has passed the event time among its
    /// columns, or, within the watermark, that of the first row and the watermark's delay.
    case deduplicate(ResolvedPlan, keys: [ColumnID], isWithinWatermark: Bool)
    /// What a function of the program makes of the rows of each key and of the state that it has kept for the key.
    case groups(ResolvedPlan, GroupStep)
}

/// By what rows are sorted.
package struct SortKey: Hashable, Sendable {
    package let expression: ResolvedExpression
    package let isAscending: Bool
    /// Whether NULL stands before all other values, whatever the direction.
    package let nullsFirst: Bool

    package init(_ expression: ResolvedExpression, isAscending: Bool, nullsFirst: Bool) {
        self.expression = expression
        self.isAscending = isAscending
        self.nullsFirst = nullsFirst
    }

    /// The same direction over another expression.
    package func with(_ expression: ResolvedExpression) -> SortKey {
        SortKey(expression, isAscending: isAscending, nullsFirst: nullsFirst)
    }
}

// MARK: Columns

extension ResolvedPlan {
    /// The columns that come out, in order.
    package var columns: [PlanColumn] {
        switch self {
        case .scan(_, let columns), .union(_, let columns), .values(_, let columns), .expand(_, _, let columns):
            return columns
        case .recursion(_, _, let recursion): return recursion.columns
        case .recursionRows(let columns): return columns
        case .groups(_, let step): return step.outputs
        case .range(_, _, _, let column): return [column]
        case .window(let input, let functions, _, _): return input.columns + functions.map(\.column)
        case .singleRow(let input): return input.columns.map { $0.nullable(true) }
        case .project(_, let list): return list.map(\.column)
        case .filter(let input, _), .sort(let input, _), .limit(let input, _, _), .watermark(let input, _, _, _),
            .deduplicate(let input, _, _):
            return input.columns
        case .timeWindow(let input, _, let column): return input.columns + [column]
        case .generate(let input, _, let outputs, let kept):
            let columns = input.columns
            return kept.compactMap { id in columns.first { $0.id == id } } + outputs
        case .aggregate(_, let groupings, let aggregates):
            return groupings.map(\.column) + aggregates.map(\.column)
        case .join(let left, let right, let join):
            let own = left.columns.map { $0.nullable(join.kind.padsLeft) }
            if let mark = join.kind.markColumn { return own + [mark] }
            return join.kind.keepsRight ? own + right.columns.map { $0.nullable(join.kind.padsRight) } : own
        }
    }

    /// Names and types of the columns that come out.
    package var schema: Schema { Schema(columns.map(\.field)) }
}

extension PlanColumn {
    /// The same column, nullable where it must be.
    fileprivate func nullable(_ mustBe: Bool) -> PlanColumn {
        mustBe && !field.isNullable ? PlanColumn(id, Field(name, field.type, isNullable: true)) : self
    }
}

// MARK: Walking

extension ResolvedPlan {
    /// The steps directly below.
    package var children: [ResolvedPlan] {
        switch self {
        case .scan, .values, .range, .recursionRows: []
        case .recursion(let anchor, let step, _): [anchor, step]
        case .project(let input, _), .filter(let input, _), .generate(let input, _, _, _), .aggregate(let input, _, _),
            .sort(let input, _), .limit(let input, _, _), .expand(let input, _, _), .window(let input, _, _, _),
            .singleRow(let input), .watermark(let input, _, _, _), .timeWindow(let input, _, _),
            .deduplicate(let input, _, _), .groups(let input, _):
            [input]
        case .union(let inputs, _): inputs
        case .join(let left, let right, _): [left, right]
        }
    }

    /// The same step over other inputs, as many as it has.
    package func withChildren(_ children: [ResolvedPlan]) -> ResolvedPlan {
        precondition(children.count == self.children.count, "a step keeps the number of its inputs")
        switch self {
        case .scan, .values, .range, .recursionRows: return self
        case .recursion(_, _, let recursion): return .recursion(children[0], step: children[1], recursion)
        case .expand(_, let projections, let columns):
            return .expand(children[0], projections: projections, columns: columns)
        case .window(_, let functions, let partition, let order):
            return .window(children[0], functions, partition: partition, order: order)
        case .singleRow: return .singleRow(children[0])
        case .watermark(_, let column, let delay, let place):
            return .watermark(children[0], column, delayMicroseconds: delay, place)
        case .timeWindow(_, let window, let column): return .timeWindow(children[0], window, column)
        case .deduplicate(_, let keys, let isWithinWatermark):
            return .deduplicate(children[0], keys: keys, isWithinWatermark: isWithinWatermark)
        case .groups(_, let step): return .groups(children[0], step)
        case .project(_, let list): return .project(children[0], list)
        case .filter(_, let condition): return .filter(children[0], condition)
        case .generate(_, let call, let outputs, let kept):
            return .generate(children[0], call, outputs: outputs, kept: kept)
        case .aggregate(_, let groupings, let aggregates):
            return .aggregate(children[0], groupings: groupings, aggregates: aggregates)
        case .sort(_, let keys): return .sort(children[0], keys)
        case .limit(_, let count, let offset): return .limit(children[0], count: count, offset: offset)
        case .union(_, let columns): return .union(children, columns: columns)
        case .join(_, _, let join): return .join(children[0], children[1], join)
        }
    }

    /// The same step with each of its expressions exchanged; types and nullability stay.
    package func mapExpressions<Failure: Error>(
        _ transform: (ResolvedExpression) throws(Failure) -> ResolvedExpression
    ) throws(Failure) -> ResolvedPlan {
        func list(_ old: [NamedExpression]) throws(Failure) -> [NamedExpression] {
            try old.map { (named) throws(Failure) in named.with(try transform(named.expression)) }
        }
        func sorted(_ keys: [SortKey]) throws(Failure) -> [SortKey] {
            try keys.map { (key) throws(Failure) in key.with(try transform(key.expression)) }
        }
        func lists(_ old: [[ResolvedExpression]]) throws(Failure) -> [[ResolvedExpression]] {
            try old.map { (list) throws(Failure) in try list.map(transform) }
        }
        switch self {
        case .scan, .limit, .union, .singleRow, .range, .watermark, .deduplicate, .groups, .recursion, .recursionRows:
            return self
        case .timeWindow(let input, let window, let column):
            return .timeWindow(input, try window.mapExpressions(transform), column)
        case .values(let rows, let columns): return .values(rows: try lists(rows), columns: columns)
        case .expand(let input, let projections, let columns):
            return .expand(input, projections: try lists(projections), columns: columns)
        case .window(let input, let functions, let partition, let order):
            return .window(
                input, try functions.map { (function) throws(Failure) in try function.mapExpressions(transform) },
                partition: try partition.map(transform), order: try sorted(order))
        case .project(let input, let expressions): return .project(input, try list(expressions))
        case .filter(let input, let condition): return .filter(input, try transform(condition))
        case .generate(let input, let call, let outputs, let kept):
            return .generate(input, try call.mapExpressions(transform), outputs: outputs, kept: kept)
        case .aggregate(let input, let groupings, let aggregates):
            return .aggregate(
                input, groupings: try list(groupings),
                aggregates: try aggregates.map { (aggregate) throws(Failure) in
                    NamedAggregate(aggregate.id, name: aggregate.name, try aggregate.call.mapExpressions(transform))
                })
        case .sort(let input, let keys): return .sort(input, try sorted(keys))
        case .join(let left, let right, let join):
            return .join(
                left, right,
                Join(
                    join.kind, leftKeys: try join.leftKeys.map(transform), rightKeys: try join.rightKeys.map(transform),
                    nullSafe: join.nullSafe, condition: try join.condition.map(transform)))
        }
    }

    /// The expressions of this step alone.
    package var expressions: [ResolvedExpression] {
        switch self {
        case .scan, .limit, .union, .singleRow, .range, .watermark, .deduplicate, .groups, .recursion, .recursionRows:
            []
        case .timeWindow(_, let window, _): window.expressions
        case .values(let rows, _): rows.flatMap { $0 }
        case .expand(_, let projections, _): projections.flatMap { $0 }
        case .window(_, let functions, let partition, let order):
            functions.flatMap(\.expressions) + partition + order.map(\.expression)
        case .project(_, let list): list.map(\.expression)
        case .filter(_, let condition): [condition]
        case .generate(_, let call, _, _): call.arguments
        case .aggregate(_, let groupings, let aggregates):
            groupings.map(\.expression) + aggregates.flatMap(\.call.expressions)
        case .sort(_, let keys): keys.map(\.expression)
        case .join(_, _, let join): join.leftKeys + join.rightKeys + (join.condition.map { [$0] } ?? [])
        }
    }

    /// Whether any source is a stream.
    package var isStreaming: Bool {
        if case .scan(let source, _) = self { return source.isStreaming }
        return children.contains { $0.isStreaming }
    }
}
