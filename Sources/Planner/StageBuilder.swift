// Cuts a plan into stages: where rows are brought together, one ends.

import Columns
import Functions
import LogicalPlan
import Operators

/// Puts a plan's stages together, sources first.
struct StageBuilder {
    /// What the plan reads.
    let sources: SourcePlan
    private(set) var stages: [Stage] = []
    /// How many operators of each kind keep state: their ids count on.
    private var stateful: [String: Int] = [:]
    /// What the watermark of each place is called.
    var watermarkIDs: [ObjectIdentifier: String] = [:]
    /// Which rows of the result are asked for.
    let outputMode: OutputMode
    /// The zone whose clocks rows show that come too late; `nil` where these are not kept.
    let lateRowZone: TimeZone?

    /// A builder for the plan that reads these sources.
    init(reading sources: SourcePlan, outputMode: OutputMode, lateRowZone: TimeZone?) {
        self.sources = sources
        self.outputMode = outputMode
        self.lateRowZone = lateRowZone
    }

    /// Rows on their way to the next stage: where they come from, and the steps that they pass.
    struct Flow {
        let inputs: [StageInput]
        let columns: [PlanColumn]
        /// Which streams there are among the inputs.
        let streams: StreamKinds

        var isStreaming: Bool { !streams.isEmpty }
        var schema: Schema { Schema(columns.map(\.field)) }

        /// The same rows after one more step, which gives these columns.
        func adding(_ step: any PhysicalOperator, _ columns: [PlanColumn]) -> Flow {
            Flow(
                inputs: inputs.map { StageInput(from: $0.from, chain: $0.chain + [step], port: $0.port) },
                columns: columns, streams: streams)
        }
    }

    /// How the rows of a flow come.
    struct StreamKinds: OptionSet {
        let rawValue: Int

        /// New rows in each batch.
        static let incremental = StreamKinds(rawValue: 1)
        /// The results of an aggregation of a stream that are no new rows: in complete mode all of them in each batch.
        static let aggregated = StreamKinds(rawValue: 2)
    }

    /// The rows of a plan, with all stages in front of them built.
    mutating func flow(of plan: ResolvedPlan) throws -> Flow {
        switch plan {
        case .scan(let source, let columns): return try scan(source, columns)
        case .project(let input, let list): return try project(try flow(of: input), list)
        case .filter(let input, let condition):
            return try filter(try flow(of: input), condition)
        case .generate(let input, let call, let outputs, let kept):
            let flow = try flow(of: input)
            let columns = InputColumns(flow.columns)
            return flow.adding(
                Generate(
                    call.generator, try call.arguments.map { try CompiledExpression(columns.bind($0)) },
                    keptColumns: try kept.map { try columns.index(of: $0) },
                    detail: "\(call) AS \(outputs.map(\.name).joined(separator: ", "))", outputSchema: plan.schema),
                plan.columns)
        case .aggregate(let input, let groupings, let aggregates):
            if let sessions = try aggregateBySession(input, groupings, aggregates) { return sessions }
            if let plain = try DistinctAggregates.rewritten(input, groupings, aggregates) {
                return try flow(of: plain)
            }
            return try aggregate(input, groupings, aggregates)
        case .union(let inputs, let columns): return try union(inputs, columns)
        case .sort(let input, let keys): return try sort(try flow(of: input), keys)
        case .limit(let input, let count, let offset):
            let slice = RowSlice(offset: offset, count: count)
            return limit(try recursion(under: input, rowsNeeded: slice.reach) ?? flow(of: input), slice)
        case .join(let left, let right, let join): return try self.join(left, right, join, plan.columns)
        case .values(let rows, let columns): return try values(rows, columns)
        case .range(let start, let step, let count, let column):
            return range(from: start, by: step, count: count, column)
        case .expand(let input, let projections, let columns):
            return try expand(try flow(of: input), projections, columns)
        case .window(let input, let functions, let partition, let order):
            return try window(try flow(of: input), functions, partition, order, plan.columns)
        case .recursion(let anchor, let step, let recursion): return try self.recursion(anchor, step, recursion)
        case .recursionRows(let columns):
            return Flow(inputs: [StageInput(from: .recursion)], columns: columns, streams: [])
        case .singleRow(let input):
            let flow = try flow(of: input)
            return end(flow.inputs, in: SingleRow(schema: plan.schema), plan.columns, flow.streams)
        case .deduplicate(let input, let keys, let isWithinWatermark):
            return try deduplicate(input, keys, isWithinWatermark: isWithinWatermark)
        case .groups(let input, let step): return try groups(try flow(of: input), step, input.eventTimes)
        case .watermark(let input, let column, let delay, let place):
            return try watermark(try flow(of: input), column, delay, place)
        case .timeWindow(let input, let window, let column):
            return try timeWindow(try flow(of: input), window, column)
        }
    }

