// Calls of functions as nodes: the kernels of the table of functions over compiled arguments.

import Columns
import Functions
import LogicalPlan

/// Compiles calls of functions.
enum FunctionCompiler {
    static func compile(
        _ function: BoundFunction, _ arguments: [ResolvedExpression], _ call: ResolvedExpression
    ) throws -> any ExpressionNode {
        try node(function, function.kernel, try arguments.map { try ExpressionCompiler.compile($0) }, call)
    }

    private static func node(
        _ function: BoundFunction, _ kernel: ScalarKernel, _ operands: [any ExpressionNode], _ call: ResolvedExpression
    ) throws -> any ExpressionNode {
        let mayRaise = function.traits.contains(.mayRaise)
        let takesConstants = function.traits.contains(.takesConstants)
        switch kernel {
        case .unary(let kernel): return UnaryNode(operand: operands[0], kernelMayRaise: mayRaise, kernel: kernel)
        case .binary(let kernel):
            return BinaryNode(
                left: operands[0], right: operands[1], kernelMayRaise: mayRaise, takesConstants: takesConstants,
                kernel: kernel)
        case .variadic(let kernel):
            return VariadicNode(
                operands: operands, kernelMayRaise: mayRaise, takesConstants: takesConstants, kernel: kernel)
        case .contextual(let kernel):
            return ContextualNode(operands: operands, kernelMayRaise: mayRaise, kernel: kernel)
        case .firstValue: return FirstValueNode(operands: operands)
        case .attempting(let kernel):
            return AttemptNode(operands: operands, kernel: try columnKernel(kernel), type: call.type)
        case .prepared(let prepare):
            let constants = operands.map { ($0 as? ConstantNode)?.value }
            let prepared: ScalarKernel
            do throws(FunctionError) {
                prepared = try prepare(constants)
            } catch {
                throw PlanError(error.code, error.message, expression: "\(call)", hint: error.hint)
            }
            return try node(function, prepared, operands, call)
        }
    }

    /// A kernel as a function of all arguments.
    private static func columnKernel(
        _ kernel: ScalarKernel
    ) throws -> @Sendable ([ColumnVector]) throws(KernelError) -> ColumnVector {
        switch kernel {
        case .unary(let kernel):
            return { (columns: [ColumnVector]) throws(KernelError) -> ColumnVector in try kernel(columns[0]) }
        case .binary(let kernel):
            return { (columns: [ColumnVector]) throws(KernelError) -> ColumnVector in
                try kernel(columns[0], columns[1])
            }
        case .variadic(let kernel): return kernel
        case .contextual, .firstValue, .attempting, .prepared:
            preconditionFailure("only kernels of columns are attempted")
        }
    }
}

/// A kernel that asks about the micro-batch.
struct ContextualNode: ExpressionNode {
    let operands: [any ExpressionNode]
    let kernelMayRaise: Bool
    let kernel: @Sendable ([ColumnVector], Int, KernelContext) throws(KernelError) -> ColumnVector

    var mayRaise: Bool { kernelMayRaise || operands.contains { $0.mayRaise } }

    func evaluate(_ rows: BatchView, _ context: BatchContext) throws(KernelError) -> ColumnVector {
        var columns: [ColumnVector] = []
        for operand in operands { columns.append(try operand.evaluate(rows, context).materialized()) }
        return try kernel(
            columns, rows.count, KernelContext(timestampMicroseconds: context.batchTimestampMicroseconds))
    }
}

/// COALESCE: an operand is evaluated only for the rows that have no value yet, as in Spark.
struct FirstValueNode: ExpressionNode {
    let operands: [any ExpressionNode]

    var mayRaise: Bool { operands.contains { $0.mayRaise } }

    func evaluate(_ rows: BatchView, _ context: BatchContext) throws(KernelError) -> ColumnVector {
        try evaluate(operands[...], rows, context)
    }

    private func evaluate(
        _ operands: ArraySlice<any ExpressionNode>, _ rows: BatchView, _ context: BatchContext
    ) throws(KernelError) -> ColumnVector {
        guard let operand = operands.first else { preconditionFailure("COALESCE has an argument") }
        let first = try operand.evaluate(rows, context)
        let rest = operands.dropFirst()
        if first.nullCount == 0 || rest.isEmpty { return first }
        if first.nullCount == first.count { return try evaluate(rest, rows, context) }
        let known = NullKernels.isNotNull(first)
        let filled = BooleanKernels.selection(of: known)
        let open = BooleanKernels.selection(of: BooleanKernels.not(known))
        let others = try evaluate(rest, rows.selecting(open), context).materialized()
        return InterleaveKernel.interleave(TakeKernel.take(first, filled), at: filled, others, at: open)
    }
}

/// A kernel with NULL for the rows that it raises for. What raises is found by halves, so that batches without such
/// rows cost nothing more.
struct AttemptNode: ExpressionNode {
    let operands: [any ExpressionNode]
    let kernel: @Sendable ([ColumnVector]) throws(KernelError) -> ColumnVector
    let type: DataType

    var mayRaise: Bool { operands.contains { $0.mayRaise } }

    func evaluate(_ rows: BatchView, _ context: BatchContext) throws(KernelError) -> ColumnVector {
        var columns: [ColumnVector] = []
        for operand in operands { columns.append(try operand.evaluate(rows, context).materialized()) }
        return attempt(columns, count: rows.count)
    }

    private func attempt(_ columns: [ColumnVector], count: Int) -> ColumnVector {
        do throws(KernelError) {
            return try kernel(columns)
        } catch {
            guard count > 1 else { return NullKernels.nulls(type: type, count: count) }
            let half = count / 2
            let (low, high) = (Selection(0, count: half), Selection(half, count: count - half))
            return InterleaveKernel.interleave(
                attempt(columns.map { TakeKernel.take($0, low) }, count: half), at: low,
                attempt(columns.map { TakeKernel.take($0, high) }, count: count - half), at: high)
        }
    }
}
