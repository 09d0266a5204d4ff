// Timestamps: their parts, and the steps between them, by what clocks of a zone show.

import Columns

enum TimeKernels {
    /// A part of a time of day that is a number.
    enum Field: Sendable {
        case hour, minute, second
    }

    /// A part of what clocks of a zone show at each timestamp: a loop for each of them.
    static func numbers(_ field: Field, _ column: ColumnVector, _ zone: TimeZone) -> ColumnVector {
        let local = column.type == .timestamp ? ZoneKernels.local(column, zone) : column
        let times = local.slots(as: Int64.self)
        @inline(__always)
        func each(_ unit: Int64, _ count: Int64) -> ColumnVector {
            Loops.slots(.integer, [local], as: Int32.self) { row in
                let units = CalendarText.floorDivide(times[row], unit).quotient
                return Int32(truncatingIfNeeded: CalendarText.floorDivide(units, count).remainder)
            }
        }
        switch field {
        case .hour: return each(3_600_000_000, 24)
        case .minute: return each(60_000_000, 60)
        case .second: return each(1_000_000, 60)
        }
    }

    /// Seconds of the minute with their fraction, as DECIMAL(8,6).
    static func seconds(_ column: ColumnVector, _ zone: TimeZone) -> ColumnVector {
        let local = column.type == .timestamp ? ZoneKernels.local(column, zone) : column
        let times = local.slots(as: Int64.self)
        return Loops.slots(.decimal(precision: 8, scale: 6), [local], as: Int128.self) { row in
            Int128(CalendarText.floorDivide(times[row], 60_000_000).remainder)
        }
    }

    // MARK: Units

    /// Each timestamp cut down to the start of its unit; NULL for a unit that isn't known.
    ///
    /// - Throws: DATETIME_OVERFLOW where the unit starts before the first timestamp.
    static func truncated(
        _ column: ColumnVector, _ unit: ColumnVector, in zone: TimeZone
    ) throws(KernelError) -> ColumnVector {
        let units = Runs(unit)
        if unit.isConstant {
            guard let known = DateUnit(units[0]) else {
                return NullKernels.nulls(type: .timestamp, count: column.count)
            }
            return try truncated(column, known, named: units[0], in: zone)
        }
        let times = AnySlots<Int64>(column)
        var failed: Int?
        let starts = Loops.optionalSlots(.timestamp, [column, unit], as: Int64.self) { row in
            guard let unit = DateUnit(units[row]) else { return nil }
            let start = start(of: unit, times[row], in: zone)
            if start == nil, failed == nil { failed = row }
            return start
        }
        if let failed {
            let name = String(decoding: units[failed], as: UTF8.self)
            throw .datetimeOverflow("the start of a timestamp's \(name)", row: failed)
        }
        return starts
    }