    /// All stages; the last one gives these rows.
    func stages(endingIn flow: Flow) -> [Stage] {
        // Where nothing is left to do behind the last keyed step, its stage is the last one.
        if flow.inputs.count == 1, flow.inputs[0].chain.isEmpty, flow.inputs[0].from == .stage(stages.count - 1) {
            return stages
        }
        return stages + [Stage(inputs: flow.inputs)]
    }

    // MARK: Steps

    private func scan(_ source: ScanSource, _ columns: [PlanColumn]) throws -> Flow {
        let (origin, places) = sources.read(source, columns)
        let input = StageInput(from: origin)
        let kinds: StreamKinds = source.isStreaming ? .incremental : []
        guard let places else { return Flow(inputs: [input], columns: columns, streams: kinds) }
        // Other places of the query read more of the source than this one.
        let own = zip(places, columns).map { place, column in
            ResolvedExpression(
                .input(index: place, name: column.name), type: column.field.type, isNullable: column.field.isNullable)
        }
        let step = Project(
            expressions: try own.map { try CompiledExpression($0) },
            detail: "[\(columns.map(\.name).joined(separator: ", "))]", outputSchema: Schema(columns.map(\.field)))
        return Flow(inputs: [input], columns: columns, streams: kinds).adding(step, columns)
    }

    /// The projection, where it does more than pass its input on.
    func project(_ flow: Flow, _ list: [NamedExpression]) throws -> Flow {
        let columns = list.map(\.column)
        if columns == flow.columns { return flow }
        let input = InputColumns(flow.columns)
        let step = Project(
            expressions: try list.map { try CompiledExpression(input.bind($0.expression)) },
            detail: "[" + list.map { "\($0.expression) AS \($0.name)" }.joined(separator: ", ") + "]",
            outputSchema: Schema(columns.map(\.field)))
        return flow.adding(step, columns)
    }

    /// The rows of all inputs, one after the other: no step of its own.
    private mutating func union(_ plans: [ResolvedPlan], _ columns: [PlanColumn]) throws -> Flow {
        var flows: [Flow] = []
        for plan in plans { flows.append(try flow(of: plan)) }
        let schema = Schema(columns.map(\.field))
        let inputs = flows.flatMap { flow in
            (flow.schema == schema ? flow : flow.adding(Relabel(to: schema), columns)).inputs
        }
        return Flow(inputs: inputs, columns: columns, streams: flows.reduce(into: []) { $0.formUnion($1.streams) })
    }

    /// Ends a stage: its rows are brought together by a keyed step, which gives these columns.
    mutating func end(
        _ inputs: [StageInput], in keyed: any KeyedOperator, _ columns: [PlanColumn], _ streams: StreamKinds
    ) -> Flow {
        stages.append(Stage(inputs: inputs, keyed: keyed))
        return Flow(inputs: [StageInput(from: .stage(stages.count - 1))], columns: columns, streams: streams)
    }

    /// The id of one more operator with state of a kind: `aggregate-0`, `aggregate-1`.
    mutating func stateID(_ kind: String) -> String {
        defer { stateful[kind, default: 0] += 1 }
        return "\(kind)-\(stateful[kind, default: 0])"
    }

    // MARK: Order

    private mutating func sort(_ flow: Flow, _ keys: [SortKey]) throws -> Flow {
        let columns = try sortColumns(keys, InputColumns(flow.columns), step: "orderBy")
        let texts = keys.map { key in
            "\(key.expression) \(key.isAscending ? "ASC" : "DESC") NULLS \(key.nullsFirst ? "FIRST" : "LAST")"
        }
        let step = SortOperator(
            keys: columns, detail: "[\(texts.joined(separator: ", "))]", schema: flow.schema)
        return end(flow.inputs, in: step, flow.columns, flow.streams)
    }

    /// The rows for which the condition holds.
    func filter(_ flow: Flow, _ condition: ResolvedExpression) throws -> Flow {
        flow.adding(
            Filter(
                condition: try CompiledExpression(InputColumns(flow.columns).bind(condition)), detail: "\(condition)",
                schema: flow.schema), flow.columns)
    }

    /// Behind a sort, the sort keeps only the rows that may be among the first; elsewhere a step of its own.
    private mutating func limit(_ flow: Flow, _ slice: RowSlice) -> Flow {
        if flow.inputs.count == 1, flow.inputs[0].from == .stage(stages.count - 1),
            flow.inputs[0].chain.allSatisfy({ $0 is Project || $0 is Relabel }),
            let stage = stages.last, let sort = stage.keyed as? SortOperator, sort.isWhole
        {
            stages[stages.count - 1] = Stage(inputs: stage.inputs, keyed: sort.limited(to: slice))
            return flow
        }
        let step = LimitOperator(
            slice, schema: flow.schema, stateID: flow.isStreaming ? stateID("limit") : nil)
        return end(flow.inputs, in: step, flow.columns, flow.streams)
    }
}
