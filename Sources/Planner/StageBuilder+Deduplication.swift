// The first row of each key.

import Columns
import LogicalPlan
import Operators

extension StageBuilder {
    mutating func deduplicate(
        _ input: ResolvedPlan, _ keys: [ColumnID], isWithinWatermark: Bool
    ) throws -> Flow {
        let flow = try flow(of: input)
        let places = InputColumns(flow.columns)
        let times = input.eventTimes
        // Among the keys it says how long they are kept, elsewhere only which rows are late.
        let column =
            flow.columns.first { times[$0.id] != nil && keys.contains($0.id) }
            ?? flow.columns.first { times[$0.id] != nil }
        let time = try column.map { column throws in
            KeyTime(key: try places.index(of: column.id), ofType: column.field.type)
        }
        var lifetime = DeduplicationOperator.Lifetime.unbounded
        if let column, let eventTime = times[column.id] {
            if isWithinWatermark {
                lifetime = .within(eventTime.delayMicroseconds)
            } else if keys.contains(column.id) {
                lifetime = .ofEventTime
            }
        }
        for column in flow.columns where keys.contains(column.id) && !GroupKeys.canBeKey(column.field.type) {
            throw PlanError(
                "UNSUPPORTED_FEATURE", "values of \(column.field.type) can't be told apart", step: "dropDuplicates",
                expression: column.name)
        }
        // What an aggregation gives in complete mode comes whole in each batch, and begins anew.
        let isIncremental = flow.isStreaming && !(outputMode == .complete && flow.streams == .aggregated)
        let names = flow.columns.filter { keys.contains($0.id) }.map(\.name)
        let step = DeduplicationOperator(
            keys: try keys.map { try places.index(of: $0) }, time: time, lifetime,
            detail: "[\(names.joined(separator: ", "))]", schema: flow.schema,
            stateID: isIncremental ? stateID("deduplicate") : nil)
        return end(flow.inputs, in: step, flow.columns, isIncremental ? .incremental : flow.streams)
    }
}
