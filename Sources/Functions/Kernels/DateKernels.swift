// The parts of dates and timestamps, and the steps between them.

import Columns

enum DateKernels {
    /// A part of a date that is a number.
    enum Field: Sendable {
        case year, quarter, month, day, dayOfYear, dayOfWeek, weekday, week, yearOfWeek
    }

    /// A part of each day's date: a loop for each of them.
    static func numbers(_ field: Field, _ column: ColumnVector) -> ColumnVector {
        let days = column.slots(as: Int32.self)
        @inline(__always)
        func each(_ body: (Int64) -> Int64) -> ColumnVector {
            Loops.everySlot(.integer, column, as: Int32.self) { Int32(truncatingIfNeeded: body(Int64(days[$0]))) }
        }
        switch field {
        case .year: return each { CalendarText.civil(days: $0).year }
        case .quarter: return each { Int64((CalendarText.civil(days: $0).month + 2) / 3) }
        case .month: return each { Int64(CalendarText.civil(days: $0).month) }
        case .day: return each { Int64(CalendarText.civil(days: $0).day) }
        case .dayOfYear: return each { dayOfYear(CalendarText.civil(days: $0).year, $0) }
        case .dayOfWeek: return each { (weekday($0) + 1) % 7 + 1 }
        case .weekday: return each { weekday($0) }
        case .week: return each { week($0) }
        case .yearOfWeek: return each { CalendarText.civil(days: $0 - weekday($0) + 3).year }
        }
    }

    /// The weekday, Monday as 0.
    static func weekday(_ days: Int64) -> Int64 { CalendarText.floorDivide(days + 3, 7).remainder }

    /// The day of the year, from 1.
    static func dayOfYear(_ year: Int64, _ days: Int64) -> Int64 { days - firstDay(year) + 1 }

    private static func firstDay(_ year: Int64) -> Int64 { CalendarText.days(year: year, month: 1, day: 1) ?? 0 }

    /// The week by ISO 8601: week 1 has the year's first Thursday.
    static func week(_ days: Int64) -> Int64 {
        let thursday = days - weekday(days) + 3
        let (year, _, _) = CalendarText.civil(days: thursday)
        return (thursday - firstDay(year)) / 7 + 1
    }

    /// How many days a month has.
    static func length(year: Int64, month: Int) -> Int {
        CalendarText.days(year: year, month: month, day: 31) != nil
            ? 31
            : CalendarText.days(year: year, month: month, day: 30) != nil
                ? 30 : CalendarText.days(year: year, month: month, day: 29) != nil ? 29 : 28
    }

