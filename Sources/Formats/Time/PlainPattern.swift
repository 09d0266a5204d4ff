// Patterns of nothing but numbers of fixed widths and single bytes, as most are: `yyyy-MM-dd HH:mm:ss`.

import Columns

/// A pattern without names, zones and parts that may be absent. Times of usual years are read and written by it with
/// one look at each byte; what it does not know is left to the pattern's parts.
package struct PlainPattern: Hashable, Sendable {
    /// What a number says, as a place among a row's values.
    fileprivate enum Part: Int, CaseIterable {
        case year, month, day, hour, minute, second

        init?(_ field: TimePattern.Field) {
            switch field {
            case .year, .yearOfEra: self = .year
            case .month: self = .month
            case .day: self = .day
            case .hour: self = .hour
            case .minute: self = .minute
            case .second: self = .second
            default: return nil
            }
        }
    }

    /// A number of two digits, or four of a year, and where they stand in the text.
    fileprivate struct Number: Hashable, Sendable {
        let part: Part
        let place: Int
        let isYear: Bool
    }

    /// A byte, and where it stands in the text.
    fileprivate struct Literal: Hashable, Sendable {
        let byte: UInt8
        let place: Int
    }

    private let numbers: [Number]
    private let literals: [Literal]
    /// How many bytes a time has.
    private let length: Int
    /// Whether its fields make a time: a year, a month and a day, and what is smaller, each once.
    private let isReadable: Bool

    /// `nil` for patterns that have something else in them.
    init?(_ parts: [TimePattern.Part]) {
        var numbers: [Number] = []
        var literals: [Literal] = []
        var fields: [TimePattern.Field] = []
        var length = 0
        for part in parts {
            switch part {
            case .literal(let bytes):
                for byte in bytes {
                    literals.append(Literal(byte: byte, place: length))
                    length += 1
                }
            case .number(let field, let width):
                guard let part = Part(field) else { return nil }
                let isYear = part == .year
                guard width.least == (isYear ? 4 : 2), isYear ? !width.isReduced : width.most == 2 else { return nil }
                numbers.append(Number(part: part, place: length, isYear: isYear))
                fields.append(field)
                length += width.least
            default: return nil
            }
        }
        (self.numbers, self.literals, self.length) = (numbers, literals, length)
        let needed: [TimePattern.Field] = [.year, .month, .day]
        isReadable =
            Set(fields).count == fields.count && !fields.contains(.yearOfEra) && needed.allSatisfy(fields.contains)
            && literals.allSatisfy { !(48...57).contains($0.byte) }
    }

    /// What the pattern is while rows are read or written.
    @inline(__always)
    private func machine<Result>(_ body: (Machine) -> Result) -> Result {
        numbers.withUnsafeBufferPointer { numbers in
            literals.withUnsafeBufferPointer { literals in
                withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Part.allCases.count) { values in
                    values.initialize(repeating: 0)
                    return body(Machine(numbers: numbers, literals: literals, values: values, length: length))
                }
            }
        }
    }

    // MARK: Writing

    /// Writes an instant as clocks of a zone show it; false where the year has not four digits.
    func write(_ instant: Int64, in zone: TimeZone, into out: inout BytesBuilder) -> Bool {
        machine { $0.write(zone.isUTC ? instant : zone.local(instant), into: &out) }
    }

    /// Writes the instants of rows from one on, NULL for NULL, as long as their years have four digits and a
    /// column holds the texts; gives the row
    /// that it stops at.
    func write(
        _ times: UnsafePointer<Int64>, _ valid: UnsafePointer<UInt8>?, _ rows: Range<Int>, in zone: TimeZone,
        into out: inout BytesBuilder
    ) -> Int {
        let isUTC = zone.isUTC
        return machine { machine in
            for row in rows {
                guard Loops.isValid(valid, row) else {
                    out.appendNull()
                    continue
                }
                guard out.byteCount <= Int(UInt32.max) - machine.length,
                    machine.write(isUTC ? times[row] : zone.local(times[row]), into: &out)
                else { return row }
                out.endValue()
            }
            return rows.upperBound
        }
    }

    // MARK: Reading

    /// Microseconds since 1970 on a clock of no zone; `nil` where the text isn't just what the pattern writes, which
    /// says nothing of whether it can be read.
    package func read(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard isReadable, text.count == length, let start = text.baseAddress else { return nil }
        return machine { $0.read(start) }
    }

    /// Appends the instants at which clocks of a zone show the texts of rows from one on, as long as they are there
    /// and just what the pattern writes; gives the row that it stops at.
    package func read(
        _ texts: ColumnVector, from first: Int, in zone: TimeZone, into times: inout FixedBuilder<Int64>
    ) -> Int {
        guard isReadable else { return first }
        let (runs, valid, isUTC) = (Runs(texts), texts.validityBits, zone.isUTC)
        return machine { machine in
            for row in first..<texts.count {
                guard Loops.isValid(valid, row), runs.length(row) == machine.length,
                    let local = machine.read(runs.address(row))
                else { return row }
                times.append(isUTC ? local : zone.instant(local: local))
            }
            return texts.count
        }
    }

    // MARK: One row

    /// Where the pieces of a pattern are, and room for the numbers of a row. Each row meets the same jumps.
    private struct Machine {
        let numbers: UnsafeBufferPointer<Number>
        let literals: UnsafeBufferPointer<Literal>
        /// By `Part`; zero where the pattern has no such number.
        let values: UnsafeMutableBufferPointer<UInt32>
        let length: Int

        private subscript(part: Part) -> UInt32 {
            @inline(__always)
            get { values[part.rawValue] }
            @inline(__always)
            nonmutating set { values[part.rawValue] = newValue }
        }

        @inline(__always)
        func write(_ local: Int64, into out: inout BytesBuilder) -> Bool {
            let (days, time) = CalendarText.floorDivide(local, CalendarText.microsecondsPerDay)
            let (year, month, day) = CalendarText.civil(days: days)
            guard UInt64(bitPattern: year &- 1) < 9_999 else { return false }
            let seconds = UInt32(truncatingIfNeeded: time / 1_000_000)
            self[.year] = UInt32(truncatingIfNeeded: year)
            self[.month] = UInt32(truncatingIfNeeded: month)
            self[.day] = UInt32(truncatingIfNeeded: day)
            self[.hour] = seconds / 3_600
            self[.minute] = seconds / 60 % 60
            self[.second] = seconds % 60
            out.reserve(length)
            out.write { start in
                for literal in literals { start[literal.place] = literal.byte }
                for number in numbers {
                    let (value, place) = (self[number.part], start + number.place)
                    if number.isYear {
                        Self.put(value / 100, place)
                        Self.put(value % 100, place + 2)
                    } else {
                        Self.put(value, place)
                    }
                }
                return length
            }
            return true
        }

        @inline(__always)
        private static func put(_ value: UInt32, _ place: UnsafeMutablePointer<UInt8>) {
            let tens = value / 10
            place[0] = UInt8(truncatingIfNeeded: tens) &+ 48
            place[1] = UInt8(truncatingIfNeeded: value &- 10 &* tens) &+ 48
        }

        @inline(__always)
        func read(_ text: UnsafePointer<UInt8>) -> Int64? {
            var difference: UInt8 = 0
            for literal in literals { difference |= text[literal.place] ^ literal.byte }
            // The highest bit is set where a byte is no digit.
            var beyond: UInt32 = 0
            for number in numbers {
                var value = Self.pair(text + number.place, &beyond)
                if number.isYear { value = value &* 100 &+ Self.pair(text + number.place + 2, &beyond) }
                self[number.part] = value
            }
            guard difference == 0, beyond >> 31 == 0,
                self[.hour] < 24, self[.minute] < 60, self[.second] < 60,
                let days = CalendarText.days(
                    year: Int64(self[.year]), month: Int(self[.month]), day: Int(self[.day]))
            else { return nil }
            let seconds = self[.hour] &* 3_600 &+ self[.minute] &* 60 &+ self[.second]
            return days &* CalendarText.microsecondsPerDay &+ Int64(seconds) &* 1_000_000
        }

        @inline(__always)
        private static func pair(_ digits: UnsafePointer<UInt8>, _ beyond: inout UInt32) -> UInt32 {
            let (tens, ones) = (UInt32(digits[0] &- 48), UInt32(digits[1] &- 48))
            beyond |= (9 &- tens) | (9 &- ones)
            return tens &* 10 &+ ones
        }
    }
}
