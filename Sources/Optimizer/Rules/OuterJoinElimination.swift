// An outer join whose rows without partners a condition above it drops is a narrower one.

import Columns
import LogicalPlan

/// Makes outer joins inner, and full ones left or right, where conditions above drop the rows that the join fills with
/// NULLs: such a condition reads one side alone and is false or NULL for a row of NULLs, or is NULL wherever one of
/// that side's columns is. A stream then keeps no rows for the sake of ones that nobody gets, as in Spark.
struct OuterJoinElimination: PlanRule {
    let name = "OuterJoinElimination"
    /// The value of a constant as a constant, or `nil` where it raises.
    let evaluate: @Sendable (ResolvedExpression) -> ResolvedExpression?

    func apply(_ plan: ResolvedPlan) -> ResolvedPlan {
        plan.transformingUp { step in
            guard case .filter(let input, let condition) = step,
                let narrower = narrowed(input, below: condition.conjuncts.filter(\.isDeterministic))
            else { return step }
            return .filter(narrower, condition)
        }
    }

    /// The step whose rows must fulfil the conditions, with a narrower join; `nil` where there is none.
    private func narrowed(_ step: ResolvedPlan, below conjuncts: [ResolvedExpression]) -> ResolvedPlan? {
        switch step {
        case .project(let below, let list):
            // A condition on what is computed stays above the projection, but says something of the join all the same.
            guard list.allSatisfy({ $0.expression.isDeterministic }) else { return nil }
            let definitions = Dictionary(list.map { ($0.id, $0.expression) }) { first, _ in first }
            return narrowed(below, below: conjuncts.map { $0.substituting(definitions) }).map { .project($0, list) }
        case .join(let left, let right, let join):
            let kind = join.kind.narrowed(
                dropsPaddedLeft: join.kind.padsLeft && drops(conjuncts, rowsWithout: left),
                dropsPaddedRight: join.kind.padsRight && drops(conjuncts, rowsWithout: right))
            guard kind != join.kind else { return nil }
            let narrower = ResolvedPlan.join(
                left, right,
                Join(
                    kind, leftKeys: join.leftKeys, rightKeys: join.rightKeys, nullSafe: join.nullSafe,
                    condition: join.condition))
            // The columns' nullability stays that of the written join.
            let columns = step.columns
            return narrower.columns == columns
                ? narrower : .project(narrower, columns.map { NamedExpression(passing: $0) })
        default: return nil
        }
    }

    /// Whether no row comes through in which all columns of a side are NULL.
    private func drops(_ conjuncts: [ResolvedExpression], rowsWithout side: ResolvedPlan) -> Bool {
        let ids = side.columnIDs
        return conjuncts.contains { conjunct in
            if !conjunct.strictColumns.isDisjoint(with: ids) { return true }
            let columns = conjunct.referencedColumns
            return !columns.isEmpty && columns.isSubset(of: ids) && isNeverTrueOfNulls(conjunct)
        }
    }

    private func isNeverTrueOfNulls(_ conjunct: ResolvedExpression) -> Bool {
        let ofNulls = conjunct.replacing { part in
            guard case .column = part.kind else { return nil }
            return ResolvedExpression(.literal(.null), type: part.type, isNullable: true)
        }
        guard ofNulls.isConstant, let value = evaluate(ofNulls)?.literalValue else { return false }
        return value != .boolean(true)
    }
}

extension JoinKind {
    /// The kind of a join whose rows without a left part, or a right one, are dropped.
    fileprivate func narrowed(dropsPaddedLeft: Bool, dropsPaddedRight: Bool) -> JoinKind {
        switch self {
        case .left: dropsPaddedRight ? .inner : self
        case .right: dropsPaddedLeft ? .inner : self
        case .full:
            switch (dropsPaddedLeft, dropsPaddedRight) {
            case (true, true): .inner
            case (true, false): .left
            case (false, true): .right
            case (false, false): self
            }
        // More than one partner is an error, with conditions above or without.
        case .leftSingle, .inner, .cross, .leftSemi, .leftAnti, .leftAntiNullAware, .mark: self
        }
    }
}
