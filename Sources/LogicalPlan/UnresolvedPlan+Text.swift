// Queries as they were written, for people.

extension UnresolvedPlan: CustomStringConvertible {
    /// The plan as an indented tree, outermost step first; what is not resolved yet has a mark before it, as in Spark.
    package var description: String { lines(depth: 0).joined(separator: "\n") }

    private func lines(depth: Int) -> [String] {
        [String(repeating: "  ", count: depth) + line] + children.flatMap { $0.lines(depth: depth + 1) }
    }

    /// The steps directly below.
    private var children: [UnresolvedPlan] {
        switch self {
        case .scan: []
        case .alias(let input, _), .project(let input, _), .renamed(let input, _, _), .dropped(let input, _),
            .withColumns(let input, _), .filter(let input, _), .aggregate(let input, _, _), .distinct(let input),
            .sort(let input, _), .limit(let input, _, _):
            [input]
        case .union(let inputs, _): inputs
        case .join(let left, let right, _, _): [left, right]
        }
    }

    /// This step alone.
    private var line: String {
        func list(_ expressions: [Expression]) -> String { "[\(expressions.map(\.text).joined(separator: ", "))]" }
        switch self {
        case .scan(let source): return "\(source.isStreaming ? "StreamingRelation" : "Relation") \(source.name)"
        case .alias(_, let name): return "SubqueryAlias \(name)"
        case .project(_, let expressions): return "'Project \(list(expressions))"
        case .renamed(_, let from, let to): return "'Rename \(from) AS \(to)"
        case .dropped(_, let columns): return "'Drop \(list(columns))"
        case .withColumns(_, let columns): return "'WithColumns \(list(columns))"
        case .filter(_, let condition): return "'Filter \(condition.text)"
        case .aggregate(_, let groupings, let outputs): return "'Aggregate \(list(groupings)), \(list(outputs))"
        case .union(_, .byPosition): return "'Union"
        case .union(_, .byName(let allowsMissing)):
            return "'Union by name, \(allowsMissing ? "missing as NULL" : "all")"
        case .distinct: return "'Distinct"
        case .sort(_, let orders): return "'Sort \(list(orders))"
        case .limit(_, let count, let offset):
            return "'Limit \(count.map { "\($0)" } ?? "all")" + (offset > 0 ? ", offset \(offset)" : "")
        case .join(_, _, let kind, let criteria):
            switch criteria {
            case .none: return "'Join \(kind.sparkName)"
            case .columns(let names): return "'Join \(kind.sparkName) using [\(names.joined(separator: ", "))]"
            case .condition(let condition): return "'Join \(kind.sparkName), \(condition.text)"
            }
        }
    }
}
