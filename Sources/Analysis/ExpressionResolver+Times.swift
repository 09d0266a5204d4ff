// Arithmetic of dates, timestamps, times of the day and intervals.

import Columns
import Functions
import LogicalPlan

extension ExpressionResolver {
    /// The operation where a side is a date, a timestamp or an interval; `nil` where none is.
    func timeArithmetic(
        _ operation: ArithmeticOperator, _ left: ResolvedExpression, _ right: ResolvedExpression, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression? {
        guard [left.type, right.type].contains(where: { $0.isInterval || $0.isDatetime || $0.isTime }) else {
            return nil
        }
        switch operation {
        case .add:
            if left.type.isInterval, right.type.isInterval { return try sum(operation, left, right, whole) }
            if left.type == .null || right.type == .null { return try addedToNull(operation, left, right, whole) }
            if left.type.isInterval { return try bind(IntervalFunctions.addition, [right, left], whole) }
            if right.type.isInterval { return try bind(IntervalFunctions.addition, [left, right], whole) }
            if left.type == .date, right.type.isNumeric || right.type == .string {
                return try moved("date_add", left, right, whole)
            }
            if right.type == .date, left.type.isNumeric || left.type == .string {
                return try moved("date_add", right, left, whole)
            }
        case .subtract:
            if left.type.isInterval, right.type.isInterval { return try sum(operation, left, right, whole) }
            if right.type.isInterval {
                if left.type == .null { return try addedToNull(operation, left, right, whole) }
                let back = try sign(.minus, right, whole)
                return try bind(IntervalFunctions.addition, [left, back], whole)
            }
            if left.type == .date, right.type.isNumeric { return try moved("date_sub", left, right, whole) }
            let others: [DataType] = [.string, .null]
            if [left.type, right.type].allSatisfy({ $0.isTime || others.contains($0) }) {
                return try bind(TimeOfDayFunctions.difference, [left, right], whole)
            }
            if [left.type, right.type].allSatisfy({ $0.isDatetime || others.contains($0) }) {
                return try bind(IntervalFunctions.difference, [left, right], whole)
            }
        case .multiply:
            if left.type.isInterval { return try bind(IntervalFunctions.multiplication, [left, right], whole) }
            if right.type.isInterval { return try bind(IntervalFunctions.multiplication, [right, left], whole) }
        case .divide:
            if left.type.isInterval { return try bind(IntervalFunctions.division, [left, right], whole) }
        case .integralDivide:
            if left.type.isInterval, right.type.isInterval {
                return try bind(IntervalFunctions.quotient, [left, right], whole)
            }
        case .remainder: break
        }
        throw mismatch(
            "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
            "there is no \(operation.rawValue) of \(left.type) and \(right.type)", whole)
    }

    /// A date so many days away: no text is a number of days here, as it is in a call of the function.
    private func moved(
        _ name: String, _ date: ResolvedExpression, _ days: ResolvedExpression, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        guard days.type != .string else {
            throw mismatch(
                "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "a date moves by an INT of days, found STRING", whole)
        }
        return try call(name, [date, days], whole)
    }

    /// The sum or difference of intervals, in the fields of both.
    private func sum(
        _ operation: ArithmeticOperator, _ left: ResolvedExpression, _ right: ResolvedExpression, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let sides = try coerceTogether([left, right], whole, condition: "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES")
        return ResolvedExpression(
            .arithmetic(operation, sides[0], sides[1]), type: sides[0].type,
            isNullable: left.isNullable || right.isNullable)
    }

    /// NULL beside an interval is one of its type, and so it is beside a date, which with it is a timestamp.
    private func addedToNull(
        _ operation: ArithmeticOperator, _ left: ResolvedExpression, _ right: ResolvedExpression, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let other = left.type == .null ? right : left
        guard other.type.isInterval else {
            return .literal(.null, other.type == .date ? .timestamp : other.type)
        }
        return try sum(
            operation, implicitCast(left, to: other.type), implicitCast(right, to: other.type), whole)
    }

    /// A time of the day as a timestamp: that of the day on which the batch started.
    func timestampOfToday(
        _ time: ResolvedExpression, _ type: DataType, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let name = type == .timestamp ? "make_timestamp" : "make_timestamp_ntz"
        return try call(name, [try call("current_date", [], whole), time], whole)
    }

    private func call(
        _ name: String, _ values: [ResolvedExpression], _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        guard let definition = FunctionTable.definition(name) else { preconditionFailure("the table has no \(name)") }
        return try bind(definition, values, whole)
    }
}
