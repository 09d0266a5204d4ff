// Arithmetic, comparisons and logic: the types of both sides and of the result.

import Columns
import Functions
import LogicalPlan

extension ExpressionResolver {
    func binary(
        _ operation: BinaryOperator, _ left: ResolvedExpression, _ right: ResolvedExpression, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        switch operation {
        case .and, .or:
            let a = try logical(left, beside: right, whole)
            let b = try logical(right, beside: left, whole)
            return ResolvedExpression(
                operation == .and ? .and(a, b) : .or(a, b), type: .boolean, isNullable: a.isNullable || b.isNullable)
        case .comparison(let comparison):
            let sides = try padded([left, right])
            return try compare(comparison, sides[0], sides[1], whole)
        case .arithmetic(let arithmetic): return try calculate(arithmetic, left, right, whole)
        case .concatenate:
            guard let concat = FunctionTable.definition("concat") else {
                preconditionFailure("the table has no concat")
            }
            return try bind(concat, [left, right], whole)
        }
    }

    /// A side of AND or OR.
    private func logical(
        _ side: ResolvedExpression, beside other: ResolvedExpression, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        do throws(PlanError) {
            return try coerce(side, to: .boolean, whole)
        } catch {
            throw mismatch(
                side.type == other.type
                    ? "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE" : "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
                "expected BOOLEAN, found \(side.type)", whole)
        }
    }

    func compare(
        _ operation: ComparisonOperator, _ left: ResolvedExpression, _ right: ResolvedExpression, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let sides = try coerceTogether(
            [left, right], whole, condition: "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", isComparison: true)
        try requireOrdered(sides[0].type, whole)
        return ResolvedExpression(
            .comparison(operation, sides[0], sides[1]), type: .boolean,
            isNullable: operation != .nullSafeEqual && (left.isNullable || right.isNullable))
    }

    /// Refuses types whose values the kernels cannot compare.
    func requireOrdered(_ type: DataType, _ whole: Expression) throws(PlanError) {
        guard SortKeyEncoder.canEncode(type) else {
            throw PlanError(
                "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "values of \(type) cannot be compared",
                expression: whole.text,
                hint: type.hasVariant
                    ? "cast to the type that they have, as in v::INT" : "compare their keys, values or fields")
        }
    }

    // MARK: Arithmetic

    private func calculate(
        _ operation: ArithmeticOperator, _ left: ResolvedExpression, _ right: ResolvedExpression, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        if let moved = try timeArithmetic(operation, left, right, whole) { return moved }
        func operand(
            _ side: ResolvedExpression, beside other: ResolvedExpression
        ) throws(PlanError) -> ResolvedExpression {
            switch side.type {
            case .null: return implicitCast(side, to: other.type.isNumeric ? other.type : .double)
            case .string: return implicitCast(side, to: other.type.isIntegral ? .long : .double)
            default:
                guard side.type.isNumeric else {
                    throw mismatch(
                        side.type == other.type
                            ? "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE" : "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
                        "\(operation.rawValue) needs numbers, found \(side.type)", whole)
                }
                return side
            }
        }
        // As in Spark a text is read as the number that it meets, and no text is one by itself.
        if left.type == .string || right.type == .string,
            [left.type, right.type].allSatisfy({ $0 == .string || $0 == .null })
        {
            throw mismatch(
                "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE", "\(operation.rawValue) needs numbers, found STRING", whole)
        }
        let a = try operand(left, beside: right)
        let b = try operand(right, beside: left)
        let isNullable = a.isNullable || b.isNullable
        func make(_ x: ResolvedExpression, _ y: ResolvedExpression, _ type: DataType) -> ResolvedExpression {
            ResolvedExpression(.arithmetic(operation, x, y), type: type, isNullable: isNullable)
        }
        if a.type.isDecimal || b.type.isDecimal, let x = digits(a), let y = digits(b) {
            let type = TypeCoercion.arithmeticResult(operation, x, y)
            return make(
                implicitCast(a, to: .decimal(precision: x.precision, scale: x.scale)),
                implicitCast(b, to: .decimal(precision: y.precision, scale: y.scale)), type)
        }
        switch operation {
        case .divide: return make(implicitCast(a, to: .double), implicitCast(b, to: .double), .double)
        case .integralDivide:
            guard a.type.isIntegral, b.type.isIntegral else {
                throw mismatch(
                    "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE", "div needs integers, found \(a.type) and \(b.type)", whole
                )
            }
            return make(implicitCast(a, to: .long), implicitCast(b, to: .long), .long)
        case .add, .subtract, .multiply, .remainder:
            guard let type = TypeCoercion.commonType(a.type, b.type) else {
                throw mismatch(
                    "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "\(a.type) and \(b.type) have no type in common", whole)
            }
            return make(implicitCast(a, to: type), implicitCast(b, to: type), type)
        }
    }

    /// The digits of a side of decimal arithmetic; an integer constant counts only the digits that it has,
    /// but for one of TINYINT.
    private func digits(_ side: ResolvedExpression) -> (precision: Int, scale: Int)? {
        let integer: Int64?
        switch side.literalValue {
        case .short(let value): integer = Int64(value)
        case .integer(let value): integer = Int64(value)
        case .long(let value): integer = value
        default: integer = nil
        }
        if let integer { return (String(integer.magnitude).utf8.count, 0) }
        return TypeCoercion.decimalDigits(side.type)
    }

    func sign(
        _ operation: UnaryOperator, _ operand: ResolvedExpression, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        var value = operand
        if value.type == .string || value.type == .null { value = implicitCast(value, to: .double) }
        guard value.type.isNumeric || value.type.isInterval else {
            throw mismatch(
                "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "a sign needs a number, found \(value.type)", whole)
        }
        if operation == .plus { return value }
        return ResolvedExpression(.negate(value), type: value.type, isNullable: value.isNullable)
    }
}
