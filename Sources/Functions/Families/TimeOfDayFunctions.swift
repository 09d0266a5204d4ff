// Times of the day: made, taken apart, moved and counted.

import Columns
import Formats

package enum TimeOfDayFunctions {
    private static let usual = DataType.time(precision: TimeOfDay.usualPrecision)

    static let all: [FunctionDefinition] = made + changed + counted + current

    // MARK: Made

    private static let made: [FunctionDefinition] = [
        FunctionDefinition(
            "make_time", .time, "make_time(hour, minute, second)", "the time of the day that these fields make",
            [.integer, .integer, .decimal(precision: 16, scale: 6)], gives: usual,
            traits: [.isNullIntolerant, .mayRaise],
            .variadic { (columns) throws(KernelError) in try TimeOfDayKernels.make(columns) }),
        FunctionDefinition(
            "time", .time, "time(value)", "the value as a time of the day", 1...1, is: .cast(.argument(0), usual)),
        reading("to_time", isTry: false),
        reading("try_to_time", isTry: true),
        from("time_from_seconds", "seconds", 1_000_000_000),
        from("time_from_millis", "milliseconds", 1_000_000),
        from("time_from_micros", "microseconds", 1_000),
    ]

    private static func reading(_ name: String, isTry: Bool) -> FunctionDefinition {
        FunctionDefinition(
            name, .time, "\(name)(text [, pattern])",
            "the text as a time of the day, by a pattern where one is given"
                + (isTry ? "; NULL where it is none" : ""), 1...2,
            traits: isTry ? .isNullIntolerant : [.isNullIntolerant, .mayRaise], values: [1],
            columnText: { texts in
                let call = "to_time(\(texts.joined(separator: ", ")))"
                return isTry ? "try_to_time(\(call))" : call
            }
        ) { (call) throws(FunctionError) in
            let kernel: ScalarKernel
            if call.arguments.count == 1 {
                kernel = .unary { (texts) throws(KernelError) in try TimeOfDayKernels.read(texts, isTry: isTry) }
            } else {
                kernel = TimeFormatFunctions.prepared(.reading) { (columns, source) throws(KernelError) in
                    try TimeOfDayKernels.read(columns[0], columns[1], source, isTry: isTry)
                }
            }
            return .kernel(try call.types([.string]), usual, isNullable: isTry ? true : nil, kernel)
        }
    }

    private static func from(_ name: String, _ unit: String, _ nanoseconds: Int64) -> FunctionDefinition {
        FunctionDefinition(
            name, .time, "\(name)(number)", "the time of the day so many \(unit) after midnight", 1...1,
            traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            // Only seconds may have a fraction.
            if nanoseconds == 1_000_000_000, call.type(0).isDecimal || call.type(0).isFractional {
                let type = call.type(0).isDecimal ? call.type(0) : .double
                return .kernel(
                    [type], usual, isNullable: nil,
                    .unary { (column) throws(KernelError) in try TimeOfDayKernels.times(seconds: column) })
            }
            guard call.type(0).isIntegral || call.type(0) == .null else { throw call.unexpected(0, "an integer") }
            return .kernel(
                [.long], usual, isNullable: nil,
                .unary { (column) throws(KernelError) in try TimeOfDayKernels.times(column, nanoseconds) })
        }
    }

    // MARK: Changed

    private static let changed: [FunctionDefinition] = [
        FunctionDefinition(
            "time_trunc", .time, "time_trunc(unit, time)", "the time of the day cut down to the start of a unit", 2...2,
            traits: [.isNullIntolerant, .mayRaise], values: [0]
        ) { (call) throws(FunctionError) in
            let type = try time(call, 1)
            return .kernel(
                try call.types([.string, type]), type, isNullable: nil,
                .binary { (units, times) throws(KernelError) in try TimeOfDayKernels.truncated(times, units) })
        },
        FunctionDefinition(
            "time_diff", .time, "time_diff(unit, start, end)", "whole units from start to end", 3...3,
            traits: [.isNullIntolerant, .mayRaise], values: [0]
        ) { (call) throws(FunctionError) in
            .kernel(
                try call.types([.string, try time(call, 1), try time(call, 2)]), .long, isNullable: nil,
                .variadic { (columns) throws(KernelError) in
                    try TimeOfDayKernels.count(of: columns[0], from: columns[1], to: columns[2])
                })
        },
    ]

    /// The type of an argument that is a time of the day.
    private static func time(_ call: FunctionCall, _ index: Int) throws(FunctionError) -> DataType {
        if call.type(index).isTime { return call.type(index) }
        guard TypeCoercion.castsImplicitly(call.type(index), to: usual) else { throw call.unexpected(index, "TIME") }
        return usual
    }

    // MARK: Counted

    private static let counted: [FunctionDefinition] = [
        to("time_to_seconds", "seconds", .decimal(precision: 14, scale: 6), TimeOfDayKernels.seconds),
        to("time_to_millis", "milliseconds", .long, TimeOfDayKernels.units(1_000_000)),
        to("time_to_micros", "microseconds", .long, TimeOfDayKernels.units(1_000)),
    ]

    private static func to(
        _ name: String, _ unit: String, _ type: DataType, _ kernel: ScalarKernel
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, .time, "\(name)(time)", "\(unit) since midnight", 1...1
        ) { (call) throws(FunctionError) in
            .kernel([try onlyTime(call, 0)], type, isNullable: nil, kernel)
        }
    }

    /// The type of an argument that is a time of the day, or NULL.
    private static func onlyTime(_ call: FunctionCall, _ index: Int) throws(FunctionError) -> DataType {
        guard call.type(index).isTime || call.type(index) == .null else { throw call.unexpected(index, "TIME") }
        return call.type(index).isTime ? call.type(index) : usual
    }

    // MARK: Now

    private static let current: [FunctionDefinition] = [
        FunctionDefinition(
            "current_time", aliases: ["localtime"], .time, "current_time([precision])",
            "what the session's clock showed when the micro-batch started, with 6 digits behind the second or so many",
            0...1, defaults: [.integer(6)], traits: .isPerBatch, values: [0],
            columnText: { "current_time(\($0.first ?? "6"))" }
        ) { (call) throws(FunctionError) in
            let precision = try digits(call)
            let (zone, type) = (call.zone, DataType.time(precision: precision))
            return .kernel(
                call.arguments.map(\.type), type, isNullable: false, zone: zone,
                .contextual { _, count, context in
                    let micros = CalendarText.floorDivide(
                        zone.local(context.timestampMicroseconds), CalendarText.microsecondsPerDay
                    ).remainder
                    return ConstantKernel.column(
                        of: .time(TimeOfDay.truncated(micros * 1000, precision: precision)), type: type, count: count)
                })
        }
    ]

    /// The constant that says how many digits stand behind the second.
    private static func digits(_ call: FunctionCall) throws(FunctionError) -> Int {
        guard let argument = call.arguments.first else { return TimeOfDay.usualPrecision }
        guard let constant = argument.constant else {
            throw FunctionError(
                "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the precision of \(call.name) must be a constant")
        }
        guard let precision = constant.intValue else { throw call.unexpected(0, "INT") }
        guard TimeOfDay.precisions.contains(precision) else {
            throw FunctionError(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "\(call.name) has 0 to 9 digits behind the second")
        }
        return precision
    }

    // MARK: With dates and intervals

    /// `make_timestamp(date, time [, zone])` and its like.
    static func timestamp(_ call: FunctionCall, _ type: DataType) throws(FunctionError) -> FunctionShape {
        guard call.type(0) == .date || call.type(0) == .null else { throw call.unexpected(0, "DATE") }
        let types = try call.types([.date, try onlyTime(call, 1), .string])
        let (zone, isNamed) = (call.zone, call.arguments.count == 3)
        return .kernel(
            types, type, isNullable: nil, zone: type == .timestamp && !isNamed ? zone : nil,
            .variadic { (columns) throws(KernelError) in
                let local = try TimeOfDayKernels.timestamps(columns[0], columns[1])
                if type == .timestampNTZ { return local }
                return isNamed ? try TimeKernels.instants(local, columns[2]) : ZoneKernels.instants(local, zone)
            })
    }

    /// `time + interval`, where the interval has no days.
    static func later(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        guard case .time(let precision) = call.type(0), case .dayTimeInterval(let fields) = call.type(1) else {
            throw call.unexpected(0, "TIME")
        }
        let digits = fields.end == .second ? max(precision, TimeOfDay.usualPrecision) : precision
        let type = DataType.time(precision: digits)
        return .kernel(
            [call.type(0), call.type(1)], type, isNullable: nil,
            .binary { (times, steps) throws(KernelError) in try TimeOfDayKernels.add(steps, to: times, type) })
    }

    /// `time - time`.
    package static let difference = FunctionDefinition(
        "- time of day", .time, "time - time", "the interval between them", 2...2
    ) { (call) throws(FunctionError) in
        .kernel(
            [try time(call, 0), try time(call, 1)], .dayTimeInterval(.hourToSecond), isNullable: nil,
            .binary { TimeOfDayKernels.interval(from: $1, to: $0) })
    }

    /// By their names, none of which can be called.
    static let operators: [String: FunctionDefinition] = [difference.name: difference]
}
