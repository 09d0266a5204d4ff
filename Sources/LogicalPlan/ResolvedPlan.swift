// The steps of a query that can run: names bound, types known, casts written out.

import Columns

/// A query that can be run.
package indirect enum ResolvedPlan: Hashable, Sendable {
    /// Reads these columns of a source.
    case scan(ScanSource, columns: [PlanColumn])
    case project(ResolvedPlan, [NamedExpression])
    case filter(ResolvedPlan, ResolvedExpression)
    /// One row for each element of `array` (none for NULL and empty arrays): the columns of the input listed in `kept`,
    /// then the element as the last column.
    case generate(ResolvedPlan, array: ResolvedExpression, element: PlanColumn, kept: [ColumnID])
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
}

/// Which rows a join gives.
package enum JoinKind: String, Hashable, Sendable, CaseIterable {
    case inner, left, right, full, leftSemi, leftAnti, cross

    /// Whether the columns of the right input come out.
    package var keepsRight: Bool { self != .leftSemi && self != .leftAnti }
    /// Whether rows of the left input may come out without a partner, so that the right columns are NULL.
    package var padsRight: Bool { self == .left || self == .full }
    /// Whether rows of the right input may come out without a partner, so that the left columns are NULL.
    package var padsLeft: Bool { self == .right || self == .full }
}

extension JoinKind {
    /// The kind as Spark's messages name it.
    package var sparkName: String {
        switch self {
        case .inner: "Inner"
        case .left: "LeftOuter"
        case .right: "RightOuter"
        case .full: "FullOuter"
        case .leftSemi: "LeftSemi"
        case .leftAnti: "LeftAnti"
        case .cross: "Cross"
        }
    }
}

/// How the rows of two inputs find each other.
package struct Join: Hashable, Sendable {
    package let kind: JoinKind
    /// Equal, pair by pair, for rows that match; NULL equals nothing. Of one type pair by pair.
    package let leftKeys: [ResolvedExpression]
    package let rightKeys: [ResolvedExpression]
    /// What must be true for a pair besides; over the columns of both inputs.
    package let condition: ResolvedExpression?

    package init(
        _ kind: JoinKind, leftKeys: [ResolvedExpression] = [], rightKeys: [ResolvedExpression] = [],
        condition: ResolvedExpression? = nil
    ) {
        self.kind = kind
        self.leftKeys = leftKeys
        self.rightKeys = rightKeys
        self.condition = condition
    }
}

// MARK: Columns

extension ResolvedPlan {
    /// The columns that come out, in order.
    package var columns: [PlanColumn] {
        switch self {
        case .scan(_, let columns), .union(_, let columns): return columns
        case .project(_, let list): return list.map(\.column)
        case .filter(let input, _), .sort(let input, _), .limit(let input, _, _): return input.columns
        case .generate(let input, _, let element, let kept):
            let columns = input.columns
            return kept.compactMap { id in columns.first { $0.id == id } } + [element]
        case .aggregate(_, let groupings, let aggregates):
            return groupings.map(\.column) + aggregates.map(\.column)
        case .join(let left, let right, let join):
            let own = left.columns.map { $0.nullable(join.kind.padsLeft) }
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
        case .scan: []
        case .project(let input, _), .filter(let input, _), .generate(let input, _, _, _), .aggregate(let input, _, _),
            .sort(let input, _), .limit(let input, _, _):
            [input]
        case .union(let inputs, _): inputs
        case .join(let left, let right, _): [left, right]
        }
    }

    /// The same step over other inputs, as many as it has.
    package func withChildren(_ children: [ResolvedPlan]) -> ResolvedPlan {
        precondition(children.count == self.children.count, "a step keeps the number of its inputs")
        switch self {
        case .scan: return self
        case .project(_, let list): return .project(children[0], list)
        case .filter(_, let condition): return .filter(children[0], condition)
        case .generate(_, let array, let element, let kept):
            return .generate(children[0], array: array, element: element, kept: kept)
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
        switch self {
        case .scan, .limit, .union: return self
        case .project(let input, let expressions): return .project(input, try list(expressions))
        case .filter(let input, let condition): return .filter(input, try transform(condition))
        case .generate(let input, let array, let element, let kept):
            return .generate(input, array: try transform(array), element: element, kept: kept)
        case .aggregate(let input, let groupings, let aggregates):
            return .aggregate(
                input, groupings: try list(groupings),
                aggregates: try aggregates.map { (aggregate) throws(Failure) in
                    NamedAggregate(aggregate.id, name: aggregate.name, try aggregate.call.mapExpressions(transform))
                })
        case .sort(let input, let keys):
            return .sort(
                input,
                try keys.map { (key) throws(Failure) in
                    SortKey(try transform(key.expression), isAscending: key.isAscending, nullsFirst: key.nullsFirst)
                })
        case .join(let left, let right, let join):
            return .join(
                left, right,
                Join(
                    join.kind, leftKeys: try join.leftKeys.map(transform), rightKeys: try join.rightKeys.map(transform),
                    condition: try join.condition.map(transform)))
        }
    }

    /// The expressions of this step alone.
    package var expressions: [ResolvedExpression] {
        switch self {
        case .scan, .limit, .union: []
        case .project(_, let list): list.map(\.expression)
        case .filter(_, let condition): [condition]
        case .generate(_, let array, _, _): [array]
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
