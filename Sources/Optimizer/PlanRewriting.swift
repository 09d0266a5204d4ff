// Ways through a plan that the rules share.

import Columns
import LogicalPlan

extension ResolvedPlan {
    /// The plan with every step exchanged for what `transform` gives for it, from the sources up.
    func transformingUp(_ transform: (ResolvedPlan) -> ResolvedPlan) -> ResolvedPlan {
        let children = children
        let new = children.map { $0.transformingUp(transform) }
        return transform(new == children ? self : withChildren(new))
    }

    /// The plan with every expression exchanged for what `transform` gives for it, from the operands up.
    func transformingExpressions(_ transform: (ResolvedExpression) -> ResolvedExpression) -> ResolvedPlan {
        transformingUp { $0.mapExpressions { $0.transformingUp(transform) } }
    }

    /// The plan with a condition on top; the plan itself where there is none.
    func filtered(by conjuncts: [ResolvedExpression]) -> ResolvedPlan {
        ResolvedExpression.all(conjuncts).map { .filter(self, $0) } ?? self
    }

    /// The ids of the columns that come out.
    package var columnIDs: Set<ColumnID> { Set(columns.map(\.id)) }
}

extension ResolvedExpression {
    /// The expression with every part exchanged for what `transform` gives for it, from the operands up.
    func transformingUp(_ transform: (ResolvedExpression) -> ResolvedExpression) -> ResolvedExpression {
        transform(mapChildren { $0.transformingUp(transform) })
    }

    /// How often a column is read for a row, as far as it matters whether that is more than once: a lambda's body reads
    /// it for each element.
    func count(of id: ColumnID) -> Int {
        switch kind {
        case .column(id, _): 1
        case .lambda(let call):
            call.values.reduce(0) { $0 + $1.count(of: id) } + call.lambdas.reduce(0) { $0 + 2 * $1.body.count(of: id) }
        default: children.reduce(0) { $0 + $1.count(of: id) }
        }
    }

    /// A constant in place of this: nullability stays what the plan says, so that no schema depends on rules.
    func constant(_ value: Value) -> ResolvedExpression {
        ResolvedExpression(.literal(value), type: type, isNullable: isNullable)
    }
}
