// GROUP BY, by windows of time and other keys.

import Columns
import Functions
import LogicalPlan
import Operators

extension StageBuilder {
    /// The rows with a step that watches how far their event time has come.
    mutating func watermark(
        _ flow: Flow, _ column: ColumnID, _ delayMicroseconds: Int64, _ place: WatermarkPlace
    ) throws -> Flow {
        // Each use has a number, and all of one place have the first one's: what else there is keeps its own.
        let number = stateID("watermark")
        let id = watermarkIDs[ObjectIdentifier(place), default: number]
        watermarkIDs[ObjectIdentifier(place)] = id
        let step = EventTimeWatermark(
            column: try InputColumns(flow.columns).index(of: column), delayMicroseconds: delayMicroseconds,
            id: id, formerID: number, schema: flow.schema, lateRowZone: lateRowZone)
        return flow.adding(step, flow.columns)
    }

    /// The rows in their windows, each as often as it is in one.
    func timeWindow(_ flow: Flow, _ window: TimeWindow, _ column: PlanColumn) throws -> Flow {
        let columns = flow.columns + [column]
        switch window.kind {
        case .cut(let cut):
            let time = try CompiledExpression(InputColumns(flow.columns).bind(window.time))
            return flow.adding(
                AssignWindow(time, cut, detail: "\(window)", schema: Schema(columns.map(\.field))), columns)
        case .session(let end):
            let rows = try inSessions(flow, window.time, end)
            let session = BoundFunction(
                "session", [.timestamp, .timestamp], TimeWindowKernel.type, isNullable: false, traits: [],
                .binary { starts, ends in
                    ColumnVector(type: TimeWindowKernel.type, count: starts.count, children: [starts, ends])
                })
            return try project(
                rows,
                flow.columns.map { NamedExpression(passing: $0) } + [
                    NamedExpression(
                        making: column.id, name: column.name,
                        ResolvedExpression(
                            .function(session, [window.time, end]), type: TimeWindowKernel.type, isNullable: false))
                ])
        }
    }

    /// The rows that are in a session: those with a time, and an end behind it.
    private func inSessions(_ flow: Flow, _ time: ResolvedExpression, _ end: ResolvedExpression) throws -> Flow {
        let isThere = ResolvedExpression(
            .comparison(.greater, end, time), type: .boolean, isNullable: end.isNullable || time.isNullable)
        return try filter(flow, isThere)
    }

    /// An aggregation by sessions; `nil` where there is none among the keys.
    mutating func aggregateBySession(
        _ input: ResolvedPlan, _ groupings: [NamedExpression], _ aggregates: [NamedAggregate]
    ) throws -> Flow? {
        guard case .timeWindow(let below, let window, let column) = input, case .session(let end) = window.kind,
            let place = groupings.firstIndex(where: { $0.expression == column.expression })
        else { return nil }
        func unsupported(_ what: String) -> PlanError {
            PlanError("UNSUPPORTED_FEATURE", "\(what) is not supported", step: "groupBy")
        }
        let others = groupings.enumerated().filter { $0.offset != place }.map(\.element)
        let read = others.map(\.expression) + aggregates.flatMap(\.call.expressions)
        guard !read.contains(where: { $0.referencedColumns.contains(column.id) }) else {
            throw unsupported("a session among the arguments of aggregates and other keys")
        }
        guard !aggregates.contains(where: \.call.isDistinct) else { throw unsupported("DISTINCT by sessions") }
        if let key = others.first(where: { !SessionOperator.canBeKey($0.expression.type) }) {
            throw unsupported("a key of type \(key.expression.type) beside a session")
        }
        let hasEventTime = input.eventTimes[column.id] != nil
        if !hasEventTime, finalKey(groupings, over: input) != nil {
            throw unsupported("an event time as a key beside sessions of another time")
        }
        let flow = try inSessions(try self.flow(of: below), window.time, end)
        let bounds = [("start", window.time), ("end", end)].map { name, time in
            NamedExpression(making: column.id, name: name, time)
        }
        var inputs = AggregateInputs(list: others + bounds)
        let specs = aggregates.map { inputs.add($0) }
        let prepared = try project(flow, inputs.list)
        let step = SessionOperator(
            keys: others.map(\.column.field), session: groupings[place].name, at: place, aggregates: specs,
            resultNames: aggregates.map(\.name), hasEventTime: hasEventTime,
            dropsFinalGroups: outputMode != .complete,
            detail: detail(groupings, aggregates),
            stateID: flow.streams == .incremental ? stateID("session") : nil)
        return self.end(prepared, in: step, groupings, aggregates)
    }

