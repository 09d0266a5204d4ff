// Joins: which columns come out, and which pairs of rows match.

import Columns
import LogicalPlan

extension PlanAnalysis {
    func join(
        _ left: Analyzed, _ right: Analyzed, _ kind: JoinKind, _ criteria: JoinCriteria
    ) throws(PlanError) -> Analyzed {
        switch criteria {
        case .none: return joined(left, right, Join(kind))
        case .natural:
            // Each column of the right side is common with one of the left at most.
            var others = right.scope.columns.map { $0.column.name.lowercased() }
            let common = left.scope.columns.map(\.column.name).filter { name in
                guard let place = others.firstIndex(of: name.lowercased()) else { return false }
                others.remove(at: place)
                return true
            }
            return common.isEmpty ? joined(left, right, Join(kind)) : try join(left, right, kind, using: common)
        case .condition(let condition):
            return try join(left, right, kind, on: condition)
        case .columns(let names): return try join(left, right, kind, using: names)
        }
    }

    func joined(_ left: Analyzed, _ right: Analyzed, _ join: Join) -> Analyzed {
        let plan = ResolvedPlan.join(left.plan, right.plan, join)
        let scope = join.kind.keepsRight ? left.scope + right.scope : left.scope
        return Analyzed(plan: plan, scope: scope.padded(as: plan.columns))
    }

    /// A join by a condition. Queries in that of an inner join are joined with the pairs.
    private func join(
        _ left: Analyzed, _ right: Analyzed, _ kind: JoinKind, on condition: Expression
    ) throws(PlanError) -> Analyzed {
        let resolved = try joinCondition(condition, left.scope + right.scope, allowsQueries: true)
        guard resolved.contains(where: { $0.isSubquery }) else {
            return joined(left, right, Join(kind, condition: resolved))
        }
        do throws(PlanError) {
            guard kind == .inner || kind == .cross else {
                return try joined(left, right, kind, onQueriesIn: resolved)
            }
            let pairs = joined(left, right, Join(.cross))
            return Analyzed(plan: try filtered(pairs.plan, resolved), scope: pairs.scope)
        } catch {
            throw error.within(step: "join", expression: condition.text).at(condition)
        }
    }

    /// A join that also gives rows without partners: what a query in its condition gives is a column of the side whose
    /// columns the query uses.
    private func joined(
        _ left: Analyzed, _ right: Analyzed, _ kind: JoinKind, onQueriesIn condition: ResolvedExpression
    ) throws(PlanError) -> Analyzed {
        let (leftIDs, rightIDs) = (Set(left.plan.columns.map(\.id)), Set(right.plan.columns.map(\.id)))
        var (ofLeft, ofRight) = (QueryLifting(self, left.plan), QueryLifting(self, right.plan))
        let lifted = try condition.replacing { (part) throws(PlanError) -> ResolvedExpression? in
            guard part.isSubquery else { return nil }
            let used = part.referencedColumns
            if used.isDisjoint(with: rightIDs) { return try ofLeft.lift(condition: part) }
            if used.isDisjoint(with: leftIDs) { return try ofRight.lift(condition: part) }
            throw StreamingRules.notYet(
                "a query with columns of both sides in the condition of a \(kind.sparkName) join", step: "join",
                hint: "join with a query that has joined the one side with it")
        }
        let whole = joined(left, right, Join(kind))
        let plan = ResolvedPlan.join(ofLeft.plan, ofRight.plan, Join(kind, condition: lifted))
        return Analyzed(
            plan: .project(plan, whole.plan.columns.map { NamedExpression(passing: $0) }), scope: whole.scope)
    }

    /// The condition of a join, over the columns of both sides.
    func joinCondition(
        _ condition: Expression, _ scope: Scope, allowsQueries: Bool = false
    ) throws(PlanError) -> ResolvedExpression {
        do throws(PlanError) {
            let value = try resolver(scope).resolve(condition)
            guard value.type == .boolean || value.type == .null else {
                throw PlanError(
                    "JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE", "a join needs a BOOLEAN, and this is \(value.type)",
                    hint: "compare it with something")
            }
            let resolved = try requireBoolean(value, condition)
            guard !resolved.contains(where: { $0.isGenerator }) else {
                throw PlanError(
                    "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", "a join condition cannot hold generators",
                    hint: "explode in a query inside FROM")
            }
            guard !resolved.contains(where: { $0.isAggregate || $0.isWindow || $0.isTimeWindow }) else {
                throw PlanError(
                    "UNSUPPORTED_EXPR_FOR_OPERATOR",
                    "a join condition cannot hold aggregates, window functions or windows of time",
                    hint: "compute it in a query inside FROM")
            }
            guard resolved.isSameWheneverComputed else {
                throw PlanError(
                    allowsQueries
                        ? "INVALID_NON_DETERMINISTIC_EXPRESSIONS"
                        : "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.LATERAL_JOIN_CONDITION_NON_DETERMINISTIC",
                    "a join condition must be the same whenever it is computed, and this isn't",
                    hint: "compute it in a query inside FROM, or ask for it in WHERE")
            }
            guard allowsQueries || !resolved.contains(where: { $0.isSubquery }) else {
                throw StreamingRules.notYet("a query in the condition of a LATERAL join", step: "join")
            }
            return resolved
        } catch {
            throw error.within(step: "join", expression: condition.text).at(condition)
        }
    }

