// Recursive queries: a step that rows pass again and again.

import Columns
import LogicalPlan
import Operators

extension StageBuilder {
    /// The rows of an anchor, and those that a step makes of them, again and again.
    mutating func recursion(
        _ anchor: ResolvedPlan, _ step: ResolvedPlan, _ recursion: Recursion, rowsNeeded: Int? = nil
    ) throws -> Flow {
        let schema = Schema(recursion.columns.map(\.field))
        // First what the step looks up in: it must be there before the anchor's rows come.
        let again = try flow(of: step)
        guard again.inputs.count == 1, again.inputs[0].from == .recursion else {
            throw PlanError(
                "UNSUPPORTED_FEATURE", "the second query of \(recursion.name) must pass its rows on one by one",
                step: "with")
        }
        let steps = again.inputs[0].chain.map { "\($0.name) \($0.detail)" }
        let loop = RecursionLoop(
            again.inputs[0].chain + [Relabel(to: schema)],
            limits: RecursionLoop.Limits(
                levels: recursion.levelLimit, rows: Recursion.rowLimit, rowsNeeded: rowsNeeded),
            detail: "\(recursion.name), again [\(steps.joined(separator: ", "))]", schema: schema)
        return try flow(of: anchor).adding(Relabel(to: schema), recursion.columns).adding(loop, recursion.columns)
    }

    /// The rows of a recursion behind projections, of which the first are enough; `nil` where the plan is no such.
    mutating func recursion(under plan: ResolvedPlan, rowsNeeded: Int?) throws -> Flow? {
        switch plan {
        case .project(let input, let list):
            return try recursion(under: input, rowsNeeded: rowsNeeded).map { try project($0, list) }
        case .recursion(let anchor, let step, let recursion):
            return try self.recursion(anchor, step, recursion, rowsNeeded: rowsNeeded)
        default: return nil
        }
    }
}