    /// What `explain` says of an aggregation.
    private func detail(_ groupings: [NamedExpression], _ aggregates: [NamedAggregate]) -> String {
        "keys [\(groupings.map { "\($0.expression)" }.joined(separator: ", "))], "
            + "values [\(aggregates.map { "\($0.call)" }.joined(separator: ", "))]"
    }

    /// An aggregation as the last step so far. In append mode what it gives is new; else it takes the place of what it
    /// gave before.
    private mutating func end(
        _ prepared: Flow, in step: any KeyedOperator, _ groupings: [NamedExpression], _ aggregates: [NamedAggregate]
    ) -> Flow {
        end(
            prepared.inputs, in: step, groupings.map(\.column) + aggregates.map(\.column),
            prepared.isStreaming ? (outputMode == .append ? .incremental : .aggregated) : [])
    }

    /// The key by which groups become final, if event time is among them: the same question as that of the rules for
    /// output modes.
    private func finalKey(_ groupings: [NamedExpression], over input: ResolvedPlan) -> KeyTime? {
        let times = EventTime.of(groupings, over: input.eventTimes)
        return groupings.firstIndex { times[$0.id] != nil }.map { place in
            KeyTime(key: place, ofType: groupings[place].expression.type)
        }
    }

    mutating func aggregate(
        _ input: ResolvedPlan, _ groupings: [NamedExpression], _ aggregates: [NamedAggregate]
    ) throws -> Flow {
        if let windowed = try aggregateByWindow(input, groupings, aggregates) { return windowed }
        let sessions = input.unmergedSessions
        if groupings.contains(where: { !$0.expression.referencedColumns.isDisjoint(with: sessions) }) {
            throw PlanError(
                "UNSUPPORTED_FEATURE", "grouping by sessions that another step has computed is not supported",
                step: "groupBy", hint: "group by session_window(...) itself, with no subquery in the aggregates")
        }
        return try aggregate(
            try flow(of: input), groupings, aggregates, time: finalKey(groupings, over: input), window: nil)
    }

    /// An aggregation by a window of time that nothing else reads: its key is where the window starts, and rows come
    /// with their pane.
    private mutating func aggregateByWindow(
        _ input: ResolvedPlan, _ groupings: [NamedExpression], _ aggregates: [NamedAggregate]
    ) throws -> Flow? {
        guard case .timeWindow(let below, let window, let column) = input, case .cut(let cut) = window.kind,
            let place = groupings.firstIndex(where: { $0.expression == column.expression })
        else { return nil }
        let others =
            groupings.enumerated().filter { $0.offset != place }.map(\.element.expression)
            + aggregates.flatMap(\.call.expressions)
        guard !others.contains(where: { $0.referencedColumns.contains(column.id) }) else { return nil }
        var flow = try flow(of: below)
        if window.time.isNullable { flow = try filter(flow, window.time.isThere) }
        let paneStart = BoundFunction(
            "pane_start_\(cut.size)_\(cut.slide)_\(cut.start)", [.timestamp], .timestamp, isNullable: false,
            traits: .isNullIntolerant, .unary { TimeWindowKernel.paneStarts($0, cut) })
        let start = ResolvedExpression(.function(paneStart, [window.time]), type: .timestamp, isNullable: false)
        var keys = groupings
        keys[place] = NamedExpression(making: column.id, name: column.name, start)
        let isEventTime = input.eventTimes[column.id] != nil
        // The window's key is its start by now; another one may be the event time.
        let time = isEventTime ? KeyTime(key: place, .time(length: cut.size)) : finalKey(groupings, over: input)
        let result = try aggregate(
            flow, keys, aggregates, time: time,
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
            detail: detail(groupings, aggregates),
            // What an aggregation of a stream gives comes whole in each batch, so that the next one begins anew.
            stateID: flow.streams == .incremental ? stateID("aggregate") : nil,
            dropsFinalGroups: outputMode != .complete)
        return end(prepared, in: aggregation, groupings, aggregates)
    }
}
