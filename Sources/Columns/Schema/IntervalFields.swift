// The fields that intervals are written in: from the coarsest to the finest that a type shows.

/// The fields of intervals, coarsest first.
package enum IntervalField: Int, Hashable, Sendable, CaseIterable, Comparable {
    case year, month, day, hour, minute, second

    /// The field as SQL writes it.
    package var name: String {
        switch self {
        case .year: "YEAR"
        case .month: "MONTH"
        case .day: "DAY"
        case .hour: "HOUR"
        case .minute: "MINUTE"
        case .second: "SECOND"
        }
    }

    /// Whether it counts months, and not microseconds.
    package var isOfMonths: Bool { self <= .month }

    /// Months or microseconds of one.
    package var size: Int64 {
        switch self {
        case .year: 12
        case .month: 1
        case .day: 86_400_000_000
        case .hour: 3_600_000_000
        case .minute: 60_000_000
        case .second: 1_000_000
        }
    }

    package static func < (a: IntervalField, b: IntervalField) -> Bool { a.rawValue < b.rawValue }
}

/// The fields of a year-month interval.
public enum YearMonthFields: String, Hashable, Sendable, CaseIterable {
    case year = "YEAR"
    case yearToMonth = "YEAR TO MONTH"
    case month = "MONTH"

    /// The coarsest field.
    package var start: IntervalField { self == .month ? .month : .year }
    /// The finest field.
    package var end: IntervalField { self == .year ? .year : .month }

    /// The fields from one to another; `nil` where they are none of years and months.
    package init?(from start: IntervalField, to end: IntervalField) {
        guard let fields = Self.allCases.first(where: { $0.start == start && $0.end == end }) else { return nil }
        self = fields
    }

    /// The fewest fields that show what both show.
    package func union(_ other: YearMonthFields) -> YearMonthFields { self == other ? self : .yearToMonth }
}

/// The fields of a day-time interval.
public enum DayTimeFields: String, Hashable, Sendable, CaseIterable {
    case day = "DAY"
    case dayToHour = "DAY TO HOUR"
    case dayToMinute = "DAY TO MINUTE"
    case dayToSecond = "DAY TO SECOND"
    case hour = "HOUR"
    case hourToMinute = "HOUR TO MINUTE"
    case hourToSecond = "HOUR TO SECOND"
    case minute = "MINUTE"
    case minuteToSecond = "MINUTE TO SECOND"
    case second = "SECOND"

    /// The coarsest field.
    package var start: IntervalField {
        switch self {
        case .day, .dayToHour, .dayToMinute, .dayToSecond: .day
        case .hour, .hourToMinute, .hourToSecond: .hour
        case .minute, .minuteToSecond: .minute
        case .second: .second
        }
    }

    /// The finest field.
    package var end: IntervalField {
        switch self {
        case .day: .day
        case .dayToHour, .hour: .hour
        case .dayToMinute, .hourToMinute, .minute: .minute
        case .dayToSecond, .hourToSecond, .minuteToSecond, .second: .second
        }
    }

    /// The fields from one to another; `nil` where they are none of days and times.
    package init?(from start: IntervalField, to end: IntervalField) {
        guard let fields = Self.allCases.first(where: { $0.start == start && $0.end == end }) else { return nil }
        self = fields
    }

    /// The fewest fields that show what both show.
    package func union(_ other: DayTimeFields) -> DayTimeFields {
        DayTimeFields(from: min(start, other.start), to: max(end, other.end)) ?? .dayToSecond
    }
}

extension DataType {
    /// The interval type of these fields; `nil` where they don't belong together.
    package static func interval(from start: IntervalField, to end: IntervalField) -> DataType? {
        YearMonthFields(from: start, to: end).map { .yearMonthInterval($0) }
            ?? DayTimeFields(from: start, to: end).map { .dayTimeInterval($0) }
    }

    /// The fields of an interval type, coarsest and finest; `nil` for other types.
    package var intervalFields: (start: IntervalField, end: IntervalField)? {
        switch self {
        case .yearMonthInterval(let fields): (fields.start, fields.end)
        case .dayTimeInterval(let fields): (fields.start, fields.end)
        default: nil
        }
    }

    /// Whether values are intervals of either kind.
    package var isInterval: Bool { intervalFields != nil }

    /// Whether values are dates or timestamps of either kind.
    package var isDatetime: Bool { self == .date || self == .timestamp || self == .timestampNTZ }
}
