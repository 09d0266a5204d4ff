// Times of the day: their text, and what a precision keeps of them.

/// The values of TIME: nanoseconds since midnight, cut off behind so many digits of the second.
package enum TimeOfDay {
    package static let nanosecondsPerDay: Int64 = 86_400_000_000_000
    /// The digits behind the second that a TIME may have.
    package static let precisions = 0...9
    /// Those of a TIME that doesn't name them.
    package static let usualPrecision = 6

    /// Whether it is before the end of the day.
    package static func isOne(_ nanoseconds: Int64) -> Bool { (0..<nanosecondsPerDay).contains(nanoseconds) }

    /// Nanoseconds of the last digit behind the second of a precision.
    package static func unit(precision: Int) -> Int64 {
        Int64(truncatingIfNeeded: PowersOfTen.integer(min(max(9 - precision, 0), 9)))
    }

    /// The time without the digits that a precision hasn't.
    package static func truncated(_ nanoseconds: Int64, precision: Int) -> Int64 {
        nanoseconds - nanoseconds % unit(precision: precision)
    }

    // MARK: Text

    /// `12:34:56.789`, with the digits behind the second that are not zero at the end.
    package static func text(_ nanoseconds: Int64) -> String {
        ValueWriter.text { $0.write(nanosecondsOfDay: nanoseconds) }
    }

    /// `h:m`, `h:m:s` or `h:m:s.f`, as Spark reads it: a `T` may stand before it, and `AM` or `PM` behind it, where the
    /// hour is one of 1 to 12. Digits beyond nanoseconds are cut off. `nil` where it is no time.
    package static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var text = CalendarText.trimmed(text)
        var half: UInt8?
        if text.count > 2, text[text.count - 1] | 0x20 == UInt8(ascii: "m") {
            let letter = text[text.count - 2] | 0x20
            if letter == UInt8(ascii: "a") || letter == UInt8(ascii: "p") {
                half = letter
                text = CalendarText.trimmed(UnsafeBufferPointer(rebasing: text.dropLast(2)))
            }
        }
        var scanner = Scanner(text)
        guard let time = scanner.time() else { return nil }
        guard let half else { return time.hour < 24 ? time.nanoseconds(hour: time.hour) : nil }
        guard (1...12).contains(time.hour) else { return nil }
        return time.nanoseconds(hour: time.hour % 12 + (half == UInt8(ascii: "p") ? 12 : 0))
    }

    /// How many digits stand behind the last point.
    package static func fractionDigits(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        guard let point = text.lastIndex(of: UInt8(ascii: ".")) else { return 0 }
        return text[(point + 1)...].prefix { $0 &- 48 <= 9 }.count
    }

    /// What a text says.
    private struct Found {
        var hour: Int64 = 0
        var minute: Int64 = 0
        var second: Int64 = 0
        var fraction: Int64 = 0

        func nanoseconds(hour: Int64) -> Int64? {
            guard minute < 60, second < 60 else { return nil }
            return ((hour * 60 + minute) * 60 + second) * 1_000_000_000 + fraction
        }
    }

    private struct Scanner {
        private let text: UnsafeBufferPointer<UInt8>
        private var position = 0

        init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        /// A number of one or two digits.
        private mutating func number() -> Int64? {
            var value: Int64 = 0
            let start = position
            while position < text.count, position - start < 2, text[position] &- 48 <= 9 {
                value = value * 10 + Int64(text[position] &- 48)
                position += 1
            }
            return position > start ? value : nil
        }

        /// The whole text.
        mutating func time() -> Found? {
            var found = Found()
            // An hour alone is a time only behind the letter.
            let hasLetter = take("T")
            guard let hour = number() else { return nil }
            found.hour = hour
            if hasLetter, position == text.count { return found }
            guard take(":"), let minute = number() else { return nil }
            found.minute = minute
            if take(":") {
                guard let second = number() else { return nil }
                found.second = second
                if take(".") { found.fraction = fraction() }
            }
            return position == text.count ? found : nil
        }

        /// Nanoseconds of the digits behind a point, of which there may be none.
        private mutating func fraction() -> Int64 {
            var fraction: Int64 = 0
            var unit: Int64 = 100_000_000
            while position < text.count, text[position] &- 48 <= 9 {
                fraction += Int64(text[position] &- 48) * unit
                unit /= 10
                position += 1
            }
            return fraction
        }
    }
}
