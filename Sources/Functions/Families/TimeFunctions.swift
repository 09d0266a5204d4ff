// Timestamps: their parts, made of numbers, as numbers, and the steps between them.

import Columns

enum TimeFunctions {
    static let all: [FunctionDefinition] = parts + steps + numbers + current

    // MARK: Parts

    private static let parts: [FunctionDefinition] = [
        field("hour", "the hour of the day", .hour),
        field("minute", "the minute of the hour", .minute),
        field("second", "the second of the minute", .second),
        FunctionDefinition(
            "date_part", aliases: ["datepart", "extract"], .time, "date_part(field, time)",
            "the part of a date, a timestamp or an interval that a constant text names", 2...2, traits: [],
            values: [0]
        ) { (call) throws(FunctionError) in try part(call) },
        FunctionDefinition(
            "date_trunc", .time, "date_trunc(unit, timestamp)", "the timestamp cut down to the start of a unit", 2...2,
            traits: [.isNullIntolerant, .mayRaise, .takesConstants], values: [0]
        ) { (call) throws(FunctionError) in
            let zone = call.zone
            let types = try call.types([.string, .timestamp])
            if let unit = call.arguments[0].constant, DateUnit(constant: unit) == nil {
                return .rewrite(.cast(.null, .timestamp))
            }
            return .kernel(
                types, .timestamp, isNullable: true, zone: zone,
                .binary { (units, times) throws(KernelError) in try TimeKernels.truncated(times, units, in: zone) })
        },
        FunctionDefinition(
            "time_bucket", .time, "time_bucket(width, timestamp [, origin])",
            "the start of the bucket of so wide an interval in which the timestamp lies; one starts at the origin",
            2...3,
            defaults: [.timestamp(0)], traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            guard call.type(0).isInterval else { throw call.unexpected(0, "an INTERVAL") }
            // Buckets of a TIMESTAMP_NTZ begin at 1970 on its own clock.
            let time: DataType = call.type(1) == .timestampNTZ ? .timestampNTZ : .timestamp
            if time == .timestampNTZ, call.arguments[2].isLeftOut {
                return .rewrite(
                    .call("time_bucket", [.argument(0), .argument(1), .literal(.timestampNTZ(0), .timestampNTZ)]))
            }
            let types = try call.types([call.type(0), time])
            let zone = time == .timestamp ? call.zone : .utc
            return .kernel(
                types, time, isNullable: nil, zone: zone,
                .variadic { (columns) throws(KernelError) in
                    try TimeKernels.buckets(columns[0], columns[1], columns[2], in: zone)
                })
        },
    ]

