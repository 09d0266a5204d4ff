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
        do throws(KernelError) {
            return try node.evaluate(rows, context)
        } catch {
            guard context.givesNullForErrors, error.isOfRow else { throw error }
            return try evaluateHalves(of: rows, context)
        }
    }

    private func evaluateHalves(of rows: BatchView, _ context: BatchContext) throws(KernelError) -> ColumnVector {
        guard rows.count > 1 else { return NullKernels.nulls(type: type, count: rows.count) }
        let half = rows.count / 2
        let (low, high) = (Selection(0, count: half), Selection(half, count: rows.count - half))
        return InterleaveKernel.interleave(
            try evaluate(rows.selecting(low), context).materialized(), at: low,
            try evaluate(rows.selecting(high), context).materialized(), at: high)
    }
}
