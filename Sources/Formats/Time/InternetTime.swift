// The form of timestamps that programs write most often, read without asking what else they may be.

import Columns

/// `2026-11-26T10:11:12`, with digits behind the second and a `Z` at the end where they are given.
enum InternetTime {
    /// Microseconds since 1970, or `nil` where the text has another form.
    static func microseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard text.count >= 19, let start = text.baseAddress, start[4] == UInt8(ascii: "-"),
            start[7] == UInt8(ascii: "-"), start[10] == UInt8(ascii: "T") || start[10] == UInt8(ascii: " "),
            start[13] == UInt8(ascii: ":"), start[16] == UInt8(ascii: ":")
        else { return nil }
        var wrong = false
        let year = two(start, 0, &wrong) &* 100 &+ two(start, 2, &wrong)
        let (month, day) = (two(start, 5, &wrong), two(start, 8, &wrong))
        let (hour, minute, second) = (two(start, 11, &wrong), two(start, 14, &wrong), two(start, 17, &wrong))
        guard !wrong, hour < 24, minute < 60, second < 60,
            let days = CalendarText.days(year: Int64(year), month: month, day: day)
        else { return nil }
        var fraction: Int64 = 0
        var place = 19
        if place < text.count, start[place] == UInt8(ascii: ".") {
            var unit: Int64 = 100_000
            place &+= 1
            while place < text.count, start[place] &- 48 <= 9 {
                fraction &+= Int64(start[place] &- 48) &* unit
                unit /= 10
                place &+= 1
            }
        }
        guard place == text.count || (place &+ 1 == text.count && start[place] == UInt8(ascii: "Z")) else { return nil }
        let seconds = Int64(hour &* 3_600 &+ minute &* 60 &+ second)
        return days &* CalendarText.microsecondsPerDay &+ seconds &* 1_000_000 &+ fraction
    }

    /// The number of two digits at a place.
    @inline(__always)
    private static func two(_ start: UnsafePointer<UInt8>, _ place: Int, _ wrong: inout Bool) -> Int {
        let (high, low) = (start[place] &- 48, start[place &+ 1] &- 48)
        if high > 9 || low > 9 { wrong = true }
        return Int(high) &* 10 &+ Int(low)
    }
}