    /// The same for one unit.
    private static func truncated(
        _ column: ColumnVector, _ unit: DateUnit, named name: UnsafeBufferPointer<UInt8>, in zone: TimeZone
    ) throws(KernelError) -> ColumnVector {
        func error(_ row: Int) -> KernelError {
            .datetimeOverflow("the start of a timestamp's \(String(decoding: name, as: UTF8.self))", row: row)
        }
        let times = column.slots(as: Int64.self)
        guard zone.isUTC else {
            return try Loops.checkedSlots(.timestamp, [column], as: Int64.self) {
                start(of: unit, times[$0], in: zone)
            } _: {
                error($0)
            }
        }
        // Each width of its own, so that none is divided by what the compiler does not know; and without a question for
        // each row: the slots of NULL rows are zero, and what starts there is zero, too.
        @inline(__always)
        func cut(_ width: Int64) throws(KernelError) -> ColumnVector {
            let count = column.count
            let values = Buffer(capacity: count * MemoryLayout<Int64>.stride)
            let out = values.pointer(as: Int64.self)
            @inline(__always)
            func start(_ time: Int64) -> (partialValue: Int64, overflow: Bool) {
                let past = time % width
                return time.subtractingReportingOverflow(past < 0 ? past &+ width : past)
            }
            var failures: UInt8 = 0
            for row in 0..<count {
                let (start, isTooEarly) = start(times[row])
                out[row] = start
                failures |= unsafeBitCast(isTooEarly, to: UInt8.self)
            }
            if failures != 0, let row = (0..<count).first(where: { start(times[$0]).overflow }) { throw error(row) }
            return ColumnVector(
                type: .timestamp, count: count, validity: column.validity, nullCount: column.nullCount, values: values)
        }
        @inline(__always)
        func cutDays(_ first: (Int64) -> Int64) throws(KernelError) -> ColumnVector {
            try Loops.checkedSlots(.timestamp, [column], as: Int64.self) { row in
                let days = CalendarText.floorDivide(times[row], CalendarText.microsecondsPerDay).quotient
                let (start, isTooEarly) = first(days).multipliedReportingOverflow(by: CalendarText.microsecondsPerDay)
                return isTooEarly ? nil : start
            } _: {
                error($0)
            }
        }
        switch unit {
        case .day: return try cut(CalendarText.microsecondsPerDay)
        case .hour: return try cut(3_600_000_000)
        case .minute: return try cut(60_000_000)
        case .second: return try cut(1_000_000)
        case .millisecond: return try cut(1_000)
        case .microsecond: return column
        case .year: return try cutDays { DateUnit.year.firstDay(of: $0) }
        case .quarter: return try cutDays { DateUnit.quarter.firstDay(of: $0) }
        case .month: return try cutDays { DateUnit.month.firstDay(of: $0) }
        case .week: return try cutDays { DateUnit.week.firstDay(of: $0) }
        }
    }

    /// The start of the unit in which an instant lies; `nil` where no timestamp is that early.
    @inline(__always)
    private static func start(of unit: DateUnit, _ instant: Int64, in zone: TimeZone) -> Int64? {
        let offset = zone.offset(at: instant)
        let (local, isBeyond) = instant.addingReportingOverflow(Int64(offset) &* 1_000_000)
        if isBeyond { return nil }
        // Beyond the calendar an instant wraps around: a unit never starts after what lies in it.
        func known(_ start: Int64) -> Int64? { start > instant ? nil : start }
        // Hours and less keep the offset, where clocks show a time twice.
        if let width = unit.microseconds, width < CalendarText.microsecondsPerDay {
            let past = CalendarText.floorDivide(local, width).remainder
            let (start, isTooEarly) = local.subtractingReportingOverflow(past)
            return isTooEarly ? nil : known(zone.instant(local: start, preferring: offset))
        }
        let days = CalendarText.floorDivide(local, CalendarText.microsecondsPerDay).quotient
        let (start, isTooEarly) = unit.firstDay(of: days).multipliedReportingOverflow(
            by: CalendarText.microsecondsPerDay)
        return isTooEarly ? nil : known(zone.instant(local: start))
    }

