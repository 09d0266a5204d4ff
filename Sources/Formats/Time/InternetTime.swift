// The form of timestamps that programs write most often, read without asking what else they may be.

import Columns

/// `2026-11-26T10:11:12`, with digits behind the second and a `Z` at the end where they are given.
enum InternetTime {
    /// The signs of `10:11:12`, where they are, and zeros in their place.
    private static var clockSigns: UInt64 { 0x0000_3A00_003A_0000 }
    private static var clockSignMask: UInt64 { 0x0000_FF00_00FF_0000 }
    private static var clockZeros: UInt64 { 0x0000_3000_0030_0000 }

    /// Microseconds since 1970 of a text behind which 64 bytes may be read, or `nil` where it has another form.
    @inline(__always)
    static func microseconds(_ start: UnsafePointer<UInt8>, _ length: Int) -> Int64? {
        guard length >= 19, start[10] == UInt8(ascii: "T") || start[10] == UInt8(ascii: " ") else { return nil }
        let text = UnsafeRawPointer(start)
        // `2026-11-`, `26`, `10:11:12`.
        let months = UInt64(littleEndian: text.loadUnaligned(as: UInt64.self))
        let day2 = UInt64(UInt16(littleEndian: text.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
        let clock = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: 11, as: UInt64.self))
        guard months & 0xFF00_00FF_0000_0000 == 0x2D00_002D_0000_0000, clock & clockSignMask == clockSigns else {
            return nil
        }
        // Year, month and day without what is between them; zeros between hour, minute and second.
        let month2 = (months &>> 8) & 0xFFFF_0000_0000
        let date = DigitWord(text: (months & 0xFFFF_FFFF) | month2 | (day2 &<< 48))
        let time = DigitWord(text: clock ^ (clockSigns ^ clockZeros))
        guard date.count == 8, time.count == 8 else { return nil }
        func number(_ pairs: UInt64, _ byte: UInt64) -> Int { Int(truncatingIfNeeded: (pairs &>> (byte &* 8)) & 0xFF) }
        let (year, month, day) = (
            number(date.pairs, 0) &* 100 &+ number(date.pairs, 2), number(date.pairs, 4), number(date.pairs, 6)
        )
        let (hour, minute, second) = (number(time.pairs, 0), number(time.pairs, 3), number(time.pairs, 6))
        guard hour < 24, minute < 60, second < 60,
            let days = CalendarText.days(year: Int64(year), month: month, day: day)
        else { return nil }
        let seconds = days &* 86_400 &+ Int64(hour &* 3_600 &+ minute &* 60 &+ second)
        guard let (fraction, end) = Self.fraction(start, length) else { return nil }
        guard end == length || (end &+ 1 == length && start[end] == UInt8(ascii: "Z")) else { return nil }
        return seconds &* 1_000_000 &+ fraction
    }

    /// The microseconds behind the second, and where their digits end; those beyond the sixth don't count.
    @inline(__always)
    private static func fraction(_ start: UnsafePointer<UInt8>, _ length: Int) -> (microseconds: Int64, end: Int)? {
        guard length > 19, start[19] == UInt8(ascii: ".") else { return (0, 19) }
        let word = DigitWord(start + 20)
        let count = min(word.count, length &- 20)
        // Nine digits are nanoseconds.
        guard count > 0 else { return nil }
        var end = 20 &+ count
        if count == 8 { while end < length, start[end] &- 48 <= 9 { end &+= 1 } }
        return (Int64(truncatingIfNeeded: word.filledUp(count) / 100), end)
    }
}
