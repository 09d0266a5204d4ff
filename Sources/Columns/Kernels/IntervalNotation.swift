// Intervals from and to text, as SQL writes them: `INTERVAL '1 02:03:04.5' DAY TO SECOND`.

/// The text between the quotes of intervals.
package enum IntervalNotation {
    // MARK: Reading

    /// Months or microseconds of a text such as `1-2` or `-1 02:03:04.5`; `nil` where it isn't one of exactly these
    /// fields. The first field may be as large as it likes, those behind it are what a clock shows.
    package static func parse(
        _ text: UnsafeBufferPointer<UInt8>, from start: IntervalField, to end: IntervalField
    ) -> Int64? {
        var scanner = Scanner(CalendarText.trimmed(text))
        guard let amount = scanner.amount(from: start, to: end), scanner.isAtEnd else { return nil }
        return fits(amount, start) ? amount : nil
    }

    /// As `parse`, with the whole literal taken, too: `INTERVAL '1-2' YEAR TO MONTH`.
    package static func parseLiteral(
        _ text: UnsafeBufferPointer<UInt8>, from start: IntervalField, to end: IntervalField
    ) -> Int64? {
        let text = CalendarText.trimmed(text)
        var scanner = Scanner(text)
        guard scanner.take(word: "interval") else { return parse(text, from: start, to: end) }
        scanner.skipBlanks()
        let isNegative = scanner.take("-")
        if !isNegative { _ = scanner.take("+") }
        guard scanner.take("'"), let amount = scanner.amount(from: start, to: end), scanner.take("'") else {
            return nil
        }
        scanner.skipBlanks()
        guard scanner.take(field: start) else { return nil }
        if end != start {
            scanner.skipBlanks()
            guard scanner.take(word: "to") else { return nil }
            scanner.skipBlanks()
            guard scanner.take(field: end) else { return nil }
        }
        guard scanner.isAtEnd, amount != .min else { return nil }
        let signed = isNegative ? -amount : amount
        return fits(signed, start) ? signed : nil
    }

    private static func fits(_ amount: Int64, _ field: IntervalField) -> Bool {
        !field.isOfMonths || Int32(exactly: amount) != nil
    }

    private struct Scanner {
        private let text: UnsafeBufferPointer<UInt8>
        private var position = 0

        init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

        var isAtEnd: Bool { position == text.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func skipBlanks() {
            while position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
        }

        /// A word of small letters, in any case.
        mutating func take(word: StaticString) -> Bool {
            let length = word.utf8CodeUnitCount
            guard position + length <= text.count else { return false }
            for index in 0..<length where text[position + index] | 0x20 != word.utf8Start[index] { return false }
            position += length
            return true
        }

        mutating func take(field: IntervalField) -> Bool {
            switch field {
            case .year: take(word: "year")
            case .month: take(word: "month")
            case .day: take(word: "day")
            case .hour: take(word: "hour")
            case .minute: take(word: "minute")
            case .second: take(word: "second")
            }
        }

        /// A sign and the numbers of the fields with what stands between them.
        mutating func amount(from start: IntervalField, to end: IntervalField) -> Int64? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            var total: Int64 = 0
            var field = start
            while true {
                guard let count = number(most: field == start ? 19 : 2), field == start || count < limit(field) else {
                    return nil
                }
                let (product, isTooLarge) = count.multipliedReportingOverflow(by: field.size)
                // Counted below zero, where there is one number more.
                let (sum, isBeyond) = total.subtractingReportingOverflow(product)
                if isTooLarge || isBeyond { return nil }
                total = sum
                if field == end { break }
                guard take(field == .year ? "-" : field == .day ? " " : ":"),
                    let next = IntervalField(rawValue: field.rawValue + 1)
                else { return nil }
                field = next
            }
            if end == .second, take(".") {
                guard let micros = fraction() else { return nil }
                let (sum, isBeyond) = total.subtractingReportingOverflow(micros)
                if isBeyond { return nil }
                total = sum
            }
            if isNegative { return total }
            return total == .min ? nil : -total
        }

        /// How many of a field make one of the field before it.
        private func limit(_ field: IntervalField) -> Int64 {
            field == .month ? 12 : field == .hour ? 24 : 60
        }

        private mutating func number(most: Int) -> Int64? {
            var value: Int64 = 0
            let start = position
            while position < text.count, position - start < most, text[position] &- 48 <= 9 {
                let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
                let (sum, isBeyond) = product.addingReportingOverflow(Int64(text[position] &- 48))
                if isTooLarge || isBeyond { return nil }
                value = sum
                position += 1
            }
            return position > start ? value : nil
        }

        /// Up to nine digits; those beyond microseconds are cut off.
        private mutating func fraction() -> Int64? {
            var unit: Int64 = 100_000
            var micros: Int64 = 0
            let start = position
            while position < text.count, position - start < 9, text[position] &- 48 <= 9 {
                micros += Int64(text[position] &- 48) * unit
                unit /= 10
                position += 1
            }
            return position > start ? micros : nil
        }
    }

    // MARK: Writing

    /// The literal, as Spark prints it: `INTERVAL '1-2' YEAR TO MONTH`.
    package static func literal(_ amount: Int64, _ type: DataType) -> String {
        ValueWriter.text { $0.write(interval: amount, type) }
    }
}

extension ValueWriter {
    /// An interval of months or microseconds as a literal.
    package mutating func write(interval amount: Int64, _ type: DataType) {
        guard let (start, end) = type.intervalFields else { preconditionFailure("\(type) is no interval") }
        out.reserve(64)
        write("INTERVAL '")
        if amount < 0 { write("-") }
        var rest = amount.magnitude
        var field = start
        while true {
            // Months in sum where no years are shown, else those beyond whole years; so with the rest.
            let (count, left) = rest.quotientAndRemainder(dividingBy: UInt64(field.size))
            write(digits: count, atLeast: field <= .day ? 1 : 2)
            rest = left
            guard field < end, let next = IntervalField(rawValue: field.rawValue + 1) else { break }
            write(field == .year ? "-" : field == .day ? " " : ":")
            field = next
        }
        if end == .second { write(fraction: rest) }
        write("' ")
        write(field: start)
        if end > start {
            write(" TO ")
            write(field: end)
        }
    }

    private mutating func write(field: IntervalField) {
        switch field {
        case .year: write("YEAR")
        case .month: write("MONTH")
        case .day: write("DAY")
        case .hour: write("HOUR")
        case .minute: write("MINUTE")
        case .second: write("SECOND")
        }
    }
}
