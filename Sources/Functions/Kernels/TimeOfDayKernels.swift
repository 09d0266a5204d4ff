// Times of the day: their parts, made of numbers, and the steps between them.

import Columns
import Formats

enum TimeOfDayKernels {
    // MARK: Parts

    /// A part of what a clock shows at each time.
    static func field(_ field: TimeKernels.Field) -> ScalarKernel {
        let (unit, count): (Int64, Int64) =
            switch field {
            case .hour: (3_600_000_000_000, 24)
            case .minute: (60_000_000_000, 60)
            case .second: (1_000_000_000, 60)
            }
        return .unary { column in
            let times = column.slots(as: Int64.self)
            return Loops.slots(.integer, [column], as: Int32.self) { row in
                Int32(truncatingIfNeeded: times[row] / unit % count)
            }
        }
    }

    /// The type of the seconds of the minute with the digits behind them.
    static func secondsType(_ precision: Int) -> DataType {
        .decimal(precision: 2 + precision, scale: precision)
    }

    /// Seconds of the minute with their fraction.
    static func seconds(_ column: ColumnVector, _ type: DataType) -> ColumnVector {
        guard case .decimal(_, let scale) = type else { preconditionFailure("seconds are decimals, not \(type)") }
        let times = column.slots(as: Int64.self)
        let unit = TimeOfDay.unit(precision: scale)
        return Loops.slots(type, [column], as: Int128.self) { Int128(times[$0] % 60_000_000_000 / unit) }
    }

    /// How many whole units of so many nanoseconds have passed since midnight.
    static func units(_ nanoseconds: Int64) -> ScalarKernel {
        .unary { column in
            let times = column.slots(as: Int64.self)
            return Loops.slots(.long, [column], as: Int64.self) { times[$0] / nanoseconds }
        }
    }

    /// Seconds since midnight as DECIMAL(14,6).
    static let seconds = ScalarKernel.unary { column in
        let times = column.slots(as: Int64.self)
        return Loops.slots(.decimal(precision: 14, scale: 6), [column], as: Int128.self) {
            Int128((times[$0] + 500) / 1000)
        }
    }

    // MARK: Made

    /// Times of hours, minutes, and seconds as DECIMAL(16,6).
    ///
    /// - Throws: DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION.
    static func make(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        let (hours, minutes) = (columns[0].slots(as: Int32.self), columns[1].slots(as: Int32.self))
        let seconds = columns[2].slots(as: Int128.self)
        return try Loops.checkedSlots(usual, columns, as: Int64.self) { row in
            guard (0...23).contains(hours[row]), (0...59).contains(minutes[row]),
                (0..<60_000_000).contains(seconds[row])
            else { return nil }
            let whole = (Int64(hours[row]) * 60 + Int64(minutes[row])) * 60
            return whole * 1_000_000_000 + Int64(seconds[row]) * 1000
        } _: { row in
            let second = Value.decimal(unscaled: seconds[row], scale: 6).description
            return outOfBounds("there is no time \(hours[row]):\(minutes[row]):\(second)", row)
        }
    }

    /// Times of whole numbers of units of so many nanoseconds since midnight.
    ///
    /// - Throws: DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION.
    static func times(_ column: ColumnVector, _ nanoseconds: Int64) throws(KernelError) -> ColumnVector {
        let counts = column.slots(as: Int64.self)
        return try Loops.checkedSlots(usual, [column], as: Int64.self) { row in
            let (product, overflow) = counts[row].multipliedReportingOverflow(by: nanoseconds)
            return !overflow && TimeOfDay.isOne(product) ? product : nil
        } _: {
            outOfBounds("\(counts[$0]) is no time of a day", $0)
        }
    }

    /// Times of seconds since midnight, DOUBLE or a decimal.
    ///
    /// - Throws: DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION.
    static func times(seconds column: ColumnVector) throws(KernelError) -> ColumnVector {
        func error(_ row: Int) -> KernelError { outOfBounds("\(column.value(at: row)) is no time of a day", row) }
        guard case .decimal(_, let scale) = column.type else {
            let seconds = column.slots(as: Double.self)
            return try Loops.checkedSlots(usual, [column], as: Int64.self) { row in
                Int64(exactly: (seconds[row] * 1e9).rounded(.towardZero)).flatMap { TimeOfDay.isOne($0) ? $0 : nil }
            } _: {
                error($0)
            }
        }
        let seconds = column.slots(as: Int128.self)
        return try Loops.checkedSlots(usual, [column], as: Int64.self) { row in
            nanoseconds(seconds[row], scale: scale).flatMap { TimeOfDay.isOne($0) ? $0 : nil }
        } _: {
            error($0)
        }
    }

