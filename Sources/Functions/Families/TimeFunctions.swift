// Timestamps, in UTC.

import Columns

enum TimeFunctions {
    static let all: [FunctionDefinition] = [
        field("hour", "the hour of the day", { $0 / 3_600_000_000 }),
        field("minute", "the minute of the hour", { $0 / 60_000_000 % 60 }),
        field("second", "the second of the minute", { $0 / 1_000_000 % 60 }),
        FunctionDefinition(
            "date_part", aliases: ["datepart"], .time, "date_part(field, time)",
            "the part of a date or timestamp that a constant text names", 2...2, traits: [], values: [0]
        ) { (call) throws(FunctionError) in .rewrite(try part(call)) },
        FunctionDefinition(
            "date_trunc", .time, "date_trunc(unit, timestamp)", "the timestamp cut down to the start of a unit", 2...2,
            values: [0]
        ) { (call) throws(FunctionError) in
            .kernel(
                try call.types([.string, .timestamp]), .timestamp, isNullable: true,
                .binary { DateKernels.truncated($1, $0) })
        },
        FunctionDefinition(
            "to_date", .time, "to_date(value)", "the value as a date", 1...1, is: .cast(.argument(0), .date)),
        FunctionDefinition(
            "try_to_date", .time, "try_to_date(value)", "the value as a date, NULL where it is none", 1...1,
            is: .cast(.argument(0), .date, isTry: true)),
        FunctionDefinition(
            "to_timestamp", .time, "to_timestamp(value)", "the value as a timestamp", 1...1,
            is: .cast(.argument(0), .timestamp)),
        FunctionDefinition(
            "try_to_timestamp", .time, "try_to_timestamp(value)", "the value as a timestamp, NULL where it is none",
            1...1, is: .cast(.argument(0), .timestamp, isTry: true)),
        from("timestamp_seconds", "seconds", 1_000_000), from("timestamp_millis", "milliseconds", 1_000),
        from("timestamp_micros", "microseconds", 1), to("unix_seconds", "seconds", 1_000_000),
        to("unix_millis", "milliseconds", 1_000), to("unix_micros", "microseconds", 1),
        FunctionDefinition(
            "current_timestamp", aliases: ["now"], .time, "current_timestamp()", "when the micro-batch started", 0...0,
            traits: .isPerBatch
        ) { _ in
            .kernel(
                [], .timestamp, isNullable: false,
                .contextual { _, count, context in
                    ConstantKernel.column(
                        of: .timestamp(context.timestampMicroseconds), type: .timestamp, count: count)
                })
        },
    ]

    private static func field(
        _ name: String, _ summary: String, _ body: @escaping @Sendable (Int64) -> Int64
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, .time, "\(name)(timestamp)", summary, [.timestamp], gives: .integer, DateKernels.timeField(body))
    }

    private static func from(_ name: String, _ unit: String, _ microseconds: Int64) -> FunctionDefinition {
        FunctionDefinition(
            name, .time, "\(name)(number)", "the timestamp so many \(unit) after 1970-01-01", 1...1,
            traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            // Seconds may have a fraction: a cast of DOUBLE and DECIMAL to TIMESTAMP counts seconds.
            if microseconds == 1_000_000, call.type(0).isFractional || call.type(0).isDecimal {
                return .rewrite(.cast(.argument(0), .timestamp))
            }
            guard call.type(0).isIntegral || call.type(0) == .null else { throw call.unexpected(0, "an integer") }
            return .kernel(
                [.long], .timestamp, isNullable: nil, DateKernels.timestamps(microseconds: microseconds))
        }
    }

    private static func to(_ name: String, _ unit: String, _ microseconds: Int64) -> FunctionDefinition {
        FunctionDefinition(
            name, .time, "\(name)(timestamp)", "\(unit) since 1970-01-01, rounded down", 1...1
        ) { (call) throws(FunctionError) in
            guard call.type(0) == .timestamp || call.type(0) == .null else { throw call.unexpected(0, "TIMESTAMP") }
            return .kernel([.timestamp], .long, isNullable: nil, DateKernels.units(microseconds: microseconds))
        }
    }

    private static let parts: [String: String] = [
        "year": "year", "years": "year", "yr": "year", "quarter": "quarter", "qtr": "quarter", "month": "month",
        "months": "month", "mon": "month", "week": "weekofyear", "weeks": "weekofyear", "w": "weekofyear",
        "day": "day", "days": "day", "d": "day", "dayofweek": "dayofweek", "dow": "dayofweek",
        "dayofweek_iso": "weekday", "dow_iso": "weekday", "doy": "dayofyear", "hour": "hour", "hours": "hour",
        "hr": "hour", "h": "hour", "minute": "minute", "minutes": "minute", "min": "minute", "m": "minute",
    ]

    private static func part(_ call: FunctionCall) throws(FunctionError) -> Rewrite {
        guard case .string(let field)? = call.arguments[0].constant else {
            throw FunctionError("NON_FOLDABLE_ARGUMENT", "the field of \(call.name) must be a constant string")
        }
        let name = field.lowercased()
        guard let function = parts[name] else {
            guard ["second", "seconds", "sec", "s"].contains(name) else {
                throw FunctionError(
                    "INVALID_EXTRACT_FIELD", "`\(field)` is no part of \(call.type(1))",
                    hint: "year, quarter, month, week, day, dayofweek, doy, hour, minute or second")
            }
            // With its fraction, as DECIMAL(8,6).
            let microseconds = Rewrite.call("unix_micros", [.argument(1)])
            return .cast(
                .arithmetic(
                    .divide,
                    .cast(
                        .call("pmod", [microseconds, .literal(.long(60_000_000), .long)]),
                        .decimal(precision: 14, scale: 0)),
                    .literal(.decimal(unscaled: 1_000_000, scale: 0), .decimal(precision: 7, scale: 0))),
                .decimal(precision: 8, scale: 6))
        }
        let value = Rewrite.call(function, [.argument(1)])
        return name.hasSuffix("_iso") ? .arithmetic(.add, value, .literal(.integer(1), .integer)) : value
    }
}
