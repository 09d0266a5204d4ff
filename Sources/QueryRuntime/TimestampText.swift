// Moments as people read them.

import Columns

/// Times as the progress writes them.
package enum TimestampText {
    /// `2026-11-23T18:40:26.123Z` for microseconds since 1970, cut to milliseconds.
    package static func iso8601(microseconds: Int64) -> String {
        let (days, rest) = CalendarText.floorDivide(microseconds, CalendarText.microsecondsPerDay)
        let (year, month, day) = CalendarText.civil(days: days)
        let milliseconds = Int(rest / 1000)
        let (hour, minute) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60)
        let (second, fraction) = (milliseconds / 1000 % 60, milliseconds % 1000)
        // One text, and not one for each field: every batch has several times. Years have six digits at the most.
        return String(unsafeUninitializedCapacity: 32) { text in
            var end = 0
            func write(_ number: Int, digits: Int, then mark: Unicode.Scalar) {
                var rest = number
                for place in stride(from: end + digits - 1, through: end, by: -1) {
                    text[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                text[end + digits] = UInt8(ascii: mark)
                end += digits + 1
            }
            if year < 0 {
                text[0] = UInt8(ascii: "-")
                end = 1
            }
            let positive = Int(year.magnitude)
            write(positive, digits: positive > 99_999 ? 6 : positive > 9_999 ? 5 : 4, then: "-")
            write(month, digits: 2, then: "-")
            write(day, digits: 2, then: "T")
            write(hour, digits: 2, then: ":")
            write(minute, digits: 2, then: ":")
            write(second, digits: 2, then: ".")
            write(fraction, digits: 3, then: "Z")
            return end
        }
    }
}
