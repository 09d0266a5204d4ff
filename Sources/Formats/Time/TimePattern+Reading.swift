// Dates and times from text, by a pattern.

import Columns

extension TimePattern {
    /// The day that a text names, counted from 1970-01-01; `nil` where it doesn't fit the pattern.
    package func days(_ text: UnsafeBufferPointer<UInt8>) -> Int32? {
        var zones = TimeZoneLookup()
        return read(text, &zones)?.days.flatMap { Int32(exactly: $0) }
    }

    /// The instant that a text names in microseconds since 1970; `nil` where it does not fit the pattern. A text that
    /// names no offset is what a clock of `zone` shows.
    package func microseconds(_ text: UnsafeBufferPointer<UInt8>, in zone: TimeZone = .utc) -> Int64? {
        var zones = TimeZoneLookup()
        return microseconds(text, in: zone, &zones)
    }

    /// As above; `zones` remembers the zones that texts named.
    package func microseconds(
        _ text: UnsafeBufferPointer<UInt8>, in zone: TimeZone, _ zones: inout TimeZoneLookup
    ) -> Int64? {
        if let local = plain?.read(text) { return zone.isUTC ? local : zone.instant(local: local) }
        guard let found = read(text, &zones), let local = found.local else { return nil }
        if let offset = found.offset {
            let (instant, overflow) = local.subtractingReportingOverflow(Int64(offset) * 1_000_000)
            return overflow ? nil : instant
        }
        let zone = found.zone ?? zone
        return zone.isUTC ? local : zone.instant(local: local)
    }

    /// What a text names as a clock of no zone shows it, in microseconds since 1970; an offset isn't looked at. `zones`
    /// remembers the zones that texts named.
    package func localMicroseconds(
        _ text: UnsafeBufferPointer<UInt8>, _ zones: inout TimeZoneLookup
    ) -> Int64? {
        plain?.read(text) ?? read(text, &zones)?.local
    }

    private func read(_ text: UnsafeBufferPointer<UInt8>, _ zones: inout TimeZoneLookup) -> FoundTime? {
        var reader = PatternReader(text)
        guard reader.read(parts, &zones), reader.place == text.count else { return nil }
        return reader.found
    }
}

/// The fields that a text has named.
struct FoundTime {
    var isBeforeChrist: Bool?
    var year, yearOfEra, month, day, dayOfYear: Int64?
    var hour, clockHour, halfDayHour, clockHalfDayHour: Int64?
    var minute, second: Int64?
    var isAfternoon: Bool?
    var microseconds: Int64 = 0
    var offset: Int32?
    var zone: TimeZone?

    /// Takes a number in; false where it contradicts what is known.
    mutating func set(_ field: TimePattern.Field, _ value: Int64) -> Bool {
        switch field {
        case .year: Self.set(&year, value)
        case .yearOfEra: Self.set(&yearOfEra, value)
        case .month: (1...12).contains(value) && Self.set(&month, value)
        case .day: (1...31).contains(value) && Self.set(&day, value)
        case .dayOfYear: (1...366).contains(value) && Self.set(&dayOfYear, value)
        case .hour: (0...23).contains(value) && Self.set(&hour, value)
        case .clockHour: (1...24).contains(value) && Self.set(&clockHour, value)
        case .halfDayHour: (0...11).contains(value) && Self.set(&halfDayHour, value)
        case .clockHalfDayHour: (1...12).contains(value) && Self.set(&clockHalfDayHour, value)
        case .minute: (0...59).contains(value) && Self.set(&minute, value)
        case .second: (0...59).contains(value) && Self.set(&second, value)
        // Never read: the parser refuses their letters.
        case .quarter, .weekOfMonth: false
        }
    }

    private static func set(_ field: inout Int64?, _ value: Int64) -> Bool {
        if let known = field { return known == value }
        field = value
        return true
    }

