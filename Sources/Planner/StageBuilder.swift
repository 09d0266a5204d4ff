// Cuts a plan into stages: where rows are brought together, one ends.

import Columns
import LogicalPlan
import Operators

/// Puts a plan's stages together, sources first.
struct StageBuilder {
    private(set) var streams: [PlannedScan] = []
    private(set) var tables: [PlannedScan] = []
    private var stages: [Stage] = []
    /// How many operators of each kind keep state: their ids count on.
    private var stateful: [String: Int] = [:]

    /// Rows on their way to the next stage: where they come from, and the steps that they pass.
    struct Flow {
        var inputs: [StageInput]
        let schema: Schema
        let isStreaming: Bool

        /// The same rows after one more step.
        func adding(_ step: any PhysicalOperator) -> Flow {
            Flow(
                inputs: inputs.map { StageInput(from: $0.from, chain: $0.chain + [step], port: $0.port) },
                schema: step.outputSchema, isStreaming: isStreaming)
        }
    }

    /// The rows of a plan, with all stages in front of them built.
    mutating func flow(of plan: ResolvedPlan) throws -> Flow {
        switch plan {
        case .scan(let source): return scan(source)
        case .project(let input, let list):
            let flow = try flow(of: input)
            return isIdentity(list, over: flow.schema) ? flow : flow.adding(try project(list, plan.schema))
        case .filter(let input, let condition):
            return try flow(of: input).adding(
                Filter(condition: try CompiledExpression(condition), detail: "\(condition)", schema: plan.schema))
        case .generate(let input, let array, let name, let kept):
            return try flow(of: input).adding(
                Generate(
                    generator: try CompiledExpression(array), keptColumns: kept,
                    detail: "explode(\(array)) AS \(name)", outputSchema: plan.schema))
        case .aggregate(let input, let groupings, let aggregates):
            return try aggregate(try flow(of: input), groupings, aggregates)
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

    private mutating func scan(_ source: ScanSource) -> Flow {
        let scan = PlannedScan(id: source.id, columns: source.schema)
        let origin: StageInput.Origin
        if source.isStreaming {
            origin = .stream(streams.count)
            streams.append(scan)
        } else {
            origin = .table(tables.count)
            tables.append(scan)
        }
        return Flow(inputs: [StageInput(from: origin)], schema: source.schema, isStreaming: source.isStreaming)
    }

    private func project(_ list: [NamedExpression], _ schema: Schema) throws -> Project {
        Project(
            expressions: try list.map { try CompiledExpression($0.expression) },
            detail: "[" + list.map { "\($0.expression) AS \($0.name)" }.joined(separator: ", ") + "]",
            outputSchema: schema)
    }

    /// Whether a projection only passes its input on.
    private func isIdentity(_ list: [NamedExpression], over schema: Schema) -> Bool {
        list.count == schema.count
            && list.enumerated().allSatisfy { index, named in
                if case .column(index, _) = named.expression.kind {
                    named.name == schema.fields[index].name
                } else {
                    false
                }
            }
    }

    /// Ends a stage: its rows are brought together by a keyed step.
    private mutating func end(_ inputs: [StageInput], in keyed: any KeyedOperator, isStreaming: Bool) -> Flow {
        stages.append(Stage(inputs: inputs, keyed: keyed))
        return Flow(
            inputs: [StageInput(from: .stage(stages.count - 1))], schema: keyed.outputSchema, isStreaming: isStreaming)
    }

    /// The id of one more operator with state of a kind: `aggregate-0`, `aggregate-1`.
    private mutating func stateID(_ kind: String) -> String {
        defer { stateful[kind, default: 0] += 1 }
        return "\(kind)-\(stateful[kind, default: 0])"
    }

    // MARK: Aggregation

    private mutating func aggregate(
        _ flow: Flow, _ groupings: [NamedExpression], _ aggregates: [NamedAggregate]
    ) throws -> Flow {
        var list = groupings
        var specs: [AggregateSpec] = []
        for aggregate in aggregates {
            let argument = filtered(aggregate.call)
            guard !aggregate.call.isDistinct, let function = function(aggregate.call, hasInput: argument != nil),
                let spec = AggregateSpec(
                    function, inputIndex: argument == nil ? nil : list.count - groupings.count,
                    inputType: argument?.type), spec.resultType == aggregate.call.type
            else {
                throw PlanError(
                    "UNSUPPORTED_OPERATION", "\(aggregate.call) is not supported", step: "groupBy",
                    expression: aggregate.name)
            }
            specs.append(spec)
            if let argument { list.append(NamedExpression(name: aggregate.name, expression: argument)) }
        }
        // Keys and inputs in the order in which the aggregation takes them.
        let prepared =
            isIdentity(list, over: flow.schema)
            ? flow : flow.adding(try project(list, Schema(list.map(\.field))))
        let aggregation = AggregationOperator(
            AggregationPlan(keys: groupings.map(\.field), aggregates: specs, resultNames: aggregates.map(\.name)),
            detail: "keys [\(groupings.map { "\($0.expression)" }.joined(separator: ", "))], "
                + "values [\(aggregates.map { "\($0.call)" }.joined(separator: ", "))]",
            stateID: flow.isStreaming ? stateID("aggregate") : nil)
        return end(prepared.inputs, in: aggregation, isStreaming: flow.isStreaming)
    }

    /// The operator's function for one of the plan's; `nil` where there is none.
    private func function(_ call: AggregateCall, hasInput: Bool) -> AggregateSpec.Function? {
        switch call.function {
        case .count: hasInput ? .count : .countRows
        case .sum: .sum
        case .average: .average
        case .minimum: .minimum
        case .maximum: .maximum
        case .first, .last: nil
        }
    }

    /// What an aggregate folds; `nil` for `count(*)`. With FILTER the value is NULL where the condition isn't true.
    private func filtered(_ call: AggregateCall) -> ResolvedExpression? {
        guard let filter = call.filter else { return call.arguments.first }
        let value = call.arguments.first ?? .literal(.boolean(true), .boolean)
        return ResolvedExpression(
            .caseWhen([.init(condition: filter, result: value)], otherwise: nil), type: value.type, isNullable: true)
    }
}
