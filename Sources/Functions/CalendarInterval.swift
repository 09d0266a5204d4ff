// Intervals as Spark reads them from text: "10 minutes", "1 hour 30 minutes", "interval 1.5 seconds".

/// Months, days and microseconds, which are no fixed multiples of each other.
package struct CalendarInterval: Equatable, Sendable {
    /// Whole months.
    package private(set) var months: Int64 = 0
    private var days: Int64 = 0
    private var microseconds: Int64 = 0

    /// Reads amounts with their units, one after the other, with `interval` before them or not; `nil` where the text is
    /// none. Units are whole words, as singular or plural; only seconds have fractions.
    package init?(_ text: String) {
        var words = text.lowercased().split(whereSeparator: \.isWhitespace)[...]
        if words.first == "interval" { words = words.dropFirst() }
        guard !words.isEmpty else { return nil }
        while let written = words.popFirst() {
            guard let unit = words.popFirst(), add(written, String(unit)) else { return nil }
        }
    }

    /// What it is at most, in microseconds, with months of 31 days as in Spark's watermarks; `nil` where that is more
    /// than fits.
    package var longestMicroseconds: Int64? {
        let (ofMonths, isLongMonths) = months.multipliedReportingOverflow(by: 31)
        let (allDays, isLongDays) = ofMonths.addingReportingOverflow(days)
        let (product, isLong) = allDays.multipliedReportingOverflow(by: CalendarInterval.microsecondsPerDay)
        let (sum, isLonger) = product.addingReportingOverflow(microseconds)
        return isLongMonths || isLongDays || isLong || isLonger ? nil : sum
    }

    private static let microsecondsPerDay: Int64 = 86_400_000_000

    private static let lengths: [String: Int64] = [
        "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "millisecond": 1_000, "microsecond": 1,
    ]

    private mutating func add(_ written: Substring, _ word: String) -> Bool {
        let unit = word.hasSuffix("s") ? String(word.dropLast()) : word
        if unit == "second" {
            guard let value = CalendarInterval.seconds(written) else { return false }
            return CalendarInterval.add(value, 1, to: &microseconds)
        }
        guard let count = Int64(written) else { return false }
        switch unit {
        case "year": return CalendarInterval.add(count, 12, to: &months)
        case "month": return CalendarInterval.add(count, 1, to: &months)
        case "week": return CalendarInterval.add(count, 7, to: &days)
        case "day": return CalendarInterval.add(count, 1, to: &days)
        default:
            guard let length = CalendarInterval.lengths[unit] else { return false }
            return CalendarInterval.add(count, length, to: &microseconds)
        }
    }

    private static func add(_ count: Int64, _ length: Int64, to total: inout Int64) -> Bool {
        let (product, isLong) = count.multipliedReportingOverflow(by: length)
        let (sum, isLonger) = total.addingReportingOverflow(product)
        total = sum
        return !isLong && !isLonger
    }

    /// Seconds with at most nine digits behind the point, of which six count, as microseconds.
    private static func seconds(_ written: Substring) -> Int64? {
        let isNegative = written.hasPrefix("-")
        let unsigned = isNegative || written.hasPrefix("+") ? written.dropFirst() : written
        let parts = unsigned.split(separator: ".", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let whole = UInt32(first.isEmpty ? "0" : first) else {
            return nil
        }
        var total = Int64(whole) * 1_000_000
        if parts.count == 2 {
            let digits = parts[1]
            guard digits.utf8.count <= 9, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }),
                !(first.isEmpty && digits.isEmpty)
            else { return nil }
            total += Int64(digits.prefix(6) + String(repeating: "0", count: max(0, 6 - digits.utf8.count))) ?? 0
        }
        return isNegative ? -total : total
    }
}
