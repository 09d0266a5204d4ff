// Which streaming queries there can be: Spark's rules, in Spark's words, and what isn't there yet.

import Columns
import LogicalPlan

/// Spark's rules for streaming queries.
package enum StreamingRules {
    /// Refuses a streaming plan that this output mode cannot serve. An extended session takes some that Spark refuses.
    package static func check(
        _ plan: ResolvedPlan, outputMode: OutputMode, isExtended: Bool = false
    ) throws(PlanError) {
        guard plan.isStreaming else { return }
        try checkNumberedRows(plan)
        try checkNumberOfGroups(plan, outputMode)
        try checkOutputMode(plan, outputMode, isExtended: isExtended)
        try checkGroups(plan, outputMode)
        try checkSteps(plan, outputMode, isExtended: isExtended)
    }

    /// What lets a query pass that Spark refuses.
    private static let extensionHint = "\(extended) allows it"
    private static let extended = "SET millrace.extended = true (isExtended in Swift)"

    // MARK: Output modes

    private static func checkOutputMode(
        _ plan: ResolvedPlan, _ mode: OutputMode, isExtended: Bool
    ) throws(PlanError) {
        let aggregations = streamingAggregations(plan)
        if mode == .append, let step = setOperations(plan).first { throw withoutWatermark(step) }
        switch mode {
        // A group is final once the watermark has passed it, and a row that is seen for the first time stays so.
        case .append where !aggregations.allSatisfy({ $0.isDistinct || $0.hasFinalGroups }):
            throw invalid(
                mode, "streaming aggregations without watermark",
                hint: (aggregations.contains { $0.isOfTwoSteps } && !isExtended
                    ? "PIVOT takes output mode update or complete only with \(extended); without it "
                    : "use output mode update or complete, or ")
                    + "group by a watermark's column or by a window of it")
        case .update where !isExtended && aggregations.contains(where: { $0.sessionKeys != nil }):
            throw invalid(
                mode, "session window streaming aggregations",
                hint: "use output mode append with a watermark; \(extensionHint)")
        case .complete where aggregations.isEmpty:
            throw invalid(mode, "no streaming aggregations", hint: "use output mode append or update")
        case .append, .update, .complete: break
        }
        if mode != .append, !isExtended, aggregations.contains(where: \.isOfTwoSteps) {
            throw PlanError(
                "UNSUPPORTED_OPERATION",
                "Detected pattern of possible 'correctness' issue due to global watermark. A PIVOT is two streaming "
                    + "aggregations, which are not supported with streaming DataFrames/Datasets in output mode "
                    + "\(mode.rawValue)", step: "pivot",
                hint:
                    "\(extensionHint), as one aggregation; or write aggregates with FILTER (WHERE ...) yourself, or "
                    + "use output mode append with a watermark")
        }
        // In append mode the first aggregation gives what is final. In complete mode it gives all its rows anew, and
        // the second can begin anew with them, where no event time is at stake: that is no harm, and Spark refuses it.
        guard mode != .append, aggregations.contains(where: isBehindAggregation) else { return }
        let hasEventTime = plan.hasWatermark || aggregations.contains { $0.sessionKeys != nil }
        let isHarmless = mode == .complete && !hasEventTime
        guard isExtended, isHarmless else {
            throw PlanError(
                "UNSUPPORTED_OPERATION",
                "Detected pattern of possible 'correctness' issue due to global watermark. Multiple streaming "
                    + "aggregations are not supported with streaming DataFrames/Datasets in output mode "
                    + "\(mode.rawValue)"
                    + (isHarmless ? "" : ": the second would keep rows of the first that have been replaced since"),
                step: "groupBy",
                hint: isHarmless
                    ? extensionHint + ": the second is computed anew in each batch"
                    : "use output mode append with a watermark, or write the first aggregation to a topic and "
                        + "aggregate that in a second query")
        }
    }

    /// Whether what an aggregation takes comes of another one.
    private static func isBehindAggregation(_ aggregation: ResolvedPlan) -> Bool {
        aggregation.children.contains { !streamingAggregations($0).isEmpty }
    }

    static func streamingAggregations(_ plan: ResolvedPlan) -> [ResolvedPlan] {
        let below = plan.children.flatMap(streamingAggregations)
        guard case .aggregate(let input, _, _) = plan, plan.isStreaming else { return below }
        // What INTERSECT and EXCEPT group is no aggregation that anybody wrote.
        if case .join(_, _, let join) = input, join.isSetOperation { return below }
        return [plan] + below
    }

    /// The joins of a stream that INTERSECT and EXCEPT are.
    private static func setOperations(_ plan: ResolvedPlan) -> [Join] {
        let below = plan.children.flatMap(setOperations)
        if case .join(let left, _, let join) = plan, left.isStreaming, join.isSetOperation { return [join] + below }
        return below
    }

    /// INTERSECT ALL and EXCEPT ALL number equal rows, which have no order in a stream.
    private static func checkNumberedRows(_ plan: ResolvedPlan) throws(PlanError) {
        for child in plan.children { try checkNumberedRows(child) }
        guard case .join(let left, let right, let join) = plan, join.isSetOperation, plan.isStreaming,
            [left, right].contains(where: { if case .window = $0 { true } else { false } })
        else { return }
        let (name, step) = join.kind == .leftSemi ? ("Intersect", "intersect") : ("Except", "except")
        throw unsupported(
            "\(name) ALL of streaming DataFrames/Datasets is not supported", step: step,
            hint: join.kind == .leftSemi ? nil : "without ALL in output mode update, or NOT IN with a table")
    }

    private static func withoutWatermark(_ join: Join) -> PlanError {
        if join.kind == .leftSemi {
            return unsupported("Intersect of streaming DataFrames/Datasets is not supported", step: "intersect")
        }
        return PlanError(
            "UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK",
            "Except in output mode append keeps every row for ever without a watermark", step: "except",
            hint: "use output mode update, or NOT IN with a table")
    }

    private static func invalid(_ mode: OutputMode, _ operation: String, hint: String) -> PlanError {
        PlanError(
            "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION",
            "Invalid streaming output mode: \(mode.rawValue). This output mode is not supported for \(operation) on "
                + "streaming DataFrames/DataSets", hint: hint)
    }

    // MARK: Steps

    private static func checkSteps(
        _ plan: ResolvedPlan, _ mode: OutputMode, isExtended: Bool
    ) throws(PlanError) {
        for child in plan.children { try checkSteps(child, mode, isExtended: isExtended) }
        guard plan.isStreaming else { return }
        switch plan {
        case .scan, .project, .filter, .generate, .values, .range, .expand, .timeWindow, .recursionRows, .groups:
            break
        case .watermark(let input, _, _, _):
            guard input.hasWatermark else { break }
            throw unsupported(
                "Redefining watermark is disallowed", step: "withWatermark",
                hint: "leave one of the two out, or write what has the first to a topic and read that in a second query"
            )
        case .recursion: throw unsupported("Recursive queries over streams are not supported", step: "with")
        case .window: try checkWindow()
        case .deduplicate(let input, _, let isWithinWatermark):
            guard isWithinWatermark, input.eventTimes.isEmpty else { break }
            throw unsupported(
                "dropDuplicatesWithinWatermark is not supported on streaming DataFrames/DataSets without watermark",
                step: "dropDuplicatesWithinWatermark", hint: "withWatermark before, on a column that is still there")
        case .singleRow:
            throw unsupported(
                "Subqueries over streaming DataFrames/Datasets are not supported", step: "subquery",
                hint: "write the aggregated stream to a topic, and read that as a table")
        case .aggregate where plan.sessionKeys == 1 && !isExtended:
            throw unsupported(
                "Global aggregation with session window in streaming query is not supported", step: "groupBy",
                hint: "group by another column, too; \(extensionHint)")
        case .aggregate(_, _, let aggregates):
            guard let distinct = aggregates.first(where: { $0.call.isDistinct }) else { break }
            throw PlanError(
                "UNSUPPORTED_OPERATION",
                "Distinct aggregations are not supported on streaming DataFrames/Datasets", step: "groupBy",
                expression: distinct.name,
                hint: "group by the value, too, write that to a topic, and count in a second query")
        case .union(let inputs, _):
            guard inputs.contains(where: { !$0.isStreaming }) else { break }
            throw unsupported(
                "Union between streaming and batch DataFrames/Datasets is not supported", step: "union",
                hint: "write the table to a topic and read it as a stream")
        case .sort(let input, _):
            guard !isComplete(input, mode) else { break }
            throw unsupported(
                "Sorting is not supported on streaming DataFrames/Datasets, unless it is on aggregated "
                    + "DataFrame/Dataset in Complete output mode", step: "orderBy",
                hint: "sort the rows of an aggregation in output mode complete, or those of each batch in foreachBatch")
        case .limit(let input, _, let offset):
            if offset > 0 {
                throw unsupported(
                    "Offset is not supported on streaming DataFrames/Datasets", step: "offset",
                    hint: "leave rows out with a condition (WHERE); where a stream begins is an option of its source, "
                        + "such as startingOffsets")
            }
            if mode == .update {
                throw unsupported(
                    "Limits are not supported on streaming DataFrames/Datasets in Update output mode", step: "limit",
                    hint: "use output mode append, or for an aggregation complete")
            }
            // Spark limits the new rows of each batch here.
            if mode == .complete, !isComplete(input, mode) {
                throw notYet(
                    "a limit below an aggregation in output mode complete", step: "limit",
                    hint: "limit the result, or filter the stream")
            }
        case .join(let left, let right, let join): try checkJoin(left, right, join, mode, isExtended: isExtended)
        }
    }

    /// Whether a step sees all its rows anew in every batch.
    private static func isComplete(_ plan: ResolvedPlan, _ mode: OutputMode) -> Bool {
        !plan.isStreaming || (mode == .complete && !streamingAggregations(plan).isEmpty)
    }

    private static func checkJoin(
        _ left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join, _ mode: OutputMode, isExtended: Bool
    ) throws(PlanError) {
        let kind = join.kind
        if join.isSetOperation, kind == .leftSemi {
            throw unsupported("Intersect of streaming DataFrames/Datasets is not supported", step: "intersect")
        }
        if join.isSetOperation, right.isStreaming {
            throw unsupported("Except on a streaming DataFrame/Dataset on the right is not supported", step: "except")
        }
        let name = kind.sparkName
        switch (left.isStreaming, right.isStreaming) {
        case (true, true):
            try checkStreams(left, right, kind, mode, isExtended: isExtended)
        case (true, false):
            guard kind == .right || kind == .full else { return }
            throw unsupported(
                "\(name) joins with streaming DataFrames/Datasets on the left and a static DataFrame/Dataset on the "
                    + "right is not supported", step: "join")
        case (false, true):
            if kind == .leftAnti || kind == .leftAntiNullAware { throw rightStream(name) }
            guard kind.tellsLeftAlone || kind == .leftSemi else { return }
            throw unsupported(
                "\(name) joins with streaming DataFrames/Datasets on the right and a static DataFrame/Dataset on the "
                    + "left is not supported", step: "join", hint: "put the stream on the left")
        case (false, false): return
        }
    }

    /// A join of two streams. What its condition must say is known when it is planned.
    private static func checkStreams(
        _ left: ResolvedPlan, _ right: ResolvedPlan, _ kind: JoinKind, _ mode: OutputMode, isExtended: Bool
    ) throws(PlanError) {
        let modes: [OutputMode]
        switch kind {
        case .inner, .cross, .leftSemi: modes = [.append, .update]
        case .left, .right, .full: modes = [.append]
        case .leftAnti where isExtended: modes = [.append]
        case .leftAnti: throw rightStream(kind.sparkName, hint: "put the stream on the left; \(extensionHint)")
        case .leftSingle, .leftAntiNullAware, .mark: throw rightStream(kind.sparkName)
        }
        guard modes.contains(mode) else {
            let names = modes.map(\.capitalized).joined(separator: " and ") + " output mode"
            throw unsupported(
                "\(kind.sparkName) join between two streaming DataFrames/Datasets is not supported in "
                    + "\(mode.capitalized) output mode, only in \(names)\(modes.count > 1 ? "s" : "")", step: "join")
        }
        guard mode == .append || ([left, right].allSatisfy { streamingAggregations($0).isEmpty }) else {
            throw PlanError(
                "UNSUPPORTED_OPERATION",
                "Detected pattern of possible 'correctness' issue due to global watermark. A streaming aggregation "
                    + "below a join is not supported in output mode \(mode.rawValue): the join would keep rows of the "
                    + "aggregation that have been replaced since", step: "join",
                hint: "use output mode append with a watermark")
        }
    }

    private static func rightStream(_ name: String, hint: String = "put the stream on the left") -> PlanError {
        unsupported(
            "\(name) joins with a streaming DataFrame/Dataset on the right are not supported", step: "join",
            hint: hint)
    }

    private static func checkWindow() throws(PlanError) {
        throw PlanError(
            "NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING",
            "Window functions over rows are not supported on streaming DataFrames/Datasets: only windows of event time "
                + "are", step: "window",
            hint:
                "the first row of each key: dropDuplicates; the one with the lowest or highest value: min_by or max_by "
                + "with GROUP BY; rows of one batch: foreachBatch")
    }

    static func unsupported(_ message: String, step: String, hint: String? = nil) -> PlanError {
        PlanError("UNSUPPORTED_OPERATION", message, step: step, hint: hint)
    }

    /// What Spark can do and this engine can't.
    static func notYet(_ what: String, step: String, hint: String? = nil) -> PlanError {
        PlanError("UNSUPPORTED_FEATURE", "\(what) is not supported yet", step: step, hint: hint)
    }
}

