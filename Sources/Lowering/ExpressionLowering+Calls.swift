// Calls, windows and subqueries: expressions that have more than operands.

import Columns
import LogicalPlan
import SQLParser
import SourceText

extension ExpressionLowering {
    func lower(_ call: SyntaxCall) throws(SQLDiagnostic) -> Expression {
        var condition: Expression?
        if let filter = call.filter { condition = try lower(filter) }
        var (name, arguments) = withUnit(call)
        var ignoresNulls = call.ignoresNulls
        // The third argument says what IGNORE NULLS does.
        if ignoresNulls == nil, name.lowercased() == "nth_value", arguments.count == 3,
            case .literal(.boolean(let isIgnoring)) = arguments[2].kind
        {
            arguments.removeLast()
            ignoresNulls = isIgnoring
        }
        let function = Expression.function(
            name: name, try lower(arguments), isDistinct: call.isDistinct, filter: condition,
            ignoresNulls: ignoresNulls)
        return call.order.isEmpty ? function : .withinGroup(function, try lower(call.order))
    }

    /// `timestampadd(HOUR, 1, t)`: a unit of time is no column there.
    private func withUnit(_ call: SyntaxCall) -> (name: String, [SyntaxExpression]) {
        let name: String
        switch call.name.lowercased() {
        case "timestampadd", "dateadd", "date_add": name = "timestampadd"
        case "timestampdiff", "datediff", "date_diff", "timediff": name = "timestampdiff"
        default: return (call.name, call.arguments)
        }
        guard call.arguments.count == 3, let first = call.arguments.first, case .name(let parts) = first.kind,
            parts.count == 1
        else { return (call.name, call.arguments) }
        let unit = SyntaxExpression(literal: .string(parts[0].uppercased()), range: first.range)
        return (name, [unit] + call.arguments.dropFirst())
    }

    func lower(_ order: [SyntaxOrder]) throws(SQLDiagnostic) -> [Expression] {
        var lowered: [Expression] = []
        for one in order {
            lowered.append(
                .ordered(try lower(one.expression), isAscending: one.isAscending, nullsFirst: one.nullsFirst))
        }
        return lowered
    }

    // MARK: Windows

    func over(_ call: SyntaxExpression, _ window: SyntaxWindow) throws(SQLDiagnostic) -> Expression {
        let call = try lower(call)
        if case .named(let name) = window.kind { return .overNamed(call, name.lowercased()) }
        return .over(call, try lower(window))
    }

    func lower(_ window: SyntaxWindow) throws(SQLDiagnostic) -> WindowSpecification {
        switch window.kind {
        case .named(let name): return WindowSpecification(base: name.lowercased())
        case .specified(let partition, let order, let frame):
            var bounds: WindowSpecification.Frame?
            if let frame {
                bounds = WindowSpecification.Frame(
                    isRows: frame.isRows, start: try lower(frame.start), end: try lower(frame.end))
            }
            return WindowSpecification(partition: try lower(partition), order: try lower(order), frame: bounds)
        }
    }

    private func lower(_ bound: SyntaxFrameBound) throws(SQLDiagnostic) -> WindowSpecification.Bound {
        switch bound {
        case .unboundedPreceding: return .unboundedPreceding
        case .preceding(let amount): return .preceding(try lower(amount))
        case .currentRow: return .currentRow
        case .following(let amount): return .following(try lower(amount))
        case .unboundedFollowing: return .unboundedFollowing
        }
    }

    // MARK: Rows

    /// `x IN (...)`. Rows are compared field by field, whatever the names of their fields.
    func inList(
        _ operand: SyntaxExpression, _ values: [SyntaxExpression]
    ) throws(SQLDiagnostic) -> Expression {
        guard case .row = operand.kind else { return .inList(try lower(operand), try lower(values)) }
        var rows: [Expression] = []
        for value in [operand] + values { rows.append(try numbered(value)) }
        return .inList(rows[0], Array(rows.dropFirst()))
    }

    /// A row with the names `col1`, `col2` and so on.
    private func numbered(_ syntax: SyntaxExpression) throws(SQLDiagnostic) -> Expression {
        guard case .row(let items) = syntax.kind else { return try lower(syntax) }
        var fields: [Expression] = []
        for (index, item) in items.enumerated() {
            var value = item
            if case .alias(let inner, _) = item.kind { value = inner }
            fields.append(.alias(try lower(value), "col\(index + 1)"))
        }
        return .located(TextPlace(text, syntax.range), .row(fields))
    }

    // MARK: Subqueries

    /// The values that are looked for in a subquery: those of a row, or one.
    func operands(_ operand: SyntaxExpression) throws(SQLDiagnostic) -> [Expression] {
        guard case .row(let items) = operand.kind else { return [try lower(operand)] }
        return try lower(items)
    }

    func lower(_ query: SyntaxQuery, at range: TextRange) throws(SQLDiagnostic) -> UnresolvedPlan {
        guard let scope else {
            throw unsupported("a subquery in an expression", at: range, hint: "write a whole query, or join")
        }
        return try QueryLowering(text: text, scope: scope).plan(query)
    }
}
