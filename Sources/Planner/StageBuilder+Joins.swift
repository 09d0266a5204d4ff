// Joins as stages: one side is gathered, the other one looks up.

import Columns
import LogicalPlan
import Operators
import Optimizer

extension StageBuilder {
    /// The pairs of two plans. The side that is gathered is built first, so that it is there when the other one's rows
    /// come: the table where the other side is a stream, otherwise the right one, but for right joins.
    mutating func join(
        _ left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join, _ columns: [PlanColumn]
    ) throws -> Flow {
        for key in join.leftKeys where !GroupKeys.canBeKey(key.type) {
            throw PlanError(
                "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "values of \(key.type) can't be compared", step: "join",
                expression: "\(key)")
        }
        if left.isStreaming && right.isStreaming { return try streamJoin(left, right, join, columns) }
        if join.kind == .full { return try fullJoin(left, right, join, columns) }
        let matching = JoinMatching(join, left: left, right: right)
        let buildIsLeft =
            join.kind == .right || ((right.isStreaming || right.readsRecursion) && join.kind.keepsRight)
        let gathered = try flow(of: buildIsLeft ? left : right)
        let gatheredKeys = try keys(buildIsLeft ? matching.leftKeys : matching.rightKeys, matching, gathered.columns)
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
            condition: try matching.condition.map { try PairTest($0, over: sides) },
            hidden: try hiddenPartners(matching, sides),
            pairSchema: Schema((join.kind.pairsAreWhole ? columns : sides).map(\.field)))
        let step = HashJoin(
            shape, keys: try keys(buildIsLeft ? matching.rightKeys : matching.leftKeys, matching, passing.columns),
            lookupStage: lookupStage, detail: detail, outputSchema: Schema(columns.map(\.field)))
        return passing.adding(step, columns)
    }

    private func hiddenPartners(
        _ matching: JoinMatching, _ sides: [PlanColumn]
    ) throws -> JoinShape.HiddenPartners {
        switch matching.hidden {
        case .none: .none
        case .behindKeys: .behindKeys
        case .behindTest(let test): .behindTest(try PairTest(test, over: sides))
        }
    }

    private mutating func fullJoin(
        _ left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join, _ columns: [PlanColumn]
    ) throws -> Flow {
        let (build, probe) = (try flow(of: right), try flow(of: left))
        guard !build.isStreaming, !probe.isStreaming else {
            throw PlanError(
                "UNSUPPORTED_OPERATION", "a FullOuter join with a stream is not supported", step: "join")
        }
        let matching = JoinMatching(join, left: left, right: right)
        let shape = JoinShape(
            kind: .full, buildIsFirst: false,
            condition: try join.condition.map { try PairTest($0, over: probe.columns + build.columns) },
            pairSchema: Schema(columns.map(\.field)))
        let step = FullJoin(
            shape,
            probe: FullJoin.Side(keys: try keys(join.leftKeys, matching, probe.columns), schema: probe.schema),
            build: FullJoin.Side(keys: try keys(join.rightKeys, matching, build.columns), schema: build.schema),
            detail: detail(join))
        let inputs =
            build.inputs.map { StageInput(from: $0.from, chain: $0.chain, port: FullJoin.buildPort) }
            + probe.inputs.map { StageInput(from: $0.from, chain: $0.chain, port: FullJoin.probePort) }
        return end(inputs, in: step, columns, [])
    }

    private func keys(
        _ keys: [ResolvedExpression], _ matching: JoinMatching, _ columns: [PlanColumn]
    ) throws -> JoinKeyColumns {
        let input = InputColumns(columns)
        return JoinKeyColumns(
            try keys.map { try CompiledExpression(input.bind($0)) }, nullSafe: matching.nullSafe)
    }

    /// What `explain` says of a join.
    func detail(_ join: Join) -> String {
        let keys = join.leftKeys.indices.map { index in
            "\(join.leftKeys[index]) \(join.nullSafe[index] ? "<=>" : "=") \(join.rightKeys[index])"
        }
        return "\(join.kind.sparkName) [\(keys.joined(separator: ", "))]" + (join.condition.map { " \($0)" } ?? "")
    }
}

/// By what the rows of a join find each other when it runs.
private struct JoinMatching {
    enum Hidden {
        case none, behindKeys
        case behindTest(ResolvedExpression)
    }

    let leftKeys: [ResolvedExpression]
    let rightKeys: [ResolvedExpression]
    let nullSafe: [Bool]
    let condition: ResolvedExpression?
    let hidden: Hidden

    init(_ join: Join, left: ResolvedPlan, right: ResolvedPlan) {
        let mayHide =
            join.kind.isNullAware
            && zip(join.leftKeys, join.rightKeys).contains { a, b in
                a.isNullable || b.isNullable
            }
        if mayHide, join.leftKeys.count > 1 || join.condition != nil || join.nullSafe.contains(true),
            let equality = join.keyEquality
        {
            // A NULL in a key may hide equality: the keys are compared pair by pair, and only what the condition says
            // besides tells which pairs there are.
            let found = ConditionKeys(join.condition, left: left, right: right)
            leftKeys = found.leftKeys
            rightKeys = found.rightKeys
            nullSafe = found.nullSafe
            condition = found.condition
            hidden = .behindTest(equality)
        } else {
            leftKeys = join.leftKeys
            rightKeys = join.rightKeys
            nullSafe = join.nullSafe
            condition = join.condition
            hidden = mayHide ? .behindKeys : .none
        }
    }
}

extension PairTest {
    /// A condition over some of the columns of both sides.
    init(_ condition: ResolvedExpression, over sides: [PlanColumn]) throws {
        let read = condition.referencedColumns
        let places = sides.indices.filter { read.contains(sides[$0].id) }
        let columns = places.map { sides[$0] }
        self.init(
            try CompiledExpression(InputColumns(columns).bind(condition)), columns: places,
            schema: Schema(columns.map(\.field)))
    }
}

extension JoinKind {
    /// What becomes of the rows of the side that looks up.
    fileprivate var lookupKind: JoinShape.Kind {
        switch self {
        case .inner, .cross: .inner
        case .left, .right: .outer
        case .leftSingle: .single
        case .leftSemi: .semi
        case .leftAnti, .leftAntiNullAware: .anti
        case .mark: .mark
        case .full: .full
        }
    }

    /// Whether what comes out has the columns that a pair has, or the mark in place of the right ones.
    fileprivate var pairsAreWhole: Bool { keepsRight || markColumn != nil }
}
