// `window(time, size [, slide [, start]])` and `session_window(time, gap)`.

import Columns
import Functions
import LogicalPlan

extension ExpressionResolver {
    /// The call of `window` or `session_window`, or the column that stands for it already; `nil` where this is another
    /// function.
    func timeWindow(
        _ name: String, _ arguments: [Expression], _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression? {
        guard TimeWindow.isCall(name) else { return nil }
        let call = name == "window" ? try window(name, arguments, whole) : try session(name, arguments, whole)
        if let known = knownWindow, known.window == call { return known.column.expression }
        return call.expression
    }

    private func window(
        _ name: String, _ arguments: [Expression], _ whole: Expression
    ) throws(PlanError) -> TimeWindow {
        guard (2...4).contains(arguments.count) else {
            throw PlanError(
                "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                "\(name) takes 2 to 4 arguments, found \(arguments.count)", expression: whole.text,
                hint: "window(time, size [, slide [, start]])")
        }
        let time = try windowedTime(try resolve(arguments[0]), whole)
        let size = try duration(arguments[1], whole)
        let slide = arguments.count > 2 ? try duration(arguments[2], whole) : size
        let start = arguments.count > 3 ? try duration(arguments[3], whole) : 0
        func refuse(_ code: String, _ message: String) -> PlanError {
            PlanError(code, message, expression: whole.text)
        }
        for (what, length) in [("window_duration", size), ("slide_duration", slide)] where length <= 0 {
            throw refuse(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "the \(what) must be more than 0, and is \(length) microseconds"
            )
        }
        guard slide <= size else {
            throw refuse(
                "DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION",
                "the slide_duration (\(slide) microseconds) must be <= the window_duration (\(size) microseconds)")
        }
        guard start.magnitude < slide.magnitude else {
            throw refuse(
                "DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION",
                "the abs(start_time) (\(start.magnitude) microseconds) must be < the slide_duration (\(slide) "
                    + "microseconds)")
        }
        let cut = WindowCut(size: size, slide: slide, start: start)
        guard cut.maximumWindows <= WindowCut.mostWindows else {
            throw refuse(
                "UNSUPPORTED_FEATURE",
                "each time would be in \(cut.maximumWindows) windows, and at most \(WindowCut.mostWindows) are "
                    + "supported")
        }
        return TimeWindow(time, .cut(cut))
    }

    /// A session: the gap is a constant, or a text of each row.
    private func session(
        _ name: String, _ arguments: [Expression], _ whole: Expression
    ) throws(PlanError) -> TimeWindow {
        guard arguments.count == 2 else {
            throw PlanError(
                "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "\(name) takes 2 arguments, found \(arguments.count)",
                expression: whole.text, hint: "session_window(time, gap)")
        }
        let time = try windowedTime(try resolve(arguments[0]), whole)
        let gap = try resolve(arguments[1])
        if gap.constantValue != nil {
            let end = call(EventTimeFunctions.SessionEnd.after(try duration(arguments[1], whole)), [time])
            return TimeWindow(time, .session(end: end))
        }
        guard gap.type == .string else {
            throw PlanError(
                "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                "the gap of \(name) must be a text such as '5 minutes', found \(gap.type)", expression: whole.text,
                hint: Self.lengthHint)
        }
        return TimeWindow(time, .session(end: call(EventTimeFunctions.SessionEnd.afterText, [time, gap])))
    }

    /// The time by which rows are put into windows: that of a window is its last one.
    private func windowedTime(
        _ value: ResolvedExpression, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        if value.type == .timestamp { return value }
        if TimeWindowKernel.isWindow(value.type), let definition = FunctionTable.definition("window_time") {
            return try bind(definition, [value], whole)
        }
        guard TypeCoercion.castsImplicitly(value.type, to: .timestamp) else {
            throw PlanError(
                "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                "the first argument of window must be TIMESTAMP, found \(value.type)", expression: whole.text,
                hint: "write a CAST")
        }
        return value.implicitlyCast(to: .timestamp)
    }

    private static let lengthHint = "write a text: '10 seconds' in place of INTERVAL 10 SECONDS"

    /// A length of time in microseconds: a constant text, or a constant number of microseconds.
    private func duration(_ written: Expression, _ whole: Expression) throws(PlanError) -> Int64 {
        switch try resolve(written).constantValue {
        case .integer(let number): return Int64(number)
        case .long(let number): return number
        case .string(let text):
            guard let interval = CalendarInterval(text) else { throw PlanError.interval(text).at(written) }
            guard interval.months == 0, let length = interval.longestMicroseconds else {
                throw PlanError(
                    "UNSUPPORTED_FEATURE", "Intervals greater than a month is not supported (\(text))",
                    expression: whole.text, hint: "months differ in length: count days, or group by date_trunc")
            }
            return length
        case .dayTimeInterval, .yearMonthInterval:
            throw PlanError(
                "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "the lengths of a window are texts, and this is an INTERVAL",
                expression: written.text, hint: Self.lengthHint)
        default:
            throw PlanError(
                "NON_FOLDABLE_ARGUMENT", "the lengths of a window must be constants such as '10 minutes'",
                expression: whole.text)
        }
    }
}
