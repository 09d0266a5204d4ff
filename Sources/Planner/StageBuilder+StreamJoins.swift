// Joins of two streams: both sides are kept, as long as partners may come.

import Columns
import LogicalPlan
import Operators

extension StageBuilder {
    /// The pairs of two streams, whose rows meet by key.
    mutating func streamJoin(
        _ left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join, _ columns: [PlanColumn]
    ) throws -> Flow {
        guard let kind = join.kind.ofStreams else {
            throw PlanError(
                "UNSUPPORTED_OPERATION",
                "\(join.kind.sparkName) joins with a streaming DataFrame/Dataset on the right are not supported",
                step: "join")
        }
        guard !join.leftKeys.isEmpty else {
            throw PlanError(
                "UNSUPPORTED_OPERATION", "Stream-stream join without equality predicate is not supported", step: "join",
                hint: "compare a column of each side with =")
        }
        let bounds = try Self.checkedBounds(left, right, join, kind)
        let flows = (try flow(of: left), try flow(of: right))
        guard flows.0.streams == .incremental, flows.1.streams == .incremental else {
            throw PlanError(
                "UNSUPPORTED_OPERATION",
                "a join of aggregated streams is not supported in output mode "
                    + outputMode.rawValue, step: "join", hint: "use output mode append")
        }
        let conditions = JoinConditions(join.condition, flows.0.columns, flows.1.columns)
        let pair = flows.0.columns + flows.1.columns
        let sides = (try KeyedFlow(flows.0, join.leftKeys), try KeyedFlow(flows.1, join.rightKeys))
        let step = StreamJoin(
            kind, left: try side(sides.0, join.nullSafe, conditions.left, left, bounds.left),
            right: try side(sides.1, join.nullSafe, conditions.right, right, bounds.right),
            condition: try conditions.pairs.map { try PairTest($0, over: pair) },
            detail: detail(join) + bounds.detail, outputSchema: Schema(columns.map(\.field)), stateID: stateID("join"))
        func inputs(_ side: KeyedFlow, _ port: Int) -> [StageInput] {
            side.inputs.map { StageInput(from: $0.from, chain: $0.chain, port: port) }
        }
        return end(
            inputs(sides.0, StreamJoin.leftPort) + inputs(sides.1, StreamJoin.rightPort), in: step, columns,
            .incremental)
    }

    /// Refuses joins of two streams whose rows would never come out alone, by the kind that was written: conditions
    /// above may make it a narrower one, which Spark doesn't ask about.
    static func checkStreamJoins(in plan: ResolvedPlan) throws {
        if case .join(let left, let right, let join) = plan, left.isStreaming, right.isStreaming {
            _ = try join.kind.ofStreams.map { try checkedBounds(left, right, join, $0) }
        }
        for child in plan.children { try checkStreamJoins(in: child) }
    }

    private static func checkedBounds(
        _ left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join, _ kind: StreamJoin.Kind
    ) throws -> StreamJoinBounds {
        let bounds = StreamJoinBounds(left, right, join)
        guard bounds.areEnough(for: kind) else {
            throw PlanError(
                "UNSUPPORTED_OPERATION",
                "Stream-stream \(join.kind.sparkName) join between two streaming DataFrame/Datasets is not supported "
                    + "without a watermark in the join keys, or a watermark on the nullable side and an appropriate "
                    + "range condition", step: "join",
                hint: "withWatermark on both sides, and left.time BETWEEN right.time - INTERVAL ... AND ... in the "
                    + "condition")
        }
        return bounds
    }

