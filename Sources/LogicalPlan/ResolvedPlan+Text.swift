// Resolved plans as people read them.

import Columns

extension ResolvedPlan: CustomStringConvertible {
    /// The plan as an indented tree, outermost step first, for people: a checkpoint compares `CanonicalPlan`.
    package var description: String { lines(depth: 0).joined(separator: "\n") }

    private func lines(depth: Int) -> [String] {
        [String(repeating: "  ", count: depth) + line] + children.flatMap { $0.lines(depth: depth + 1) }
    }

    /// This step alone.
    private var line: String {
        switch self {
        case .scan(let source, let columns):
            let list = columns.map { "\($0.name)\($0.id) \($0.field.type)\($0.field.isNullable ? "" : " NOT NULL")" }
            return "\(source.isStreaming ? "StreamScan" : "Scan") \(source.name) [\(list.joined(separator: ", "))]"
        case .project(_, let list): return "Project [\(ResolvedPlan.list(list))]"
        case .filter(_, let condition): return "Filter \(condition)"
        case .generate(let input, let call, let outputs, let kept):
            let names = input.columns.filter { kept.contains($0.id) }.map { "\($0.name)\($0.id)" }
            let made = outputs.map { "\($0.name)\($0.id)" }.joined(separator: ", ")
            return "Generate \(call) AS \(made), keep [\(names.joined(separator: ", "))]"
        case .aggregate(_, let groupings, let aggregates):
            let calls = aggregates.map { "\($0.call) AS \($0.name)\($0.id)" }.joined(separator: ", ")
            return "Aggregate keys [\(ResolvedPlan.list(groupings))], values [\(calls)]"
        case .union(_, let columns):
            return "Union [\(columns.map { "\($0.name)\($0.id)" }.joined(separator: ", "))]"
        case .sort(_, let keys): return "Sort [\(keys.map(\.description).joined(separator: ", "))]"
        case .limit(_, let count, let offset):
            return "Limit \(count.map { "\($0)" } ?? "all")" + (offset > 0 ? ", offset \(offset)" : "")
        case .join(_, _, let join): return "Join \(join)"
        case .values(let rows, let columns):
            return "Values \(rows.count) rows [\(ResolvedPlan.list(columns))]"
        case .expand(_, let projections, let columns):
            let lists = projections.map { "(\($0.map(\.description).joined(separator: ", ")))" }
            return "Expand [\(ResolvedPlan.list(columns))] to \(lists.joined(separator: ", "))"
        case .window(_, let functions, let partition, let order):
            let calls = functions.map { "\($0) AS \($0.name)\($0.id)" }.joined(separator: ", ")
            return "Window [\(calls)], partition [\(partition.map(\.description).joined(separator: ", "))], "
                + "order [\(order.map(\.description).joined(separator: ", "))]"
        case .range(let start, let step, let count, let column):
            return "Range \(count) rows from \(start) by \(step) [\(column.name)\(column.id)]"
        case .singleRow: return "SingleRow"
        case .recursion(_, _, let recursion):
            return "Recursion \(recursion.name) [\(ResolvedPlan.list(recursion.columns))]"
        case .recursionRows(let columns): return "RecursionRows [\(ResolvedPlan.list(columns))]"
        case .watermark(let input, let id, let delay, _):
            let name = input.columns.first { $0.id == id }?.name ?? ""
            return "EventTimeWatermark \(name)\(id), \(delay) microseconds"
        case .deduplicate(let input, let keys, let isWithinWatermark):
            let names = input.columns.filter { keys.contains($0.id) }.map { "\($0.name)\($0.id)" }
            return "Deduplicate\(isWithinWatermark ? "WithinWatermark" : "") [\(names.joined(separator: ", "))]"
        case .timeWindow(_, let window, let column): return "TimeWindow \(window) AS \(column.name)\(column.id)"
        case .groups(let input, let step):
            func names(_ ids: [ColumnID]) -> String {
                ids.map { id in "\(input.columns.first { $0.id == id }?.name ?? "")\(id)" }.joined(separator: ", ")
            }
            let function = step.function
            return "\(function.sparkStep)\(function.name.map { " \($0)" } ?? "") keys [\(names(step.keys))], "
                + "rows [\(names(step.rows))], \(function.stateText), \(function.timeName) "
                + "AS [\(ResolvedPlan.list(step.outputs))]"
                + (step.eventTime.map { ", event time \(step.outputs[$0].name)" } ?? "")
        }
    }

    private static func list(_ columns: [PlanColumn]) -> String {
        columns.map { "\($0.name)\($0.id)" }.joined(separator: ", ")
    }

    private static func list(_ expressions: [NamedExpression]) -> String {
        expressions.map { named in
            guard case .column(named.id, let name) = named.expression.kind else {
                return "\(named.expression) AS \(named.name)\(named.id)"
            }
            return "\(named.expression)" + (name == named.name ? "" : " AS \(named.name)")
        }.joined(separator: ", ")
    }
}

extension SortKey: CustomStringConvertible {
    package var description: String {
        "\(expression) \(isAscending ? "ASC" : "DESC") NULLS \(nullsFirst ? "FIRST" : "LAST")"
    }
}
