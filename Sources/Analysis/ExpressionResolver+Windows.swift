// Functions over windows of rows: which there are, their arguments, and the rows that they see.

import Columns
import Functions
import LogicalPlan

extension ExpressionResolver {
    /// Whether a name is that of a function that only has meaning over a window.
    func isWindowFunction(_ name: String) -> Bool { WindowFunctionTable.definition(name) != nil }

    /// A call with OVER behind it.
    func over(
        _ call: Expression, _ specified: WindowSpecification, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let window = try specification(specified, [])
        var written = call.unlocated
        if case .withinGroup(let inner, _) = written {
            guard window.order.isEmpty, window.frame == nil else {
                throw PlanError(
                    "INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC",
                    "\(inner.text) with WITHIN GROUP takes a window without ORDER BY and frame", expression: whole.text)
            }
            written = inner.unlocated
        }
        guard case .function(let name, let arguments, let isDistinct, let filter, let ignoresNulls) = written
        else { throw unsupportedWindow(call, "only a function has a window") }
        var partition: [ResolvedExpression] = []
        for key in window.partition { partition.append(try resolve(key)) }
        for (key, written) in zip(partition, window.partition) { try requireOrdered(key.type, written) }
        var order: [SortKey] = []
        for key in window.order { order.append(try sortKey(key)) }
        try requireRows(partition + order.map(\.expression), of: "a window", whole)
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
                    "WINDOW_FUNCTION_FRAME_NOT_ORDERED",
                    "\(lower) needs an ORDER BY in its window", expression: whole.text,
                    hint: "\(lower)(...) OVER (ORDER BY ...)")
            }
            try requireFrame(of: lower, window.frame.map { _ in frame }, whole)
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

    /// Functions of ranks and of neighbours have frames of their own, and take no other.
    private func requireFrame(of name: String, _ written: WindowFrame?, _ whole: Expression) throws(PlanError) {
        guard let written, name != "nth_value" else { return }
        if name == "lag" || name == "lead" {
            throw PlanError(
                "WINDOW_FUNCTION_AND_FRAME_MISMATCH", "\(name) looks at one row and takes no frame",
                expression: whole.text, hint: "leave ROWS and RANGE out")
        }
        let isRange = name == "cume_dist"
        guard written != WindowFrame(isRange ? .range : .rows, from: .unboundedPreceding, to: .currentRow) else {
            return
        }
        let own = "\(isRange ? "RANGE" : "ROWS") BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
        throw PlanError(
            "WINDOW_FUNCTION_AND_FRAME_MISMATCH", "\(name) takes no frame but its own, \(own)",
            expression: whole.text, hint: "leave ROWS and RANGE out")
    }

    private func unsupportedWindow(_ call: Expression, _ message: String) -> PlanError {
        PlanError("UNSUPPORTED_EXPR_FOR_WINDOW", message, expression: call.text)
    }

    // MARK: Windows

    /// The window with what the one it is built on says.
    func specification(
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
        guard !SortKeyEncoder.canEncode(type) else { return }
        throw PlanError(
            "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "values of \(type) have no order", expression: written.text)
    }

    // MARK: Functions

    private func ranked(
        _ name: String, _ arguments: [Expression], _ ignoresNulls: Bool, _ whole: Expression,
        _ call: (WindowFunction, [ResolvedExpression]) -> WindowCall
    ) throws(PlanError) -> ResolvedExpression {
        var values: [ResolvedExpression] = []
        for argument in arguments { values.append(try resolve(argument)) }
        try requireRows(values, of: name, whole)
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
