// GROUP BY, by windows of time and other keys.

import Columns
import Functions
import LogicalPlan
import Operators

extension StageBuilder {
    /// The rows with a step that watches how far their event time has come.
    mutating func watermark(_ flow: Flow, _ column: ColumnID, _ delayMicroseconds: Int64) -> Flow {
        let step = EventTimeWatermark(
            column: InputColumns(flow.columns).index(of: column), delayMicroseconds: delayMicroseconds,
            id: stateID("watermark"), schema: flow.schema)
        return flow.adding(step, flow.columns)
    }

    mutating func aggregate(
        _ input: ResolvedPlan, _ groupings: [NamedExpression], _ aggregates: [NamedAggregate]
    ) throws -> Flow {
        if let windowed = try aggregateByWindow(input, groupings, aggregates) { return windowed }
        let times = input.eventTimes
        let time = groupings.firstIndex { times[$0.id] != nil }.map { place in
            KeyTime(key: place, groupings[place].expression.type == .timestamp ? .time(length: 0) : .window)
        }
        return try aggregate(try flow(of: input), groupings, aggregates, time: time, window: nil)
    }

    /// An aggregation by a window of time that nothing else reads: its key is where the window starts, and rows come
    /// with their pane.
    private mutating func aggregateByWindow(
        _ input: ResolvedPlan, _ groupings: [NamedExpression], _ aggregates: [NamedAggregate]
    ) throws -> Flow? {
        guard case .timeWindow(let below, let window, let column) = input,
            let place = groupings.firstIndex(where: { $0.expression == column.expression })
        else { return nil }
        let others =
            groupings.enumerated().filter { $0.offset != place }.map(\.element.expression)
            + aggregates.flatMap(\.call.expressions)
        guard !others.contains(where: { $0.referencedColumns.contains(column.id) }) else { return nil }
        var flow = try flow(of: below)
        if window.time.isNullable {
            let isThere = ResolvedExpression(
                .isNull(window.time, isNegated: true), type: .boolean, isNullable: false)
            flow = flow.adding(
                Filter(
                    condition: try CompiledExpression(InputColumns(flow.columns).bind(isThere)),
                    detail: "\(isThere)", schema: flow.schema), flow.columns)
        }
        let cut = window.cut
        let paneStart = BoundFunction(
            "pane_start_\(cut.size)_\(cut.slide)_\(cut.start)", [.timestamp], .timestamp, isNullable: false,
            traits: .isNullIntolerant, .unary { TimeWindowKernel.paneStarts($0, cut) })
        let start = ResolvedExpression(.function(paneStart, [window.time]), type: .timestamp, isNullable: false)
        var keys = groupings
        keys[place] = NamedExpression(making: column.id, name: column.name, start)
        let isEventTime = input.eventTimes[column.id] != nil
        let result = try aggregate(
            flow, keys, aggregates, time: isEventTime ? KeyTime(key: place, .time(length: cut.size)) : nil,
            window: WindowKey(key: place, cut))
        // The start of a window says what the window is.
        let whole = BoundFunction(
            "window_of_\(cut.size)", [.timestamp], TimeWindowKernel.type, isNullable: false,
            traits: .isNullIntolerant, .unary { TimeWindowKernel.windows(startingAt: $0, size: cut.size) })
        let list = result.columns.enumerated().map { index, known in
            guard index == place else { return NamedExpression(passing: known) }
            return NamedExpression(
                making: column.id, name: groupings[place].name,
                ResolvedExpression(
                    .function(whole, [known.expression]), type: TimeWindowKernel.type, isNullable: false))
        }
        return try project(result, list)
    }

    private mutating func aggregate(
        _ flow: Flow, _ groupings: [NamedExpression], _ aggregates: [NamedAggregate], time: KeyTime?,
        window: WindowKey?
    ) throws -> Flow {
        var inputs = AggregateInputs(list: groupings)
        let specs = aggregates.map { inputs.add($0) }
        // Keys and inputs in the order in which the aggregation takes them.
        let prepared = try project(flow, inputs.list)
        guard flow.streams != [.incremental, .aggregated] else {
            throw PlanError(
                "UNSUPPORTED_OPERATION",
                "an aggregation over a union of new rows and of aggregated ones is not supported",
                step: "groupBy", hint: "aggregate both sides of the union, or neither")
        }
        let aggregation = AggregationOperator(
            AggregationPlan(
                keys: groupings.map(\.column.field), aggregates: specs, resultNames: aggregates.map(\.name),
                time: time, window: window),
            detail: "keys [\(groupings.map { "\($0.expression)" }.joined(separator: ", "))], "
                + "values [\(aggregates.map { "\($0.call)" }.joined(separator: ", "))]",
            // What an aggregation of a stream gives comes whole in each batch, so that the next one begins anew.
            stateID: flow.streams == .incremental ? stateID("aggregate") : nil,
            dropsFinalGroups: outputMode != .complete)
        return end(
            prepared.inputs, in: aggregation, groupings.map(\.column) + aggregates.map(\.column),
            flow.isStreaming ? (outputMode == .append ? .incremental : .aggregated) : [])
    }
}
