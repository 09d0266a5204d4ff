// INTERSECT and EXCEPT as joins, and rows by number.

import Columns
import LogicalPlan

extension PlanAnalysis {
    /// Rows of the left side by whether the right side has them: once each, or ALL as often as the numbers say.
    func combine(
        _ operation: SetOperation, isAll: Bool, _ left: Analyzed, _ right: Analyzed
    ) throws(PlanError) -> Analyzed {
        let (plans, columns) = try aligned([left, right], operation: operation.rawValue)
        var (own, other) = (plans[0], plans[1])
        let kind: JoinKind = operation == .intersect ? .leftSemi : .leftAnti
        for column in columns {
            let key = NamedExpression(passing: PlanColumn(column.id, column.field))
            try requireGroupable(key, step: operation.rawValue)
        }
        var (leftKeys, rightKeys) = (own.columns, other.columns)
        if isAll {
            // The n-th of equal rows has a partner in the n-th of the other side.
            let numbers = [
                NamedWindow(ids.fresh(), name: "number", .rowNumber),
                NamedWindow(ids.fresh(), name: "number", .rowNumber),
            ]
            own = .window(own, [numbers[0]], partition: leftKeys.map(\.expression), order: [])
            other = .window(other, [numbers[1]], partition: rightKeys.map(\.expression), order: [])
            leftKeys.append(numbers[0].column)
            rightKeys.append(numbers[1].column)
        }
        var plan = ResolvedPlan.join(
            own, other,
            Join(
                kind, leftKeys: leftKeys.map(\.expression), rightKeys: rightKeys.map(\.expression),
                nullSafe: leftKeys.map { _ in true }))
        let keys = leftKeys.prefix(columns.count).map { NamedExpression(passing: $0) }
        plan = isAll ? .project(plan, keys) : try distinctRows(plan)
        return Analyzed(plan: plan, scope: Scope(plan.columns))
    }

    // MARK: Limits

    /// The first rows, by constants.
    func limited(
        _ input: Analyzed, count: Expression?, offset: Expression?
    ) throws(PlanError) -> Analyzed {
        var (most, skipped): (Int?, Int) = (nil, 0)
        if let count { most = try rows(count, "limit") }
        if let offset { skipped = try rows(offset, "offset") ?? 0 }
        return try limit(input, count: most, offset: skipped)
    }

    private func rows(_ written: Expression, _ step: String) throws(PlanError) -> Int? {
        do throws(PlanError) {
            let resolved: ResolvedExpression
            do throws(PlanError) {
                resolved = try resolver(Scope([PlanColumn]())).resolve(written)
            } catch {
                guard error.code.hasPrefix("UNRESOLVED_COLUMN") else { throw error }
                throw PlanError(
                    "INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE",
                    "a number of rows must be a constant INT, and `\(written.text)` is none", expression: written.text)
            }
            guard resolved.isConstant, resolved.type == .integer else {
                throw PlanError(
                    resolved.isConstant
                        ? "INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE" : "INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE",
                    "a number of rows must be a constant INT, and is \(resolved.type)")
            }
            guard !resolved.isCastOfNull else {
                throw PlanError("INVALID_LIMIT_LIKE_EXPRESSION.IS_NULL", "a number of rows cannot be NULL")
            }
            guard case .integer(let value)? = resolved.constantValue else {
                throw StreamingRules.notYet("a number of rows that is computed", step: step)
            }
            guard value >= 0 else {
                throw PlanError(
                    "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE", "a number of rows cannot be negative, and is \(value)")
            }
            return Int(value)
        } catch {
            throw error.within(step: step, expression: written.text).at(written)
        }
    }
}

extension ResolvedExpression {
    /// Whether this is NULL, of whatever type.
    var isCastOfNull: Bool {
        if case .cast(let operand, _) = kind { return operand.isCastOfNull }
        return literalValue?.isNull == true
    }
}
