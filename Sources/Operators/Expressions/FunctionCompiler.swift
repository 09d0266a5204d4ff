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
        case .split: return try split(operands[0], arguments)
        case .size: return unary { ArrayKernels.size($0) }
        case .upper: return unary { (column) throws(KernelError) in try StringKernels.upper(column) }
        case .lower: return unary { (column) throws(KernelError) in try StringKernels.lower(column) }
        case .trim: return unary { StringKernels.trim($0) }
        case .ltrim: return unary { StringKernels.ltrim($0) }
        case .rtrim: return unary { StringKernels.rtrim($0) }
        case .length: return unary { StringKernels.length($0) }
        case .octetLength: return unary { StringKernels.octetLength($0) }
        case .abs: return unary { (column) throws(KernelError) in try ArithmeticKernel.absolute(column) }
        case .concat:
            return VariadicNode(operands: operands) { (columns) throws(KernelError) in try StringKernels.concat(columns) }
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
            throw PlanError(
                "UNSUPPORTED_OPERATION", "\(function.rawValue) is not supported", expression: "\(call)",
                hint: "split on a pattern, or compare")
        }
    }

    private static func split(_ text: any ExpressionNode, _ arguments: [ResolvedExpression]) throws -> any ExpressionNode {
        guard case .string(let pattern)? = arguments[1].literalValue, case .integer(let limit)? = arguments[2].literalValue
        else {
            throw PlanError(
                "NON_FOLDABLE_ARGUMENT", "pattern and limit of split must be constants", expression: "\(arguments[1])")
        }
        let kernel: SplitKernel
        do {
            kernel = try SplitKernel(pattern: pattern, limit: Int(limit))
        } catch {
            throw PlanError(error.code, error.message, expression: pattern, hint: error.hint)
        }
        return UnaryNode(operand: text) { (column) throws(KernelError) in try kernel.split(column) }
    }
}
