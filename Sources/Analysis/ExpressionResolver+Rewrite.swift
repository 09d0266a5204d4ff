// Functions that are other expressions, in the place of their calls.

import Columns
import Functions
import LogicalPlan

extension ExpressionResolver {
    /// The expression that a rewrite makes of a call's arguments; DISTINCT and FILTER are those of its aggregates.
    func resolve(
        _ rewrite: Rewrite, _ arguments: [ResolvedExpression], _ whole: Expression, isDistinct: Bool = false,
        filter: ResolvedExpression? = nil
    ) throws(PlanError) -> ResolvedExpression {
        func part(_ rewrite: Rewrite) throws(PlanError) -> ResolvedExpression {
            try resolve(rewrite, arguments, whole, isDistinct: isDistinct, filter: filter)
        }
        switch rewrite {
        case .argument(let index): return arguments[index]
        case .literal(let value, let type): return .literal(value, type)
        case .call(let name, let parts):
            var values: [ResolvedExpression] = []
            for argument in parts { values.append(try part(argument)) }
            if let aggregate = AggregateTable.definition(name) {
                return try bind(aggregate, values, isDistinct: isDistinct, filter: filter, whole)
            }
            guard let definition = FunctionTable.definition(name) else {
                preconditionFailure("a function is written in terms of \(name), which isn't in the table")
            }
            for value in definition.missingDefaults(values.count) { values.append(.literal(value, value.plainType)) }
            return try bind(definition, values, whole)
        case .cast(let operand, let type, let isTry): return try cast(try part(operand), to: type, isTry: isTry, whole)
        case .arithmetic(let operation, let left, let right):
            return try binary(.arithmetic(operation), try part(left), try part(right), whole)
        case .tryArithmetic(let operation, let left, let right):
            let sides = [try part(left), try part(right)]
            return attempt(try binary(.arithmetic(operation), sides[0], sides[1], whole), of: sides)
        case .comparison(let operation, let left, let right):
            let sides = [try part(left), try part(right)]
            // As in Spark equal_null and decode compare what stands there, nullif and between a value of their own.
            let compared = operation == .nullSafeEqual ? try padded(sides) : sides
            return try compare(operation, compared[0], compared[1], whole)
        case .and(let left, let right): return try binary(.and, try part(left), try part(right), whole)
        case .negate(let operand): return try sign(.minus, try part(operand), whole)
        case .plus(let operand): return try sign(.plus, try part(operand), whole)
        case .isNull(let operand, let isNegated):
            return ResolvedExpression(
                .isNull(try part(operand), isNegated: isNegated), type: .boolean, isNullable: false)
        case .choose(let condition, let then, let otherwise):
            return try caseWhen([(try part(condition), try part(then))], try part(otherwise), whole)
        }
    }

    /// The expression that a rewrite makes of arguments, each evaluated once.
    func sharing(
        _ arguments: ArraySlice<ResolvedExpression>, of rewrite: Rewrite, _ ready: [ResolvedExpression],
        _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        guard let next = arguments.first else { return try resolve(rewrite, ready, whole) }
        let rest = arguments.dropFirst()
        guard rewrite.uses(of: ready.count) > 1 else { return try sharing(rest, of: rewrite, ready + [next], whole) }
        return try .sharing(next) { (value) throws(PlanError) in
            try sharing(rest, of: rewrite, ready + [value], whole)
        }
    }

    /// Arithmetic that gives NULL where it would raise, or where a text that Spark casts by itself is no number; what
    /// raises in its operands raises as before.
    private func attempt(_ arithmetic: ResolvedExpression, of sides: [ResolvedExpression]) -> ResolvedExpression {
        if case .function(let function, let arguments) = arithmetic.kind {
            return call(
                BoundFunction(
                    "try \(function.name)", function.argumentTypes, function.type, isNullable: true,
                    traits: function.traits.subtracting(.mayRaise), zone: function.zone,
                    .attempting(function.kernel)), arguments)
        }
        guard case .arithmetic(let operation, let left, let right) = arithmetic.kind else { return arithmetic }
        let type = arithmetic.type
        let name: String
        switch operation {
        case .add: name = "try_add"
        case .subtract: name = "try_subtract"
        case .multiply: name = "try_multiply"
        case .divide: name = "try_divide"
        case .remainder: name = "try_mod"
        case .integralDivide: name = "try_div"
        }
        let function = BoundFunction(
            name, [left.type, right.type], type, isNullable: true, traits: .isNullIntolerant,
            .attempting(
                .binary { (a, b) throws(KernelError) in
                    try ArithmeticKernel.apply(operation, a, b, resultType: type)
                }))
        return call(function, zip([left, right], sides).map(Self.trying))
    }

    /// An operand with the cast that was put around what was written as one that gives NULL.
    private static func trying(_ operand: ResolvedExpression, _ written: ResolvedExpression) -> ResolvedExpression {
        guard written.type == .string, operand != written, case .cast(let inner, isTry: false) = operand.kind else {
            return operand
        }
        // A text may have become a number of one type, and that one of another.
        let tried = trying(inner, written)
        return ResolvedExpression(.cast(tried, isTry: inner == written), type: operand.type, isNullable: true)
    }
}
