// Intervals scaled, divided and taken apart.

import Columns

enum IntervalKernels {
    /// How a number scales an interval.
    enum Scale: Sendable {
        case times, by
    }

    /// An interval times a number, or by one, rounded half away from zero: months as INTERVAL YEAR TO MONTH,
    /// microseconds as INTERVAL DAY TO SECOND. The number is BIGINT, DOUBLE or a decimal.
    ///
    /// - Throws: INTERVAL_DIVIDED_BY_ZERO and INTERVAL_ARITHMETIC_OVERFLOW.
    static func scaled(
        _ scale: Scale, _ interval: ColumnVector, _ number: ColumnVector
    ) throws(KernelError) -> ColumnVector {
        switch number.type {
        case .long:
            let factors = number.slots(as: Int64.self)
            return try scaled(interval, number) { amount, row in
                switch scale {
                case .times: Int128(amount) * Int128(factors[row])
                case .by: factors[row] == 0 ? nil : quotient(Int128(amount), Int128(factors[row]))
                }
            } isZero: {
                scale == .by && factors[$0] == 0
            }
        case .decimal(_, let digits):
            let factors = number.slots(as: Int128.self)
            return try scaled(interval, number) { amount, row in
                switch scale {
                case .times: product(Int128(amount), factors[row], digits)
                case .by: quotient(Int128(amount), factors[row], digits)
                }
            } isZero: {
                scale == .by && factors[$0] == 0
            }
        default:
            let factors = number.slots(as: Double.self)
            return try scaled(interval, number) { amount, row in
                let exact = scale == .times ? Double(amount) * factors[row] : Double(amount) / factors[row]
                return Int128(exactly: exact.rounded(.toNearestOrAwayFromZero))
            } isZero: {
                scale == .by && factors[$0] == 0
            }
        }
    }

    @inline(__always)
    private static func scaled(
        _ interval: ColumnVector, _ number: ColumnVector, _ body: (Int64, Int) -> Int128?, isZero: (Int) -> Bool
    ) throws(KernelError) -> ColumnVector {
        func error(_ row: Int) -> KernelError {
            guard isZero(row) else { return .intervalOverflow(row: row) }
            return KernelError(
                code: "INTERVAL_DIVIDED_BY_ZERO", message: "an interval is divided by zero", row: row,
                hint: "use try_divide to get NULL instead")
        }
        if case .yearMonthInterval = interval.type {
            let months = interval.slots(as: Int32.self)
            return try Loops.checkedSlots(.yearMonthInterval(.yearToMonth), [interval, number], as: Int32.self) { row in
                isZero(row) ? nil : body(Int64(months[row]), row).flatMap { Int32(exactly: $0) }
            } _: {
                error($0)
            }
        }
        let micros = interval.slots(as: Int64.self)
        return try Loops.checkedSlots(.dayTimeInterval(.dayToSecond), [interval, number], as: Int64.self) { row in
            isZero(row) ? nil : body(micros[row], row).flatMap { Int64(exactly: $0) }
        } _: {
            error($0)
        }
    }

    /// Half away from zero.
    static func quotient(_ a: Int128, _ b: Int128) -> Int128 {
        let (quotient, rest) = a.quotientAndRemainder(dividingBy: b)
        guard rest.magnitude >= b.magnitude - rest.magnitude else { return quotient }
        return quotient + ((a < 0) == (b < 0) ? 1 : -1)
    }

    private static func product(_ amount: Int128, _ unscaled: Int128, _ digits: Int) -> Int128? {
        let (product, overflow) = amount.multipliedReportingOverflow(by: unscaled)
        return overflow ? nil : DecimalMath.rescaled(product, from: digits, to: 0)
    }

    private static func quotient(_ amount: Int128, _ unscaled: Int128, _ digits: Int) -> Int128? {
        guard unscaled != 0, let scaled = DecimalMath.rescaled(amount, from: 0, to: digits) else { return nil }
        return quotient(scaled, unscaled)
    }

