// Queries as they were written, for people.

import Columns

extension UnresolvedPlan: CustomStringConvertible {
    /// The plan as an indented tree, outermost step first; what is not resolved yet has a mark before it, as in Spark.
    package var description: String { lines(depth: 0).joined(separator: "\n") }

    private func lines(depth: Int) -> [String] {
        [String(repeating: "  ", count: depth) + line] + children.flatMap { $0.lines(depth: depth + 1) }
    }

    /// The steps directly below.
    package var children: [UnresolvedPlan] {
        switch self {
        case .scan, .oneRow, .values, .tableFunction, .recursionReference: []
        case .recursion(let recursion): [recursion.anchor, recursion.step]
        case .named(let input, _, _), .limitExpression(let input, _, _), .lateralView(let input, _, _, _, _),
            .pivot(let input, _), .unpivot(let input, _), .watermark(let input, _, _, _), .textLengths(let input, _, _):
            [input]
        case .block(let block): [block.input]
        case .located(_, let plan): plan.children
        case .setOperation(_, _, let left, let right), .lateralJoin(let left, let right, _, _): [left, right]
        case .alias(let input, _), .project(let input, _), .renamed(let input, _, _), .dropped(let input, _),
            .withColumns(let input, _), .filter(let input, _), .aggregate(let input, _, _), .distinct(let input),
            .sort(let input, _), .limit(let input, _, _), .deduplicated(let input, _, _), .groups(let input, _, _):
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
        case .deduplicated(_, let columns, let isWithinWatermark):
            return "'Deduplicate\(isWithinWatermark ? "WithinWatermark" : "") [\(columns.joined(separator: ", "))]"
        case .groups(_, let keys, let function): return "'\(function.sparkStep) \(list(keys))"
        case .sort(_, let orders): return "'Sort \(list(orders))"
        case .limit(_, let count, let offset):
            return "'Limit \(count.map { "\($0)" } ?? "all")" + (offset > 0 ? ", offset \(offset)" : "")
        case .join(_, _, let kind, let criteria):
            switch criteria {
            case .none: return "'Join \(kind.sparkName)"
            case .natural: return "'Join Natural\(kind.sparkName)"
            case .columns(let names): return "'Join \(kind.sparkName) using [\(names.joined(separator: ", "))]"
            case .condition(let condition): return "'Join \(kind.sparkName), \(condition.text)"
            }
        case .located(_, let plan): return plan.line
        default: return statementLine
        }
    }

    /// The steps that only SQL has.
    private var statementLine: String {
        func list(_ expressions: [Expression]) -> String { "[\(expressions.map(\.text).joined(separator: ", "))]" }
        func names(_ list: [String]) -> String { "[\(list.joined(separator: ", "))]" }
        switch self {
        case .oneRow: return "OneRowRelation"
        case .values(let rows): return "'UnresolvedInlineTable \(rows.count) rows"
        case .tableFunction(let name, let arguments):
            return "'UnresolvedTableValuedFunction \(name), \(list(arguments))"
        case .named(_, let alias, let columns):
            return "SubqueryAlias \(alias)\(columns.isEmpty ? "" : " \(names(columns))")"
        case .block(let block): return block.text
        case .setOperation(let operation, let isAll, _, _):
            return "'\(operation == .intersect ? "Intersect" : "Except")\(isAll ? " All" : "")"
        case .limitExpression(_, let count, let offset):
            return "'Limit \(count?.text ?? "all")" + (offset.map { ", offset \($0.text)" } ?? "")
        case .lateralView(_, let generator, let isOuter, let alias, let columns):
            return "'Generate \(generator.text), \(isOuter ? "outer, " : "")\(alias ?? ""), \(names(columns))"
        case .lateralJoin(_, _, let kind, let condition):
            return "'LateralJoin \(kind.sparkName)" + (condition.map { ", \($0.text)" } ?? "")
        case .pivot(_, let pivot):
            return "'Pivot \(list(pivot.columns)), \(list(pivot.values)), \(list(pivot.aggregates))"
        case .unpivot(_, let unpivot): return "'Unpivot \(unpivot.name), \(names(unpivot.values))"
        case .recursion(let recursion): return "'UnionLoop \(recursion.name)"
        case .recursionReference: return "'UnionLoopRef"
        case .watermark(_, let column, let delay, _): return "'EventTimeWatermark \(column.text), \(delay.text)"
        case .textLengths(_, let lengths, let isWritten):
            return "'\(isWritten ? "Write" : "Read") \(names(lengths.map { $0?.description ?? "" }))"
        default: preconditionFailure("the other steps have their lines")
        }
    }
}

extension SelectBlock {
    /// The clauses on one line, in the order in which they are written.
    fileprivate var text: String {
        func list(_ expressions: [Expression]) -> String { "[\(expressions.map(\.text).joined(separator: ", "))]" }
        var text = "'Select\(isDistinct ? " distinct" : "") \(list(outputs))"
        if let filter { text += ", where \(filter.text)" }
        switch grouping {
        case .expressions(let keys): text += ", group by \(list(keys))"
        case .all: text += ", group by all"
        case .sets(let sets): text += ", group by sets \(sets.map(list).joined(separator: ", "))"
        case nil: break
        }
        if let having { text += ", having \(having.text)" }
        if let qualify { text += ", qualify \(qualify.text)" }
        if ordersByAll { text += ", order by all" } else if !order.isEmpty { text += ", order by \(list(order))" }
        if let limit { text += ", limit \(limit.text)" }
        if let offset { text += ", offset \(offset.text)" }
        return text
    }
}