    private func side(
        _ keyed: KeyedFlow, _ nullSafe: [Bool], _ filter: ResolvedExpression?, _ plan: ResolvedPlan,
        _ bound: StreamJoinBounds.Bound?
    ) throws -> StreamJoin.Side {
        let (flow, keys) = (keyed.flow, keyed.keys)
        let input = InputColumns(flow.columns)
        let times = plan.eventTimes
        let lifetime = try bound.map { bound throws -> StreamJoin.Lifetime in
            switch bound.place {
            case .key(let place):
                StreamJoin.Lifetime(.key(KeyTime(key: place, ofType: keys[place].type)))
            case .column(let id):
                StreamJoin.Lifetime(
                    .column(KeyTime(key: try input.index(of: id), .time(length: 0))),
                    offsetMicroseconds: bound.offsetMicroseconds)
            }
        }
        return StreamJoin.Side(
            schema: flow.schema,
            keys: JoinKeyColumns(try keys.map { try CompiledExpression($0) }, nullSafe: nullSafe),
            filter: try filter.map { try CompiledExpression(input.bind($0)) },
            // The first one says what is late, as in Spark.
            time: flow.columns.firstIndex { times[$0.id] != nil }.map {
                KeyTime(key: $0, ofType: flow.columns[$0].field.type)
            },
            lifetime: lifetime)
    }
}

/// One side of a join. Keys that have to be computed stand as columns behind its own: the exchange and the join read
/// them there, and what the join keeps is without them.
private struct KeyedFlow {
    let flow: StageBuilder.Flow
    let inputs: [StageInput]
    /// Over the columns that come.
    let keys: [ResolvedExpression]

    init(_ flow: StageBuilder.Flow, _ keys: [ResolvedExpression]) throws {
        self.flow = flow
        let input = InputColumns(flow.columns)
        var columns = try flow.columns.map { try input.bind($0.expression) }
        var fields = flow.schema.fields
        var computed: [String] = []
        self.keys = try keys.map { key throws -> ResolvedExpression in
            let bound = try input.bind(key)
            if case .input = bound.kind { return bound }
            computed.append("\(key)")
            let field = Field("key \(fields.count)", key.type, isNullable: key.isNullable)
            columns.append(bound)
            fields.append(field)
            return ResolvedExpression(
                .input(index: fields.count - 1, name: field.name), type: key.type, isNullable: key.isNullable)
        }
        guard !computed.isEmpty else {
            inputs = flow.inputs
            return
        }
        let step = Project(
            expressions: try columns.map { try CompiledExpression($0) },
            detail: "[*, \(computed.joined(separator: ", "))]", outputSchema: Schema(fields))
        inputs = flow.inputs.map { StageInput(from: $0.from, chain: $0.chain + [step], port: $0.port) }
    }
}

/// A join's condition by what it is about.
private struct JoinConditions {
    /// About one side alone: a row for which it isn't true has no partner, whatever comes.
    var left: ResolvedExpression?
    var right: ResolvedExpression?
    /// About both.
    var pairs: ResolvedExpression?

    init(_ condition: ResolvedExpression?, _ leftColumns: [PlanColumn], _ rightColumns: [PlanColumn]) {
        let (leftIDs, rightIDs) = (Set(leftColumns.map(\.id)), Set(rightColumns.map(\.id)))
        var (left, right, pairs): ([ResolvedExpression], [ResolvedExpression], [ResolvedExpression]) = ([], [], [])
        for conjunct in condition?.conjuncts ?? [] {
            let columns = conjunct.referencedColumns
            if !conjunct.isDeterministic || columns.isEmpty {
                pairs.append(conjunct)
            } else if columns.isSubset(of: leftIDs) {
                left.append(conjunct)
            } else if columns.isSubset(of: rightIDs) {
                right.append(conjunct)
            } else {
                pairs.append(conjunct)
            }
        }
        self.left = ResolvedExpression.all(left)
        self.right = ResolvedExpression.all(right)
        self.pairs = ResolvedExpression.all(pairs)
    }
}

extension JoinKind {
    /// The kind as a join of two streams; `nil` where there is none.
    fileprivate var ofStreams: StreamJoin.Kind? {
        switch self {
        case .inner, .cross: .inner
        case .left: .left
        case .right: .right
        case .full: .full
        case .leftSemi: .leftSemi
        case .leftAnti: .leftAnti
        case .leftSingle, .leftAntiNullAware, .mark: nil
        }
    }
}
