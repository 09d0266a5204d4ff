// Dates, timestamps and intervals in records of JSON.

import Columns

extension JSONMachine {
    mutating func date(_ node: Int, _ row: Int, _ byte: UInt8) -> JSONOutcome {
        guard scanner.isQuote(byte) else { return fail() }
        guard let text = scanner.string() else { return .malformed }
        let plain = resolved(text)
        let days: Int32?
        if let dateFormat {
            days = dateFormat.days(plain)
        } else {
            // Days since 1970 as text were once a date in Spark, and still are where it is no other.
            days = CalendarText.parseDate(plain) ?? plain.wholeNumber
        }
        guard let days else { return failed() }
        columns.nodes[node].set(days, row)
        return .written
    }

    mutating func timestamp(_ node: Int, _ row: Int, _ byte: UInt8) -> JSONOutcome {
        guard scanner.isQuote(byte) else {
            guard beginsNumber(byte) else { return fail() }
            guard let number = scanner.number() else { return .malformed }
            // Seconds.
            guard let value = number.integer else { return failed() }
            columns.nodes[node].set(value &* 1_000_000, row)
            return .written
        }
        guard let text = scanner.string() else { return .malformed }
        let plain = resolved(text)
        let value: Int64?
        if let timestampFormat {
            value = timestampFormat.microseconds(plain, in: zone, &zones)
        } else {
            value = CalendarText.parseTimestamp(plain, in: zone, &zones)
        }
        guard let value else { return failed() }
        columns.nodes[node].set(value, row)
        return .written
    }

    /// A timestamp of no zone, which must not name one.
    mutating func localTimestamp(_ node: Int, _ row: Int, _ byte: UInt8) -> JSONOutcome {
        guard scanner.isQuote(byte) else { return fail() }
        guard let text = scanner.string() else { return .malformed }
        guard let value = CalendarText.parseLocalTimestamp(resolved(text), allowsZone: false) else { return failed() }
        columns.nodes[node].set(value, row)
        return .written
    }

    /// As in Spark with all digits that there are.
    mutating func timeOfDay(_ node: Int, _ row: Int, _ byte: UInt8) -> JSONOutcome {
        guard scanner.isQuote(byte) else { return fail() }
        guard let text = scanner.string() else { return .malformed }
        guard let value = TimeOfDay.parse(resolved(text)) else { return failed() }
        columns.nodes[node].set(value, row)
        return .written
    }

    mutating func interval(_ node: Int, _ row: Int, _ byte: UInt8) -> JSONOutcome {
        guard scanner.isQuote(byte) else { return fail() }
        guard let text = scanner.string() else { return .malformed }
        let fields = columns.nodes[node].intervalFields
        guard let amount = IntervalNotation.parseLiteral(resolved(text), from: fields.start, to: fields.end) else {
            return failed()
        }
        if fields.start.isOfMonths {
            columns.nodes[node].set(Int32(truncatingIfNeeded: amount), row)
        } else {
            columns.nodes[node].set(amount, row)
        }
        return .written
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The text as an integer: a sign and digits.
    fileprivate var wholeNumber: Int32? {
        guard let first, count <= 11 else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        var value: Int64 = 0
        var place = isNegative || first == UInt8(ascii: "+") ? 1 : 0
        guard place < count else { return nil }
        while place < count {
            guard self[place] &- 48 <= 9 else { return nil }
            value = value * 10 + Int64(self[place] &- 48)
            place += 1
        }
        return Int32(exactly: isNegative ? -value : value)
    }
}
