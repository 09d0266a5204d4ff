// Spark's rules for functions over groups of a stream, in Spark's words.

import Columns
import LogicalPlan

extension StreamingRules {
    /// Refuses functions that can't be in one query.
    static func checkNumberOfGroups(_ plan: ResolvedPlan, _ mode: OutputMode) throws(PlanError) {
        let functions = functions(plan).map(\.function)
        let maps = functions.filter { $0.form == .map }
        let processors = functions.filter { if case .transform = $0.form { true } else { false } }
        let flatMaps = functions.filter { if case .flatMap = $0.form { true } else { false } }
        if !processors.isEmpty, functions.count > 1, mode != .append {
            throw PlanError(
                "UNSUPPORTED_OPERATION",
                "Detected pattern of possible 'correctness' issue due to global watermark. Several functions over "
                    + "groups are not supported with streaming DataFrames/Datasets in output mode \(mode.rawValue)",
                step: "transformWithState", hint: "use output mode append")
        }
        if maps.count > 1 {
            throw unsupported(
                "Multiple mapGroupsWithStates are not supported on a streaming DataFrames/Datasets",
                step: "mapGroupsWithState")
        }
        if !maps.isEmpty, !flatMaps.isEmpty {
            throw unsupported(
                "Mixing mapGroupsWithStates and flatMapGroupsWithStates are not supported on a streaming "
                    + "DataFrames/Datasets", step: "flatMapGroupsWithState")
        }
        if flatMaps.count > 1, mode != .append || flatMaps.contains(where: { $0.form != .flatMap(.append) }) {
            throw unsupported(
                "Multiple flatMapGroupsWithStates are not supported when they are not all in append mode or the output "
                    + "mode is not append on a streaming DataFrames/Datasets", step: "flatMapGroupsWithState")
        }
    }

    /// Refuses functions that the output mode, or what else is in the query, doesn't allow.
    static func checkGroups(_ plan: ResolvedPlan, _ mode: OutputMode) throws(PlanError) {
        let aggregates = !streamingAggregations(plan).isEmpty
        for (input, function) in functions(plan) {
            switch function.form {
            case .map:
                try checkMap(mode, withAggregation: aggregates)
            case .flatMap(let own):
                try checkFlatMap(own, mode, withAggregation: aggregates, below: !streamingAggregations(input).isEmpty)
            case .transform(let own):
                try checkTransform(own, mode, withAggregation: aggregates, below: !streamingAggregations(input).isEmpty)
            }
            guard function.timeout == .eventTime, input.eventTimes.isEmpty else { continue }
            if case .transform = function.form {
                throw unsupported(
                    "Watermark must be specified in the query using '[Dataset/DataFrame].withWatermark()' for using "
                        + "event-time timers in transformWithState", step: function.sparkStep)
            }
            throw unsupported(
                "Watermark must be specified in the query using '[Dataset/DataFrame].withWatermark()' for using "
                    + "event-time timeout in a [map|flatMap]GroupsWithState. Event-time timeout not supported without "
                    + "watermark", step: function.sparkStep)
        }
    }

    private static func functions(
        _ plan: ResolvedPlan
    ) -> [(input: ResolvedPlan, function: GroupFunction)] {
        let below = plan.children.flatMap(functions)
        guard case .groups(let input, let step) = plan, input.isStreaming else { return below }
        return [(input, step.function)] + below
    }

    private static func checkMap(_ mode: OutputMode, withAggregation: Bool) throws(PlanError) {
        if withAggregation {
            throw unsupported(
                "mapGroupsWithState is not supported with aggregation on a streaming DataFrame/Dataset",
                step: "mapGroupsWithState")
        }
        guard mode != .update else { return }
        throw unsupported(
            "mapGroupsWithState is not supported with \(mode.capitalized) output mode on a streaming DataFrame/Dataset",
            step: "mapGroupsWithState", hint: "use output mode update")
    }

    /// Refuses another output mode than that of the function, which an aggregation may have; gives what messages about
    /// the function begin with.
    private static func checkOwnMode(
        _ step: String, _ own: OutputMode, _ mode: OutputMode, withAggregation: Bool
    ) throws(PlanError) -> String {
        let function = "\(step) in \(own.rawValue) mode is not supported"
        guard !withAggregation, own != mode else { return function }
        throw unsupported(
            "\(function) with \(mode.capitalized) output mode on a streaming DataFrame/Dataset",
            step: step, hint: "use output mode \(own.rawValue)")
    }

    private static func checkTransform(
        _ own: OutputMode, _ mode: OutputMode, withAggregation: Bool, below: Bool
    ) throws(PlanError) {
        let processor = try checkOwnMode("transformWithState", own, mode, withAggregation: withAggregation)
        if withAggregation, own != .append {
            throw unsupported(
                "\(processor) with aggregation on a streaming DataFrame/Dataset", step: "transformWithState")
        }
        // What an aggregation gives anew in another mode would be new rows here.
        guard below, mode != .append else { return }
        throw unsupported(
            "\(processor) after aggregation in \(mode.capitalized) output mode on a streaming DataFrame/Dataset",
            step: "transformWithState", hint: "use output mode append with a watermark")
    }

    private static func checkFlatMap(
        _ own: OutputMode, _ mode: OutputMode, withAggregation: Bool, below: Bool
    ) throws(PlanError) {
        let function = try checkOwnMode("flatMapGroupsWithState", own, mode, withAggregation: withAggregation)
        if withAggregation, own == .update {
            throw unsupported(
                "\(function) with aggregation on a streaming DataFrame/Dataset", step: "flatMapGroupsWithState")
        }
        guard below else { return }
        throw unsupported(
            "\(function) after aggregation on a streaming DataFrame/Dataset", step: "flatMapGroupsWithState")
    }
}