    // MARK: By names

    /// Rows with equal values in these columns; each comes out once, before the others.
    private func join(
        _ left: Analyzed, _ right: Analyzed, _ kind: JoinKind, using names: [String]
    ) throws(PlanError) -> Analyzed {
        var leftKeys: [PlanColumn] = []
        var rightKeys: [PlanColumn] = []
        var join = Join(kind)
        for name in names {
            let leftKey = try column(name, left, side: "left")
            let rightKey = try column(name, right, side: "right")
            leftKeys.append(leftKey)
            rightKeys.append(rightKey)
            let resolver = self.resolver(left.scope)
            do throws(PlanError) {
                let written = Expression.column([name])
                let keys = try resolver.padded([leftKey.expression, rightKey.expression])
                let sides = try resolver.coerceTogether(keys, written)
                try resolver.requireOrdered(sides[0].type, written)
                join = Join(kind, leftKeys: join.leftKeys + [sides[0]], rightKeys: join.rightKeys + [sides[1]])
            } catch {
                throw error.within(step: "join", expression: name)
            }
        }
        return withCommonColumns(joined(left, right, join), join, names, leftKeys, rightKeys)
    }

    /// A join by names with each of these columns once, before the others; those of the sides stay as hidden columns.
    private func withCommonColumns(
        _ whole: Analyzed, _ join: Join, _ names: [String], _ leftKeys: [PlanColumn], _ rightKeys: [PlanColumn]
    ) -> Analyzed {
        let all = whole.scope.all
        func scoped(_ keys: [PlanColumn]) -> [ScopedColumn] {
            keys.compactMap { key in all.first { $0.column.id == key.id && $0.column.name == key.name } }
        }
        let (left, right) = (scoped(leftKeys), scoped(rightKeys))
        let keys = Set((leftKeys + rightKeys).map(\.id))
        let others = whole.scope.columns.filter { !keys.contains($0.column.id) }
        let hidden = whole.scope.hidden
        switch join.kind {
        case .full:
            let made = zip(names.indices, zip(left, right)).map { place, sides in
                NamedExpression(
                    ids.fresh(), name: names[place], whichever(sides.0.column, sides.1.column, join, place))
            }
            let common = made.map { ScopedColumn(qualifier: nil, column: $0.column) }
            return Analyzed(
                plan: .project(whole.plan, made + whole.plan.columns.map { NamedExpression(passing: $0) }),
                scope: Scope(common + others, hidden: left + right + hidden))
        case .right: return Analyzed(plan: whole.plan, scope: Scope(right + others, hidden: left + hidden))
        case .inner, .left, .leftSingle, .cross:
            return Analyzed(plan: whole.plan, scope: Scope(left + others, hidden: right + hidden))
        case .leftSemi, .leftAnti, .leftAntiNullAware, .mark:
            let list = (left + others).map { NamedExpression(passing: $0.column) }
            return projection(whole.plan, list, whole.scope)
        }
    }

    /// The column of a side that a name means: of several the first, as in Spark.
    private func column(_ name: String, _ input: Analyzed, side: String) throws(PlanError) -> PlanColumn {
        let folded = name.lowercased()
        guard let column = input.scope.columns.first(where: { $0.column.name.lowercased() == folded }) else {
            let names = input.scope.columns.map(\.column.name)
            throw PlanError(
                "UNRESOLVED_USING_COLUMN_FOR_JOIN",
                "USING column `\(name)` cannot be resolved on the \(side) side of the join", step: "join",
                expression: name, hint: "the \(side)-side columns: \(names.joined(separator: ", "))")
        }
        return column.column
    }

    /// The key of the side that has a row.
    private func whichever(_ left: PlanColumn, _ right: PlanColumn, _ join: Join, _ place: Int) -> ResolvedExpression {
        let type = join.leftKeys[place].type
        let (own, other) = (left.expression.implicitlyCast(to: type), right.expression.implicitlyCast(to: type))
        let isMissing = ResolvedExpression(.isNull(own, isNegated: false), type: .boolean, isNullable: false)
        return ResolvedExpression(
            .caseWhen([.init(condition: isMissing, result: other)], otherwise: own), type: type, isNullable: true)
    }
}

extension ResolvedExpression {
    /// Whether every evaluation gives the same, and so does every query in it.
    fileprivate var isSameWheneverComputed: Bool {
        isDeterministic
            && !contains { part in
                if case .subquery(let call) = part.kind { return !call.plan.isDeterministic }
                return false
            }
    }
}
