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
            let names = right.plan.schema.names
            let common = left.plan.schema.names.filter { name in
                names.contains { $0.lowercased() == name.lowercased() }
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
        let columns = plan.columns
        return Analyzed(
            plan: plan,
            scope: Scope(zip(scope.columns, columns).map { ScopedColumn(qualifier: $0.qualifier, column: $1) }))
    }

    /// A join by a condition. Queries in that of an inner join are joined with the pairs.
    private func join(
        _ left: Analyzed, _ right: Analyzed, _ kind: JoinKind, on condition: Expression
    ) throws(PlanError) -> Analyzed {
        let isInner = kind == .inner || kind == .cross
        let resolved = try joinCondition(condition, left.scope + right.scope, allowsQueries: isInner)
        guard resolved.contains(where: { $0.isSubquery }) else {
            return joined(left, right, Join(kind, condition: resolved))
        }
        let pairs = joined(left, right, Join(.cross))
        do throws(PlanError) {
            return Analyzed(plan: try filtered(pairs.plan, resolved), scope: pairs.scope)
        } catch {
            throw error.within(step: "join", expression: condition.text).at(condition)
        }
    }

    /// The condition of a join, over the columns of both sides.
    func joinCondition(
        _ condition: Expression, _ scope: Scope, allowsQueries: Bool = false
    ) throws(PlanError) -> ResolvedExpression {
        do throws(PlanError) {
            let resolved = try requireBoolean(try resolver(scope).resolve(condition), condition)
            guard !resolved.contains(where: { $0.isAggregate || $0.isGenerator }) else {
                throw PlanError(
                    "UNSUPPORTED_EXPR_FOR_OPERATOR", "a join condition cannot hold aggregates or generators")
            }
            guard !resolved.contains(where: { $0.isWindow || ($0.isSubquery && !allowsQueries) }) else {
                throw StreamingRules.notYet(
                    "a window function in a join condition, or a query in that of an outer or semi join,", step: "join")
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
                let sides = try resolver.coerceTogether([leftKey.expression, rightKey.expression], written)
                try resolver.requireOrdered(sides[0].type, written)
                join = Join(kind, leftKeys: join.leftKeys + [sides[0]], rightKeys: join.rightKeys + [sides[1]])
            } catch {
                throw error.within(step: "join", expression: name)
            }
        }
        let whole = joined(left, right, join)
        let columns = whole.plan.columns
        func padded(_ column: PlanColumn) -> PlanColumn { columns.first { $0.id == column.id } ?? column }
        var list: [NamedExpression] = []
        for (place, name) in names.enumerated() {
            let (leftKey, rightKey) = (padded(leftKeys[place]), padded(rightKeys[place]))
            switch kind {
            case .full: list.append(NamedExpression(ids.fresh(), name: name, whichever(leftKey, rightKey, join, place)))
            case .right: list.append(NamedExpression(passing: rightKey))
            case .inner, .left, .leftSemi, .leftAnti, .leftAntiNullAware, .mark, .cross:
                list.append(NamedExpression(passing: leftKey))
            }
        }
        let keys = Set((leftKeys + rightKeys).map(\.id))
        list += columns.filter { !keys.contains($0.id) }.map { NamedExpression(passing: $0) }
        return projection(whole.plan, list, whole.scope)
    }

    private func column(_ name: String, _ input: Analyzed, side: String) throws(PlanError) -> PlanColumn {
        let found = input.scope.candidates([name]).columns
        guard let column = found.first else {
            let names = input.scope.columns.map(\.column.name)
            throw PlanError(
                "UNRESOLVED_USING_COLUMN_FOR_JOIN",
                "USING column `\(name)` cannot be resolved on the \(side) side of the join", step: "join",
                expression: name, hint: "the \(side)-side columns: \(names.joined(separator: ", "))")
        }
        guard found.count == 1 else {
            throw PlanError(
                "AMBIGUOUS_REFERENCE",
                "the reference `\(name)` is ambiguous on the \(side) side of the join, it could be "
                    + found.map(\.quoted).joined(separator: ", "), step: "join", expression: name,
                hint: "rename all but one of them")
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
