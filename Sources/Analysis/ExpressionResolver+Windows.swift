// Functions over windows of rows: which there are, their arguments, and the rows that they see.

import Columns
import Functions
import LogicalPlan

extension ExpressionResolver {
    private static let windowFunctions: Set<String> = [
        "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead", "nth_value",
    ]

    /// Whether a name is that of a function that only has meaning over a window.
    func isWindowFunction(_ name: String) -> Bool { Self.windowFunctions.contains(name) }

    /// A call with OVER behind it.
    func over(
        _ call: Expression, _ written: WindowSpecification, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let window = try specification(written, [])
        guard case .function(let name, let arguments, let isDistinct, let filter, let ignoresNulls) = call.unlocated
        else { throw unsupportedWindow(call, "only a function has a window") }
        var partition: [ResolvedExpression] = []
        for key in window.partition { partition.append(try resolve(key)) }
        for (key, written) in zip(partition, window.partition) { try requireOrdered(key.type, written) }
        var order: [SortKey] = []
        for key in window.order { order.append(try sortKey(key)) }
        let frame = try self.frame(window, order, whole)
        let lower = name.lowercased()
        if isWindowFunction(lower) {
            guard !isDistinct, filter == nil else {
                throw PlanError(
                    "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
                    "\(lower) takes no \(isDistinct ? "DISTINCT" : "FILTER")", expression: whole.text)
            }
            guard !order.isEmpty || lower == "nth_value" else {
                throw PlanError(
                    "WINDOW_FUNCTION_AND_FRAME_MISMATCH",
                    "\(lower) needs an ORDER BY in its window", expression: whole.text,
                    hint: "\(lower)(...) OVER (ORDER BY ...)")
            }
            return try ranked(lower, arguments, ignoresNulls ?? false, whole) { function, values in
                WindowCall(
                    function, arguments: values, ignoreNulls: ignoresNulls ?? false, frame: frame,
                    partition: partition, order: order)
            }
        }
        if isDistinct {
            throw PlanError(
                "DISTINCT_WINDOW_FUNCTION_UNSUPPORTED", "an aggregate over a window takes no DISTINCT",
                expression: whole.text)
        }
        var inner = self
        inner.isWindowCall = true
        let resolved = try inner.resolve(call)
        guard AggregateTable.definition(lower) != nil else {
            throw unsupportedWindow(call, "\(lower) is neither an aggregate nor a window function")
        }
        return resolved.replacing { part -> ResolvedExpression? in
            guard case .aggregate(let aggregate) = part.kind else { return nil }
            return WindowCall(.aggregate(aggregate), frame: frame, partition: partition, order: order).expression
        }
    }

    private func unsupportedWindow(_ call: Expression, _ message: String) -> PlanError {
        PlanError("UNSUPPORTED_EXPR_FOR_WINDOW", message, expression: call.text)
    }

    // MARK: Windows

    /// The window with what the one it is built on says.
    private func specification(
        _ written: WindowSpecification, _ seen: [String]
    ) throws(PlanError) -> WindowSpecification {
        guard let name = written.base else { return written }
        let key = name.lowercased()
        guard let found = windows.first(where: { $0.key.lowercased() == key })?.value, !seen.contains(key) else {
            throw PlanError(
                "MISSING_WINDOW_SPECIFICATION", "window specification \(name) is not defined in the WINDOW clause",
                hint: Self.didYouMean(name, among: windows.keys.sorted()))
        }
        var whole = try specification(found, seen + [key])
        if !written.partition.isEmpty { whole.partition = written.partition }
        if !written.order.isEmpty { whole.order = written.order }
        whole.frame = written.frame ?? whole.frame
        return whole
    }

    /// What rows are sorted by, with its direction.
    func sortKey(_ written: Expression) throws(PlanError) -> SortKey {
        guard case .ordered(let expression, let isAscending, let nullsFirst) = written.asOrdered else {
            preconditionFailure("an order has a direction")
        }
        let resolved = try resolve(expression)
        try requireSortable(resolved.type, expression)
        return SortKey(resolved, isAscending: isAscending, nullsFirst: nullsFirst)
    }