    /// Seconds as nanoseconds; `nil` where there are more digits than that, or too many of them.
    private static func nanoseconds(_ seconds: Int128, scale: Int) -> Int64? {
        guard var value = DecimalMath.rescaled(seconds, from: scale, to: max(scale, 9)) else { return nil }
        for _ in 0..<max(scale - 9, 0) {
            guard value % 10 == 0 else { return nil }
            value /= 10
        }
        return Int64(exactly: value)
    }

    private static let usual = DataType.time(precision: TimeOfDay.usualPrecision)

    private static func outOfBounds(_ message: String, _ row: Int) -> KernelError {
        KernelError(
            code: "DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION", message: message, row: row,
            hint: "a day has the times from 00:00:00 to 23:59:59.999999999")
    }

    // MARK: Text

    /// Texts as times, by what CAST reads.
    ///
    /// - Throws: CANNOT_PARSE_TIME, unless `isTry`.
    static func read(_ column: ColumnVector, isTry: Bool) throws(KernelError) -> ColumnVector {
        let texts = Runs(column)
        // As in Spark with all digits that there are.
        if isTry { return Loops.optionalSlots(usual, [column], as: Int64.self) { TimeOfDay.parse(texts[$0]) } }
        return try Loops.checkedSlots(usual, [column], as: Int64.self) {
            TimeOfDay.parse(texts[$0])
        } _: {
            unreadable(texts[$0], "HH:mm:ss.SSSSSS", $0)
        }
    }

    /// Texts as times, by patterns.
    ///
    /// - Throws: CANNOT_PARSE_TIME, unless `isTry`; what is wrong with a pattern.
    static func read(
        _ column: ColumnVector, _ patterns: ColumnVector, _ source: PatternSource, isTry: Bool
    ) throws(KernelError) -> ColumnVector {
        let (texts, written) = (Runs(column), Runs(patterns))
        var source = source
        var zones = TimeZoneLookup()
        var builder = FixedBuilder<Int64>(type: usual, capacity: column.count)
        for row in 0..<column.count {
            guard !column.isNull(row), !patterns.isNull(row) else {
                builder.appendNull()
                continue
            }
            let pattern = try source.pattern(written[row])
            if let local = pattern.localMicroseconds(texts[row], &zones) {
                builder.append(CalendarText.floorDivide(local, CalendarText.microsecondsPerDay).remainder * 1000)
            } else if isTry {
                builder.appendNull()
            } else {
                throw unreadable(texts[row], pattern.text, row)
            }
        }
        return builder.finish()
    }

    private static func unreadable(_ text: UnsafeBufferPointer<UInt8>, _ pattern: String, _ row: Int) -> KernelError {
        KernelError(
            code: "CANNOT_PARSE_TIME",
            message: "'\(String(decoding: text.prefix(100), as: UTF8.self))' is no time by the pattern '\(pattern)'",
            row: row, hint: "use try_to_time to get NULL instead")
    }

    /// Times as texts by patterns.
    ///
    /// - Throws: what is wrong with a pattern, or that it asks for a date or a zone.
    static func write(
        _ column: ColumnVector, _ patterns: ColumnVector, _ source: PatternSource
    ) throws(KernelError) -> ColumnVector {
        let (times, written) = (column.slots(as: Int64.self), Runs(patterns))
        var source = source
        return try Loops.runs(.string, count: column.count, strict: [column, patterns]) {
            (row, out) throws(KernelError) in
            let pattern = try source.pattern(written[row])
            guard pattern.isOfTime else {
                throw KernelError(
                    code: "INVALID_PARAMETER_VALUE.PATTERN",
                    message: "the pattern '\(pattern.text)' asks a time of the day for a date or a zone", row: row,
                    hint: "letters: a H h K k m s S")
            }
            pattern.write(nanosecondsOfDay: times[row], into: &out)
        }
    }

    // MARK: Steps