    /// A text for each day.
    static func name(_ names: [StaticString], _ index: @escaping @Sendable (Int64) -> Int) -> ScalarKernel {
        .unary { (column) throws(KernelError) in
            let days = column.slots(as: Int32.self)
            return try Loops.runs(.string, count: column.count, strict: [column]) {
                (row, writer) throws(KernelError) in
                let name = names[index(Int64(days[row]))]
                writer.put(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
            }
        }
    }

    // MARK: Steps

    /// A day so many days later, or earlier where `sign` is -1.
    static func addDays(sign: Int32) -> ScalarKernel {
        .binary { (column, step) throws(KernelError) in
            let (days, steps) = (column.slots(as: Int32.self), step.slots(as: Int32.self))
            return try Loops.checkedSlots(.date, [column, step], as: Int32.self) { row in
                Int32(exactly: Int64(days[row]) + Int64(steps[row]) * Int64(sign))
            } _: {
                .arithmeticOverflow("\(steps[$0]) days from \(CalendarText.date(days: days[$0]))", row: $0)
            }
        }
    }

    /// Days from the second date to the first.
    static func difference(_ end: ColumnVector, _ start: ColumnVector) -> ColumnVector {
        let (ends, starts) = (end.slots(as: Int32.self), start.slots(as: Int32.self))
        return Loops.slots(.integer, [end, start], as: Int32.self) { ends[$0] &- starts[$0] }
    }

    /// The same day so many months later, or the month's last where it is shorter.
    static func addMonths(_ column: ColumnVector, _ step: ColumnVector) throws(KernelError) -> ColumnVector {
        let (days, steps) = (column.slots(as: Int32.self), step.slots(as: Int32.self))
        return try Loops.checkedSlots(.date, [column, step], as: Int32.self) { row in
            day(Int64(days[row]), months: Int64(steps[row])).flatMap { Int32(exactly: $0) }
        } _: {
            .arithmeticOverflow("\(steps[$0]) months from \(CalendarText.date(days: days[$0]))", row: $0)
        }
    }

    /// The day so many months later in days since 1970, or the month's last where it is shorter; `nil` where no
    /// calendar has it.
    static func day(_ days: Int64, months steps: Int64) -> Int64? {
        let (year, month, day) = CalendarText.civil(days: days)
        let (sum, isBeyond) = steps.addingReportingOverflow(year * 12 + Int64(month - 1))
        if isBeyond { return nil }
        let months = CalendarText.floorDivide(sum, 12)
        let newMonth = Int(months.remainder) + 1
        let last = length(year: months.quotient, month: newMonth)
        return CalendarText.days(year: months.quotient, month: newMonth, day: min(day, last))
    }

    /// Dates later by microseconds that are whole days.
    static func add(_ step: ColumnVector, toDays column: ColumnVector) throws(KernelError) -> ColumnVector {
        let (days, steps) = (column.slots(as: Int32.self), step.slots(as: Int64.self))
        return try Loops.checkedSlots(.date, [column, step], as: Int32.self) { row in
            Int32(exactly: Int64(days[row]) + steps[row] / CalendarText.microsecondsPerDay)
        } _: {
            .datetimeOverflow("\(steps[$0] / CalendarText.microsecondsPerDay) days from a date", row: $0)
        }
    }

    /// The last day of each day's month.
    static func lastDay(_ column: ColumnVector) -> ColumnVector {
        let days = column.slots(as: Int32.self)
        return Loops.slots(.date, [column], as: Int32.self) { row in
            let (year, month, day) = CalendarText.civil(days: Int64(days[row]))
            return days[row] &+ Int32(truncatingIfNeeded: length(year: year, month: month) - day)
        }
    }

    /// Dates of year, month and day.
    ///
    /// - Throws: DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION where there is no such day.
    static func make(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        let years = columns[0].slots(as: Int32.self)
        let months = columns[1].slots(as: Int32.self)
        let days = columns[2].slots(as: Int32.self)
        return try Loops.checkedSlots(.date, columns, as: Int32.self) { row in
            CalendarText.days(
                year: Int64(years[row]), month: Int(months[row]), day: Int(days[row]),
                lastYear: CalendarText.lastYearOfDates
            ).flatMap { Int32(exactly: $0) }
        } _: { row in
            KernelError(
                code: "DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION",
                message: "there is no day \(days[row]) of month \(months[row]) of year \(years[row])", row: row,
                hint: "check the fields first")
        }
    }

    /// The interval of days from one date to another, as INTERVAL DAY.
    ///
    /// - Throws: INTERVAL_ARITHMETIC_OVERFLOW.
    static func days(from start: ColumnVector, to end: ColumnVector) throws(KernelError) -> ColumnVector {
        let (starts, ends) = (start.slots(as: Int32.self), end.slots(as: Int32.self))
        return try Loops.checkedSlots(.dayTimeInterval(.day), [start, end], as: Int64.self) { row in
            let days = Int64(ends[row]) - Int64(starts[row])
            let (interval, isTooLong) = days.multipliedReportingOverflow(by: CalendarText.microsecondsPerDay)
            return isTooLong ? nil : interval
        } _: {
            .intervalOverflow(row: $0)
        }
    }

    /// The next day of each date that has a weekday of this name.
    ///
    /// - Throws: ILLEGAL_DAY_OF_WEEK where there is no such weekday.
    static func next(_ column: ColumnVector, _ weekday: ColumnVector) throws(KernelError) -> ColumnVector {
        let (days, names) = (column.slots(as: Int32.self), Runs(weekday))
        return try Loops.checkedSlots(.date, [column, weekday], as: Int32.self) { row in
            guard let wanted = self.weekday(named: names[row]) else { return nil }
            let ahead = CalendarText.floorDivide(wanted - self.weekday(Int64(days[row])) - 1, 7).remainder + 1
            return Int32(exactly: Int64(days[row]) + ahead)
        } _: { row in
            KernelError(
                code: "ILLEGAL_DAY_OF_WEEK",
                message: "'\(String(decoding: names[row].prefix(100), as: UTF8.self))' is no weekday", row: row,
                hint: "for example: MO, MON, MONDAY")
        }
    }

    private static func weekday(named name: UnsafeBufferPointer<UInt8>) -> Int64? {
        let names: [StaticString] = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
        for (index, full) in names.enumerated() where [2, 3, full.utf8CodeUnitCount].contains(name.count) {
            var isSame = true
            for place in 0..<name.count where name[place] & 0xDF != full.utf8Start[place] { isSame = false }
            if isSame { return Int64(index) }
        }
        return nil
    }

    /// Each day cut down to the start of its unit; NULL for a unit that isn't known, or smaller.
    static func truncated(_ column: ColumnVector, _ unit: ColumnVector) -> ColumnVector {
        let units = Runs(unit)
        let days = column.slots(as: Int32.self)
        return Loops.optionalSlots(.date, [column, unit], as: Int32.self) { row in
            guard let unit = DateUnit(units[row]), unit.cutsDates else { return nil }
            return Int32(truncatingIfNeeded: unit.firstDay(of: Int64(days[row])))
        }
    }

    // MARK: Numbers as time

    /// Timestamps from a number of units of `microseconds`.
    static func timestamps(microseconds: Int64) -> ScalarKernel {
        .unary { (column) throws(KernelError) in
            let values = column.slots(as: Int64.self)
            return try Loops.checkedSlots(.timestamp, [column], as: Int64.self) { row in
                let (product, overflow) = values[row].multipliedReportingOverflow(by: microseconds)
                return overflow ? nil : product
            } _: {
                .datetimeOverflow("the time \(values[$0])", row: $0)
            }
        }
    }

    /// Timestamps so many seconds after 1970, given as decimals.
    ///
    /// - Throws: DATETIME_OVERFLOW.
    static func timestamps(seconds column: ColumnVector, scale: Int) throws(KernelError) -> ColumnVector {
        let seconds = column.slots(as: Int128.self)
        return try Loops.checkedSlots(.timestamp, [column], as: Int64.self) { row in
            let (low, isWhole) = DecimalMath.microseconds(seconds[row], scale: scale)
            return isWhole ? low : nil
        } _: { row in
            KernelError(
                code: "DATETIME_OVERFLOW", message: "no timestamp is so many seconds after 1970-01-01", row: row)
        }
    }

    /// Timestamps so many seconds after 1970: NULL for what is no number, and the last one for all that are later.
    static func timestamps(seconds column: ColumnVector) -> ColumnVector {
        let seconds = column.slots(as: Double.self)
        return Loops.optionalSlots(.timestamp, [column], as: Int64.self) { row in
            let microseconds = seconds[row] * 1_000_000
            if abs(microseconds) < 0x1p63 { return Int64(microseconds) }
            return seconds[row].isFinite ? (microseconds < 0 ? .min : .max) : nil
        }
    }

    /// Whole units of `microseconds` since 1970, rounded down.
    static func units(microseconds: Int64) -> ScalarKernel {
        .unary { column in
            let values = column.slots(as: Int64.self)
            return Loops.slots(.long, [column], as: Int64.self) { row in
                CalendarText.floorDivide(values[row], microseconds).quotient
            }
        }
    }
}

/// The units that dates and timestamps are cut down to.
enum DateUnit: Sendable {
    case year, quarter, month, week, day, hour, minute, second, millisecond, microsecond

