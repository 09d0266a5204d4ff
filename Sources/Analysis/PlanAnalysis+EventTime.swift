// Watermarks, and windows of event time: both become steps below those that use them.

import Columns
import Functions
import LogicalPlan

extension PlanAnalysis {
    // MARK: Watermarks

    func watermark(
        _ input: UnresolvedPlan, _ column: Expression, delay: Expression, _ place: WatermarkPlace
    ) throws(PlanError) -> Analyzed {
        do throws(PlanError) {
            // A time that is computed becomes a column first.
            if case .alias(_, let name) = column.unlocated {
                return try watermarked(try withColumns(try analyze(input), [column]), .column([name]), delay, place)
            }
            return try watermarked(try analyze(input), column, delay, place)
        } catch {
            throw error.within(step: "withWatermark").at(column)
        }
    }

    private func watermarked(
        _ input: Analyzed, _ written: Expression, _ delay: Expression, _ place: WatermarkPlace
    ) throws(PlanError) -> Analyzed {
        let time = try resolver(input.scope).resolve(written)
        guard case .column(let id, _) = time.kind else {
            throw PlanError(
                "UNSUPPORTED_EXPR_FOR_OPERATOR", "a watermark needs a column, and `\(written.text)` is none",
                expression: written.text, hint: "give it a name first: WATERMARK ... AS t, or withColumn")
        }
        guard time.type == .timestamp else {
            throw PlanError(
                "EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE",
                "the event time `\(written.text)` has the invalid type \(time.type), but expected TIMESTAMP",
                expression: written.text,
                hint: TimeWindowKernel.isWindow(time.type)
                    ? "select the window's time before, and name that: window_time(\(written.text)) AS t"
                    : "write a CAST before")
        }
        let microseconds = try delayMicroseconds(delay)
        // On tables there is nothing to be late for.
        guard input.plan.isStreaming else { return input }
        return Analyzed(plan: .watermark(input.plan, id, delayMicroseconds: microseconds, place), scope: input.scope)
    }

    private func delayMicroseconds(_ written: Expression) throws(PlanError) -> Int64 {
        guard case .literal(.string(let text), _) = written.unlocated else {
            preconditionFailure("the delay of a watermark is a text")
        }
        guard let delay = CalendarInterval(text)?.longestMicroseconds else {
            throw PlanError.interval(text).at(written)
        }
        guard delay >= 0 else {
            throw PlanError(
                "INVALID_INTERVAL_FORMAT", "delay threshold (\(text)) should not be negative", expression: text)
        }
        // Watermarks are whole milliseconds.
        return delay / 1000 * 1000
    }

    // MARK: Windows of time

    /// The rows in windows of time, where an expression asks for such, and what stands for the call: the column of the
    /// window.
    func inWindows(
        _ input: ResolvedPlan, _ expressions: [ResolvedExpression]
    ) throws(PlanError) -> (plan: ResolvedPlan, window: TimeWindowColumn)? {
        var found: [TimeWindow] = []
        for expression in expressions { expression.collectTimeWindows(&found) }
        guard let first = found.first else { return nil }
        guard found.count == 1 else { throw PlanError.severalTimeWindows }
        let column = PlanColumn(
            ids.fresh(), Field(first.columnName, first.expression.type, isNullable: false))
        return (.timeWindow(input, first, column), TimeWindowColumn(window: first, column: column))
    }
}

/// A window of time with the column that has it.
struct TimeWindowColumn {
    let window: TimeWindow
    let column: PlanColumn

    /// The expression with the column in place of the call.
    func replacing(_ expression: ResolvedExpression) throws(PlanError) -> ResolvedExpression {
        try expression.replacing { (part) throws(PlanError) in
            guard case .timeWindow(let found) = part.kind else { return nil }
            guard found == window else { throw PlanError.severalTimeWindows }
            return column.expression
        }
    }
}

extension ResolvedExpression {
    fileprivate func collectTimeWindows(_ found: inout [TimeWindow]) {
        if case .timeWindow(let window) = kind {
            if !found.contains(window) { found.append(window) }
        } else {
            for child in children { child.collectTimeWindows(&found) }
        }
    }

    /// Whether this is a call of `window` or `session_window`.
    var isTimeWindow: Bool {
        if case .timeWindow = kind { return true }
        return false
    }
}

extension PlanError {
    static func interval(_ text: String) -> PlanError {
        PlanError(
            "CANNOT_PARSE_INTERVAL", "unable to parse '\(text)' as an interval", expression: text,
            hint: "for example: 10 minutes, 1 hour 30 minutes")
    }

    fileprivate static var severalTimeWindows: PlanError {
        PlanError(
            "UNSUPPORTED_FEATURE",
            "Multiple time/session window expressions would result in a cartesian product of rows, therefore they are "
                + "currently not supported", hint: "window in a query inside FROM, and go on from there")
    }
}