    /// Each time cut down to the start of its unit.
    ///
    /// - Throws: INVALID_PARAMETER_VALUE.TIME_UNIT.
    static func truncated(_ column: ColumnVector, _ units: ColumnVector) throws(KernelError) -> ColumnVector {
        let (times, names) = (column.slots(as: Int64.self), Runs(units))
        return try Loops.checkedSlots(column.type, [units, column], as: Int64.self) { row in
            nanoseconds(of: names[row]).map { times[row] - times[row] % $0 }
        } _: {
            unknownUnit(names[$0], "time_trunc", $0)
        }
    }

    /// Whole units from one time to another.
    ///
    /// - Throws: INVALID_PARAMETER_VALUE.TIME_UNIT.
    static func count(
        of units: ColumnVector, from start: ColumnVector, to end: ColumnVector
    ) throws(KernelError) -> ColumnVector {
        let (starts, ends, names) = (start.slots(as: Int64.self), end.slots(as: Int64.self), Runs(units))
        return try Loops.checkedSlots(.long, [units, start, end], as: Int64.self) { row in
            nanoseconds(of: names[row]).map { (ends[row] - starts[row]) / $0 }
        } _: {
            unknownUnit(names[$0], "time_diff", $0)
        }
    }

    /// Nanoseconds of a unit, in letters of any case.
    private static func nanoseconds(of unit: UnsafeBufferPointer<UInt8>) -> Int64? {
        switch DateUnit(unit) {
        case .hour: 3_600_000_000_000
        case .minute: 60_000_000_000
        case .second: 1_000_000_000
        case .millisecond: 1_000_000
        case .microsecond: 1_000
        default: nil
        }
    }

    private static func unknownUnit(_ name: UnsafeBufferPointer<UInt8>, _ function: String, _ row: Int) -> KernelError {
        KernelError(
            code: "INVALID_PARAMETER_VALUE.TIME_UNIT",
            message: "'\(String(decoding: name.prefix(100), as: UTF8.self))' is no unit of times for \(function)",
            row: row, hint: "HOUR, MINUTE, SECOND, MILLISECOND or MICROSECOND")
    }

    /// So much later, on the same day.
    ///
    /// - Throws: DATETIME_OVERFLOW.
    static func add(
        _ steps: ColumnVector, to times: ColumnVector, _ type: DataType
    ) throws(KernelError) -> ColumnVector {
        guard case .time(let precision) = type else { preconditionFailure("a time moves to a time, not \(type)") }
        let (from, by) = (times.slots(as: Int64.self), steps.slots(as: Int64.self))
        let unit = TimeOfDay.unit(precision: precision)
        return try Loops.checkedSlots(type, [times, steps], as: Int64.self) { row in
            let (nanoseconds, overflow) = by[row].multipliedReportingOverflow(by: 1000)
            let (sum, carry) = nanoseconds.addingReportingOverflow(from[row])
            return !overflow && !carry && TimeOfDay.isOne(sum) ? sum - sum % unit : nil
        } _: {
            .datetimeOverflow("\(TimeOfDay.text(from[$0])) and an interval", row: $0)
        }
    }

    /// Microseconds from one time to another.
    static func interval(from start: ColumnVector, to end: ColumnVector) -> ColumnVector {
        let (starts, ends) = (start.slots(as: Int64.self), end.slots(as: Int64.self))
        return Loops.slots(.dayTimeInterval(.hourToSecond), [start, end], as: Int64.self) {
            (ends[$0] - starts[$0]) / 1000
        }
    }

    /// The times of some days, as TIMESTAMP_NTZ.
    ///
    /// - Throws: DATETIME_OVERFLOW.
    static func timestamps(_ days: ColumnVector, _ times: ColumnVector) throws(KernelError) -> ColumnVector {
        let (day, time) = (days.slots(as: Int32.self), times.slots(as: Int64.self))
        return try Loops.checkedSlots(.timestampNTZ, [days, times], as: Int64.self) { row in
            let (start, overflow) = Int64(day[row]).multipliedReportingOverflow(by: CalendarText.microsecondsPerDay)
            let (sum, carry) = start.addingReportingOverflow(time[row] / 1000)
            return overflow || carry ? nil : sum
        } _: {
            .datetimeOverflow("the time \(TimeOfDay.text(time[$0])) of a day", row: $0)
        }
    }
}
