// From a resolved plan to the stages that run.

import Columns
import LogicalPlan
import Operators

/// A scan as it will run: which source, and which of its columns.
package struct PlannedScan: Sendable {
    /// The scan's id in the logical plan.
    package let id: String
    /// The columns that the source is asked for.
    package let columns: Schema
}

/// A plan that can run, with the sources that it reads in the order in which it numbers them.
package struct PlannedQuery: Sendable {
    package let plan: PhysicalPlan
    package let streams: [PlannedScan]
    package let tables: [PlannedScan]
}

/// Turns resolved plans into physical ones.
package enum PhysicalPlanner {
    /// The physical plan of a query. `canPrune` tells by a scan's id whether its source can leave columns out.
    package static func plan(_ resolved: ResolvedPlan, canPrune: (String) -> Bool) throws -> PlannedQuery {
        let pruned = ColumnPruning.prune(resolved, canPrune: canPrune)
        var builder = StageBuilder()
        let result = try builder.flow(of: pruned)
        let stages = builder.stages(endingIn: result)
        return PlannedQuery(
            plan: PhysicalPlan(stages: stages, outputSchema: resolved.schema), streams: builder.streams,
            tables: builder.tables)
    }
}
