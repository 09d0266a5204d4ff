// Dates: their parts, and the steps between them.

import Columns

enum DateFunctions {
    static let all: [FunctionDefinition] = [
        field("year", "the year", .year),
        field("quarter", "the quarter, from 1", .quarter),
        field("month", "the month, from 1", .month),
        field("day", aliases: ["dayofmonth"], "the day of the month, from 1", .day),
        field("dayofyear", "the day of the year, from 1", .dayOfYear),
        field("dayofweek", "the weekday, Sunday as 1", .dayOfWeek),
        field("weekday", "the weekday, Monday as 0", .weekday),
        field("weekofyear", "the week by ISO 8601", .week),
        field("yearofweek", "the year that the week by ISO 8601 belongs to", .yearOfWeek),
        FunctionDefinition(
            "dayname", .time, "dayname(date)", "the weekday in three letters", [.date], gives: .string,
            DateKernels.name(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]) { Int(DateKernels.weekday($0)) }),
        FunctionDefinition(
            "monthname", .time, "monthname(date)", "the month in three letters", [.date], gives: .string,
            DateKernels.name(
                ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            ) { CalendarText.civil(days: $0).month - 1 }),
        step("date_add", aliases: ["dateadd"], "the day so many days later", sign: 1),
        step("date_sub", "the day so many days earlier", sign: -1),
        FunctionDefinition(
            "datediff", aliases: ["date_diff"], .time, "datediff(end, start)", "days from start to end",
            [.date, .date],
            gives: .integer, .binary { DateKernels.difference($0, $1) }),
        FunctionDefinition(
            "add_months", .time, "add_months(date, months)",
            "the same day so many months later, or the month's last where it is shorter", [.date, .integer],
            gives: .date, traits: [.isNullIntolerant, .mayRaise],
            .binary { (dates, months) throws(KernelError) in try DateKernels.addMonths(dates, months) }),
        FunctionDefinition(
            "last_day", .time, "last_day(date)", "the last day of the month", [.date], gives: .date,
            .unary { DateKernels.lastDay($0) }),
        FunctionDefinition(
            "next_day", .time, "next_day(date, weekday)", "the next day that is this weekday", [.date, .string],
            gives: .date, traits: [.isNullIntolerant, .mayRaise], values: [1],
            .binary { (days, names) throws(KernelError) in try DateKernels.next(days, names) }),
        FunctionDefinition(
            "make_date", .time, "make_date(year, month, day)", "the date", [.integer, .integer, .integer],
            gives: .date, traits: [.isNullIntolerant, .mayRaise],
            .variadic { (columns) throws(KernelError) in try DateKernels.make(columns) }),
        FunctionDefinition(
            "trunc", .time, "trunc(date, unit)", "the first day of the date's year, quarter, month or week", 2...2,
            values: [1]
        ) { (call) throws(FunctionError) in
            let types = try call.types([.date, .string])
            // By what is no unit it is NULL, whatever the date.
            if let unit = call.arguments[1].constant, DateUnit(constant: unit)?.cutsDates != true {
                return .rewrite(.cast(.null, .date))
            }
            return .kernel(
                types, .date, isNullable: true,
                .binary { DateKernels.truncated($0, $1) })
        },
        FunctionDefinition(
            "unix_date", .time, "unix_date(date)", "days since 1970-01-01", 1...1
        ) { (call) throws(FunctionError) in
            guard call.type(0) == .date || call.type(0) == .null else { throw call.unexpected(0, "DATE") }
            return .kernel([.date], .integer, isNullable: nil, .unary { $0.reinterpreted(as: .integer) })
        },
        FunctionDefinition(
            "date_from_unix_date", .time, "date_from_unix_date(days)", "the date so many days after 1970-01-01",
            [.integer], gives: .date, .unary { $0.reinterpreted(as: .date) }),
        FunctionDefinition(
            "current_date", aliases: ["curdate"], .time, "current_date()", "the day on which the micro-batch started",
            0...0, traits: .isPerBatch
        ) { call in
            let zone = call.zone
            return .kernel(
                [], .date, isNullable: false, zone: zone,
                .contextual { _, count, context in
                    let day = CalendarText.floorDivide(
                        zone.local(context.timestampMicroseconds), CalendarText.microsecondsPerDay
                    ).quotient
                    return ConstantKernel.column(
                        of: .date(Int32(truncatingIfNeeded: day)), type: .date, count: count)
                })
        },
    ]

    private static func field(
        _ name: String, aliases: [String] = [], _ summary: String, _ field: DateKernels.Field
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, aliases: aliases, .time, "\(name)(date)", summary, [.date], gives: .integer,
            .unary { DateKernels.numbers(field, $0) })
    }

    private static func step(
        _ name: String, aliases: [String] = [], _ summary: String, sign: Int32
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, aliases: aliases, .time, "\(name)(date, days)", summary, 2...2,
            traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            guard [.byte, .short, .integer, .null, .string].contains(call.type(1)) else {
                throw call.unexpected(1, "INT, SMALLINT or TINYINT")
            }
            return .kernel(
                try call.types([.date, .integer]), .date, isNullable: nil, DateKernels.addDays(sign: sign))
        }
    }
}
