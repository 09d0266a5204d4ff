// The steps of a query: as written, and resolved.

import Columns

/// Where rows come from, as far as a plan needs to know.
package struct ScanSource: Hashable, Sendable {
    /// Which source of the query this is; stable over restarts.
    package let id: String
    /// What people call it, for example `kafka[events]`.
    package let name: String
    package let schema: Schema
    package let isStreaming: Bool

    package init(id: String, name: String, schema: Schema, isStreaming: Bool) {
        self.id = id
        self.name = name
        self.schema = schema
        self.isStreaming = isStreaming
    }
}

/// A query as the user built it. Building never fails; `Analyzer` checks.
package indirect enum UnresolvedPlan: Hashable, Sendable {
    case scan(ScanSource)
    case project(UnresolvedPlan, [Expression])
    /// Adds columns, or replaces those of the same name.
    case withColumns(UnresolvedPlan, [Expression])
    case filter(UnresolvedPlan, Expression)
    /// One row a group. `outputs` is the whole list of columns, groupings included where they are wanted:
    /// `groupBy(a).agg(b)` has the outputs `a, b`.
    case aggregate(UnresolvedPlan, groupings: [Expression], outputs: [Expression])
}

/// An expression with the name of the column it makes.
package struct NamedExpression: Hashable, Sendable {
    package let name: String
    package let expression: ResolvedExpression

    package init(name: String, expression: ResolvedExpression) {
        self.name = name
        self.expression = expression
    }

    /// The column it makes.
    package var field: Field { Field(name, expression.type, isNullable: expression.isNullable) }
}

/// An aggregate with the name of the column it makes.
package struct NamedAggregate: Hashable, Sendable {
    package let name: String
    package let call: AggregateCall

    package init(name: String, call: AggregateCall) {
        self.name = name
        self.call = call
    }

    /// The column it makes.
    package var field: Field { Field(name, call.type, isNullable: call.isNullable) }
}

/// A query that can be run: names bound, types known, casts written out.
package indirect enum ResolvedPlan: Hashable, Sendable {
    case scan(ScanSource)
    case project(ResolvedPlan, [NamedExpression])
    case filter(ResolvedPlan, ResolvedExpression)
    /// One row for each element of `array` (none for NULL and empty arrays): the columns of the input listed in `kept`,
    /// then the element as the last column.
    case generate(ResolvedPlan, array: ResolvedExpression, name: String, kept: [Int])
    /// One row a group: the groupings, then the aggregates. Without groupings one row over everything.
    case aggregate(ResolvedPlan, groupings: [NamedExpression], aggregates: [NamedAggregate])
}

extension ResolvedPlan {
    /// The columns that come out.
    package var schema: Schema {
        switch self {
        case .scan(let source): return source.schema
        case .project(_, let list): return Schema(list.map(\.field))
        case .filter(let input, _): return input.schema
        case .generate(let input, let array, let name, let kept):
            let fields = input.schema.fields
            guard case .array(let element, let containsNull) = array.type else {
                preconditionFailure("explode of a value that is no array")
            }
            return Schema(kept.map { fields[$0] } + [Field(name, element, isNullable: containsNull)])
        case .aggregate(_, let groupings, let aggregates):
            return Schema(groupings.map(\.field) + aggregates.map(\.field))
        }
    }

    /// The step below, or `nil` for a scan.
    package var input: ResolvedPlan? {
        switch self {
        case .scan: nil
        case .project(let input, _), .filter(let input, _), .generate(let input, _, _, _), .aggregate(let input, _, _):
            input
        }
    }

    /// Whether any source is a stream.
    package var isStreaming: Bool {
        if case .scan(let source) = self { return source.isStreaming }
        return input?.isStreaming ?? false
    }

    /// The sources that are read.
    package var scans: [ScanSource] {
        if case .scan(let source) = self { return [source] }
        return input?.scans ?? []
    }
}

// MARK: Printing

extension ResolvedPlan: CustomStringConvertible {
    /// The plan as an indented tree, outermost step first, for people: a checkpoint compares `CanonicalPlan`.
    package var description: String { lines(depth: 0).joined(separator: "\n") }

    private func lines(depth: Int) -> [String] {
        let indentation = String(repeating: "  ", count: depth)
        return [indentation + line] + (input?.lines(depth: depth + 1) ?? [])
    }

    /// This step alone.
    private var line: String {
        switch self {
        case .scan(let source):
            return "\(source.isStreaming ? "StreamScan" : "Scan") \(source.name) [\(source.schema)]"
        case .project(_, let list): return "Project [\(ResolvedPlan.list(list))]"
        case .filter(_, let condition): return "Filter \(condition)"
        case .generate(let input, let array, let name, let kept):
            let names = kept.map { "\(input.schema.fields[$0].name)#\($0)" }.joined(separator: ", ")
            return "Generate explode(\(array)) AS \(name), keep [\(names)]"
        case .aggregate(_, let groupings, let aggregates):
            let calls = aggregates.map { "\($0.call) AS \($0.name)" }.joined(separator: ", ")
            return "Aggregate keys [\(ResolvedPlan.list(groupings))], values [\(calls)]"
        }
    }

    private static func list(_ expressions: [NamedExpression]) -> String {
        expressions.map { named in
            if case .column(_, let name) = named.expression.kind, name == named.name {
                return named.expression.description
            }
            return "\(named.expression) AS \(named.name)"
        }.joined(separator: ", ")
    }
}
