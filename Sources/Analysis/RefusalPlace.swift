// Where in a text a stream becomes one that can't run.

import Columns
import LogicalPlan
import SourceText

extension StreamingRules {
    /// Refuses a streaming plan that this output mode cannot serve; in a SQL text at the place that is to blame.
    ///
    /// The plan is `written` analysed. Its steps have lost their places, so that these are looked for only now: it is
    /// the smallest part of the query as written that is refused for the same reason.
    package static func check(
        _ plan: ResolvedPlan, of written: UnresolvedPlan, zone: TimeZone, outputMode: OutputMode,
        isExtended: Bool = false
    ) throws(PlanError) {
        do throws(PlanError) {
            try check(plan, outputMode: outputMode, isExtended: isExtended)
        } catch {
            throw RefusalPlace(error: error, zone: zone, outputMode: outputMode, isExtended: isExtended)
                .located(in: written)
        }
    }
}

/// A refusal of a whole query that has no place yet.
private struct RefusalPlace {
    let error: PlanError
    let zone: TimeZone
    let outputMode: OutputMode
    let isExtended: Bool

    func located(in written: UnresolvedPlan) -> PlanError {
        // A mode that nothing in the query serves is nobody's fault but the whole's.
        let isOfAll = outputMode == .complete && error.step == nil
        return (isOfAll ? outermost(written) : smallest(written)) ?? error
    }

    private func outermost(_ plan: UnresolvedPlan) -> PlanError? {
        if case .located(let place, _) = plan { return error.at(place) }
        for child in plan.children { if let found = outermost(child) { return found } }
        return nil
    }

    private func smallest(_ plan: UnresolvedPlan) -> PlanError? {
        for child in plan.children { if let found = smallest(child) { return found } }
        guard case .located(let place, let part) = plan, isRefused(part) else { return nil }
        guard case .block(let block) = part, let clause = clause(of: block) else { return error.at(place) }
        return error.at(clause).at(place)
    }

    /// Whether a part of the query for itself is refused in the same words. One that means nothing for itself is none.
    private func isRefused(_ part: UnresolvedPlan) -> Bool {
        guard let plan = try? Analyzer.analyze(part, zone: zone) else { return false }
        do throws(PlanError) {
            try StreamingRules.check(plan, outputMode: outputMode, isExtended: isExtended)
            return false
        } catch {
            return error.code == self.error.code && error.message == self.error.message
        }
    }

    /// The part of a SELECT that the refused step comes from, where that is told by the step.
    private func clause(of block: SelectBlock) -> Expression? {
        switch error.step {
        case "orderBy": block.order.first
        case "limit": block.limit
        case "offset": block.offset
        case "window": block.outputs.first { output in output.contains { $0.isOver } }
        default: nil
        }
    }
}
