// From a resolved plan to the stages that run.

import Columns
import LogicalPlan
import Operators
import Optimizer

/// A scan as it will run: which source, and which of its columns.
package struct PlannedScan: Sendable {
    /// The id by which the program knows the source.
    package let id: String
    /// What people call the source.
    package let name: String
    /// The columns that the source is asked for.
    package let columns: Schema
    /// What must be true of the rows that the query uses. The plan asks it of all rows again.
    package let filters: [ColumnPredicate]
    /// What people are told of it besides.
    package let note: String?

    init(_ source: ScanSource, _ fields: [Field], filters: [ColumnPredicate]) {
        id = source.id
        name = source.name
        note = source.note
        columns = Schema(fields)
        self.filters = filters
    }
}

/// A plan that can run, with the sources that it reads in the order in which it numbers them: that in which the query
/// names them, however the planner turns it around. A checkpoint knows streams by these numbers.
package struct PlannedQuery: Sendable {
    package let plan: PhysicalPlan
    package let streams: [PlannedScan]
    package let tables: [PlannedScan]

    /// What keeps state that grows for ever, and why, a line each.
    package var unboundedStates: [String] { plan.unboundedStates }
}

extension PlannedQuery: CustomStringConvertible {
    /// The stages as an indented tree, last step first, with what each source is asked for.
    package var description: String {
        plan.text { origin in
            let scan: PlannedScan
            switch origin {
            case .stream(let number): scan = streams[number]
            case .table(let number): scan = tables[number]
            case .stage, .numbers, .recursion: return "\(origin)"
            }
            return "\(origin) \(scan.name) [\(scan.columns.names.joined(separator: ", "))]"
                + (scan.filters.isEmpty
                    ? "" : ", PushedFilters: [\(scan.filters.map(\.description).joined(separator: ", "))]")
                + (scan.note.map { ", \($0)" } ?? "")
        }
    }
}

/// Turns resolved plans into physical ones.
package enum PhysicalPlanner {
    /// The physical plan of a query. `canPrune` tells by a scan's id whether its source can leave columns out,
    /// `canFilter` whether it can leave out rows; of a stream `outputMode` says which rows of the result are asked for.
    /// With a zone, rows that come too late are kept, as JSON that shows timestamps as that zone's clocks do.
    /// `givesNullForErrors` says that anything that is computed may be NULL, and `keptColumns` which columns, by their
    /// names, a source delivers whoever reads them. Without `sharesStreams` a stream has a source for each time that
    /// the query names it.
    package static func plan(
        _ resolved: ResolvedPlan, outputMode: OutputMode = .update, usesHighestWatermark: Bool = false,
        keepingLateRowsIn lateRowZone: TimeZone? = nil, givesNullForErrors: Bool = false,
        keptColumns: @escaping @Sendable (String) -> Set<String> = { _ in [] },
        sharesStreams: Bool = true,
        canFilter: (String) -> Bool = { _ in false },
        canPrune: @escaping @Sendable (String) -> Bool
    ) throws -> PlannedQuery {
        let resolved = givesNullForErrors ? resolved.withoutNullPromises : resolved
        if resolved.isStreaming {
            try StageBuilder.checkStreamJoins(
                in: PlanOptimizer.optimize(resolved, narrowsJoins: false, canPrune: { _ in false }))
        }
        let optimized = PlanOptimizer.optimize(
            resolved, keepsLateRows: lateRowZone != nil, keptColumns: keptColumns, canPrune: canPrune)
        let sources = SourcePlan(of: optimized, sharesStreams: sharesStreams, canFilter: canFilter)
        var builder = StageBuilder(reading: sources, outputMode: outputMode, lateRowZone: lateRowZone)
        let result = try builder.flow(of: optimized)
        let stages = builder.stages(endingIn: result)
        return PlannedQuery(
            plan: PhysicalPlan(
                stages: stages, outputSchema: resolved.schema, watermarkPolicy: usesHighestWatermark ? .max : .min),
            streams: sources.streams, tables: sources.tables)
    }
}
