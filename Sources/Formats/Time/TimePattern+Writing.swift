// Dates and times to text, by a pattern.

import Columns

extension TimePattern {
    /// What a clock shows, and how far it is from UTC.
    private struct Moment {
        let year: Int64
        let month: Int
        let day: Int
        let days: Int64
        /// Microseconds of the day, and nanoseconds behind them.
        let time: Int64
        var nanoseconds: Int64 = 0
        let offset: Int32
        let zone: TimeZone
        let instant: Int64

        init(_ instant: Int64, in zone: TimeZone) {
            self.instant = instant
            self.zone = zone
            offset = zone.offset(at: instant)
            let local = instant &+ Int64(offset) &* 1_000_000
            (days, time) = CalendarText.floorDivide(local, CalendarText.microsecondsPerDay)
            (year, month, day) = CalendarText.civil(days: days)
        }

        var hour: Int64 { time / 3_600_000_000 }
    }

    /// Writes a day.
    package func write(days: Int32, into out: inout BytesBuilder) {
        write(microseconds: Int64(days) &* CalendarText.microsecondsPerDay, into: &out)
    }

    /// Writes an instant as clocks of a zone show it.
    package func write(microseconds: Int64, in zone: TimeZone = .utc, into out: inout BytesBuilder) {
        if let plain, plain.write(microseconds, in: zone, into: &out) { return }
        Self.write(parts, Moment(microseconds, in: zone), &out)
    }

    /// The texts of a column of timestamps as clocks of a zone show them, NULL for NULL.
    ///
    /// - Throws: where they are too large for a column.
    package func texts(of column: ColumnVector, in zone: TimeZone) throws(KernelError) -> ColumnVector {
        let (times, valid, count) = (column.slots(as: Int64.self), column.validityBits, column.count)
        var out = BytesBuilder(type: .string, capacity: count, byteCapacity: count * (text.utf8.count + 1))
        var row = 0
        while row < count {
            if let plain { row = plain.write(times, valid, row..<count, in: zone, into: &out) }
            guard row < count else { break }
            if Loops.isValid(valid, row) {
                Self.write(parts, Moment(times[row], in: zone), &out)
                try out.require(0)
                out.endValue()
            } else {
                out.appendNull()
            }
            row += 1
        }
        return out.finish()
    }

    /// Writes a time of the day, for which the pattern must ask alone.
    package func write(nanosecondsOfDay time: Int64, into out: inout BytesBuilder) {
        var moment = Moment(time / 1000, in: .utc)
        moment.nanoseconds = time % 1000
        Self.write(parts, moment, &out)
    }

    private static func write(_ parts: [Part], _ moment: Moment, _ out: inout BytesBuilder) {
        for part in parts {
            switch part {
            case .literal(let text): put(text[...], &out)
            case .number(let field, let width): write(value(field, moment), width, &out)
            case .fraction(_, let digits):
                writeFraction(moment.time % 1_000_000 * 1000 + moment.nanoseconds, digits, &out)
            case .name(let name, let isFull): write(name, isFull, moment, &out)
            case .offset(let form, let zero):
                if moment.offset == 0 { put(zero[...], &out) } else { write(moment.offset, form, &out) }
            case .localizedOffset(let isFull): writeLocalized(moment.offset, isFull, &out)
            case .zoneName: put(moment.zone.name, &out)
            case .zoneText(let isFull):
                if isFull, moment.zone.name == "UTC" || moment.zone.name == "Z" {
                    put("Coordinated Universal Time", &out)
                } else {
                    put(moment.zone.abbreviation(at: moment.instant), &out)
                }
            case .optional(let inner): write(inner, moment, &out)
            }
        }
    }

    private static func value(_ field: Field, _ moment: Moment) -> Int64 {
        switch field {
        case .year: moment.year
        case .yearOfEra: moment.year > 0 ? moment.year : 1 - moment.year
        case .month: Int64(moment.month)
        case .day: Int64(moment.day)
        case .dayOfYear: moment.days - (CalendarText.days(year: moment.year, month: 1, day: 1) ?? 0) + 1
        case .quarter: Int64(moment.month + 2) / 3
        case .weekOfMonth: Int64(moment.day - 1) % 7 + 1
        case .hour: moment.hour
        case .clockHour: moment.hour == 0 ? 24 : moment.hour
        case .halfDayHour: moment.hour % 12
        case .clockHalfDayHour: (moment.hour + 11) % 12 + 1
        case .minute: moment.time / 60_000_000 % 60
        case .second: moment.time / 1_000_000 % 60
        }
    }