    /// How often an interval goes into another of its kind, as BIGINT, cut off towards zero.
    static func quotient(_ left: ColumnVector, _ right: ColumnVector) throws(KernelError) -> ColumnVector {
        func error(_ row: Int) -> KernelError {
            KernelError(
                code: "INTERVAL_DIVIDED_BY_ZERO", message: "an interval is divided by zero", row: row,
                hint: "use nullif to get NULL instead")
        }
        if case .yearMonthInterval = left.type {
            let (a, b) = (left.slots(as: Int32.self), right.slots(as: Int32.self))
            return try Loops.checkedSlots(.long, [left, right], as: Int64.self) { row in
                b[row] == 0 ? nil : Int64(a[row]) / Int64(b[row])
            } _: {
                error($0)
            }
        }
        let (a, b) = (left.slots(as: Int64.self), right.slots(as: Int64.self))
        return try Loops.checkedSlots(.long, [left, right], as: Int64.self) { row in
            b[row] == 0 ? nil : a[row].dividedReportingOverflow(by: b[row]).partialValue
        } _: {
            error($0)
        }
    }

    /// -1.0, 0.0 or 1.0 by an interval's sign.
    static func sign(_ column: ColumnVector) -> ColumnVector {
        if case .yearMonthInterval = column.type {
            let months = column.slots(as: Int32.self)
            return Loops.slots(.double, [column], as: Double.self) { Double(months[$0].signum()) }
        }
        let micros = column.slots(as: Int64.self)
        return Loops.slots(.double, [column], as: Double.self) { Double(micros[$0].signum()) }
    }

    // MARK: Parts

    /// A field of intervals, without what coarser fields show of it: years and days as INT, months, hours and minutes
    /// as TINYINT, seconds as DECIMAL(8,6).
    static func part(_ field: IntervalField, _ column: ColumnVector) -> ColumnVector {
        switch field {
        case .year:
            let months = column.slots(as: Int32.self)
            return Loops.slots(.integer, [column], as: Int32.self) { months[$0] / 12 }
        case .month:
            let months = column.slots(as: Int32.self)
            return Loops.slots(.byte, [column], as: Int8.self) { Int8(truncatingIfNeeded: months[$0] % 12) }
        case .day:
            let micros = column.slots(as: Int64.self)
            return Loops.slots(.integer, [column], as: Int32.self) {
                Int32(truncatingIfNeeded: micros[$0] / field.size)
            }
        case .hour, .minute:
            let micros = column.slots(as: Int64.self)
            let above = field == .hour ? IntervalField.day.size : IntervalField.hour.size
            return Loops.slots(.byte, [column], as: Int8.self) {
                Int8(truncatingIfNeeded: micros[$0] % above / field.size)
            }
        case .second:
            let micros = column.slots(as: Int64.self)
            return Loops.slots(.decimal(precision: 8, scale: 6), [column], as: Int128.self) {
                Int128(micros[$0] % IntervalField.minute.size)
            }
        }
    }

    /// The type that `part` gives.
    static func partType(_ field: IntervalField) -> DataType {
        switch field {
        case .year, .day: .integer
        case .month, .hour, .minute: .byte
        case .second: .decimal(precision: 8, scale: 6)
        }
    }

    // MARK: Made of numbers

    /// Intervals of years and months.
    static func make(years: ColumnVector, months: ColumnVector) throws(KernelError) -> ColumnVector {
        let (y, m) = (years.slots(as: Int32.self), months.slots(as: Int32.self))
        return try Loops.checkedSlots(.yearMonthInterval(.yearToMonth), [years, months], as: Int32.self) { row in
            Int32(exactly: Int64(y[row]) * 12 + Int64(m[row]))
        } _: {
            .intervalOverflow(row: $0)
        }
    }

    /// Intervals of days, hours, minutes and seconds, the last as DECIMAL(18,6).
    static func make(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        let days = columns[0].slots(as: Int32.self)
        let hours = columns[1].slots(as: Int32.self)
        let minutes = columns[2].slots(as: Int32.self)
        let seconds = columns[3].slots(as: Int128.self)
        return try Loops.checkedSlots(.dayTimeInterval(.dayToSecond), columns, as: Int64.self) { row in
            let time = Int128(hours[row]) * 3_600_000_000 + Int128(minutes[row]) * 60_000_000 + seconds[row]
            return Int64(exactly: Int128(days[row]) * 86_400_000_000 + time)
        } _: {
            .intervalOverflow(row: $0)
        }
    }
}
