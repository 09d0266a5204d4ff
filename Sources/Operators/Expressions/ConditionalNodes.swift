// AND, OR and CASE: what is not asked for is not evaluated where it may raise an error.

import Columns

/// `a AND b`, `a OR b`: where the right side may raise an error, it is evaluated only for rows that the left side
/// leaves open, so that `x <> 0 AND 10 / x > 1` raises none, as in Spark.
struct ShortCircuitNode: ExpressionNode {
    let left: any ExpressionNode
    let right: any ExpressionNode
    let isAnd: Bool
    let mayRaise: Bool
    private let rightMayRaise: Bool
    private let isRightAtHand: Bool
    /// Which columns the sides are, where they are no more than that.
    private let columns: (left: Int, right: Int)?

    init(left: any ExpressionNode, right: any ExpressionNode, isAnd: Bool) {
        self.left = left
        self.right = right
        self.isAnd = isAnd
        rightMayRaise = right.mayRaise
        isRightAtHand = right.isAtHand
        columns =
            if let left = left as? ColumnNode, let right = right as? ColumnNode { (left.index, right.index) } else {
                nil
            }
        mayRaise = left.mayRaise || rightMayRaise
    }

    func evaluate(_ rows: BatchView, _ context: BatchContext) throws(KernelError) -> ColumnVector {
        if let columns { return rows.withColumns(columns.left, columns.right) { combined($0, $1) } }
        // To ask what the left side leaves open takes longer than to take what is there already.
        if isRightAtHand { return combined(try left.evaluate(rows, context), try right.evaluate(rows, context)) }
        let first = try left.evaluate(rows, context).materialized()
        // False decides AND, and true decides OR.
        let trueCount = BooleanKernels.countTrue(first)
        let openCount = isAnd ? trueCount + first.nullCount : rows.count - trueCount
        if openCount == 0 { return first }
        // Picking rows costs about what a kernel costs: it pays where few are left.
        if openCount == rows.count || (!rightMayRaise && openCount * 4 >= rows.count) {
            return combined(first, try right.evaluate(rows, context))
        }
        let decided = BooleanKernels.isTrue(isAnd ? BooleanKernels.not(first) : first)
        let open = BooleanKernels.selection(of: BooleanKernels.not(decided))
        let closed = BooleanKernels.selection(of: decided)
        let part = combined(TakeKernel.take(first, open), try right.evaluate(rows.selecting(open), context))
        return InterleaveKernel.interleave(part, at: open, TakeKernel.take(first, closed), at: closed)
    }

    private func combined(_ left: ColumnVector, _ right: ColumnVector) -> ColumnVector {
        isAnd ? BooleanKernels.and(left, right) : BooleanKernels.or(left, right)
    }
}

/// CASE: each result that may raise an error is evaluated only for the rows whose condition is the first that is true,
/// as in Spark.
struct CaseNode: ExpressionNode {
    struct Branch: Sendable {
        let condition: any ExpressionNode
        let result: any ExpressionNode
    }

    let branches: [Branch]
    let otherwise: any ExpressionNode
    /// Whether everything may be evaluated for all rows: the results are there already, and no condition but the first,
    /// which sees all rows anyway, may raise an error.
    private let isEager: Bool

    init(branches: [Branch], otherwise: (any ExpressionNode)?, type: DataType) {
        self.branches = branches
        self.otherwise = otherwise ?? ConstantNode(value: .null, type: type)
        let results = branches.map(\.result) + [self.otherwise]
        isEager =
            results.allSatisfy(\.isAtHand)
            && branches.dropFirst().allSatisfy { !$0.condition.mayRaise }
    }

    var mayRaise: Bool {
        otherwise.mayRaise || branches.contains { $0.condition.mayRaise || $0.result.mayRaise }
    }

    func evaluate(_ rows: BatchView, _ context: BatchContext) throws(KernelError) -> ColumnVector {
        guard isEager else { return try evaluate(branches[...], rows, context) }
        var conditions: [ColumnVector] = []
        var results: [ColumnVector] = []
        for branch in branches {
            conditions.append(try branch.condition.evaluate(rows, context))
            results.append(try branch.result.evaluate(rows, context))
        }
        return ChooseKernel.choose(conditions, results + [try otherwise.evaluate(rows, context)])
    }

    private func evaluate(
        _ branches: ArraySlice<Branch>, _ rows: BatchView, _ context: BatchContext
    ) throws(KernelError) -> ColumnVector {
        guard let branch = branches.first else { return try otherwise.evaluate(rows, context) }
        let condition = BooleanKernels.isTrue(try branch.condition.evaluate(rows, context))
        let matching = BooleanKernels.selection(of: condition)
        if matching.count == rows.count { return try branch.result.evaluate(rows, context) }
        if matching.count == 0 { return try evaluate(branches.dropFirst(), rows, context) }
        let others = BooleanKernels.selection(of: BooleanKernels.not(condition))
        let results = try branch.result.evaluate(rows.selecting(matching), context)
        let rest = try evaluate(branches.dropFirst(), rows.selecting(others), context)
        return InterleaveKernel.interleave(results, at: matching, rest, at: others)
    }
}
