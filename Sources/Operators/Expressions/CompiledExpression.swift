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

    /// The expression's values for the rows of a batch that count; never a constant column.
    package func evaluate(_ rows: BatchView, _ context: BatchContext) throws(ExecutionError) -> ColumnVector {
        do throws(KernelError) {
            let made = try node.evaluate(rows, context)
            return made.isConstant ? made.materialized() : made
        } catch {
            throw ExecutionError(error, in: text)
        }
    }

    /// The same for a batch of which nothing else is asked.
    package func evaluate(_ batch: RecordBatch, _ context: BatchContext) throws(ExecutionError) -> ColumnVector {
        try evaluate(BatchView(batch), context)
    }
}

/// One step of an expression. Its result may be a constant column.
protocol ExpressionNode: Sendable {
    /// Whether a row may raise an error, so that it must not be evaluated for rows that don't ask for it.
    var mayRaise: Bool { get }
    /// Whether it may itself raise one, and not only what it is made of.
    var kernelMayRaise: Bool { get }
    /// Whether there is nothing to compute: a column, a constant, a value that is shared.
    var isAtHand: Bool { get }
    func evaluate(_ rows: BatchView, _ context: BatchContext) throws(KernelError) -> ColumnVector
}

extension ExpressionNode {
    var kernelMayRaise: Bool { false }
    var isAtHand: Bool { false }
}

/// A column of the input.
struct ColumnNode: ExpressionNode {
    let index: Int
    var mayRaise: Bool { false }
    var isAtHand: Bool { true }

    func evaluate(_ rows: BatchView, _ context: BatchContext) -> ColumnVector { rows.column(index) }
}

/// A value that is evaluated once, and an expression that uses it.
struct SharingNode: ExpressionNode {
    let value: any ExpressionNode
    let body: any ExpressionNode

    var mayRaise: Bool { value.mayRaise || body.mayRaise }

    func evaluate(_ rows: BatchView, _ context: BatchContext) throws(KernelError) -> ColumnVector {
        try body.evaluate(rows.sharing(try value.evaluate(rows, context).materialized()), context)
    }
}

/// A use of a shared value.
struct SharedNode: ExpressionNode {
    let outward: Int
    var mayRaise: Bool { false }
    var isAtHand: Bool { true }

    func evaluate(_ rows: BatchView, _ context: BatchContext) -> ColumnVector {
        rows.sharedValue(outward: outward)
    }
}

/// The same value in every row.
struct ConstantNode: ExpressionNode {
    let value: Value
    let type: DataType
    /// The value as a column of one row, made once.
    private let one: ColumnVector

    init(value: Value, type: DataType) {
        self.value = value
        self.type = type
        one = ValueColumns.column(of: [value], type: type)
    }

    var mayRaise: Bool { false }
    var isAtHand: Bool { true }

    func evaluate(_ rows: BatchView, _ context: BatchContext) -> ColumnVector {
        ConstantKernel.repeating(one, count: rows.count)
    }
}

/// A constant that is large, or a text of bytes that are none: a column of one row.
struct ConstantColumnNode: ExpressionNode {
    let one: ColumnVector

    var mayRaise: Bool { false }
    var isAtHand: Bool { true }

    func evaluate(_ rows: BatchView, _ context: BatchContext) -> ColumnVector {
        ConstantKernel.repeating(one, count: rows.count)
    }
}

/// One operand through one kernel, which never sees a constant column: of a constant it computes one row.
struct UnaryNode: ExpressionNode {
    let operand: any ExpressionNode
    var kernelMayRaise = true
    let kernel: @Sendable (ColumnVector) throws(KernelError) -> ColumnVector

    var mayRaise: Bool { kernelMayRaise || operand.mayRaise }

    func evaluate(_ rows: BatchView, _ context: BatchContext) throws(KernelError) -> ColumnVector {
        let column = try operand.evaluate(rows, context)
        guard column.isConstant, column.count > 0 else { return try kernel(column.materialized()) }
        return ConstantKernel.repeating(try kernel(column.physical), count: column.count)
    }
}

/// Two operands through one kernel.
struct BinaryNode: ExpressionNode {
    let left: any ExpressionNode
    let right: any ExpressionNode
    var kernelMayRaise = true
    /// Whether the kernel takes one constant side as it is.
    var takesConstants = false
    let kernel: @Sendable (ColumnVector, ColumnVector) throws(KernelError) -> ColumnVector

    var mayRaise: Bool { kernelMayRaise || left.mayRaise || right.mayRaise }

    func evaluate(_ rows: BatchView, _ context: BatchContext) throws(KernelError) -> ColumnVector {
        let (a, b) = (try left.evaluate(rows, context), try right.evaluate(rows, context))
        guard a.isConstant || b.isConstant else { return try kernel(a, b) }
        if a.isConstant, b.isConstant, rows.count > 0 {
            return ConstantKernel.repeating(try kernel(a.physical, b.physical), count: rows.count)
        }
        return takesConstants && rows.count > 0
            ? try kernel(a, b) : try kernel(a.materialized(), b.materialized())
    }
}

/// Any number of operands through one kernel.
struct VariadicNode: ExpressionNode {
    let operands: [any ExpressionNode]
    var kernelMayRaise = true
    /// Whether the kernel takes constant columns as they are, as long as one is none.
    var takesConstants = false
    let kernel: @Sendable ([ColumnVector]) throws(KernelError) -> ColumnVector

    var mayRaise: Bool { kernelMayRaise || operands.contains { $0.mayRaise } }

    func evaluate(_ rows: BatchView, _ context: BatchContext) throws(KernelError) -> ColumnVector {
        var columns: [ColumnVector] = []
        columns.reserveCapacity(operands.count)
        for operand in operands { columns.append(try operand.evaluate(rows, context)) }
        if rows.count > 0, !columns.isEmpty, columns.allSatisfy({ $0.isConstant }) {
            return ConstantKernel.repeating(try kernel(columns.map(\.physical)), count: rows.count)
        }
        return takesConstants && rows.count > 0 ? try kernel(columns) : try kernel(columns.map { $0.materialized() })
    }
}
