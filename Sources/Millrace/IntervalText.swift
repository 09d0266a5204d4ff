// Intervals as people write them: "1 second", "500 ms".

/// Reads intervals of time from text.
public enum IntervalText {
    /// Longer ones are slips, and would not fit the clock's nanoseconds.
    private static let longest: Int64 = 366 * 86_400 * 1_000

    /// `1 second`, `500 ms`, `1 hour 30 minutes`, `INTERVAL 5 MINUTES`; `nil` where the text is no interval, or one of
    /// more than a year. Units from milliseconds to days, as words or letters, whatever their case.
    public static func duration(_ text: String) -> Duration? {
        var rest = Substring(text.lowercased())
        rest = rest.drop(while: \.isWhitespace)
        if rest.hasPrefix("interval ") { rest = rest.dropFirst(9) }
        var total: Int64 = 0
        var parts = 0
        while let (number, afterNumber) = leadingNumber(rest.drop(while: \.isWhitespace)) {
            let unit = afterNumber.drop(while: \.isWhitespace)
            let word = unit.prefix { $0.isASCII && $0.isLetter }
            guard let factor = milliseconds[String(word)] else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: factor)
            guard !overflow, product <= longest, total + product <= longest else { return nil }
            total += product
            parts += 1
            rest = unit.dropFirst(word.count)
        }
        guard parts > 0, rest.allSatisfy(\.isWhitespace) else { return nil }
        return .milliseconds(total)
    }

    private static func leadingNumber(_ text: Substring) -> (Int64, Substring)? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits) else { return nil }
        return (number, text.dropFirst(digits.count))
    }

    private static let milliseconds: [String: Int64] = [
        "ms": 1, "millisecond": 1, "milliseconds": 1,
        "s": 1_000, "sec": 1_000, "second": 1_000, "seconds": 1_000,
        "m": 60_000, "min": 60_000, "minute": 60_000, "minutes": 60_000,
        "h": 3_600_000, "hour": 3_600_000, "hours": 3_600_000,
        "d": 86_400_000, "day": 86_400_000, "days": 86_400_000,
    ]
}
