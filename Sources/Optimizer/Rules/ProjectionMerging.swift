// One projection in place of two, and none in place of one that changes nothing.

import LogicalPlan

/// Computes what is above a projection from what is below it, where nothing is computed twice for that.
struct ProjectionMerging: PlanRule {
    let name = "ProjectionMerging"

    func apply(_ plan: ResolvedPlan) -> ResolvedPlan {
        plan.transformingUp { step in
            guard case .project(let input, let list) = step else { return step }
            if list.map(\.column) == input.columns { return input }
            guard case .project(let below, let inner) = input, canMerge(list, inner) else { return step }
            let definitions = Dictionary(inner.map { ($0.id, $0.expression) }) { first, _ in first }
            return .project(below, list.map { $0.with($0.expression.substituting(definitions)) })
        }
    }

    private func canMerge(_ outer: [NamedExpression], _ inner: [NamedExpression]) -> Bool {
        inner.allSatisfy { named in
            if named.expression.isFree { return true }
            guard named.expression.isDeterministic else { return false }
            return outer.reduce(0) { $0 + $1.expression.count(of: named.id) } <= 1
        }
    }
}
