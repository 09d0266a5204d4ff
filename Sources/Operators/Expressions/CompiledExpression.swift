// Resolved expressions as trees that are evaluated once a batch, column by column.

import Columns
import LogicalPlan

/// An expression that is ready to be evaluated. Immutable: all workers share it.
package final class CompiledExpression: Sendable {
    package let type: DataType
    private let node: any ExpressionNode
    private let text: String

    /// Compiles an expression: patterns are compiled, constant parts computed.
    ///
    /// - Throws: `PlanError` where a constant argument is no good, such as a bad regular expression.
    package init(_ expression: ResolvedExpression) throws {
        type = expression.type
        text = "\(expression)"
        node = try ExpressionCompiler.compile(expression)
    }

    /// The expression's values for the rows of a batch without selection.
    package func evaluate(_ batch: RecordBatch, _ context: EvaluationContext) throws(ExecutionError) -> ColumnVector {
        assert(batch.selection == nil, "expressions see compact batches")
        do throws(KernelError) {
            return try node.evaluate(batch, context)
        } catch {
            throw ExecutionError(error, in: text)
        }
    }
}

/// One step of an expression.
protocol ExpressionNode: Sendable {
    func evaluate(_ batch: RecordBatch, _ context: EvaluationContext) throws(KernelError) -> ColumnVector
}

/// A column of the input.
struct ColumnNode: ExpressionNode {
    let index: Int

    func evaluate(_ batch: RecordBatch, _ context: EvaluationContext) -> ColumnVector { batch.columns[index] }
}

/// The same value in every row.
struct ConstantNode: ExpressionNode {
    let value: Value
    let type: DataType

    func evaluate(_ batch: RecordBatch, _ context: EvaluationContext) -> ColumnVector {
        ConstantKernel.column(of: value, type: type, count: batch.physicalCount)
    }
}

/// One operand through one kernel.
struct UnaryNode: ExpressionNode {
    let operand: any ExpressionNode
    let kernel: @Sendable (ColumnVector) throws(KernelError) -> ColumnVector

    func evaluate(_ batch: RecordBatch, _ context: EvaluationContext) throws(KernelError) -> ColumnVector {
        try kernel(try operand.evaluate(batch, context))
    }
}

/// Two operands through one kernel.
struct BinaryNode: ExpressionNode {
    let left: any ExpressionNode
    let right: any ExpressionNode
    let kernel: @Sendable (ColumnVector, ColumnVector) throws(KernelError) -> ColumnVector

    func evaluate(_ batch: RecordBatch, _ context: EvaluationContext) throws(KernelError) -> ColumnVector {
        try kernel(try left.evaluate(batch, context), try right.evaluate(batch, context))
    }
}

/// Any number of operands through one kernel.
struct VariadicNode: ExpressionNode {
    let operands: [any ExpressionNode]
    let kernel: @Sendable ([ColumnVector]) throws(KernelError) -> ColumnVector

    func evaluate(_ batch: RecordBatch, _ context: EvaluationContext) throws(KernelError) -> ColumnVector {
        var columns: [ColumnVector] = []
        columns.reserveCapacity(operands.count)
        for operand in operands { columns.append(try operand.evaluate(batch, context)) }
        return try kernel(columns)
    }
}

/// `a AND b`, `a OR b`: the right side is evaluated only for rows that the left side leaves open, so that
/// `x <> 0 AND 10 / x > 1` raises no error, as in Spark.
struct ShortCircuitNode: ExpressionNode {
    let left: any ExpressionNode
    let right: any ExpressionNode
    let isAnd: Bool

    func evaluate(_ batch: RecordBatch, _ context: EvaluationContext) throws(KernelError) -> ColumnVector {
        let first = try left.evaluate(batch, context)
        // What decides: false for AND, true for OR.
        let decided = BooleanKernels.isTrue(isAnd ? BooleanKernels.not(first) : first)
        let open = BooleanKernels.selection(of: BooleanKernels.not(decided))
        if open.count == 0 { return first }
        if open.count == batch.physicalCount { return combined(first, try right.evaluate(batch, context)) }
        let closed = BooleanKernels.selection(of: decided)
        let part = combined(
            TakeKernel.take(first, open), try right.evaluate(batch.selecting(open).compacted(), context))
        return InterleaveKernel.interleave(part, at: open, TakeKernel.take(first, closed), at: closed)
    }

    private func combined(_ left: ColumnVector, _ right: ColumnVector) -> ColumnVector {
        isAnd ? BooleanKernels.and(left, right) : BooleanKernels.or(left, right)
    }
}

/// CASE: each result is evaluated only for the rows whose condition is the first that is true, as in Spark.
struct CaseNode: ExpressionNode {
    struct Branch: Sendable {
        let condition: any ExpressionNode
        let result: any ExpressionNode
    }

    let branches: [Branch]
    let otherwise: (any ExpressionNode)?
    let type: DataType

    func evaluate(_ batch: RecordBatch, _ context: EvaluationContext) throws(KernelError) -> ColumnVector {
        try evaluate(branches[...], batch, context)
    }

    private func evaluate(
        _ branches: ArraySlice<Branch>, _ batch: RecordBatch, _ context: EvaluationContext
    ) throws(KernelError) -> ColumnVector {
        guard let branch = branches.first else {
            return try otherwise?.evaluate(batch, context)
                ?? ConstantKernel.column(of: .null, type: type, count: batch.physicalCount)
        }
        let condition = BooleanKernels.isTrue(try branch.condition.evaluate(batch, context))
        let matching = BooleanKernels.selection(of: condition)
        if matching.count == batch.physicalCount { return try branch.result.evaluate(batch, context) }
        if matching.count == 0 { return try evaluate(branches.dropFirst(), batch, context) }
        let others = BooleanKernels.selection(of: BooleanKernels.not(condition))
        let results = try branch.result.evaluate(batch.selecting(matching).compacted(), context)
        let rest = try evaluate(branches.dropFirst(), batch.selecting(others).compacted(), context)
        return InterleaveKernel.interleave(results, at: matching, rest, at: others)
    }
}
