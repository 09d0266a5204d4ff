// Aggregates: they become a step of their own, below the projection that uses them.

import Columns
import LogicalPlan

extension PlanAnalysis {
    mutating func aggregate(
        _ input: Analyzed, _ groupings: [Expression], _ outputs: [Expression]
    ) throws(PlanError) -> Analyzed {
        let keys = groupings.isEmpty ? [] : try resolve(groupings, over: input.scope, step: "groupBy")
        for key in keys { try requireGroupable(key, step: "groupBy") }
        let step = groupings.isEmpty ? "select" : "agg"
        return try aggregate(input, keys, try resolve(outputs, over: input.scope, step: step), step: step)
    }

    func requireGroupable(_ key: NamedExpression, step: String) throws(PlanError) {
        if key.expression.contains(where: { $0.isAggregate || $0.isGenerator }) {
            throw PlanError(
                "GROUP_BY_AGGREGATE", "a grouping cannot hold aggregates or generators", step: step,
                expression: key.name)
        }
        if case .map = key.expression.type {
            throw PlanError(
                "GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE", "a MAP cannot be grouped by", step: step,
                expression: key.name)
        }
    }

    /// Moves the aggregates of `outputs` into a step below; what is left may only use them and the groupings.
    mutating func aggregate(
        _ input: Analyzed, _ groupings: [NamedExpression], _ outputs: [NamedExpression], step: String
    ) throws(PlanError) -> Analyzed {
        var calls: [NamedAggregate] = []
        var above: [NamedExpression] = []
        for output in outputs {
            let expression = try output.expression.replacing { (old) throws(PlanError) in
                if let key = groupings.first(where: { $0.expression == old }) { return key.column.expression }
                switch old.kind {
                case .aggregate(let call):
                    if let known = calls.first(where: { $0.call == call }) { return known.column.expression }
                    let isWhole = old === output.expression
                    let new = NamedAggregate(ids.fresh(), name: isWhole ? output.name : call.description, call)
                    calls.append(new)
                    return new.column.expression
                case .column(_, let name):
                    throw PlanError(
                        "MISSING_AGGREGATION", "the column `\(name)` is neither grouped by nor aggregated", step: step,
                        expression: output.name, hint: "add it to groupBy, or aggregate it, for example max(\(name))")
                case .generator: throw nestedGenerator(output.name, step)
                default: return nil
                }
            }
            above.append(NamedExpression(output.id, name: output.name, expression))
        }
        let below = ResolvedPlan.aggregate(input.plan, groupings: groupings, aggregates: calls)
        let scope = input.scope.passing(to: below.columns)
        return projection(below, above, scope)
    }
}
