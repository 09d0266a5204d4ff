// Dates and timestamps from and to text, in UTC.

/// The proleptic Gregorian calendar as text: `2024-01-02`, `2024-01-02 03:04:05.678`.
@usableFromInline
package enum CalendarText {
    /// Without what daylight saving time adds or takes.
    @inlinable package static var microsecondsPerDay: Int64 { 86_400_000_000 }

    // MARK: Days and civil dates

    /// Year, month and day of a day counted from 1970-01-01. Those of every timestamp are found without a division, by
    /// the algorithm of Neri and Schneider; the others by Hinnant's.
    @inlinable @inline(__always)
    package static func civil(days: Int64) -> (year: Int64, month: Int, day: Int) {
        // Days since 1 March of the year -400,000: below 2^30 four times as many fit a word of 32 bits.
        let shifted = UInt64(bitPattern: days &+ 146_816_468)
        guard shifted < 1 &<< 30 else { return distantCivil(days: days) }
        let quarters = 4 &* UInt32(truncatingIfNeeded: shifted) &+ 3
        let (century, restOfCentury) = (quarters / 146_097, quarters % 146_097)
        let product = 2_939_745 &* UInt64(restOfCentury | 3)
        let yearOfCentury = UInt32(truncatingIfNeeded: product &>> 32)
        let dayOfYear = UInt32(truncatingIfNeeded: product) / 2_939_745 / 4
        let months = 2_141 &* dayOfYear &+ 197_913
        let year = Int64(100 &* century &+ yearOfCentury) &- 400_000
        let (month, day) = (Int(months &>> 16), Int((months & 0xFFFF) / 2_141) &+ 1)
        // The years of this count begin in March.
        return dayOfYear >= 306 ? (year &+ 1, month &- 12, day) : (year, month, day)
    }

    @usableFromInline @inline(never)
    static func distantCivil(days: Int64) -> (year: Int64, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = Int(part < 10 ? part + 3 : part - 9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, Int(dayOfYear - (153 * part + 2) / 5 + 1))
    }

    /// Days from 1970-01-01, or `nil` where there is no such day. Years have at most six digits.
    @inlinable
    package static func days(year: Int64, month: Int, day: Int, lastYear: Int64 = 999_999) -> Int64? {
        guard (1...12).contains(month), day >= 1, abs(year) <= lastYear else { return nil }
        // Every month has 28 days.
        guard day <= 28 || day <= length(ofMonth: month, year: year) else { return nil }
        let shifted = month <= 2 ? year &- 1 : year
        let era = (shifted >= 0 ? shifted : shifted &- 399) / 400
        let yearOfEra = shifted &- era &* 400
        let dayOfYear = Int64((153 &* (month > 2 ? month &- 3 : month &+ 9) &+ 2) / 5 &+ day &- 1)
        return era &* 146_097 &+ yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear &- 719_468
    }

    @usableFromInline
    static func length(ofMonth month: Int, year: Int64) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
    }

    /// Quotient and remainder with the quotient rounded down. Inlined, since what divides is mostly a constant.
    @inlinable @inline(__always)
    package static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = (value / divisor, value % divisor)
        return remainder < 0 ? (quotient &- 1, remainder &+ divisor) : (quotient, remainder)
    }

    // MARK: From text

    /// Days from 1970-01-01: `yyyy`, `yyyy-m`, `yyyy-m-d`, the last with anything behind a blank or `T`. `nil` where
    /// it is no date.
    package static func parseDate(_ text: UnsafeBufferPointer<UInt8>) -> Int32? {
        if let days = plainDate(text) { return days }
        var scanner = Scanner(trimmed(text))
        guard let date = scanner.date(yearDigits: 7) else { return nil }
        guard scanner.atEnd || scanner.hasDay && (scanner.take(" ") || scanner.take("T")) else { return nil }
        return Int32(exactly: date)
    }

    /// The same of `yyyy-mm-dd`, as most are, with one look at each byte; `nil` for all else.
    @inline(__always)
    private static func plainDate(_ text: UnsafeBufferPointer<UInt8>) -> Int32? {
        guard text.count == 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-") else { return nil }
        // The highest bit is set where a byte is no digit.
        var beyond: UInt32 = 0
        @inline(__always)
        func pair(_ place: Int) -> Int {
            let (tens, ones) = (UInt32(text[place] &- 48), UInt32(text[place &+ 1] &- 48))
            beyond |= (9 &- tens) | (9 &- ones)
            return Int(tens &* 10 &+ ones)
        }
        let (year, month, day) = (pair(0) &* 100 &+ pair(2), pair(5), pair(8))
        guard beyond >> 31 == 0, let days = CalendarText.days(year: Int64(year), month: month, day: day) else {
            return nil
        }
        return Int32(truncatingIfNeeded: days)
    }

    /// The last year that the text of a date may name: which of its days are dates, 32 bits say.
    package static let lastYearOfDates: Int64 = 9_999_999

    /// Microseconds since 1970-01-01T00:00:00Z: a date, a time and a zone (`Z`, `UTC`, `+02:00`, `Europe/Berlin`), the
    /// latter two optional; without a zone the time is UTC's. As in Spark only days have times, and only seconds zones.
    package static func parseTimestamp(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var zones = TimeZoneLookup()
        return parseTimestamp(text, in: .utc, &zones)
    }

    /// As above, with the zone of a text that names none. `zones` remembers those that were named. A time alone is that
    /// of the day that it is at `now`; without it no timestamp.
    package static func parseTimestamp(
        _ text: UnsafeBufferPointer<UInt8>, in zone: TimeZone, _ zones: inout TimeZoneLookup, now: Int64? = nil
    ) -> Int64? {
        guard let (local, rest) = parseLocal(text) else {
            return now.flatMap { parseTime(text, in: zone, &zones, now: $0) }
        }
        if rest.isEmpty { return zone.isUTC ? local : instant(local, in: zone) }
        if let offset = TimeZone.offset(rest) {
            let (instant, overflow) = local.subtractingReportingOverflow(Int64(offset) * 1_000_000)
            return overflow ? nil : instant
        }
        return zones.named(rest).flatMap { instant(local, in: $0) }
    }

    /// A time of the day that clocks of its zone show at `now`: `T10`, `9:05`, `12:34:56.7+02:00`.
    private static func parseTime(
        _ text: UnsafeBufferPointer<UInt8>, in zone: TimeZone, _ zones: inout TimeZoneLookup, now: Int64
    ) -> Int64? {
        var scanner = Scanner(trimmed(text))
        guard scanner.take("T") || scanner.isAtTime, let time = scanner.time(), scanner.hasSeconds || scanner.atEnd
        else { return nil }
        func midnight(_ local: Int64) -> Int64 { floorDivide(local, microsecondsPerDay).quotient &* microsecondsPerDay }
        let rest = trimmed(scanner.rest)
        if let offset = TimeZone.offset(rest).map({ Int64($0) * 1_000_000 }) {
            return midnight(now &+ offset) &+ time &- offset
        }
        guard let named = rest.isEmpty ? zone : zones.named(rest) else { return nil }
        return instant(midnight(named.local(now)) &+ time, in: named)
    }

    /// The instant at which clocks of a zone show a time; `nil` where it is beyond the calendar.
    private static func instant(_ local: Int64, in zone: TimeZone) -> Int64? {
        let instant = zone.instant(local: local)
        // No offset is as long as two days.
        return (local &- instant).magnitude < UInt64(2 * microsecondsPerDay) && (local < 0) == (instant < 0)
            || local.magnitude < 1 << 62 ? instant : nil
    }

    /// Microseconds of a clock of no zone: a date and a time, the latter optional. What stands behind them must be a
    /// zone, which isn't looked at, or nothing where `allowsZone` is false.
    package static func parseLocalTimestamp(
        _ text: UnsafeBufferPointer<UInt8>, allowsZone: Bool = true
    ) -> Int64? {
        var zones = TimeZoneLookup()
        return parseLocalTimestamp(text, allowsZone: allowsZone, &zones)
    }

    /// As above; `zones` remembers the zones that were named.
    package static func parseLocalTimestamp(
        _ text: UnsafeBufferPointer<UInt8>, allowsZone: Bool = true, _ zones: inout TimeZoneLookup
    ) -> Int64? {
        guard let (local, rest) = parseLocal(text) else { return nil }
        if rest.isEmpty || (allowsZone && TimeZone.offset(rest) != nil) { return local }
        return allowsZone && zones.named(rest) != nil ? local : nil
    }

    /// A date and a time, and what stands behind the time.
    private static func parseLocal(
        _ text: UnsafeBufferPointer<UInt8>
    ) -> (microseconds: Int64, rest: UnsafeBufferPointer<UInt8>)? {
        var scanner = Scanner(trimmed(text))
        guard let days = scanner.date() else { return nil }
        var microseconds: Int64 = 0
        if !scanner.atEnd {
            guard scanner.hasDay, scanner.take("T") || scanner.take(" ") else { return nil }
            guard let time = scanner.time(), scanner.hasSeconds || scanner.atEnd else { return nil }
            microseconds = time
        }
        let (product, overflow) = days.multipliedReportingOverflow(by: microsecondsPerDay)
        let (sum, carry) = product.addingReportingOverflow(microseconds)
        return overflow || carry ? nil : (sum, trimmed(scanner.rest))
    }

    /// The text without blanks and control characters at its ends.
    @inline(__always)
    static func trimmed(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard text.count > 0, isBlank(text[0]) || isBlank(text[text.count &- 1]) else { return text }
        return narrowed(text)
    }

    @inline(__always)
    private static func isBlank(_ byte: UInt8) -> Bool { byte <= 32 || byte == 127 }

    @inline(never)
    private static func narrowed(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = text.count
        while start < end, isBlank(text[start]) { start += 1 }
        while end > start, isBlank(text[end - 1]) { end -= 1 }
        return UnsafeBufferPointer(rebasing: text[start..<end])
    }

    private struct Scanner {
        private let text: UnsafeBufferPointer<UInt8>
        private var position = 0
        /// Whether the date has a day, and the time seconds.
        private(set) var (hasDay, hasSeconds) = (false, false)

        init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

        var atEnd: Bool { position == text.count }

        var rest: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: text[position...]) }

        /// Whether an hour and a colon stand here.
        var isAtTime: Bool {
            let colon = position + (position + 1 < text.count && text[position + 1] &- 48 <= 9 ? 2 : 1)
            return colon < text.count && text[colon] == UInt8(ascii: ":")
        }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        /// A number of `least` to `most` digits, no more.
        mutating func number(_ least: Int, _ most: Int) -> Int64? {
            var value: Int64 = 0
            let start = position
            while position < text.count, position - start <= most, text[position] &- 48 <= 9 {
                value = value * 10 + Int64(text[position] &- 48)
                position += 1
            }
            return (least...most).contains(position - start) ? value : nil
        }

        /// Days; as in Spark the year of a timestamp has a digit less than that of a date.
        mutating func date(yearDigits: Int = 6) -> Int64? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard let year = number(4, yearDigits) else { return nil }
            var month: Int64 = 1
            var day: Int64 = 1
            if take("-") {
                guard let value = number(1, 2) else { return nil }
                month = value
                if take("-") {
                    guard let value = number(1, 2) else { return nil }
                    day = value
                    hasDay = true
                }
            }
            return CalendarText.days(
                year: isNegative ? -year : year, month: Int(month), day: Int(day), lastYear: lastYearOfDates)
        }

        /// Microseconds of the day. An hour alone is one, too, where nothing stands behind it.
        mutating func time() -> Int64? {
            guard let hour = number(1, 2), hour < 24 else { return nil }
            if atEnd { return hour * 3_600_000_000 }
            guard take(":"), let minute = number(1, 2), minute < 60 else { return nil }
            var seconds = hour * 3_600 + minute * 60
            var fraction: Int64 = 0
            if take(":") {
                guard let second = number(1, 2), second < 60 else { return nil }
                seconds += second
                hasSeconds = true
                if take(".") {
                    var unit: Int64 = 100_000
                    while position < text.count, text[position] &- 48 <= 9 {
                        // Digits beyond microseconds are cut off.
                        fraction += Int64(text[position] &- 48) * unit
                        unit /= 10
                        position += 1
                    }
                }
            }
            return seconds * 1_000_000 + fraction
        }
    }
}
