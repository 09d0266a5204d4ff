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
            [type, type] + (step.map { [$0] } ?? []), .array(type, containsNull: false), isNullable: nil,
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

    /// The times of each row: the start, and what `later` gives for it, a step and how often that is taken, as long as
    /// it doesn't lie behind the stop. Without steps they are a day apart.
    @inline(__always)
    private static func sequences<Time, Step>(
        _ columns: [ColumnVector], _ type: DataType, of _: Time.Type, by _: Step.Type,
        _ later: (Int64, Int64, Int64) -> Int64?
    ) throws(KernelError) -> ColumnVector
    where Time: FixedWidthInteger & BitwiseCopyable, Step: FixedWidthInteger & BitwiseCopyable {
        let count = columns[0].count
        let validity = ValidityKernel.all(columns, count: count)
        let (starts, stops) = (columns[0].slots(as: Time.self), columns[1].slots(as: Time.self))
        let steps = columns.count > 2 ? columns[2].slots(as: Step.self) : nil
        let offsets = Buffer(capacity: (count + 1) * 4)
        let ends = offsets.pointer(as: UInt32.self)
        ends[0] = 0
        var times = FixedBuilder<Time>(type: type)
        for row in 0..<count {
            if Loops.isValid(validity.pointer, row) {
                let (start, stop) = (Int64(starts[row]), Int64(stops[row]))
                let day = start <= stop ? CalendarText.microsecondsPerDay : -CalendarText.microsecondsPerDay
                let step = steps.map { Int64($0[row]) } ?? day
                guard step > 0 ? start <= stop : step < 0 ? start >= stop : start == stop else {
                    throw endless("a sequence with this step never comes from its start to its stop", row)
                }
                guard type != .date || step.magnitude >= (Step.self == Int32.self ? 1 : day.magnitude) else {
                    throw endless("the steps of a sequence of dates are of at least one day", row)
                }
                var taken: Int64 = 0
                while let time = later(start, step, taken), step < 0 ? time >= stop : time <= stop {
                    guard times.count < Int(Int32.max) else { throw .tooLarge("the elements of sequence") }
                    times.append(Time(truncatingIfNeeded: time))
                    if step == 0 { break }
                    taken &+= 1
                }
            }
            ends[row + 1] = UInt32(truncatingIfNeeded: times.count)
        }
        return ColumnVector(
            type: .array(type, containsNull: false), count: count, validity: validity.bits,
            nullCount: validity.nullCount, starts: offsets, children: [times.finish()])
    }

    private static func endless(_ message: String, _ row: Int) -> KernelError {
        KernelError(code: "INVALID_PARAMETER_VALUE.SEQUENCE", message: message, row: row)
    }

    // MARK: One step, so many times; `nil` where no time is that far

    @inline(__always)
    private static func days(_ start: Int64, months step: Int64, times: Int64) -> Int64? {
        let (months, isBeyond) = step.multipliedReportingOverflow(by: times)
        return isBeyond ? nil : DateKernels.day(start, months: months)
    }

    @inline(__always)
    private static func days(_ start: Int64, micros step: Int64, times: Int64) -> Int64? {
        let (micros, isBeyond) = step.multipliedReportingOverflow(by: times)
        return isBeyond ? nil : start + CalendarText.floorDivide(micros, CalendarText.microsecondsPerDay).quotient
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
