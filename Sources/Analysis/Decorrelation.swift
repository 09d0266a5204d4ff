// The simple way to free a query from the row around it: conditions on that row move up into the join.

import Columns
import Functions
import LogicalPlan

/// Moves what depends on columns from outside a query out of it.
struct Decorrelation {
    private let ids: AnalysisState
    /// The columns from outside.
    private let free: Set<ColumnID>

    init(_ ids: AnalysisState, _ free: Set<ColumnID>) {
        self.ids = ids
        self.free = free
    }

    /// A query without columns from outside, and what has moved out of it.
    struct Result {
        var plan: ResolvedPlan
        /// What must be true of a row around the query and one of the plan.
        var conditions: [ResolvedExpression] = []
        /// Columns of the query that are computed only where both rows are known.
        var replaced: [ColumnID: ResolvedExpression] = [:]
        /// Whether the query has exactly one row for each row around it: where the plan has none, `replaced` has what
        /// an aggregation over nothing gives.
        var isGlobal = false
        /// Whether it has one row at most for each row around it: it is grouped by what is compared with that row.
        var isSingle = false

        /// Whether its rows are those of the plan that the conditions choose, as they are.
        var isPlain: Bool { replaced.isEmpty && !isGlobal }

        /// An expression over the columns of the query as one over those of the plan and the row around it.
        func substituting(_ expression: ResolvedExpression) -> ResolvedExpression {
            expression.substituting(replaced)
        }
    }

    /// The query freed, or `nil` where it takes more than moving conditions.
    func pullUp(_ plan: ResolvedPlan) -> Result? {
        if plan.freeColumns.isDisjoint(with: free) { return Result(plan: plan) }
        switch plan {
        case .filter(let input, let condition): return filter(input, condition)
        case .project(let input, let list): return project(input, list)
        case .aggregate(let input, let groupings, let aggregates): return aggregate(input, groupings, aggregates)
        case .sort(let input, _): return pullUp(input)
        case .join(let left, let right, let join): return self.join(left, right, join)
        case .scan, .generate, .union, .limit, .values, .range, .expand, .window, .singleRow, .watermark, .timeWindow,
            .deduplicate, .groups, .recursion, .recursionRows:
            return nil
        }
    }

    private func isFree(_ expression: ResolvedExpression) -> Bool {
        !expression.referencedColumns.isDisjoint(with: free)
    }

    private func filter(_ input: ResolvedPlan, _ condition: ResolvedExpression) -> Result? {
        guard var result = pullUp(input), !result.isGlobal else { return nil }
        var kept: [ResolvedExpression] = []
        for conjunct in condition.conjuncts.map({ result.substituting($0) }) {
            if isFree(conjunct) { result.conditions.append(conjunct) } else { kept.append(conjunct) }
        }
        if let condition = ResolvedExpression.all(kept) { result.plan = .filter(result.plan, condition) }
        return result
    }

    private func project(_ input: ResolvedPlan, _ list: [NamedExpression]) -> Result? {
        guard var result = pullUp(input) else { return nil }
        var replaced: [ColumnID: ResolvedExpression] = [:]
        var kept: [NamedExpression] = []
        var needed = result.conditions.reduce(into: Set<ColumnID>()) { $0.formUnion($1.referencedColumns) }
        let late = Set(result.replaced.keys)
        for named in list {
            let expression = result.substituting(named.expression)
            // Beside an aggregation over nothing, everything else is computed late, too: what the join pads is NULL.
            if result.isGlobal || isFree(expression)
                || !named.expression.referencedColumns.isDisjoint(with: late)
            {
                guard expression.isDeterministic else { return nil }
                replaced[named.id] = expression
                needed.formUnion(expression.referencedColumns)
            } else {
                kept.append(named)
            }
        }
        let made = Set(kept.map(\.id))
        for column in result.plan.columns where needed.contains(column.id) && !made.contains(column.id) {
            kept.append(NamedExpression(passing: column))
        }
        result.plan = .project(result.plan, kept)
        result.replaced = replaced
        return result
    }

    /// Groups by what the conditions compare with the row around the query, besides.
    private func aggregate(
        _ input: ResolvedPlan, _ groupings: [NamedExpression], _ aggregates: [NamedAggregate]
    ) -> Result? {
        guard let below = pullUp(input), below.isPlain,
            !groupings.contains(where: { isFree($0.expression) }),
            !aggregates.contains(where: { $0.call.expressions.contains { isFree($0) } })
        else { return nil }
        var keys = groupings
        var conditions: [ResolvedExpression] = []
        var fixed: [ResolvedExpression] = []
        for condition in below.conditions {
            guard case .comparison(let operation, let left, let right) = condition.kind,
                operation == .equal || operation == .nullSafeEqual
            else { return nil }
            let (inner, outer) = isFree(left) ? (right, left) : (left, right)
            guard !isFree(inner), outer.referencedColumns.isSubset(of: free) else { return nil }
            fixed += [inner, inner.unwidened]
            let key: NamedExpression
            if let known = keys.first(where: { $0.expression == inner }) {
                key = known
            } else {
                key = NamedExpression(ids.fresh(), name: "key", inner)
                keys.append(key)
            }
            conditions.append(
                ResolvedExpression(
                    .comparison(operation, key.column.expression, outer), type: .boolean,
                    isNullable: condition.isNullable))
        }
        var result = Result(
            plan: .aggregate(below.plan, groupings: keys, aggregates: aggregates), conditions: conditions)
        guard groupings.isEmpty else {
            result.isSingle = groupings.allSatisfy { fixed.contains($0.expression) || $0.expression.isConstant }
            return result
        }
        result.isGlobal = true
        for aggregate in aggregates {
            guard let value = aggregate.call.value(in: aggregate.column.expression) else { return nil }
            result.replaced[aggregate.id] = value
        }
        return result
    }

    private func join(_ left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join) -> Result? {
        guard !(join.leftKeys + join.rightKeys).contains(where: isFree) else { return nil }
        switch join.kind {
        case .inner, .cross:
            guard let a = pullUp(left), let b = pullUp(right), a.isPlain, b.isPlain else { return nil }
            let own = join.condition?.conjuncts ?? []
            let kept = own.filter { !isFree($0) }
            return Result(
                plan: .join(
                    a.plan, b.plan,
                    Join(
                        join.kind == .cross && !kept.isEmpty ? .inner : join.kind, leftKeys: join.leftKeys,
                        rightKeys: join.rightKeys, nullSafe: join.nullSafe, condition: .all(kept))),
                conditions: a.conditions + b.conditions + own.filter(isFree))
        case .left, .leftSingle, .leftSemi, .leftAnti, .leftAntiNullAware, .mark:
            guard right.freeColumns.isDisjoint(with: free), !(join.condition.map(isFree) ?? false),
                let a = pullUp(left), a.isPlain
            else { return nil }
            return Result(plan: .join(a.plan, right, join), conditions: a.conditions)
        case .right, .full: return nil
        }
    }
}

extension ResolvedExpression {
    /// The integer that this is in a wider type: equal in the one, equal in the other.
    fileprivate var unwidened: ResolvedExpression {
        guard case .cast(let operand, _) = kind, operand.type.isIntegral, type.isIntegral,
            TypeCoercion.commonType(operand.type, type) == type
        else { return self }
        return operand
    }
}
