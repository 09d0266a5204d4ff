// Intervals: what operators do with them, and what they are made of.

import Columns

package enum IntervalFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "make_ym_interval", .time, "make_ym_interval([years [, months]])", "the interval of years and months",
            [.integer, .integer], defaults: [.integer(0), .integer(0)], gives: .yearMonthInterval(.yearToMonth),
            traits: [.isNullIntolerant, .mayRaise],
            .binary { (years, months) throws(KernelError) in try IntervalKernels.make(years: years, months: months) }),
        FunctionDefinition(
            "make_dt_interval", .time, "make_dt_interval([days [, hours [, minutes [, seconds]]]])",
            "the interval of days, hours, minutes and seconds",
            [.integer, .integer, .integer, .decimal(precision: 18, scale: 6)],
            defaults: [.integer(0), .integer(0), .integer(0), .decimal(unscaled: 0, scale: 6)],
            gives: .dayTimeInterval(.dayToSecond), traits: [.isNullIntolerant, .mayRaise],
            .variadic { (columns) throws(KernelError) in try IntervalKernels.make(columns) }),
    ]

    // MARK: Operators

    /// `time + interval`. Months move a date to a date, days too; hours and below make a timestamp of it. A text stays
    /// one.
    package static let addition = FunctionDefinition(
        "+ interval", .time, "time + interval", "so much later", 2...2,
        traits: [.isNullIntolerant, .mayRaise]
    ) { (call) throws(FunctionError) in
        let (time, interval, zone) = (call.type(0), call.type(1), call.zone)
        switch (time, interval) {
        case (.date, .yearMonthInterval):
            return .kernel(
                [time, interval], .date, isNullable: nil,
                .binary { (days, months) throws(KernelError) in try DateKernels.addMonths(days, months) })
        case (.date, .dayTimeInterval(.day)):
            return .kernel(
                [time, interval], .date, isNullable: nil,
                .binary { (days, steps) throws(KernelError) in try DateKernels.add(steps, toDays: days) })
        case (.string, .dayTimeInterval):
            return .rewrite(
                .cast(.call("+ interval", [.cast(.argument(0), .timestamp), .argument(1)]), .string))
        case (.timestampNTZ, .yearMonthInterval):
            return .kernel([time, interval], time, isNullable: nil, months(.utc))
        case (.timestamp, .yearMonthInterval):
            return .kernel([time, interval], time, isNullable: nil, zone: zone, months(zone))
        case (.time, .dayTimeInterval): return try TimeOfDayFunctions.later(call)
        case (.timestampNTZ, .dayTimeInterval): return .kernel([time, interval], time, isNullable: nil, times(.utc))
        case (.timestamp, .dayTimeInterval), (.date, .dayTimeInterval):
            return .kernel([.timestamp, interval], .timestamp, isNullable: nil, zone: zone, times(zone))
        default:
            throw FunctionError(
                "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "\(interval) can't be added to \(time)",
                hint: "write a CAST to DATE or TIMESTAMP")
        }
    }

    private static func months(_ zone: TimeZone) -> ScalarKernel {
        .binary { (times, months) throws(KernelError) in
            try DateKernels.addMonths(toTimes: times, months, in: zone)
        }
    }

    private static func times(_ zone: TimeZone) -> ScalarKernel {
        .binary { (times, steps) throws(KernelError) in try DateKernels.add(steps, toTimes: times, in: zone) }
    }

    /// `time - time`: days between dates, else days and the time of the day between what clocks show.
    package static let difference = FunctionDefinition(
        "- time", .time, "time - time", "the interval between them", 2...2, traits: [.isNullIntolerant, .mayRaise]
    ) { (call) throws(FunctionError) in
        if ![call.type(0), call.type(1)].contains(where: { $0 == .timestamp || $0 == .timestampNTZ }) {
            return .kernel(
                try call.types([.date, .date]), .dayTimeInterval(.day), isNullable: nil,
                .binary { (end, start) throws(KernelError) in try DateKernels.days(from: start, to: end) })
        }
        // Of clocks of no zone where both are; else of the session's.
        let type: DataType = [call.type(0), call.type(1)].contains(.timestamp) ? .timestamp : .timestampNTZ
        let zone = type == .timestamp ? call.zone : .utc
        return .kernel(
            try call.types([type, type]), .dayTimeInterval(.dayToSecond), isNullable: nil, zone: zone,
            .binary { (end, start) throws(KernelError) in
                try DateKernels.interval(from: ZoneKernels.local(start, zone), to: ZoneKernels.local(end, zone))
            })
    }

    /// `interval * number`.
    package static let multiplication = scaling("* interval", "interval * number", .times)
    /// `interval / number`.
    package static let division = scaling("/ interval", "interval / number", .by)

    private static func scaling(_ name: String, _ usage: String, _ scale: IntervalKernels.Scale) -> FunctionDefinition {
        FunctionDefinition(
            name, .time, usage, "the interval so many times as long", 2...2, traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            let number = try call.numeric(1)
            let factor: DataType = number.isIntegral ? .long : number.isDecimal ? number : .double
            let result: DataType
            switch call.type(0) {
            case .yearMonthInterval: result = .yearMonthInterval(.yearToMonth)
            default: result = .dayTimeInterval(.dayToSecond)
            }
            return .kernel(
                [call.type(0), factor], result, isNullable: nil,
                .binary { (interval, number) throws(KernelError) in
                    try IntervalKernels.scaled(scale, interval, number)
                })
        }
    }

    /// `interval div interval`.
    package static let quotient = FunctionDefinition(
        "div interval", .time, "interval div interval", "how often one goes into the other", 2...2,
        traits: [.isNullIntolerant, .mayRaise]
    ) { (call) throws(FunctionError) in
        let type = try call.commonType()
        return .kernel(
            [type, type], .long, isNullable: nil,
            .binary { (left, right) throws(KernelError) in try IntervalKernels.quotient(left, right) })
    }

    /// By their names, none of which can be called.
    static let operators: [String: FunctionDefinition] = Dictionary(
        uniqueKeysWithValues: [addition, difference, multiplication, division, quotient].map { ($0.name, $0) })
}
