// Functions of the program that are called for each group: which columns they get.

import Columns
import LogicalPlan

extension PlanAnalysis {
    /// The function over the rows of each key. Keys that are computed become columns first.
    func groups(
        _ input: Analyzed, _ written: [Expression], _ function: GroupFunction
    ) throws(PlanError) -> Analyzed {
        let keys = try resolve(written, over: input.scope, step: "groupByKey")
        for key in keys {
            try requireGroupable(key, step: "groupByKey")
            if key.expression.contains(where: { $0.isTimeWindow || $0.isWindow }) {
                throw PlanError(
                    "UNSUPPORTED_EXPR_FOR_OPERATOR", "a window can't be a key by itself", step: "groupByKey",
                    expression: key.name, hint: "make it a column first, with withColumn, and group by that")
            }
            guard GroupFunction.canBeKey(key.expression.type) else {
                throw PlanError(
                    "UNSUPPORTED_FEATURE", "values of \(key.expression.type) can't be keys", step: "groupByKey",
                    expression: key.name)
            }
        }
        do throws(PlanError) {
            let columns = input.plan.columns
            try function.types.checkKeys(keys.map(\.column.field))
            let rows = try function.types.rowColumns(among: columns.map(\.field)).map { columns[$0].id }
            let computed = keys.filter { key in !columns.contains { $0.id == key.id } }
            let list = columns.map { NamedExpression(passing: $0) } + computed
            let step = GroupStep(
                function, keys: keys.map(\.id), keyNames: keys.map(\.name), rows: rows,
                outputs: function.outputs.map { PlanColumn(ids.fresh(), $0) })
            let below: ResolvedPlan = computed.isEmpty ? input.plan : .project(input.plan, list)
            return Analyzed(plan: .groups(below, step), scope: Scope(step.outputs))
        } catch {
            throw error.within(step: function.sparkStep)
        }
    }
}
