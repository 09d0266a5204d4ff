// The rows that a window function sees from each row: frames as written to frames that can run.

import Columns
import Functions
import LogicalPlan

extension ExpressionResolver {
    /// The frame of a window, or the one that is meant where nothing is said.
    func frame(
        _ window: WindowSpecification, _ order: [SortKey], _ whole: Expression
    ) throws(PlanError) -> WindowFrame {
        guard let frame = window.frame else { return order.isEmpty ? .partition : .toPeers }
        let start = try placed(frame.start, isRows: frame.isRows, order, whole)
        let end = try placed(frame.end, isRows: frame.isRows, order, whole)
        guard start.bound != .unboundedFollowing, end.bound != .unboundedPreceding else {
            throw PlanError(
                "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_INVALID_BOUND",
                "a frame can't begin with UNBOUNDED FOLLOWING or end with UNBOUNDED PRECEDING", expression: whole.text)
        }
        let isWhole = start.bound == .unboundedPreceding && end.bound == .unboundedFollowing
        guard frame.isRows || isWhole || !order.isEmpty else { throw withoutOneKey(order, whole) }
        try requireOrder(start, end, whole)
        return WindowFrame(frame.isRows ? .rows : .range, from: start.bound, to: end.bound)
    }

    /// A bound of a frame.
    private struct PlacedBound {
        let bound: WindowFrame.Bound
        /// How far it is along the order, negative before the current row: a column of one row. `nil` where the bound
        /// has no distance, or one that takes a function to know.
        var distance: ColumnVector?
    }

    private func placed(
        _ bound: WindowSpecification.Bound, isRows: Bool, _ order: [SortKey], _ whole: Expression
    ) throws(PlanError) -> PlacedBound {
        let (amount, isBefore): (Expression, Bool)
        switch bound {
        case .unboundedPreceding: return PlacedBound(bound: .unboundedPreceding)
        case .unboundedFollowing: return PlacedBound(bound: .unboundedFollowing)
        case .currentRow: return PlacedBound(bound: .currentRow)
        case .preceding(let expression): (amount, isBefore) = (expression, true)
        case .following(let expression): (amount, isBefore) = (expression, false)
        }
        guard isRows else { return try placed(byValue: amount, isBefore: isBefore, order, whole) }
        let count = try count(of: amount, whole)
        let offset = isBefore ? -count : count
        return PlacedBound(
            bound: .rows(offset), distance: ValueColumns.column(of: [.long(offset)], type: .long))
    }

    private func count(of amount: Expression, _ whole: Expression) throws(PlanError) -> Int64 {
        switch try resolve(amount).constantValue {
        case .byte(let value)?: return Int64(value)
        case .short(let value)?: return Int64(value)
        case .integer(let value)?: return Int64(value)
        default:
            throw PlanError(
                "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE",
                "a frame of ROWS is so many rows, an INT, and \(amount.text) is none", expression: whole.text)
        }
    }

    /// Refuses a frame between two distances of which the second is before the first. Beside CURRENT ROW such a frame
    /// is empty, as in Spark.
    private func requireOrder(_ start: PlacedBound, _ end: PlacedBound, _ whole: Expression) throws(PlanError) {
        guard let first = start.distance, let last = end.distance else { return }
        guard first.type.intervalFields?.start.isOfMonths == last.type.intervalFields?.start.isOfMonths else {
            throw PlanError(
                "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_DIFF_TYPES",
                "the bounds of a frame are both in months, or both in days and below", expression: whole.text)
        }
        guard BooleanKernels.countTrue(CompareKernel.compare(.greater, first, last)) > 0 else { return }
        throw PlanError(
            "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON",
            "the frame ends before it begins", expression: whole.text)
    }

    // MARK: RANGE

    /// A bound of RANGE: the key of the current row, moved against or along the order.
    private func placed(
        byValue amount: Expression, isBefore: Bool, _ order: [SortKey], _ whole: Expression
    ) throws(PlanError) -> PlacedBound {
        guard let key = order.first, order.count == 1 else { throw withoutOneKey(order, whole) }
        var distance = try resolve(amount)
        guard distance.isConstant else {
            throw PlanError(
                "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE",
                "the bound of a frame must be a constant", expression: whole.text)
        }
        if distance.type.isInterval { return try placed(byInterval: distance, isBefore: isBefore, key, whole) }
        let type = key.expression.type
        guard type.isNumeric else {
            throw PlanError(
                "DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE",
                "a frame of RANGE with a number needs a number to sort by, and has \(type)", expression: whole.text)
        }
        if distance.type != type { distance = try cast(distance, to: type, isTry: false, whole) }
        let operation: ArithmeticOperator = isBefore == key.isAscending ? .subtract : .add
        let moved = try binary(.arithmetic(operation), key.expression, distance, whole)
        return PlacedBound(
            bound: .value(moved.type == type ? moved : try cast(moved, to: type, isTry: false, whole)),
            distance: try (isBefore ? sign(.minus, distance, whole) : distance).constantColumn)
    }

    private func withoutOneKey(_ order: [SortKey], _ whole: Expression) -> PlanError {
        PlanError(
            order.isEmpty ? "DATATYPE_MISMATCH.RANGE_FRAME_WITHOUT_ORDER" : "DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER",
            order.isEmpty
                ? "a frame of RANGE needs an ORDER BY in its window"
                : "a frame of RANGE with a distance needs one sort key, and has \(order.count)", expression: whole.text)
    }

    /// The same where the distance is an interval.
    private func placed(
        byInterval step: ResolvedExpression, isBefore: Bool, _ key: SortKey, _ whole: Expression
    ) throws(PlanError) -> PlacedBound {
        guard !key.expression.type.isTime else {
            throw PlanError(
                "DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE",
                "a frame by an interval needs a date or a timestamp to sort by, and has \(key.expression.type)",
                expression: whole.text)
        }
        let back = try sign(.minus, step, whole)
        let moved = try bind(
            IntervalFunctions.addition, [key.expression, isBefore == key.isAscending ? back : step], whole)
        guard moved.type == key.expression.type else {
            throw PlanError(
                "DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE",
                "a frame by hours, minutes or seconds needs a TIMESTAMP to sort by, and has \(key.expression.type)",
                expression: whole.text)
        }
        return PlacedBound(bound: .value(moved), distance: (isBefore ? back : step).constantColumn)
    }
}

extension ResolvedExpression {
    /// The value of a constant as a column of one row; `nil` where it takes a function, and where it raises.
    fileprivate var constantColumn: ColumnVector? { constantValue.map { ValueColumns.column(of: [$0], type: type) } }
}
