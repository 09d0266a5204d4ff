// Window functions as a stage.

import Columns
import Functions
import LogicalPlan
import Operators

extension StageBuilder {
    /// The rows of a flow with functions over windows behind them.
    mutating func window(
        _ flow: Flow, _ functions: [NamedWindow], _ partition: [ResolvedExpression], _ order: [SortKey],
        _ columns: [PlanColumn]
    ) throws -> Flow {
        for expression in partition {
            guard GroupKeys.canBeKey(expression.type), SortKeyEncoder.canEncode(expression.type) else {
                throw StageBuilder.noOrder(expression, "partitionBy")
            }
        }
        let input = InputColumns(flow.columns)
        var frames: [WindowFrame] = []
        var calls: [CompiledWindowCall] = []
        for function in functions {
            let place = frames.firstIndex(of: function.frame) ?? frames.count
            if place == frames.count { frames.append(function.frame) }
            calls.append(try call(function, frame: place, input))
        }
        let parts = partition.map(\.description) + order.map(\.description)
        let step = WindowOperator(
            partition: try partition.map { try CompiledExpression(input.bind($0)) },
            order: try sortColumns(order, input, step: "orderBy"),
            frames: try frames.map { frame in
                FrameSpec(
                    start: try bound(frame.start, frame.unit, input), end: try bound(frame.end, frame.unit, input))
            },
            calls: calls,
            detail: "[\(functions.map(\.description).joined(separator: ", "))] by [\(parts.joined(separator: ", "))]",
            inputSchema: flow.schema, outputSchema: Schema(columns.map(\.field)))
        return end(flow.inputs, in: step, columns, flow.streams)
    }

    /// Keys of a sort over the columns of a step.
    func sortColumns(_ keys: [SortKey], _ input: InputColumns, step: String) throws -> [SortColumn] {
        try keys.map { key in
            guard SortKeyEncoder.canEncode(key.expression.type) else {
                throw StageBuilder.noOrder(key.expression, step)
            }
            return SortColumn(
                try CompiledExpression(input.bind(key.expression)),
                SortDirection(isAscending: key.isAscending, nullsFirst: key.nullsFirst))
        }
    }

    private static func noOrder(_ expression: ResolvedExpression, _ step: String) -> PlanError {
        PlanError(
            "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "values of \(expression.type) have no order", step: step,
            expression: "\(expression)")
    }

    private func bound(
        _ bound: WindowFrame.Bound, _ unit: WindowFrame.Unit, _ input: InputColumns
    ) throws -> FrameSpec.Bound {
        switch bound {
        case .unboundedPreceding, .unboundedFollowing: .unbounded
        case .rows(let offset): .rows(Int(offset))
        case .currentRow: unit == .rows ? .rows(0) : .peers
        case .value(let expression): .value(try CompiledExpression(input.bind(expression)))
        }
    }

    private func call(_ window: NamedWindow, frame: Int, _ input: InputColumns) throws -> CompiledWindowCall {
        let kind: CompiledWindowCall.Kind
        switch window.function {
        case .rowNumber: kind = .rowNumber
        case .rank: kind = .rank
        case .denseRank: kind = .denseRank
        case .percentRank: kind = .percentRank
        case .cumeDist: kind = .cumeDist
        case .ntile(let parts): kind = .ntile(parts)
        case .lag(let offset): kind = .shift(-offset)
        case .lead(let offset): kind = .shift(offset)
        case .nthValue(let number): kind = .nth(number)
        case .aggregate(let call): return try self.call(call, window, frame: frame, input)
        }
        return CompiledWindowCall(
            kind, arguments: try window.arguments.map { try CompiledExpression(input.bind($0)) },
            ignoresNulls: window.ignoreNulls, frame: frame, type: window.column.field.type)
    }

    /// An aggregate over frames. What only picks a row is found without accumulators.
    private func call(
        _ call: AggregateCall, _ window: NamedWindow, frame: Int, _ input: InputColumns
    ) throws -> CompiledWindowCall {
        guard !call.isDistinct else {
            throw PlanError(
                "DISTINCT_WINDOW_FUNCTION_UNSUPPORTED", "Distinct window functions are not supported: \(call)",
                step: "window", expression: window.name)
        }
        let kind = call.filter == nil ? StageBuilder.picking(call) : nil
        let read = Set(call.function.parts.flatMap(\.inputs))
        let arguments = try call.arguments.enumerated().map { index, argument in
            read.contains(index) ? try CompiledExpression(input.bind(argument)) : nil
        }
        return CompiledWindowCall(
            kind ?? .aggregate(call.function), arguments: arguments,
            filter: try call.filter.map { try CompiledExpression(input.bind($0)) },
            ignoresNulls: window.ignoreNulls || call.arguments.dropFirst().last?.literalValue == .boolean(true),
            frame: frame, type: call.type)
    }

    /// How an aggregate finds the row whose value it gives.
    private static func picking(_ call: AggregateCall) -> CompiledWindowCall.Kind? {
        switch call.function.name {
        case "first", "any_value": .nth(1)
        case "last": .last
        case "min": .extreme(wantsLargest: false)
        case "max": .extreme(wantsLargest: true)
        default: nil
        }
    }
}