    private static func field(
        _ name: String, _ summary: String, _ field: TimeKernels.Field
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, .time, "\(name)(time)", summary, 1...1
        ) { (call) throws(FunctionError) in
            if call.type(0).isTime {
                return .kernel([call.type(0)], .integer, isNullable: nil, TimeOfDayKernels.field(field))
            }
            let type: DataType = call.type(0) == .timestampNTZ ? .timestampNTZ : .timestamp
            let zone = call.zone
            return .kernel(
                try call.types([type]), .integer, isNullable: nil, zone: type == .timestamp ? zone : nil,
                .unary { TimeKernels.numbers(field, $0, zone) })
        }
    }

    private static let partNames: [String: String] = [
        "year": "year", "years": "year", "yr": "year", "yrs": "year", "y": "year", "quarter": "quarter",
        "qtr": "quarter", "month": "month",
        "months": "month", "mon": "month", "mons": "month", "week": "weekofyear", "weeks": "weekofyear",
        "w": "weekofyear", "day": "day", "days": "day", "d": "day", "dayofweek": "dayofweek", "dow": "dayofweek",
        "dayofweek_iso": "weekday", "dow_iso": "weekday", "doy": "dayofyear", "hour": "hour", "hours": "hour",
        "hr": "hour", "hrs": "hour", "h": "hour", "minute": "minute", "minutes": "minute", "min": "minute",
        "mins": "minute", "m": "minute", "second": "second", "seconds": "second", "sec": "second", "secs": "second",
        "s": "second", "yearofweek": "yearofweek",
    ]

    private static func part(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        if call.arguments[0].constant == .null { return .rewrite(.cast(.null, .double)) }
        guard case .string(let field)? = call.arguments[0].constant else {
            throw FunctionError("NON_FOLDABLE_ARGUMENT", "the field of \(call.name) must be a constant string")
        }
        let name = field.lowercased()
        let function = partNames[name]
        let type = call.type(1)
        if let fields = type.intervalFields {
            guard let part = IntervalField.allCases.first(where: { $0.name.lowercased() == function }),
                (fields.start...fields.end).contains(part)
            else { throw unknown(field, type) }
            return .kernel(
                [.string, type], IntervalKernels.partType(part), isNullable: nil,
                .binary { IntervalKernels.part(part, $1) })
        }
        if case .time(let precision) = type { return try partOfDay(field, function, precision) }
        switch function {
        case nil: throw unknown(field, type)
        case "second":
            let time: DataType = type == .timestampNTZ ? type : .timestamp
            guard TypeCoercion.castsImplicitly(type, to: time) else { throw call.unexpected(1, "TIMESTAMP") }
            let zone = call.zone
            return .kernel(
                [.string, time], .decimal(precision: 8, scale: 6), isNullable: nil,
                zone: time == .timestamp ? zone : nil,
                .binary { TimeKernels.seconds($1, zone) })
        case let function?:
            let value = Rewrite.call(function, [.argument(1)])
            guard name.hasSuffix("_iso") else { return .rewrite(value) }
            return .rewrite(.arithmetic(.add, value, .literal(.integer(1), .integer)))
        }
    }

    private static func partOfDay(
        _ field: String, _ function: String?, _ precision: Int
    ) throws(FunctionError) -> FunctionShape {
        let type = DataType.time(precision: precision)
        switch function {
        case "second":
            let result = TimeOfDayKernels.secondsType(precision)
            return .kernel([.string, type], result, isNullable: nil, .binary { TimeOfDayKernels.seconds($1, result) })
        case let name? where name == "hour" || name == "minute": return .rewrite(.call(name, [.argument(1)]))
        default: throw unknown(field, type)
        }
    }

    private static func unknown(_ field: String, _ type: DataType) -> FunctionError {
        FunctionError(
            "INVALID_EXTRACT_FIELD", "`\(field)` is no part of \(type)",
            hint: "year, quarter, month, week, day, dayofweek, doy, hour, minute or second")
    }

    // MARK: Steps

    private static let steps: [FunctionDefinition] = [
        FunctionDefinition(
            "months_between", .time, "months_between(end, start [, rounded])",
            "months from start to end, of 31 days where they are not whole", [.timestamp, .timestamp, .boolean],
            defaults: [.boolean(true)], gives: .double,
            usingZone: { zone in
                .variadic {
                    TimeKernels.months(from: $0[1], to: $0[0], rounded: $0[2], in: zone)
                }
            }),
        FunctionDefinition(
            "timestampadd", .time, "timestampadd(unit, count, timestamp)", "the timestamp so many units later", 3...3,
            traits: [.isNullIntolerant, .mayRaise], values: [0]
        ) { (call) throws(FunctionError) in
            let unit = try unit(call)
            let type: DataType = call.type(2) == .timestampNTZ ? .timestampNTZ : .timestamp
            let zone = type == .timestamp ? call.zone : .utc
            return .kernel(
                try call.types([.string, .long, type]), type, isNullable: nil, zone: zone,
                .variadic { (columns) throws(KernelError) in
                    try TimeKernels.add(unit, columns[1], toTimes: columns[2], in: zone)
                })
        },
        FunctionDefinition(
            "timestampdiff", .time, "timestampdiff(unit, start, end)", "whole units from start to end", 3...3,
            values: [0]
        ) { (call) throws(FunctionError) in
            let unit = try unit(call)
            let zone = call.zone
            return .kernel(
                try call.types([.string, .timestamp, .timestamp]), .long, isNullable: nil, zone: zone,
                .variadic { TimeKernels.count(of: unit, from: $0[1], to: $0[2], in: zone) })
        },
    ]

    private static func unit(_ call: FunctionCall) throws(FunctionError) -> TimeUnit {
        guard case .string(let text)? = call.arguments[0].constant else {
            throw FunctionError("NON_FOLDABLE_ARGUMENT", "the unit of \(call.name) must be a constant string")
        }
        guard let unit = TimeUnit(rawValue: text.lowercased()) else {
            throw FunctionError(
                "INVALID_PARAMETER_VALUE.DATETIME_UNIT", "the first argument of \(call.name) must be a unit of time",
                hint: TimeUnit.allCases.map { $0.rawValue.uppercased() }.joined(separator: ", "))
        }
        return unit
    }

    // MARK: Numbers

    private static let numbers: [FunctionDefinition] = [
        from("timestamp_seconds", "seconds", 1_000_000), from("timestamp_millis", "milliseconds", 1_000),
        from("timestamp_micros", "microseconds", 1), to("unix_seconds", "seconds", 1_000_000),
        to("unix_millis", "milliseconds", 1_000), to("unix_micros", "microseconds", 1),
        make("make_timestamp", aliases: ["make_timestamp_ltz"], .timestamp, isTry: false),
        make("try_make_timestamp", aliases: ["try_make_timestamp_ltz"], .timestamp, isTry: true),
        make("make_timestamp_ntz", .timestampNTZ, isTry: false),
        make("try_make_timestamp_ntz", .timestampNTZ, isTry: true),
    ]

    private static func from(_ name: String, _ unit: String, _ microseconds: Int64) -> FunctionDefinition {
        FunctionDefinition(
            name, .time, "\(name)(number)", "the timestamp so many \(unit) after 1970-01-01", 1...1,
            traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            // Seconds may have a fraction: a cast of DOUBLE and DECIMAL to TIMESTAMP counts seconds.
            if microseconds == 1_000_000, case .decimal(_, let scale) = call.type(0) {
                return .kernel(
                    [call.type(0)], .timestamp, isNullable: nil,
                    .unary { (column) throws(KernelError) in
                        try DateKernels.timestamps(seconds: column, scale: scale)
                    })
            }
            if microseconds == 1_000_000, call.type(0).isFractional {
                return .kernel([.double], .timestamp, isNullable: true, .unary { DateKernels.timestamps(seconds: $0) })
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
            guard [.timestamp, .timestampNTZ, .null].contains(call.type(0)) else {
                throw call.unexpected(0, "TIMESTAMP")
            }
            // As in Spark a TIMESTAMP_NTZ counts as if clocks showed universal time.
            let type: DataType = call.type(0) == .timestampNTZ ? .timestampNTZ : .timestamp
            return .kernel([type], .long, isNullable: nil, DateKernels.units(microseconds: microseconds))
        }
    }

    private static func make(
        _ name: String, aliases: [String] = [], _ type: DataType, isTry: Bool
    ) -> FunctionDefinition {
        let hasZone = type == .timestamp
        return FunctionDefinition(
            name, aliases: aliases, .time,
            "\(name)(year, month, day, hour, minute, second\(hasZone ? " [, zone]" : ""))",
            "the \(type) that these fields make" + (isTry ? ", NULL where there is none" : ""), 1...(hasZone ? 7 : 6),
            // A zone that there isn't raises in any form.
            traits: isTry ? .mayRaise : [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            if call.arguments.count == 1, call.type(0) == .date || call.type(0) == .null {
                return .rewrite(.cast(.argument(0), type))
            }
            if call.arguments.count == 2 || hasZone && call.arguments.count == 3 {
                return try TimeOfDayFunctions.timestamp(call, type)
            }
            guard call.arguments.count >= 6 else {
                throw FunctionError(
                    "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                    "\(name) takes a DATE and a TIME, or year, month, day, hour, minute and second")
            }
            let types = try call.types(
                [.integer, .integer, .integer, .integer, .integer, .decimal(precision: 16, scale: 6), .string])
            let zone = call.zone
            let kernel = ScalarKernel.variadic { (columns) throws(KernelError) in
                if columns.count == 7 { try TimeKernels.requireZones(columns[6]) }
                let local = try TimeKernels.make(Array(columns.prefix(6)), isTry: isTry)
                if type == .timestampNTZ { return local }
                return columns.count == 7
                    ? try TimeKernels.instants(local, columns[6]) : ZoneKernels.instants(local, zone)
            }
            return .kernel(
                types, type, isNullable: isTry ? true : nil, zone: hasZone && call.arguments.count < 7 ? zone : nil,
                kernel)
        }
    }

    // MARK: Now

    private static let current: [FunctionDefinition] = [
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
        FunctionDefinition(
            "localtimestamp", .time, "localtimestamp()", "what the session's clock showed when the micro-batch started",
            0...0, is: .cast(.call("current_timestamp", []), .timestampNTZ)),
    ]
}
