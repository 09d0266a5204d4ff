// What doesn't depend on rows is computed once.

import LogicalPlan

/// Exchanges parts without columns for their values. What raises stays: the error belongs to the rows, if any come.
struct ConstantFolding: PlanRule {
    let name = "ConstantFolding"
    /// The value of a constant part as a constant, or `nil` where it raises.
    let evaluate: @Sendable (ResolvedExpression) -> ResolvedExpression?

    func apply(_ plan: ResolvedPlan) -> ResolvedPlan {
        plan.transformingExpressions { expression in
            guard expression.isConstant, expression.literalValue == nil,
                let value = evaluate(expression)?.literalValue
            else { return expression }
            return expression.constant(value)
        }
    }
}