    /// Refuses types that have no order.
    func requireSortable(_ type: DataType, _ written: Expression) throws(PlanError) {
        guard case .map = type else { return }
        throw PlanError(
            "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "a MAP has no order", expression: written.text)
    }

    private func frame(
        _ window: WindowSpecification, _ order: [SortKey], _ whole: Expression
    ) throws(PlanError) -> WindowFrame {
        guard let frame = window.frame else { return order.isEmpty ? .partition : .toPeers }
        if frame.isRows {
            let (start, end) = (try rows(frame.start, whole), try rows(frame.end, whole))
            try requireOrder(start, end, whole)
            return WindowFrame(.rows, from: start, to: end)
        }
        return WindowFrame(
            .range, from: try values(frame.start, order, whole), to: try values(frame.end, order, whole))
    }

    private func rows(
        _ bound: WindowSpecification.Bound, _ whole: Expression
    ) throws(PlanError) -> WindowFrame.Bound {
        switch bound {
        case .unboundedPreceding: return .unboundedPreceding
        case .unboundedFollowing: return .unboundedFollowing
        case .currentRow: return .currentRow
        case .preceding(let amount): return .rows(-(try count(of: amount, whole)))
        case .following(let amount): return .rows(try count(of: amount, whole))
        }
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

    private func requireOrder(
        _ start: WindowFrame.Bound, _ end: WindowFrame.Bound, _ whole: Expression
    ) throws(PlanError) {
        func place(_ bound: WindowFrame.Bound) -> Int64 {
            switch bound {
            case .unboundedPreceding: .min
            case .unboundedFollowing: .max
            case .currentRow, .value: 0
            case .rows(let offset): offset
            }
        }
        guard place(start) > place(end) || start == .unboundedFollowing || end == .unboundedPreceding else { return }
        throw PlanError(
            "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON",
            "the frame ends before it begins", expression: whole.text)
    }

    /// A bound of RANGE: the key of the current row, moved against or along the order.
    private func values(
        _ bound: WindowSpecification.Bound, _ order: [SortKey], _ whole: Expression
    ) throws(PlanError) -> WindowFrame.Bound {
        let (amount, isBefore): (Expression, Bool)
        switch bound {
        case .unboundedPreceding: return .unboundedPreceding
        case .unboundedFollowing: return .unboundedFollowing
        case .currentRow: return .currentRow
        case .preceding(let expression): (amount, isBefore) = (expression, true)
        case .following(let expression): (amount, isBefore) = (expression, false)
        }
        guard let key = order.first, order.count == 1 else {
            throw PlanError(
                order.isEmpty
                    ? "DATATYPE_MISMATCH.RANGE_FRAME_WITHOUT_ORDER" : "DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER",
                "a frame of RANGE with a distance needs one sort key, and has \(order.count)", expression: whole.text)
        }
        if let moved = try moved(key, by: amount, isBefore: isBefore, whole) { return .value(moved) }
        let distance = try resolve(amount)
        guard distance.isConstant else {
            throw PlanError(
                "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE",
                "the bound of a frame must be a constant", expression: whole.text)
        }
        let operation: ArithmeticOperator = isBefore == key.isAscending ? .subtract : .add
        let moved = try binary(.arithmetic(operation), key.expression, distance, whole)
        return .value(
            moved.type == key.expression.type ? moved : try cast(moved, to: key.expression.type, isTry: false, whole))
    }

    /// The sort key moved by an interval, or `nil` where the amount is none.
    private func moved(
        _ key: SortKey, by amount: Expression, isBefore: Bool, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression? {
        let step = try resolve(amount)
        guard step.type.isInterval else { return nil }
        let distance = isBefore == key.isAscending ? try sign(.minus, step, whole) : step
        let moved = try bind(IntervalFunctions.addition, [key.expression, distance], whole)
        guard moved.type == key.expression.type else {
            throw PlanError(
                "DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE",
                "a frame by hours, minutes or seconds needs a TIMESTAMP to sort by, and has \(key.expression.type)",
                expression: whole.text)
        }
        return moved
    }

    // MARK: Functions

    private func ranked(
        _ name: String, _ arguments: [Expression], _ ignoresNulls: Bool, _ whole: Expression,
        _ call: (WindowFunction, [ResolvedExpression]) -> WindowCall
    ) throws(PlanError) -> ResolvedExpression {
        var values: [ResolvedExpression] = []
        for argument in arguments { values.append(try resolve(argument)) }
        func constant(_ place: Int, default missing: Int) throws(PlanError) -> Int {
            guard place < values.count else { return missing }
            switch values[place].constantValue {
            case .byte(let value)?: return Int(value)
            case .short(let value)?: return Int(value)
            case .integer(let value)?: return Int(value)
            default:
                throw PlanError(
                    "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                    "argument \(place + 1) of \(name) must be a constant INT", expression: whole.text)
            }
        }
        func positive(_ value: Int) throws(PlanError) -> Int {
            guard value > 0 else {
                throw PlanError(
                    "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "\(name) needs a number above 0, and has \(value)",
                    expression: whole.text)
            }
            return value
        }
        switch name {
        case "lag", "lead":
            try count(values, 1...3, name, whole)
            let offset = try constant(1, default: 1)
            var kept = [values[0]]
            if values.count > 2, values[2].literalValue != .null {
                kept = try coerceTogether([values[0], values[2]], whole)
            }
            let function: WindowFunction =
                (name == "lag") == (offset >= 0) ? .lag(abs(offset)) : .lead(abs(offset))
            return call(function, kept).expression
        case "nth_value":
            try count(values, 2...2, name, whole)
            return call(.nthValue(try positive(try constant(1, default: 1))), [values[0]]).expression
        case "ntile":
            try count(values, 0...1, name, whole)
            return call(.ntile(try positive(try constant(0, default: 1))), []).expression
        default:
            try count(values, 0...0, name, whole)
            let function: WindowFunction =
                switch name {
                case "row_number": .rowNumber
                case "rank": .rank
                case "dense_rank": .denseRank
                case "percent_rank": .percentRank
                default: .cumeDist
                }
            return call(function, []).expression
        }
    }
}