    /// The day, with 1970, January and the first for what is missing.
    var days: Int64? {
        var year = year ?? 1970
        if let yearOfEra {
            guard yearOfEra > 0 else { return nil }
            if let isBeforeChrist { year = isBeforeChrist ? 1 - yearOfEra : yearOfEra }
        }
        guard let dayOfYear else {
            return CalendarText.days(year: year, month: Int(month ?? 1), day: Int(day ?? 1))
        }
        guard let first = CalendarText.days(year: year, month: 1, day: 1) else { return nil }
        let found = first + dayOfYear - 1
        let civil = CalendarText.civil(days: found)
        guard civil.year == year, month.map({ $0 == civil.month }) ?? true, day.map({ $0 == civil.day }) ?? true else {
            return nil
        }
        return found
    }

    /// The hour of the day; before noon where nothing says when.
    private var wholeHour: Int64? {
        var known = hour
        if let clockHour, !Self.set(&known, clockHour % 24) { return nil }
        var half = halfDayHour
        if let clockHalfDayHour, !Self.set(&half, clockHalfDayHour % 12) { return nil }
        if let half {
            guard let isAfternoon else {
                return known == nil ? half : known.flatMap { $0 % 12 == half ? $0 : nil }
            }
            return Self.set(&known, half + (isAfternoon ? 12 : 0)) ? known : nil
        }
        guard let isAfternoon else { return known ?? 0 }
        guard let known else { return isAfternoon ? 12 : 0 }
        return (known >= 12) == isAfternoon ? known : nil
    }

    /// Microseconds since 1970 on a clock of no zone.
    var local: Int64? {
        guard let days, let hour = wholeHour else { return nil }
        let seconds = hour * 3_600 + (minute ?? 0) * 60 + (second ?? 0)
        let (whole, overflow) = days.multipliedReportingOverflow(by: CalendarText.microsecondsPerDay)
        let (sum, carry) = whole.addingReportingOverflow(seconds * 1_000_000 + microseconds)
        return overflow || carry ? nil : sum
    }
}

/// Walks over a text part by part.
struct PatternReader {
    private let text: UnsafeBufferPointer<UInt8>
    private(set) var place = 0
    private(set) var found = FoundTime()

    init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    /// Whether the text goes on as the parts say.
    mutating func read(_ parts: [TimePattern.Part], _ zones: inout TimeZoneLookup) -> Bool {
        for part in parts {
            let isRight: Bool
            switch part {
            case .literal(let bytes): isRight = take(bytes)
            case .number(let field, let width): isRight = readNumber(field, width)
            case .fraction(let least, let most): isRight = readFraction(least, most)
            case .name(let name, let isFull): isRight = readName(name, isFull)
            case .offset(let form, let zero): isRight = readOffset(form, zero)
            case .localizedOffset: isRight = readLocalizedOffset()
            case .zoneName, .zoneText: isRight = readZone(&zones)
            case .optional(let inner):
                let (before, known) = (place, found)
                if !read(inner, &zones) { (place, found) = (before, known) }
                isRight = true
            }
            if !isRight { return false }
        }
        return true
    }

    /// Takes bytes, letters in any case.
    private mutating func take(_ bytes: [UInt8]) -> Bool { take(bytes[...]) }

    private mutating func take(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard text.count - place >= bytes.count else { return false }
        var at = place
        for byte in bytes {
            guard Self.folded(text[at]) == Self.folded(byte) else { return false }
            at += 1
        }
        place = at
        return true
    }

    private mutating func take(_ word: StaticString) -> Bool {
        guard text.count - place >= word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount
        where Self.folded(text[place + index]) != Self.folded(word.utf8Start[index]) { return false }
        place += word.utf8CodeUnitCount
        return true
    }

    private static func folded(_ byte: UInt8) -> UInt8 { byte &- 65 <= 25 ? byte | 0x20 : byte }

    private func isDigit(_ at: Int) -> Bool { at < text.count && text[at] &- 48 <= 9 }

    // MARK: Numbers