    /// The start of the bucket in which each timestamp lies: buckets of one width, one of which starts at the origin.
    ///
    /// - Throws: INVALID_PARAMETER_VALUE.INTERVAL for a width that isn't above zero, and DATETIME_OVERFLOW.
    static func buckets(
        _ width: ColumnVector, _ column: ColumnVector, _ origin: ColumnVector, in zone: TimeZone
    ) throws(KernelError) -> ColumnVector {
        let (times, origins) = (column.slots(as: Int64.self), origin.slots(as: Int64.self))
        func error(_ width: Int64, _ row: Int) -> KernelError {
            guard width <= 0 else { return .datetimeOverflow("the start of a timestamp's bucket", row: row) }
            return KernelError(
                code: "INVALID_PARAMETER_VALUE.INTERVAL", message: "the width of a bucket must be above zero", row: row)
        }
        guard case .yearMonthInterval = width.type else {
            let widths = width.slots(as: Int64.self)
            return try Loops.checkedSlots(column.type, [width, column, origin], as: Int64.self) { row in
                let (distance, isBeyond) = times[row].subtractingReportingOverflow(origins[row])
                guard widths[row] > 0, !isBeyond else { return nil }
                let past = CalendarText.floorDivide(distance, widths[row]).remainder
                let (start, isTooEarly) = times[row].subtractingReportingOverflow(past)
                return isTooEarly ? nil : start
            } _: {
                error(widths[$0], $0)
            }
        }
        let widths = width.slots(as: Int32.self)
        return try Loops.checkedSlots(column.type, [width, column, origin], as: Int64.self) { row in
            guard widths[row] > 0 else { return nil }
            let (local, start) = (zone.local(times[row]), zone.local(origins[row]))
            let distance = months(local) - months(start)
            let step = Int64(widths[row])
            var count = CalendarText.floorDivide(distance, step).quotient
            guard var moved = DateKernels.time(start, months: count * step) else { return nil }
            if moved > local {
                count -= 1
                guard let before = DateKernels.time(start, months: count * step) else { return nil }
                moved = before
            }
            return zone.instant(local: moved)
        } _: {
            error(Int64(widths[$0]), $0)
        }
    }

    /// Months since the year 0.
    private static func months(_ local: Int64) -> Int64 {
        let civil = CalendarText.civil(days: CalendarText.floorDivide(local, CalendarText.microsecondsPerDay).quotient)
        return civil.year * 12 + Int64(civil.month)
    }

    // MARK: Between timestamps

    /// Months between timestamps, of 31 days where they are not whole: to 8 digits behind the point, unless told
    /// otherwise.
    static func months(
        from start: ColumnVector, to end: ColumnVector, rounded: ColumnVector, in zone: TimeZone
    ) -> ColumnVector {
        let (starts, ends) = (ZoneKernels.local(start, zone), ZoneKernels.local(end, zone))
        let (from, to) = (starts.slots(as: Int64.self), ends.slots(as: Int64.self))
        let (first, last) = (start.slots(as: Int64.self), end.slots(as: Int64.self))
        let bits = rounded.bits
        /// What has passed of the day, which is not what the clock shows where it has been moved.
        func passed(_ time: Int64, _ local: Int64) -> Int64 {
            time
                - zone.instant(
                    local: local - CalendarText.floorDivide(local, CalendarText.microsecondsPerDay).remainder)
        }
        return Loops.slots(.double, [starts, ends, rounded], as: Double.self) { row in
            let time = passed(last[row], to[row]) / 1_000_000 - passed(first[row], from[row]) / 1_000_000
            let months = monthsBetween(from[row], to[row], seconds: time)
            guard Bitmap.get(bits, row) else { return months }
            return DecimalRounding.rounded(months, 8, .halfUp)
        }
    }

    private static func monthsBetween(_ start: Int64, _ end: Int64, seconds time: Int64) -> Double {
        let startDay = CalendarText.floorDivide(start, CalendarText.microsecondsPerDay).quotient
        let endDay = CalendarText.floorDivide(end, CalendarText.microsecondsPerDay).quotient
        let (a, b) = (CalendarText.civil(days: startDay), CalendarText.civil(days: endDay))
        let months = (b.year - a.year) * 12 + Int64(b.month - a.month)
        func isLast(_ day: (year: Int64, month: Int, day: Int)) -> Bool {
            day.day == DateKernels.length(year: day.year, month: day.month)
        }
        if a.day == b.day || (isLast(a) && isLast(b)) { return Double(months) }
        let seconds = Int64(b.day - a.day) * 86_400 + time
        return Double(months) + Double(seconds) / Double(31 * 86_400)
    }