extension ResolvedPlan {
    /// Whether it gives each value of its keys once, and nothing that later rows change.
    fileprivate var isDistinct: Bool {
        if case .aggregate(_, _, let aggregates) = self { aggregates.isEmpty } else { false }
    }

    /// Whether it is a PIVOT that Spark computes with two aggregations.
    fileprivate var isOfTwoSteps: Bool {
        guard case .aggregate(_, _, let aggregates) = self else { return false }
        return aggregates.contains { $0.call.isOfTwoSteps }
    }

    /// How many keys it groups by, where one of them is a session; `nil` elsewhere.
    fileprivate var sessionKeys: Int? {
        guard case .aggregate(.timeWindow(_, let window, let column), let groupings, _) = self, window.isSession,
            groupings.contains(where: { $0.expression == column.expression })
        else { return nil }
        return groupings.count
    }

    /// Whether event time is among the keys by which it groups: then groups are final once the watermark has passed.
    fileprivate var hasFinalGroups: Bool {
        guard case .aggregate(_, let groupings, _) = self else { return false }
        let times = eventTimes
        return groupings.contains { times[$0.id] != nil }
    }
}

extension OutputMode {
    /// The name as Spark's messages on joins have it.
    var capitalized: String {
        switch self {
        case .append: "Append"
        case .update: "Update"
        case .complete: "Complete"
        }
    }
}

extension Join {
    /// Whether this is an INTERSECT or EXCEPT: only these have keys where NULL equals NULL before any optimiser.
    fileprivate var isSetOperation: Bool { !nullSafe.isEmpty && nullSafe.allSatisfy { $0 } }
}