    private mutating func readNumber(_ field: TimePattern.Field, _ width: TimePattern.Width) -> Bool {
        var start = place
        var isNegative = false
        var isPositive = false
        if start < text.count, text[start] == UInt8(ascii: "-"), width.sign != .none {
            isNegative = true
            start += 1
        } else if start < text.count, text[start] == UInt8(ascii: "+"), width.sign == .plusBeyondLeast {
            isPositive = true
            start += 1
        }
        var end = start
        while isDigit(end), end - start < width.most + width.reserved { end += 1 }
        if width.reserved > 0 { end = min(end, start + max(width.least, end - start - width.reserved)) }
        let count = end - start
        guard count >= width.least, count <= 18 else { return false }
        var value: Int64 = 0
        for at in start..<end { value = value * 10 + Int64(text[at] &- 48) }
        if isNegative {
            guard value != 0 else { return false }
            value = -value
        } else if width.sign == .plusBeyondLeast, isPositive != (count > width.least) {
            return false
        }
        place = end
        return found.set(field, width.isReduced ? 2000 + value : value)
    }

    private mutating func readFraction(_ least: Int, _ most: Int) -> Bool {
        let start = place
        var unit: Int64 = 100_000
        var value: Int64 = 0
        while isDigit(place), place - start < most {
            value += Int64(text[place] &- 48) * unit
            unit /= 10
            place += 1
        }
        found.microseconds = value
        return place - start >= least
    }

    // MARK: Words

    private mutating func readName(_ name: TimePattern.Name, _ isFull: Bool) -> Bool {
        switch name {
        case .month:
            for index in 0..<12 where take(TimePattern.months[index].prefix(isFull ? 9 : 3)) {
                return found.set(.month, Int64(index + 1))
            }
            return false
        case .halfDay:
            found.isAfternoon = take("PM")
            return found.isAfternoon == true || take("AM")
        case .era:
            let isBefore = isFull ? take("Before Christ") : take("BC")
            found.isBeforeChrist = isBefore
            return isBefore || (isFull ? take("Anno Domini") : take("AD"))
        // Never read: the parser refuses their letters.
        case .weekday, .quarter: return false
        }
    }

    // MARK: Zones

    private mutating func two() -> Int32? {
        guard isDigit(place), isDigit(place + 1) else { return nil }
        defer { place += 2 }
        return Int32(text[place] &- 48) * 10 + Int32(text[place + 1] &- 48)
    }

    private mutating func readOffset(_ form: TimePattern.OffsetForm, _ zero: [UInt8]) -> Bool {
        if take(zero) {
            found.offset = 0
            return true
        }
        let isWest = take("-")
        guard isWest || take("+"), let hours = two(), let minutes = offsetPart(form.minutes, form.hasColon) else {
            return false
        }
        var total = hours * 3_600 + minutes.value * 60
        if minutes.isThere {
            guard let seconds = offsetPart(form.seconds, form.hasColon) else { return false }
            total += seconds.value
        }
        guard total <= 18 * 3_600 else { return false }
        found.offset = isWest ? -total : total
        return true
    }

    /// Minutes or seconds of an offset; `nil` where they must be there and aren't.
    private mutating func offsetPart(
        _ presence: TimePattern.OffsetForm.Presence, _ hasColon: Bool
    ) -> (value: Int32, isThere: Bool)? {
        guard presence != .never else { return (0, false) }
        let before = place
        if !hasColon || take(":"), let value = two(), value < 60 { return (value, true) }
        place = before
        return presence == .always ? nil : (0, false)
    }

    private mutating func readLocalizedOffset() -> Bool {
        guard take("GMT") else { return false }
        found.offset = 0
        let start = place
        while place < text.count, isDigit(place) || "+-:".utf8.contains(text[place]) { place += 1 }
        if place == start { return true }
        found.offset = TimeZone.offset(UnsafeBufferPointer(rebasing: text[start..<place]))
        return found.offset != nil
    }

    /// The longest run of characters that names of zones have.
    private mutating func readZone(_ zones: inout TimeZoneLookup) -> Bool {
        let start = place
        while place < text.count {
            let byte = text[place]
            guard byte | 0x20 >= 97 && byte | 0x20 <= 122 || isDigit(place) || "/_+-:".utf8.contains(byte) else {
                break
            }
            place += 1
        }
        guard place > start else { return false }
        found.zone = zones.named(UnsafeBufferPointer(rebasing: text[start..<place]))
        return found.zone != nil
    }
}