    /// The unit of this name, in letters of any case.
    @inline(__always)
    init?(_ name: UnsafeBufferPointer<UInt8>) {
        func isNamed(_ other: StaticString) -> Bool {
            guard name.count == other.utf8CodeUnitCount else { return false }
            for index in 0..<name.count where name[index] & 0xDF != other.utf8Start[index] { return false }
            return true
        }
        if isNamed("YEAR") || isNamed("YYYY") || isNamed("YY") {
            self = .year
        } else if isNamed("QUARTER") {
            self = .quarter
        } else if isNamed("MONTH") || isNamed("MON") || isNamed("MM") {
            self = .month
        } else if isNamed("WEEK") {
            self = .week
        } else if isNamed("DAY") || isNamed("DD") {
            self = .day
        } else if isNamed("HOUR") {
            self = .hour
        } else if isNamed("MINUTE") {
            self = .minute
        } else if isNamed("SECOND") {
            self = .second
        } else if isNamed("MILLISECOND") {
            self = .millisecond
        } else if isNamed("MICROSECOND") {
            self = .microsecond
        } else {
            return nil
        }
    }

    /// The same of a name that is a constant.
    init?(named name: String) {
        var name = name
        guard let unit = name.withUTF8({ DateUnit($0) }) else { return nil }
        self = unit
    }

    /// The same of a constant: what is no text is no unit's name.
    init?(constant: Value) {
        guard case .string(let name) = constant, let unit = DateUnit(named: name) else { return nil }
        self = unit
    }

    /// Whether a date can be cut down to it.
    var cutsDates: Bool {
        switch self {
        case .year, .quarter, .month, .week: true
        default: false
        }
    }

    /// The unit's width where all are equally wide.
    var microseconds: Int64? {
        switch self {
        case .year, .quarter, .month, .week: nil
        case .day: CalendarText.microsecondsPerDay
        case .hour: 3_600_000_000
        case .minute: 60_000_000
        case .second: 1_000_000
        case .millisecond: 1_000
        case .microsecond: 1
        }
    }

    /// The first day of the unit that a day lies in. Inlined, so that loops for one unit ask for it once.
    @inline(__always)
    func firstDay(of days: Int64) -> Int64 {
        let (year, month, day) = CalendarText.civil(days: days)
        switch self {
        case .year: return days - DateKernels.dayOfYear(year, days) + 1
        case .quarter: return CalendarText.days(year: year, month: (month - 1) / 3 * 3 + 1, day: 1) ?? days
        case .month: return days - Int64(day) + 1
        case .week: return days - DateKernels.weekday(days)
        default: return days
        }
    }
}