    /// Whole units from one timestamp to another, towards zero, as BIGINT.
    static func count(
        of unit: TimeUnit, from start: ColumnVector, to end: ColumnVector, in zone: TimeZone
    ) -> ColumnVector {
        let (starts, ends) = (ZoneKernels.local(start, zone), ZoneKernels.local(end, zone))
        let (from, to) = (starts.slots(as: Int64.self), ends.slots(as: Int64.self))
        return Loops.slots(.long, [starts, ends], as: Int64.self) { row in
            guard unit.isOfMonths else { return (to[row] &- from[row]) / unit.size }
            var count = months(to[row]) - months(from[row])
            // The last month isn't whole where its day and time haven't come.
            if count > 0, rest(to[row]) < rest(from[row]) { count -= 1 }
            if count < 0, rest(to[row]) > rest(from[row]) { count += 1 }
            return count / unit.size
        }
    }

    /// What a timestamp has beyond its month.
    private static func rest(_ local: Int64) -> Int64 {
        let (days, time) = CalendarText.floorDivide(local, CalendarText.microsecondsPerDay)
        return Int64(CalendarText.civil(days: days).day) * CalendarText.microsecondsPerDay + time
    }

    /// Timestamps so many units later.
    static func add(
        _ unit: TimeUnit, _ count: ColumnVector, toTimes column: ColumnVector, in zone: TimeZone
    ) throws(KernelError) -> ColumnVector {
        let (counts, times) = (count.slots(as: Int64.self), column.slots(as: Int64.self))
        return try Loops.checkedSlots(column.type, [count, column], as: Int64.self) { row in
            let (steps, isTooLarge) = counts[row].multipliedReportingOverflow(by: unit.size)
            if isTooLarge { return nil }
            if unit.isOfMonths { return DateKernels.time(times[row], months: steps, in: zone) }
            guard unit.size >= CalendarText.microsecondsPerDay else {
                let (sum, isBeyond) = times[row].addingReportingOverflow(steps)
                return isBeyond ? nil : sum
            }
            return DateKernels.time(times[row], micros: steps, in: zone)
        } _: {
            .datetimeOverflow("\(counts[$0]) \(unit) from a timestamp", row: $0)
        }
    }

    // MARK: Made of numbers

    /// The clock's time of year, month, day, hour, minute and second, the last as DECIMAL(16,6), as TIMESTAMP_NTZ.
    ///
    /// - Throws: DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION and INVALID_FRACTION_OF_SECOND, unless `isTry`.
    static func make(_ columns: [ColumnVector], isTry: Bool) throws(KernelError) -> ColumnVector {
        let fields = columns[0..<5].map { $0.slots(as: Int32.self) }
        let (years, months, days, hours, minutes) = (fields[0], fields[1], fields[2], fields[3], fields[4])
        let seconds = columns[5].slots(as: Int128.self)
        func time(_ row: Int) -> Int64? {
            // 60 seconds are the next minute, but nothing is behind them.
            guard (0...60_000_000).contains(seconds[row]), (0...23).contains(hours[row]),
                (0...59).contains(minutes[row]),
                let day = CalendarText.days(year: Int64(years[row]), month: Int(months[row]), day: Int(days[row]))
            else { return nil }
            let time = Int64(hours[row]) * 3_600_000_000 + Int64(minutes[row]) * 60_000_000
            let (micros, isTooLarge) = day.multipliedReportingOverflow(by: CalendarText.microsecondsPerDay)
            let (sum, isBeyond) = micros.addingReportingOverflow(time + Int64(seconds[row]))
            return isTooLarge || isBeyond ? nil : sum
        }
        if isTry { return Loops.optionalSlots(.timestampNTZ, columns, as: Int64.self) { time($0) } }
        return try Loops.checkedSlots(.timestampNTZ, columns, as: Int64.self) { row in
            time(row)
        } _: { row in
            if seconds[row] > 60_000_000, seconds[row] < 61_000_000 {
                return KernelError(
                    code: "INVALID_FRACTION_OF_SECOND", message: "there is no fraction behind 60 seconds", row: row,
                    hint: "use the function's try_ form to get NULL instead")
            }
            let second = JavaNumbers.text(unscaled: seconds[row], scale: 6)
            return KernelError(
                code: "DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION",
                message: "there is no time \(hours[row]):\(minutes[row]):\(second) "
                    + "on day \(days[row]) of month \(months[row]) of year \(years[row])", row: row,
                hint: "check the fields first, or use the function's try_ form to get NULL instead")
        }
    }

