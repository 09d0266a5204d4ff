// `sequence` of dates and timestamps, by steps that are intervals.

import Columns

enum TimeSequences {
    /// A call whose start and stop are times; `nil` for all others.
    static func shape(_ call: FunctionCall) throws(FunctionError) -> FunctionShape? {
        guard let type = TypeCoercion.commonType(call.type(0), call.type(1)), type.isDatetime else { return nil }
        var step: DataType?
        if call.arguments.count > 2 {
            guard call.type(2).isInterval || call.type(2) == .null else {
                throw FunctionError(
                    "DATATYPE_MISMATCH.SEQUENCE_WRONG_INPUT_TYPES",
                    "a sequence of times has steps that are intervals, found \(call.type(2))",
                    hint: "for example INTERVAL 1 DAY")
            }
            step = call.type(2).isInterval ? call.type(2) : .dayTimeInterval(.dayToSecond)
        }
        let zone = type == .timestamp ? call.zone : .utc
        let countsMonths = if case .yearMonthInterval? = step { true } else { false }
        return .kernel(
            [type, type] + (step.map { [$0] } ?? []), .array(type, containsNull: false), isNullable: nil, zone: zone,
            .variadic { (columns) throws(KernelError) in
                switch (type, countsMonths) {
                case (.date, true):
                    try sequences(columns, type, of: Int32.self, by: Int32.self) { days($0, months: $1, times: $2) }
                case (.date, false):
                    try sequences(columns, type, of: Int32.self, by: Int64.self) { days($0, micros: $1, times: $2) }
                case (_, true):
                    try sequences(columns, type, of: Int64.self, by: Int32.self) {
                        time($0, months: $1, times: $2, in: zone)
                    }
                case (_, false):
                    try sequences(columns, type, of: Int64.self, by: Int64.self) {
                        time($0, micros: $1, times: $2, in: zone)
                    }
                }
            })
    }

    /// The times of each row, a day apart without steps.
    @inline(__always)
    private static func sequences<Time, Step>(
        _ columns: [ColumnVector], _ type: DataType, of time: Time.Type, by step: Step.Type,
        _ later: (Int64, Int64, Int64) -> Int64?
    ) throws(KernelError) -> ColumnVector
    where Time: FixedWidthInteger & BitwiseCopyable, Step: FixedWidthInteger & BitwiseCopyable {
        let day = CalendarText.microsecondsPerDay
        let least: UInt64 = type != .date ? 0 : step == Int32.self ? 1 : day.magnitude
        return try SequenceKernels.lists(
            columns, of: type, time, by: step, usualStep: day,
            refusal: {
                guard SequenceKernels.leads($0, $1, by: $2) else {
                    return "a sequence with this step never comes from its start to its stop"
                }
                return $2.magnitude < least ? "the steps of a sequence of dates are of at least one day" : nil
            },
            later: later)
    }

    // MARK: One step, so many times; `nil` where no time is that far

    @inline(__always)
    private static func days(_ start: Int64, months step: Int64, times: Int64) -> Int64? {
        let (months, isBeyond) = step.multipliedReportingOverflow(by: times)
        return isBeyond ? nil : DateKernels.day(start, months: months)
    }

    @inline(__always)
    private static func days(_ start: Int64, micros step: Int64, times: Int64) -> Int64? {
        // The parts of days may together be longer than any `Int64`, the whole days that they make never are.
        let (whole, part) = CalendarText.floorDivide(step, CalendarText.microsecondsPerDay)
        let day = CalendarText.microsecondsPerDay.magnitude
        let more = day.dividingFullWidth(part.magnitude.multipliedFullWidth(by: times.magnitude)).quotient
        let (days, isBeyond) = whole.multipliedReportingOverflow(by: times)
        return isBeyond ? nil : start + days + Int64(more)
    }

    @inline(__always)
    private static func time(_ start: Int64, months step: Int64, times: Int64, in zone: TimeZone) -> Int64? {
        let (months, isBeyond) = step.multipliedReportingOverflow(by: times)
        return isBeyond ? nil : DateKernels.time(start, months: months, in: zone)
    }

    /// Whole days are those of clocks, and what is beyond them goes by.
    @inline(__always)
    private static func time(_ start: Int64, micros step: Int64, times: Int64, in zone: TimeZone) -> Int64? {
        let rest = step % CalendarText.microsecondsPerDay
        let (days, isBeyond) = (step - rest).multipliedReportingOverflow(by: times)
        let (more, isTooMuch) = rest.multipliedReportingOverflow(by: times)
        guard !isBeyond, !isTooMuch, let moved = DateKernels.time(start, micros: days, in: zone) else { return nil }
        let (sum, isTooLate) = moved.addingReportingOverflow(more)
        return isTooLate ? nil : sum
    }
}
