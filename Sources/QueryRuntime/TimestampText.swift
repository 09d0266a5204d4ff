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
        return "\(pad(Int(year), 4))-\(pad(month, 2))-\(pad(day, 2))T"
            + "\(pad(hour, 2)):\(pad(minute, 2)):\(pad(second, 2)).\(pad(fraction, 3))Z"
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