    // MARK: Zones

    /// What clocks of a zone show, as if universal time were shown there; or back.
    ///
    /// - Throws: INVALID_TIMEZONE, DATETIME_OVERFLOW.
    static func shifted(
        _ column: ColumnVector, _ zone: ColumnVector, toZone: Bool
    ) throws(KernelError) -> ColumnVector {
        let (times, names) = (column.slots(as: Int64.self), Runs(zone))
        var zones = TimeZoneLookup()
        return try Loops.checkedSlots(.timestamp, [column, zone], as: Int64.self) { row in
            guard let zone = zones.named(names[row]) else { return nil }
            let shifted = toZone ? zone.local(times[row]) : zone.instant(local: times[row])
            // No offset is as long as half of the calendar: what has changed its sign is beyond the end.
            let isBeyond = times[row] < 0 ? times[row] < .min / 2 && shifted > 0 : times[row] > .max / 2 && shifted < 0
            return isBeyond ? nil : shifted
        } _: { row in
            guard zones.named(names[row]) != nil else { return invalidZone(names[row], row: row) }
            return .datetimeOverflow("what clocks of a zone show at the end of the calendar", row: row)
        }
    }

    /// What clocks of the second zone show when those of the first show a time.
    static func converted(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        let (from, to, times) = (Runs(columns[0]), Runs(columns[1]), columns[2].slots(as: Int64.self))
        var (sources, targets) = (TimeZoneLookup(), TimeZoneLookup())
        return try Loops.checkedSlots(.timestampNTZ, columns, as: Int64.self) { row in
            guard let source = sources.named(from[row]), let target = targets.named(to[row]) else { return nil }
            return target.local(source.instant(local: times[row]))
        } _: { row in
            invalidZone(sources.named(from[row]) == nil ? from[row] : to[row], row: row)
        }
    }

    /// The instants at which clocks of the named zones show some times.
    static func instants(_ local: ColumnVector, _ zone: ColumnVector) throws(KernelError) -> ColumnVector {
        let (times, names) = (local.slots(as: Int64.self), Runs(zone))
        var zones = TimeZoneLookup()
        return try Loops.checkedSlots(.timestamp, [local, zone], as: Int64.self) { row in
            zones.named(names[row])?.instant(local: times[row])
        } _: {
            invalidZone(names[$0], row: $0)
        }
    }

    /// Raises for the first name that is no zone's.
    static func requireZones(_ column: ColumnVector) throws(KernelError) {
        let names = Runs(column)
        var zones = TimeZoneLookup()
        for row in 0..<column.count where !column.isNull(row) && zones.named(names[row]) == nil {
            throw invalidZone(names[row], row: row)
        }
    }

    private static func invalidZone(_ name: UnsafeBufferPointer<UInt8>, row: Int) -> KernelError {
        KernelError(
            code: "INVALID_TIMEZONE",
            message: "there is no time zone '\(String(decoding: name.prefix(100), as: UTF8.self))'", row: row,
            hint: "for example: UTC, +02:00, Europe/Berlin; places need the system's time zone database")
    }
}

extension DateKernels {
    /// A clock's time so many months later.
    static func time(_ local: Int64, months: Int64) -> Int64? {
        let (days, time) = CalendarText.floorDivide(local, CalendarText.microsecondsPerDay)
        guard let moved = day(days, months: months) else { return nil }
        let (product, isTooLarge) = moved.multipliedReportingOverflow(by: CalendarText.microsecondsPerDay)
        let (sum, isBeyond) = product.addingReportingOverflow(time)
        return isTooLarge || isBeyond ? nil : sum
    }

