// Dates and times by a pattern: `dd/MM/yyyy HH:mm`.

import Columns

/// A pattern of Java's `DateTimeFormatter` as far as it is understood here; what isn't is refused.
package struct TimePattern: Hashable, Sendable {
    private enum Part: Hashable, Sendable {
        case literal([UInt8])
        /// A number of at least and at most so many digits.
        case year(Int)
        case month(Int)
        case day(Int)
        case hour(Int)
        case halfDayHour(Int)
        case minute(Int)
        case second(Int)
        case monthName(isShort: Bool)
        case halfDay
        /// Digits behind the second.
        case fraction(Int)
        /// `+02:00`; `Z` for UTC where `zulu` says so.
        case offset(hasColon: Bool, zulu: Bool)
        /// `UTC`.
        case zone
        /// May be absent in what is read; always written.
        case optional([Part])
    }

    /// The pattern as it was given.
    package let text: String
    private let parts: [Part]

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ].map { Array($0.utf8) }

    // MARK: The pattern

    /// Reads a pattern.
    ///
    /// - Throws: `INVALID_DATETIME_PATTERN` with the letters that aren't understood.
    package init(_ text: String) throws(KernelError) {
        self.text = text
        var letters = Array(text.utf8)[...]
        parts = try Self.parse(&letters, text, isNested: false)
    }

    private static func parse(
        _ rest: inout ArraySlice<UInt8>, _ text: String, isNested: Bool
    ) throws(KernelError) -> [Part] {
        var parts: [Part] = []
        var literal: [UInt8] = []
        func flush() {
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = []
        }
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: "'"):
                rest.removeFirst()
                if rest.first == byte {
                    literal.append(byte)
                    rest.removeFirst()
                    continue
                }
                guard let end = rest.firstIndex(of: byte) else { throw invalid(text, "a quote is not closed") }
                literal += rest[..<end]
                rest = rest[(end + 1)...]
            case UInt8(ascii: "["):
                guard !isNested else { throw invalid(text, "brackets are nested") }
                flush()
                rest.removeFirst()
                let inner = try parse(&rest, text, isNested: true)
                guard rest.first == UInt8(ascii: "]") else { throw invalid(text, "a bracket is not closed") }
                rest.removeFirst()
                parts.append(.optional(inner))
            case UInt8(ascii: "]"):
                guard isNested else { throw invalid(text, "a bracket is closed that was not opened") }
                flush()
                return parts
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
                flush()
                let count = rest.prefix { $0 == byte }.count
                rest = rest.dropFirst(count)
                guard let part = part(byte, count) else {
                    throw invalid(
                        text, "'\(String(repeating: String(UnicodeScalar(byte)), count: count))' is not supported")
                }
                parts.append(part)
            default:
                literal.append(byte)
                rest.removeFirst()
            }
        }
        flush()
        return parts
    }

    private static func part(_ letter: UInt8, _ count: Int) -> Part? {
        switch (letter, count) {
        case (UInt8(ascii: "y"), 2), (UInt8(ascii: "u"), 2): .year(2)
        case (UInt8(ascii: "y"), 1...6), (UInt8(ascii: "u"), 1...6): .year(count)
        case (UInt8(ascii: "M"), 1...2), (UInt8(ascii: "L"), 1...2): .month(count)
        case (UInt8(ascii: "M"), 3): .monthName(isShort: true)
        case (UInt8(ascii: "M"), 4): .monthName(isShort: false)
        case (UInt8(ascii: "d"), 1...2): .day(count)
        case (UInt8(ascii: "H"), 1...2): .hour(count)
        case (UInt8(ascii: "h"), 1...2): .halfDayHour(count)
        case (UInt8(ascii: "m"), 1...2): .minute(count)
        case (UInt8(ascii: "s"), 1...2): .second(count)
        case (UInt8(ascii: "S"), 1...9): .fraction(count)
        case (UInt8(ascii: "a"), 1): .halfDay
        case (UInt8(ascii: "X"), 2): .offset(hasColon: false, zulu: true)
        case (UInt8(ascii: "X"), 3): .offset(hasColon: true, zulu: true)
        case (UInt8(ascii: "x"), 2), (UInt8(ascii: "Z"), 1...3): .offset(hasColon: false, zulu: false)
        case (UInt8(ascii: "x"), 3): .offset(hasColon: true, zulu: false)
        case (UInt8(ascii: "z"), 1...3), (UInt8(ascii: "V"), 2): .zone
        default: nil
        }
    }

    private static func invalid(_ text: String, _ what: String) -> KernelError {
        KernelError(
            code: "INVALID_DATETIME_PATTERN", message: "the pattern '\(text)' can't be used: \(what)",
            hint: "letters: y M d H h m s S a X x Z z, '...' for text, [...] for what may be absent")
    }

    // MARK: Reading

    private struct Found {
        var year: Int64 = 1970
        var month = 1
        var day = 1
        var hour = 0
        var isAfternoon: Bool?
        var minute = 0
        var second = 0
        var microseconds: Int64 = 0
        var offsetSeconds: Int64 = 0
    }

    /// The day that a text names, counted from 1970-01-01; `nil` where it doesn't fit the pattern.
    package func days(_ text: UnsafeBufferPointer<UInt8>) -> Int32? {
        guard let found = read(text) else { return nil }
        return CalendarText.days(year: found.year, month: found.month, day: found.day).flatMap { Int32(exactly: $0) }
    }

    /// The instant that a text names in microseconds since 1970, in UTC where it names no offset; `nil` where it does
    /// not fit the pattern.
    package func microseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard let found = read(text),
            let days = CalendarText.days(year: found.year, month: found.month, day: found.day)
        else { return nil }
        let seconds = Int64(found.hour * 3_600 + found.minute * 60 + found.second) - found.offsetSeconds
        let (whole, overflow) = days.multipliedReportingOverflow(by: CalendarText.microsecondsPerDay)
        let (sum, carry) = whole.addingReportingOverflow(seconds * 1_000_000 + found.microseconds)
        return overflow || carry ? nil : sum
    }

    private func read(_ text: UnsafeBufferPointer<UInt8>) -> Found? {
        var found = Found()
        var place = 0
        guard Self.read(parts, text, &place, &found), place == text.count else { return nil }
        if let isAfternoon = found.isAfternoon {
            guard (0...12).contains(found.hour) else { return nil }
            found.hour = found.hour % 12 + (isAfternoon ? 12 : 0)
        }
        guard found.hour < 24, found.minute < 60, found.second < 60 else { return nil }
        return found
    }

    private static func read(
        _ parts: [Part], _ text: UnsafeBufferPointer<UInt8>, _ place: inout Int, _ found: inout Found
    ) -> Bool {
        func number(_ letters: Int, most: Int) -> Int? {
            let start = place
            var value = 0
            while place < text.count, place - start < most, text[place] &- 48 <= 9 {
                value = value * 10 + Int(text[place] &- 48)
                place += 1
            }
            return place - start >= letters ? value : nil
        }
        for part in parts {
            var isRight = true
            switch part {
            case .literal(let bytes):
                isRight = text[min(place, text.count)...].starts(with: bytes)
                place += bytes.count
            case .year(let count):
                guard let year = number(count, most: max(count, count == 1 ? 6 : count)) else { return false }
                found.year = Int64(count == 2 ? 2000 + year : year)
            case .month(let count):
                guard let month = number(count, most: 2) else { return false }
                found.month = month
            case .day(let count):
                guard let day = number(count, most: 2) else { return false }
                found.day = day
            case .hour(let count), .halfDayHour(let count):
                guard let hour = number(count, most: 2) else { return false }
                found.hour = hour
            case .minute(let count):
                guard let minute = number(count, most: 2) else { return false }
                found.minute = minute
            case .second(let count):
                guard let second = number(count, most: 2) else { return false }
                found.second = second
            case .fraction(let count): isRight = readFraction(count, text, &place, &found)
            case .monthName(let isShort): isRight = readMonth(isShort, text, &place, &found)
            case .halfDay:
                let isAfternoon = word("PM", text, place)
                isRight = isAfternoon || word("AM", text, place)
                found.isAfternoon = isAfternoon
                place += 2
            case .offset(let hasColon, let zulu): isRight = readOffset(hasColon, zulu, text, &place, &found)
            case .zone:
                isRight = word("UTC", text, place) || word("GMT", text, place)
                place += 3
            case .optional(let inner):
                let (before, known) = (place, found)
                if !read(inner, text, &place, &found) { (place, found) = (before, known) }
            }
            if !isRight { return false }
        }
        return true
    }

    private static func word(_ word: StaticString, _ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Bool {
        guard place + word.utf8CodeUnitCount <= text.count else { return false }
        for index in 0..<word.utf8CodeUnitCount where text[place + index] & ~0x20 != word.utf8Start[index] {
            return false
        }
        return true
    }

    private static func readFraction(
        _ count: Int, _ text: UnsafeBufferPointer<UInt8>, _ place: inout Int, _ found: inout Found
    ) -> Bool {
        let start = place
        var unit: Int64 = 100_000
        found.microseconds = 0
        while place < text.count, place - start < count, text[place] &- 48 <= 9 {
            found.microseconds += Int64(text[place] &- 48) * unit
            unit /= 10
            place += 1
        }
        return place > start
    }

    private static func readMonth(
        _ isShort: Bool, _ text: UnsafeBufferPointer<UInt8>, _ place: inout Int, _ found: inout Found
    ) -> Bool {
        for (index, name) in months.enumerated() {
            let wanted = isShort ? Array(name.prefix(3)) : name
            guard text[min(place, text.count)...].starts(with: wanted) else { continue }
            found.month = index + 1
            place += wanted.count
            return true
        }
        return false
    }

    private static func readOffset(
        _ hasColon: Bool, _ zulu: Bool, _ text: UnsafeBufferPointer<UInt8>, _ place: inout Int, _ found: inout Found
    ) -> Bool {
        guard place < text.count else { return false }
        if zulu, text[place] == UInt8(ascii: "Z") {
            place += 1
            found.offsetSeconds = 0
            return true
        }
        let isWest = text[place] == UInt8(ascii: "-")
        guard isWest || text[place] == UInt8(ascii: "+") else { return false }
        let length = hasColon ? 6 : 5
        guard place + length <= text.count, !hasColon || text[place + 3] == UInt8(ascii: ":") else { return false }
        let minutes = place + (hasColon ? 4 : 3)
        let digits = [text[place + 1], text[place + 2], text[minutes], text[minutes + 1]].map { Int64($0) - 48 }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return false }
        let seconds = (digits[0] * 10 + digits[1]) * 3_600 + (digits[2] * 10 + digits[3]) * 60
        guard seconds <= 18 * 3_600 else { return false }
        found.offsetSeconds = isWest ? -seconds : seconds
        place += length
        return true
    }

    // MARK: Writing

    /// Writes a day.
    package func write(days: Int32, into out: inout BytesBuilder) {
        write(microseconds: Int64(days) &* CalendarText.microsecondsPerDay, into: &out)
    }

    /// Writes an instant, in UTC.
    package func write(microseconds: Int64, into out: inout BytesBuilder) {
        let (days, rest) = CalendarText.floorDivide(microseconds, CalendarText.microsecondsPerDay)
        let (year, month, day) = CalendarText.civil(days: days)
        var found = Found(year: year, month: month, day: day)
        found.hour = Int(rest / 3_600_000_000)
        found.minute = Int(rest / 60_000_000 % 60)
        found.second = Int(rest / 1_000_000 % 60)
        found.microseconds = rest % 1_000_000
        Self.write(parts, found, into: &out)
    }

    private static func write(_ parts: [Part], _ found: Found, into out: inout BytesBuilder) {
        func number(_ value: Int64, _ digits: Int, _ out: inout BytesBuilder) {
            var text = Array(String(value.magnitude).utf8)
            while text.count < digits { text.insert(48, at: 0) }
            if value < 0 { text.insert(UInt8(ascii: "-"), at: 0) }
            text.withUnsafeBufferPointer { out.put($0) }
        }
        func bytes(_ text: [UInt8], _ out: inout BytesBuilder) { text.withUnsafeBufferPointer { out.put($0) } }
        for part in parts {
            switch part {
            case .literal(let text): bytes(text, &out)
            case .year(2): number(found.year % 100, 2, &out)
            case .year(let count): number(found.year, count, &out)
            case .month(let count): number(Int64(found.month), count, &out)
            case .day(let count): number(Int64(found.day), count, &out)
            case .hour(let count): number(Int64(found.hour), count, &out)
            case .halfDayHour(let count): number(Int64((found.hour + 11) % 12 + 1), count, &out)
            case .minute(let count): number(Int64(found.minute), count, &out)
            case .second(let count): number(Int64(found.second), count, &out)
            case .fraction(let count):
                var digits = Array(String(found.microseconds + 1_000_000).utf8.dropFirst())
                while digits.count < count { digits.append(48) }
                bytes(Array(digits.prefix(count)), &out)
            case .monthName(let isShort):
                bytes(isShort ? Array(months[found.month - 1].prefix(3)) : months[found.month - 1], &out)
            case .halfDay: bytes(Array((found.hour < 12 ? "AM" : "PM").utf8), &out)
            case .offset(_, true): bytes([UInt8(ascii: "Z")], &out)
            case .offset(let hasColon, false): bytes(Array((hasColon ? "+00:00" : "+0000").utf8), &out)
            case .zone: bytes(Array("UTC".utf8), &out)
            case .optional(let inner): write(inner, found, into: &out)
            }
        }
    }
}
