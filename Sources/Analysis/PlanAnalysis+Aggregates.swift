// Aggregates: they become a step of their own, below the projection that uses them.

import Columns
import LogicalPlan

extension PlanAnalysis {
    func aggregate(
        _ input: Analyzed, _ groupings: [Expression], _ outputs: [Expression]
    ) throws(PlanError) -> Analyzed {
        var keys = groupings.isEmpty ? [] : try resolve(groupings, over: input.scope, step: "groupBy")
        let step = groupings.isEmpty ? "select" : "agg"
        var list = try resolve(outputs, over: input.scope, step: step)
        var input = input
        if let (plan, window) = try inWindows(input.plan, (keys + list).map(\.expression)) {
            func replaced(_ named: NamedExpression) throws(PlanError) -> NamedExpression {
                NamedExpression(named.id, name: named.name, try window.replacing(named.expression))
            }
            keys = try keys.map(replaced)
            list = try list.map(replaced)
            input = Analyzed(plan: plan, scope: input.scope)
        }
        for key in keys { try requireGroupable(key, step: "groupBy") }
        return try aggregate(input, keys, list, step: step)
    }

    func requireGroupable(_ key: NamedExpression, step: String) throws(PlanError) {
        if key.expression.contains(where: { $0.isAggregate }) {
            throw PlanError(
                "GROUP_BY_AGGREGATE", "a grouping cannot hold aggregates", step: step, expression: key.name)
        }
        if key.expression.contains(where: { $0.isGenerator || $0.isWindow }) {
            throw PlanError(
                "UNSUPPORTED_EXPR_FOR_OPERATOR", "a grouping cannot hold generators or window functions", step: step,
                expression: key.name, hint: "group by the column of a query inside FROM")
        }
        let type = key.expression.type
        if case .map = type {
            throw PlanError(
                "GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE", "a MAP cannot be grouped by", step: step,
                expression: key.name)
        }
        if type.hasVariant {
            // Spark has a name of its own for sets of rows.
            let isGrouping = step == "groupBy" || step == "pivot" || step == "groupByKey"
            throw PlanError(
                isGrouping
                    ? "GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE" : "UNSUPPORTED_FEATURE.SET_OPERATION_ON_VARIANT_TYPE",
                "values of \(type) can't be grouped or told apart", step: step, expression: key.name,
                hint: "take what is wanted out of it, with a cast")
        }
    }

    /// Moves the aggregates of `outputs` into a step below; what is left may only use them and the groupings.
    func aggregate(
        _ input: Analyzed, _ groupings: [NamedExpression], _ outputs: [NamedExpression], step: String
    ) throws(PlanError) -> Analyzed {
        var aggregation = AggregationStep(self, Groupings(keys: groupings))
        var above: [NamedExpression] = []
        for output in outputs {
            do throws(PlanError) {
                above.append(try aggregation.replacing(output))
            } catch {
                throw error.within(step: step)
            }
        }
        let below = try aggregation.plan(over: input.plan)
        let scope = input.scope.passing(to: below.columns)
        return projection(below, above, scope)
    }
}