    /// An instant so many months later by the clocks of a zone.
    @inline(__always)
    static func time(_ instant: Int64, months: Int64, in zone: TimeZone) -> Int64? {
        if zone.isUTC { return time(instant, months: months) }
        let offset = zone.offset(at: instant)
        return time(instant &+ Int64(offset) &* 1_000_000, months: months)
            .map { zone.instant(local: $0, preferring: offset) }
    }

    /// An instant so many whole days later by the clocks of a zone, and then by the rest of the microseconds.
    @inline(__always)
    static func time(_ instant: Int64, micros: Int64, in zone: TimeZone) -> Int64? {
        guard !zone.isUTC else {
            let (sum, isBeyond) = instant.addingReportingOverflow(micros)
            return isBeyond ? nil : sum
        }
        let offset = zone.offset(at: instant)
        let rest = micros % CalendarText.microsecondsPerDay
        let (local, isBeyond) = (instant &+ Int64(offset) &* 1_000_000).addingReportingOverflow(micros - rest)
        let (sum, isTooLarge) = zone.instant(local: local, preferring: offset).addingReportingOverflow(rest)
        return isBeyond || isTooLarge ? nil : sum
    }

    /// Timestamps so many months later.
    static func addMonths(
        toTimes column: ColumnVector, _ step: ColumnVector, in zone: TimeZone
    ) throws(KernelError) -> ColumnVector {
        let (times, steps) = (column.slots(as: Int64.self), step.slots(as: Int32.self))
        return try Loops.checkedSlots(column.type, [column, step], as: Int64.self) { row in
            time(times[row], months: Int64(steps[row]), in: zone)
        } _: {
            .datetimeOverflow("\(steps[$0]) months from a timestamp", row: $0)
        }
    }

    /// Timestamps so many microseconds later, of which whole days are those of clocks.
    static func add(
        _ step: ColumnVector, toTimes column: ColumnVector, in zone: TimeZone
    ) throws(KernelError) -> ColumnVector {
        let (times, steps) = (column.slots(as: Int64.self), step.slots(as: Int64.self))
        return try Loops.checkedSlots(column.type, [column, step], as: Int64.self) { row in
            time(times[row], micros: steps[row], in: zone)
        } _: {
            .datetimeOverflow("\(steps[$0]) microseconds from a timestamp", row: $0)
        }
    }

    /// The interval from one clock's time to another, as INTERVAL DAY TO SECOND.
    static func interval(from start: ColumnVector, to end: ColumnVector) throws(KernelError) -> ColumnVector {
        let (starts, ends) = (start.slots(as: Int64.self), end.slots(as: Int64.self))
        return try Loops.checkedSlots(.dayTimeInterval(.dayToSecond), [start, end], as: Int64.self) { row in
            let (distance, isBeyond) = ends[row].subtractingReportingOverflow(starts[row])
            return isBeyond ? nil : distance
        } _: {
            .intervalOverflow(row: $0)
        }
    }
}

/// The units that timestampadd and timestampdiff count.
enum TimeUnit: String, Sendable, CaseIterable {
    case microsecond, millisecond, second, minute, hour, day, dayofyear, week, month, quarter, year

    /// Whether it counts months, and not microseconds.
    var isOfMonths: Bool { self == .month || self == .quarter || self == .year }

    /// Months or microseconds of one.
    var size: Int64 {
        switch self {
        case .microsecond: 1
        case .millisecond: 1_000
        case .second: 1_000_000
        case .minute: 60_000_000
        case .hour: 3_600_000_000
        case .day, .dayofyear: 86_400_000_000
        case .week: 604_800_000_000
        case .month: 1
        case .quarter: 3
        case .year: 12
        }
    }
}
