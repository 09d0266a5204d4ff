// Which streaming queries may be written in which output mode.

import Columns

/// Spark's rules for streaming queries.
package enum StreamingRules {
    /// Refuses a streaming plan that this output mode cannot serve.
    package static func check(_ plan: ResolvedPlan, outputMode: OutputMode) throws(PlanError) {
        guard plan.isStreaming else { return }
        var aggregations: [ResolvedPlan] = []
        var step: ResolvedPlan? = plan
        while let current = step {
            if case .aggregate = current { aggregations.append(current) }
            step = current.input
        }
        guard aggregations.count <= 1 else {
            throw PlanError(
                "UNSUPPORTED_OPERATION",
                "Multiple streaming aggregations are not supported with streaming DataFrames/Datasets", step: "groupBy",
                hint: "write the first aggregation to a topic and aggregate that in a second query")
        }
        if case .aggregate(_, _, let aggregates)? = aggregations.first,
            let distinct = aggregates.first(where: { $0.call.isDistinct })
        {
            throw PlanError(
                "UNSUPPORTED_OPERATION",
                "Distinct aggregations are not supported on streaming DataFrames/Datasets", step: "groupBy",
                expression: distinct.name, hint: "group by the value first, or count approximately")
        }
        switch outputMode {
        case .append where !aggregations.isEmpty:
            throw PlanError(
                "UNSUPPORTED_OPERATION",
                "Append output mode not supported when there are streaming aggregations on streaming "
                    + "DataFrames/DataSets without watermark",
                step: "groupBy", hint: "use output mode update or complete")
        case .complete where aggregations.isEmpty:
            throw PlanError(
                "UNSUPPORTED_OPERATION",
                "Complete output mode not supported when there are no streaming aggregations on streaming "
                    + "DataFrames/Datasets",
                hint: "use output mode append or update")
        case .append, .update, .complete: break
        }
    }
}
