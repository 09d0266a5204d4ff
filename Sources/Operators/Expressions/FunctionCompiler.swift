// The kernels of the scalar functions.

import Columns
import LogicalPlan

/// Compiles calls of scalar functions.
enum FunctionCompiler {
    static func compile(
        _ function: ScalarFunction, _ arguments: [ResolvedExpression], _ call: ResolvedExpression
    ) throws -> any ExpressionNode {
        let operands = try arguments.map { try ExpressionCompiler.compile($0) }
        func unary(_ kernel: @escaping @Sendable (ColumnVector) throws(KernelError) -> ColumnVector) -> UnaryNode {
            UnaryNode(operand: operands[0], kernel: kernel)
        }
        switch function {
        case .split: return try split(operands, call)
        case .size: return unary { ArrayKernels.size($0) }
        case .upper: return unary { (column) throws(KernelError) in try StringKernels.upper(column) }
        case .lower: return unary { (column) throws(KernelError) in try StringKernels.lower(column) }
        case .trim, .ltrim, .rtrim: return trim(function, operands)
        case .length: return unary { StringKernels.length($0) }
        case .octetLength: return unary { StringKernels.octetLength($0) }
        case .abs: return unary { (column) throws(KernelError) in try ArithmeticKernel.absolute(column) }
        case .concat:
            return VariadicNode(operands: operands) { (columns) throws(KernelError) in try StringKernels.concat(columns)
            }
        case .coalesce: return VariadicNode(operands: operands) { NullKernels.coalesce($0) }
        case .substring:
            return VariadicNode(operands: operands) { (columns) throws(KernelError) in
                try StringKernels.substring(columns[0], position: columns[1], length: columns[2])
            }
        case .arrayElement:
            return BinaryNode(left: operands[0], right: operands[1]) { (arrays, index) throws(KernelError) in
                try ArrayKernels.element(arrays, at: index, base: 0)
            }
        case .currentTimestamp: return BatchTimestampNode()
        case .like, .rlike:
            let expression = try pattern(function, operands, call)
            return unary { (column) throws(KernelError) in try expression.matches(column) }
        }
    }

    /// One argument takes blanks away, a second names the characters that go.
    private static func trim(_ function: ScalarFunction, _ operands: [any ExpressionNode]) -> any ExpressionNode {
        guard operands.count == 2 else {
            return UnaryNode(operand: operands[0]) { column in
                switch function {
                case .ltrim: StringKernels.ltrim(column)
                case .rtrim: StringKernels.rtrim(column)
                default: StringKernels.trim(column)
                }
            }
        }
        return BinaryNode(left: operands[0], right: operands[1]) { column, characters in
            switch function {
            case .ltrim: StringKernels.ltrim(column, characters: characters)
            case .rtrim: StringKernels.rtrim(column, characters: characters)
            default: StringKernels.trim(column, characters: characters)
            }
        }
    }

    /// The constant pattern of LIKE or RLIKE, compiled.
    private static func pattern(
        _ function: ScalarFunction, _ operands: [any ExpressionNode], _ call: ResolvedExpression
    ) throws(PlanError) -> RegularExpression {
        let constants = operands.dropFirst().map { ($0 as? ConstantNode)?.value }
        guard case .string(let text)? = constants.first ?? nil else {
            throw PlanError(
                "NON_FOLDABLE_ARGUMENT", "the pattern of \(function.rawValue) must be a constant string",
                expression: "\(call)")
        }
        do throws(KernelError) {
            guard function == .like else { return try RegularExpression(pattern: text) }
            guard constants.count == 2 else { return try LikePattern.regularExpression(text) }
            guard case .string(let escape)? = constants[1], let scalar = escape.unicodeScalars.first,
                escape.unicodeScalars.count == 1
            else {
                throw KernelError(
                    code: "INVALID_ESCAPE_CHAR", message: "the escape of LIKE must be one constant character")
            }
            return try LikePattern.regularExpression(text, escape: scalar)
        } catch {
            throw PlanError(error.code, error.message, expression: text, hint: error.hint)
        }
    }

    private static func split(_ operands: [any ExpressionNode], _ call: ResolvedExpression) throws -> any ExpressionNode
    {
        guard case .string(let pattern)? = (operands[1] as? ConstantNode)?.value,
            case .integer(let limit)? = (operands[2] as? ConstantNode)?.value
        else {
            throw PlanError(
                "NON_FOLDABLE_ARGUMENT", "pattern and limit of split must be constants", expression: "\(call)")
        }
        let kernel: SplitKernel
        do {
            kernel = try SplitKernel(pattern: pattern, limit: Int(limit))
        } catch {
            throw PlanError(error.code, error.message, expression: pattern, hint: error.hint)
        }
        return UnaryNode(operand: operands[0]) { (column) throws(KernelError) in try kernel.split(column) }
    }
}
