// What becomes of a query, as text.

import Columns
import LogicalPlan
import Planner

extension DataFrame {
    /// The query as text, in one of Spark's modes: `simple` is the physical plan, `extended` the query as written, with
    /// its names resolved, optimised, and the physical plan.
    ///
    /// - Throws: what is wrong with the query; INVALID_EXPLAIN_MODE for other modes.
    public func explained(_ mode: String) throws -> String {
        let isExtended = mode.lowercased() == "extended"
        guard isExtended || mode.lowercased() == "simple" else {
            throw MillraceError(
                code: "INVALID_EXPLAIN_MODE", message: "there is no explain mode '\(mode)'",
                hint: "simple or extended", kind: .query)
        }
        let analyzed = try analyzed()
        let canPrune: @Sendable (String) -> Bool = { [bindings] in bindings[$0]?.canPrune ?? false }
        do {
            let planned = try PhysicalPlanner.plan(
                analyzed, canFilter: { bindings[$0]?.canFilter ?? false }, canPrune: canPrune)
            let physical = "== Physical Plan ==\n\(planned)\n"
            guard isExtended else { return physical }
            let columns = analyzed.schema.fields.map { "\($0.name): \("\($0.type)".lowercased())" }
            return "== Parsed Logical Plan ==\n\(plan)\n\n"
                + "== Analyzed Logical Plan ==\n\(columns.joined(separator: ", "))\n\(analyzed)\n\n"
                + "== Optimized Logical Plan ==\n\(PlanOptimizer.optimize(analyzed, canPrune: canPrune))\n\n"
                + physical
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

    /// Prints the query in one of Spark's modes: `simple` or `extended`.
    ///
    /// - Throws: as `explained(_:)`.
    public func explain(_ mode: String) throws { print(try explained(mode)) }

    /// Prints the physical plan, or with `extended` all that becomes of the query.
    ///
    /// - Throws: as `explained(_:)`.
    public func explain(extended: Bool) throws { try explain(extended ? "extended" : "simple") }
}
