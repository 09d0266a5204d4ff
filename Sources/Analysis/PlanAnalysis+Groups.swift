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
                outputs: function.outputs.map { PlanColumn(ids.fresh(), $0) },
                eventTime: try eventTime(function, over: input.plan))
            let below: ResolvedPlan = computed.isEmpty ? input.plan : .project(input.plan, list)
            return Analyzed(plan: .groups(below, step), scope: Scope(step.outputs))
        } catch {
            throw error.within(step: function.sparkStep)
        }
    }

    /// Which of a function's columns has event time. Over a table there is nothing to be late for.
    private func eventTime(_ function: GroupFunction, over input: ResolvedPlan) throws(PlanError) -> Int? {
        guard let name = function.eventTimeColumn else { return nil }
        let lowercased = name.lowercased()
        guard let place = function.outputs.firstIndex(where: { $0.name.lowercased() == lowercased }) else {
            throw PlanError(
                "UNRESOLVED_COLUMN",
                "the processor gives no column `\(name)` that could be the event time; it gives "
                    + function.outputs.map { "`\($0.name)`" }.joined(separator: ", "),
                expression: name, hint: "eventTimeColumnName is a property of the processor's results")
        }
        guard function.outputs[place].type == .timestamp else {
            throw PlanError(
                "EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE",
                "the event time `\(name)` has the invalid type \(function.outputs[place].type), but expected TIMESTAMP",
                expression: name, hint: "make it a Timestamp")
        }
        guard input.isStreaming else { return nil }
        guard !input.eventTimes.isEmpty else {
            throw PlanError(
                "CANNOT_ASSIGN_EVENT_TIME_COLUMN_WITHOUT_WATERMARK",
                "Watermark needs to be defined to reassign event time column. Failed to find watermark definition in "
                    + "the streaming query.", expression: name, hint: "use withWatermark before groupByKey")
        }
        return place
    }
}
