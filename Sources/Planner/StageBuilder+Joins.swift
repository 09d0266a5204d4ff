// Joins as stages: one side is gathered, the other one looks up.

import Columns
import LogicalPlan
import Operators

extension StageBuilder {
    /// The pairs of two plans. The side that is gathered is built first, so that it is there when the other one's rows
    /// come: the table where the other side is a stream, otherwise the right one, but for right joins.
    mutating func join(
        _ left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join, _ columns: [PlanColumn]
    ) throws -> Flow {
        if left.isStreaming && right.isStreaming {
            throw PlanError("UNSUPPORTED_FEATURE", "a join between two streams is not supported yet", step: "join")
        }
        for key in join.leftKeys where !GroupKeys.canBeKey(key.type) {
            throw PlanError(
                "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "values of \(key.type) can't be compared", step: "join",
                expression: "\(key)")
        }
        if join.kind.isNullAware || join.kind.markColumn != nil || join.nullSafe.contains(true) {
            throw PlanError("UNSUPPORTED_FEATURE", "a \(join) is not supported yet", step: "join")
        }
        if join.kind == .full { return try fullJoin(left, right, join, columns) }
        let buildIsLeft = join.kind == .right || right.isStreaming
        let gathered = try flow(of: buildIsLeft ? left : right)
        let gatheredKeys = try bound(buildIsLeft ? join.leftKeys : join.rightKeys, gathered.columns)
        let detail = detail(join)
        let build = end(
            gathered.inputs, in: JoinBuild(keys: gatheredKeys, detail: detail, schema: gathered.schema),
            gathered.columns, gathered.streams)
        guard case .stage(let lookupStage) = build.inputs[0].from, !gathered.isStreaming else {
            throw PlanError(
                "UNSUPPORTED_OPERATION", "a \(join.kind.sparkName) join with this side a stream is not supported",
                step: "join")
        }
        let passing = try flow(of: buildIsLeft ? right : left)
        let sides = buildIsLeft ? gathered.columns + passing.columns : passing.columns + gathered.columns
        let shape = JoinShape(
            kind: join.kind.lookupKind, buildIsFirst: buildIsLeft,
            condition: try join.condition.map { try CompiledExpression(InputColumns(sides).bind($0)) },
            pairSchema: Schema((join.kind.keepsRight ? columns : sides).map(\.field)))
        let step = HashJoin(
            shape, keys: try bound(buildIsLeft ? join.rightKeys : join.leftKeys, passing.columns),
            lookupStage: lookupStage, detail: detail, outputSchema: Schema(columns.map(\.field)))
        return passing.adding(step, columns)
    }

    private mutating func fullJoin(
        _ left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join, _ columns: [PlanColumn]
    ) throws -> Flow {
        let (build, probe) = (try flow(of: right), try flow(of: left))
        guard !build.isStreaming, !probe.isStreaming else {
            throw PlanError(
                "UNSUPPORTED_OPERATION", "a FullOuter join with a stream is not supported", step: "join")
        }
        let shape = JoinShape(
            kind: .full, buildIsFirst: false,
            condition: try join.condition.map {
                try CompiledExpression(InputColumns(probe.columns + build.columns).bind($0))
            }, pairSchema: Schema(columns.map(\.field)))
        let step = FullJoin(
            shape,
            probe: FullJoin.Side(keys: try bound(join.leftKeys, probe.columns), schema: probe.schema),
            build: FullJoin.Side(keys: try bound(join.rightKeys, build.columns), schema: build.schema),
            detail: detail(join))
        let inputs =
            build.inputs.map { StageInput(from: $0.from, chain: $0.chain, port: FullJoin.buildPort) }
            + probe.inputs.map { StageInput(from: $0.from, chain: $0.chain, port: FullJoin.probePort) }
        return end(inputs, in: step, columns, [])
    }

    private func bound(_ keys: [ResolvedExpression], _ columns: [PlanColumn]) throws -> [CompiledExpression] {
        let input = InputColumns(columns)
        return try keys.map { try CompiledExpression(input.bind($0)) }
    }

    private func detail(_ join: Join) -> String {
        let keys = zip(join.leftKeys, join.rightKeys).map { "\($0) = \($1)" }.joined(separator: ", ")
        return "\(join.kind.sparkName) [\(keys)]" + (join.condition.map { " \($0)" } ?? "")
    }
}

extension JoinKind {
    /// What becomes of the rows of the side that looks up.
    fileprivate var lookupKind: JoinShape.Kind {
        switch self {
        case .inner, .cross: .inner
        case .left, .right: .outer
        case .leftSemi: .semi
        case .leftAnti, .leftAntiNullAware, .mark: .anti
        case .full: .full
        }
    }
}
