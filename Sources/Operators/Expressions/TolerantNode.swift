// NULL in place of an error, where a micro-batch asks for it.

import Columns

/// A step of an expression whose kernel may raise: in a batch that gives NULL for errors it is NULL for the rows that
/// it raises for. Which these are is found by halves, so that batches without such rows cost nothing more.
struct TolerantNode: ExpressionNode {
    private let node: any ExpressionNode
    private let type: DataType

    /// The node itself where its kernel never raises.
    static func around(_ node: any ExpressionNode, type: DataType) -> any ExpressionNode {
        node.kernelMayRaise ? TolerantNode(node: node, type: type) : node
    }

    var mayRaise: Bool { node.mayRaise }

    func evaluate(_ rows: BatchView, _ context: BatchContext) throws(KernelError) -> ColumnVector {
        guard context.givesNullForErrors else { return try node.evaluate(rows, context) }
        var badRows = 0
        return try evaluate(rows, context, &badRows)
    }

    /// The same with NULL for each row that raises alone. What only rows together raise, such as more bytes than a
    /// column has, stays an error.
    private func evaluate(
        _ rows: BatchView, _ context: BatchContext, _ badRows: inout Int
    ) throws(KernelError) -> ColumnVector {
        do throws(KernelError) {
            return try node.evaluate(rows, context)
        } catch {
            guard rows.count > 1 else {
                badRows += 1
                return NullKernels.nulls(type: type, count: rows.count)
            }
            let (half, known) = (rows.count / 2, badRows)
            let (low, high) = (Selection(0, count: half), Selection(half, count: rows.count - half))
            let first = try evaluate(rows.selecting(low), context, &badRows).materialized()
            let second = try evaluate(rows.selecting(high), context, &badRows).materialized()
            guard badRows > known else { throw error }
            return InterleaveKernel.interleave(first, at: low, second, at: high)
        }
    }
}
