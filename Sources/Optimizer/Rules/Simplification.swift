// Logic and arithmetic with constants, and with what is known of NULL.

import Columns
import LogicalPlan

/// Shortens expressions whose result is known in part.
///
/// A part is only dropped where it can't raise, or where it stands behind what decides, and so was never evaluated.
struct Simplification: PlanRule {
    let name = "Simplification"

    func apply(_ plan: ResolvedPlan) -> ResolvedPlan {
        plan.transformingExpressions(simplified).transformingUp { step in
            if case .filter(let input, let condition) = step, condition.literalValue == .boolean(true) { return input }
            return step
        }
    }

    private func simplified(_ expression: ResolvedExpression) -> ResolvedExpression {
        switch expression.kind {
        case .and(let left, let right): return logic(expression, left, right, neutral: true)
        case .or(let left, let right): return logic(expression, left, right, neutral: false)
        case .not(let operand): return negated(operand) ?? expression
        case .isNull(let operand, let isNegated):
            guard !operand.isNullable, isDroppable(operand) else { return expression }
            return expression.constant(.boolean(isNegated))
        case .sharing(let value, let body) where value.isFree:
            return body.inlining(value)
        case .caseWhen(let branches, let otherwise): return cases(expression, branches, otherwise)
        case .arithmetic(let operation, let left, let right): return neutral(operation, left, right) ?? expression
        default: return expression
        }
    }

    private func isDroppable(_ expression: ResolvedExpression) -> Bool {
        !expression.mayRaise && expression.isDeterministic
    }

    // MARK: Logic

    /// AND (`neutral` true) or OR (`neutral` false).
    private func logic(
        _ whole: ResolvedExpression, _ left: ResolvedExpression, _ right: ResolvedExpression, neutral: Bool
    ) -> ResolvedExpression {
        if left.literalValue == .boolean(neutral) { return keeping(right, whole) }
        if right.literalValue == .boolean(neutral) { return keeping(left, whole) }
        if left.literalValue == .boolean(!neutral) { return whole.constant(.boolean(!neutral)) }
        if right.literalValue == .boolean(!neutral), isDroppable(left) { return whole.constant(.boolean(!neutral)) }
        if left == right, left.isDeterministic { return keeping(left, whole) }
        return whole
    }

    /// An operand in place of the whole, if the whole wasn't nullable without need.
    private func keeping(_ part: ResolvedExpression, _ whole: ResolvedExpression) -> ResolvedExpression {
        part.isNullable == whole.isNullable ? part : whole
    }

    private func negated(_ operand: ResolvedExpression) -> ResolvedExpression? {
        switch operand.kind {
        case .not(let inner): return inner
        case .isNull(let inner, let isNegated):
            return ResolvedExpression(.isNull(inner, isNegated: !isNegated), type: .boolean, isNullable: false)
        case .comparison(let operation, let left, let right):
            guard let opposite = operation.opposite else { return nil }
            return ResolvedExpression(
                .comparison(opposite, left, right), type: .boolean, isNullable: operand.isNullable)
        default: return nil
        }
    }

    /// Branches that are never taken go; one that is always taken ends the list.
    private func cases(
        _ whole: ResolvedExpression, _ branches: [ResolvedExpression.Branch], _ otherwise: ResolvedExpression?
    ) -> ResolvedExpression {
        var left: [ResolvedExpression.Branch] = []
        var last = otherwise
        for branch in branches {
            guard let condition = branch.condition.literalValue else {
                left.append(branch)
                continue
            }
            if condition == .boolean(true) {
                last = branch.result
                break
            }
        }
        guard left.count < branches.count else { return whole }
        guard left.isEmpty else {
            return ResolvedExpression(.caseWhen(left, otherwise: last), type: whole.type, isNullable: whole.isNullable)
        }
        let only = last ?? whole.constant(.null)
        return only.isNullable == whole.isNullable ? only : whole
    }

    // MARK: Arithmetic

    /// `x + 0`, `x - 0`, `x * 1`: of integers, where nothing else is hidden in them.
    private func neutral(
        _ operation: ArithmeticOperator, _ left: ResolvedExpression, _ right: ResolvedExpression
    ) -> ResolvedExpression? {
        guard left.type.isIntegral, left.type == right.type else { return nil }
        switch operation {
        case .add:
            if isInteger(right, 0), !right.isNullable { return left }
            return isInteger(left, 0) && !left.isNullable ? right : nil
        case .subtract: return isInteger(right, 0) && !right.isNullable ? left : nil
        case .multiply:
            if isInteger(right, 1), !right.isNullable { return left }
            return isInteger(left, 1) && !left.isNullable ? right : nil
        case .divide, .remainder, .integralDivide: return nil
        }
    }

    private func isInteger(_ expression: ResolvedExpression, _ number: Int64) -> Bool {
        switch expression.literalValue {
        case .byte(let value): Int64(value) == number
        case .short(let value): Int64(value) == number
        case .integer(let value): Int64(value) == number
        case .long(let value): value == number
        default: false
        }
    }
}

extension ComparisonOperator {
    /// The comparison that is true where this one is false; NULL stays NULL, and NaN is the largest number here.
    fileprivate var opposite: ComparisonOperator? {
        switch self {
        case .equal: .notEqual
        case .notEqual: .equal
        case .less: .greaterOrEqual
        case .lessOrEqual: .greater
        case .greater: .lessOrEqual
        case .greaterOrEqual: .less
        case .nullSafeEqual: nil
        }
    }
}
