// Intervals as written to months or microseconds.

import Columns
import LogicalPlan
import SQLParser
import SourceText

/// An interval: so many months, or so many microseconds, and the fields in which Spark writes it.
package struct IntervalLiteral {
    let start: IntervalField
    let end: IntervalField
    /// Months, or microseconds where the fields are days and below.
    let amount: Int64

    /// As the offset of a time zone, such as `+01:00`; `nil` where it is none: at most 18 hours, by whole seconds.
    package var offsetText: String? {
        guard start >= .hour, amount % 1_000_000 == 0, abs(amount) <= 18 * 3_600_000_000 else { return nil }
        return TimeZone.offsetText(Int32(truncatingIfNeeded: amount / 1_000_000))
    }

    /// The interval as a constant.
    var expression: Expression {
        if let fields = YearMonthFields(from: start, to: end) {
            return .literal(
                .yearMonthInterval(Int32(truncatingIfNeeded: amount), fields), .yearMonthInterval(fields))
        }
        let fields = DayTimeFields(from: start, to: end) ?? .dayToSecond
        return .literal(.dayTimeInterval(amount, fields), .dayTimeInterval(fields))
    }

    /// Reads the parts of a literal.
    ///
    /// - Throws: INVALID_INTERVAL_FORMAT where they make no interval: months beside days, numbers that are none.
    package static func read(
        _ parts: [SyntaxIntervalPart], at range: TextRange
    ) throws(SQLDiagnostic) -> IntervalLiteral {
        func invalid(_ message: String, hint: String? = nil) -> SQLDiagnostic {
            SQLDiagnostic(code: "INVALID_INTERVAL_FORMAT", message, at: range, hint: hint)
        }
        var fields: [IntervalField] = []
        var total: Int64 = 0
        for part in parts {
            let step: Step?
            if let last = part.toUnit {
                step = sequence(part.amount, from: part.unit, to: last)
            } else {
                step = single(part.amount, part.unit)
            }
            guard let step else {
                if part.toUnit == nil, ["DAY", "WEEK"].contains(part.unit), Int32(trimmed(part.amount)) != nil {
                    throw SQLDiagnostic(
                        code: "INTERVAL_ARITHMETIC_OVERFLOW", "\(part.amount) \(part.unit) are too long", at: range)
                }
                throw invalid("'\(part.amount)' is no amount of \(part.unit)")
            }
            fields += step.fields
            let (sum, isBeyond) = total.addingReportingOverflow(step.amount)
            guard !isBeyond else { throw invalid("the interval is too long") }
            total = sum
        }
        guard let start = fields.min(), let end = fields.max() else { throw invalid("the interval is empty") }
        guard start.isOfMonths == end.isOfMonths else {
            throw invalid(
                "an interval has months or days, and not both", hint: "add two intervals: + INTERVAL 1 MONTH + ...")
        }
        guard !start.isOfMonths || Int32(exactly: total) != nil else {
            throw invalid("the interval is too long")
        }
        return IntervalLiteral(start: start, end: end, amount: total)
    }

    private typealias Step = (fields: [IntervalField], amount: Int64)

    /// Months or microseconds of a unit, and the field that it belongs to.
    private static let units: [String: (field: IntervalField, size: Int64)] = [
        "YEAR": (.year, 12), "MONTH": (.month, 1), "WEEK": (.day, 604_800_000_000),
        "DAY": (.day, 86_400_000_000), "HOUR": (.hour, 3_600_000_000), "MINUTE": (.minute, 60_000_000),
        "SECOND": (.second, 1_000_000), "MILLISECOND": (.second, 1_000), "MICROSECOND": (.second, 1),
    ]

    private static func single(_ amount: String, _ unit: String) -> Step? {
        guard let (field, size) = units[unit] else { return nil }
        if unit == "SECOND" { return seconds(trimmed(amount)).map { ([.second], $0) } }
        guard let count = Int64(trimmed(amount)) else { return nil }
        let (product, isTooLarge) = count.multipliedReportingOverflow(by: size)
        return isTooLarge ? nil : ([field], product)
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    /// Seconds with at most six digits behind the point, as microseconds.
    private static func seconds(_ text: String) -> Int64? {
        let isNegative = text.hasPrefix("-")
        let unsigned = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let parts = unsigned.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, text.utf8.count <= 24, let first = parts.first, !first.isEmpty || parts.count == 2,
            let whole = first.isEmpty ? 0 : UInt32(first)
        else { return nil }
        var micros = Int64(whole) * 1_000_000
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
            let digits = parts[1].prefix(6)
            guard let fraction = Int64("0" + digits) else { return nil }
            micros += (0..<(6 - digits.utf8.count)).reduce(fraction) { value, _ in value * 10 }
        }
        return isNegative ? -micros : micros
    }

    /// `1-2` YEAR TO MONTH, `1 02:03:04.5` DAY TO SECOND and what lies between.
    private static func sequence(_ text: String, from first: String, to last: String) -> Step? {
        guard let start = units[first]?.field, let end = units[last]?.field, start < end, first == start.name,
            last == end.name, start.isOfMonths == end.isOfMonths,
            let amount = Array(text.utf8).withUnsafeBufferPointer({
                IntervalNotation.parse($0, from: start, to: end)
            })
        else { return nil }
        return (IntervalField.allCases.filter { $0 >= start && $0 <= end }, amount)
    }
}