    // MARK: Pieces

    private static func put(_ text: ArraySlice<UInt8>, _ out: inout BytesBuilder) {
        text.withUnsafeBufferPointer { out.put($0) }
    }

    private static func put(_ text: String, _ out: inout BytesBuilder) {
        var text = text
        text.withUTF8 { out.put($0) }
    }

    private static func write(_ value: Int64, _ width: Width, _ out: inout BytesBuilder) {
        if width.isReduced { return digits(value.magnitude % 100, 2, &out) }
        out.reserve(1)
        if value < 0 {
            out.write(UInt8(ascii: "-"))
        } else if width.sign == .plusBeyondLeast, value >= power(width.least) {
            out.write(UInt8(ascii: "+"))
        }
        digits(value.magnitude, width.least, &out)
    }

    private static func power(_ digits: Int) -> Int64 { (0..<digits).reduce(1) { power, _ in power * 10 } }

    private static func digits(_ value: UInt64, _ least: Int, _ out: inout BytesBuilder) {
        var width = 1
        var limit: UInt64 = 10
        while value >= limit, width < 19 {
            width += 1
            limit *= 10
        }
        width = max(width, least)
        out.reserve(width)
        out.write { place in
            var rest = value
            for index in stride(from: width - 1, through: 0, by: -1) {
                place[index] = UInt8(truncatingIfNeeded: rest % 10) &+ 48
                rest /= 10
            }
            return width
        }
    }

    private static func writeFraction(_ nanoseconds: Int64, _ count: Int, _ out: inout BytesBuilder) {
        out.reserve(count)
        var unit: Int64 = 100_000_000
        for _ in 0..<count {
            let digit = unit == 0 ? 0 : nanoseconds / unit % 10
            out.write(UInt8(truncatingIfNeeded: digit) &+ 48)
            unit /= 10
        }
    }

    private static func write(_ name: Name, _ isFull: Bool, _ moment: Moment, _ out: inout BytesBuilder) {
        switch name {
        case .month: put(months[moment.month - 1].prefix(isFull ? 9 : 3), &out)
        case .weekday:
            // 1970-01-01 was a Thursday.
            put(weekdays[Int(CalendarText.floorDivide(moment.days + 3, 7).remainder)].prefix(isFull ? 9 : 3), &out)
        case .halfDay: put(moment.hour < 12 ? "AM" : "PM", &out)
        case .era where isFull: put(moment.year > 0 ? "Anno Domini" : "Before Christ", &out)
        case .era: put(moment.year > 0 ? "AD" : "BC", &out)
        case .quarter:
            let quarter = (moment.month + 2) / 3
            guard isFull else {
                put("Q", &out)
                return digits(UInt64(quarter), 1, &out)
            }
            put(["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"][quarter - 1], &out)
        }
    }

    private static func write(_ offset: Int32, _ form: OffsetForm, _ out: inout BytesBuilder) {
        let size = UInt64(offset.magnitude)
        out.reserve(1)
        out.write(UInt8(ascii: offset < 0 ? "-" : "+"))
        digits(size / 3_600, 2, &out)
        let (minutes, seconds) = (size / 60 % 60, size % 60)
        let hasSeconds = form.seconds == .always || (form.seconds == .ifNeeded && seconds > 0)
        guard form.minutes == .always || (form.minutes == .ifNeeded && minutes > 0) || hasSeconds else { return }
        if form.hasColon { put(":", &out) }
        digits(minutes, 2, &out)
        guard hasSeconds else { return }
        if form.hasColon { put(":", &out) }
        digits(seconds, 2, &out)
    }

    private static func writeLocalized(_ offset: Int32, _ isFull: Bool, _ out: inout BytesBuilder) {
        put("GMT", &out)
        guard offset != 0 else { return }
        let size = UInt64(offset.magnitude)
        put(offset < 0 ? "-" : "+", &out)
        digits(size / 3_600, isFull ? 2 : 1, &out)
        guard isFull || size % 3_600 != 0 else { return }
        put(":", &out)
        digits(size / 60 % 60, 2, &out)
        guard size % 60 != 0 else { return }
        put(":", &out)
        digits(size % 60, 2, &out)
    }
}
