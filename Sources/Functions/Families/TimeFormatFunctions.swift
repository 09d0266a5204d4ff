// Dates and times from and to texts, by patterns that are compiled once where they are constant.

import Columns
import Formats

enum TimeFormatFunctions {
    private static let usual = Value.string("yyyy-MM-dd HH:mm:ss")

    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "date_format", .time, "date_format(time, pattern)", "the time as a text by a pattern", 2...2,
            traits: [.isNullIntolerant, .mayRaise], values: [1]
        ) { (call) throws(FunctionError) in
            if call.type(0).isTime {
                return .kernel(
                    try call.types([call.type(0), .string]), .string, isNullable: nil,
                    prepared(.writing) { (columns, source) throws(KernelError) in
                        try TimeOfDayKernels.write(columns[0], columns[1], source)
                    })
            }
            return .kernel(
                try call.types([.timestamp, .string]), .string, isNullable: nil, zone: call.zone,
                writing(in: call.zone))
        },
        FunctionDefinition(
            "from_unixtime", .time, "from_unixtime(seconds [, pattern])",
            "the time so many seconds after 1970-01-01 as a text by a pattern", [.long, .string], defaults: [usual],
            gives: .string, values: [1], usingZone: { writing(in: $0) }),
        date("to_date", "to_timestamp", "the value as a date, by a pattern where one is given", isTry: false),
        date(
            "try_to_date", "try_to_timestamp",
            "the value as a date, by a pattern where one is given; NULL where it is none",
            isTry: true),
        timestamp("to_timestamp", aliases: ["to_timestamp_ltz"], .timestamp, isTry: false),
        timestamp("try_to_timestamp", .timestamp, isTry: true),
        timestamp("to_timestamp_ntz", .timestampNTZ, isTry: false),
        FunctionDefinition(
            "to_unix_timestamp", .time, "to_unix_timestamp(time [, pattern])",
            "seconds from 1970-01-01 to a time, read by a pattern where it is a text", 1...2, defaults: [usual],
            traits: [.isNullIntolerant, .mayRaise], values: [1]
        ) { (call) throws(FunctionError) in try seconds(call) },
        FunctionDefinition(
            "unix_timestamp", .time, "unix_timestamp([time [, pattern]])",
            "seconds from 1970-01-01 to now, or to a time, read by a pattern where it is a text", 0...2,
            defaults: [usual], traits: [.isNullIntolerant, .mayRaise], values: [1],
            columnText: { texts in
                let time = texts.isEmpty ? ["current_timestamp()"] : texts
                let pattern = texts.count < 2 ? ["yyyy-MM-dd HH:mm:ss"] : []
                return "unix_timestamp(\((time + pattern).joined(separator: ", ")))"
            }
        ) { (call) throws(FunctionError) in
            // Only the pattern that stands for none: now.
            if call.arguments.count == 1 { return .rewrite(.cast(.call("current_timestamp", []), .long)) }
            return try seconds(call)
        },
    ]

    /// Seconds since 1970: those of a text as its pattern says, others whatever the pattern. Cut off towards zero, as
    /// in Spark, and unlike `unix_seconds`.
    private static func seconds(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        switch call.type(0) {
        case .string, .null:
            return .rewrite(wholeSeconds(.call("to_timestamp", [.argument(0), .argument(1)])))
        case .timestampNTZ: return .rewrite(wholeSeconds(.argument(0)))
        case .date, .timestamp: return .rewrite(wholeSeconds(.cast(.argument(0), .timestamp)))
        default: throw call.unexpected(0, "STRING, DATE or TIMESTAMP")
        }
    }

    private static func wholeSeconds(_ time: Rewrite) -> Rewrite {
        .arithmetic(.integralDivide, .call("unix_micros", [time]), .literal(.long(1_000_000), .long))
    }

    private static func date(
        _ name: String, _ reader: String, _ summary: String, isTry: Bool
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, .time, "\(name)(value [, pattern])", summary, 1...2, traits: [], values: [1]
        ) { (call) throws(FunctionError) in
            guard call.arguments.count == 2, call.type(0) == .string || call.type(0) == .null else {
                return .rewrite(.cast(.argument(0), .date, isTry: isTry))
            }
            return .rewrite(.cast(.call(reader, [.argument(0), .argument(1)]), .date))
        }
    }

    private static func timestamp(
        _ name: String, aliases: [String] = [], _ type: DataType, isTry: Bool
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, aliases: aliases, .time, "\(name)(value [, pattern])",
            "the value as \(type), by a pattern where one is given" + (isTry ? "; NULL where it is none" : ""), 1...2,
            traits: isTry ? .isNullIntolerant : [.isNullIntolerant, .mayRaise], values: [1]
        ) { (call) throws(FunctionError) in
            guard call.arguments.count == 2, call.type(0) == .string || call.type(0) == .null else {
                if call.arguments.count == 2, !call.type(0).isDatetime {
                    throw call.unexpected(0, "STRING, DATE or TIMESTAMP")
                }
                // As in Spark a pattern makes one kind of timestamp of the other as if clocks showed universal time.
                if call.arguments.count == 2, call.type(0) == .date, type == .timestampNTZ {
                    return .rewrite(.call(call.name, [.cast(.argument(0), .timestamp), .argument(1)]))
                }
                if call.arguments.count == 2, call.type(0) != .date, call.type(0) != type {
                    if call.arguments[1].constant == .null {
                        // As in Spark a pattern that isn't looked at may be NULL.
                        return .rewrite(.call(call.name, [.argument(0), .literal(usual, .string)]))
                    }
                    return .kernel(
                        [call.type(0), call.type(1)], type, isNullable: nil,
                        .binary { times, _ in TimeFormatKernels.named(times, type) })
                }
                return .rewrite(.cast(.argument(0), type, isTry: isTry))
            }
            return .kernel(
                try call.types([.string]), type, isNullable: isTry ? true : nil,
                zone: type == .timestamp ? call.zone : nil,
                reading(type, isTry: isTry, in: call.zone))
        }
    }

    // MARK: Kernels

    private static func writing(in zone: TimeZone) -> ScalarKernel {
        prepared(.writing) { (columns, source) throws(KernelError) in
            try TimeFormatKernels.write(columns[0], columns[1], source, in: zone)
        }
    }

    private static func reading(_ type: DataType, isTry: Bool, in zone: TimeZone) -> ScalarKernel {
        prepared(.reading) { (columns, source) throws(KernelError) in
            try TimeFormatKernels.read(columns[0], columns[1], source, as: type, isTry: isTry, in: zone)
        }
    }

    /// A kernel whose second argument is a pattern, compiled here where it is constant.
    static func prepared(
        _ purpose: TimePattern.Purpose,
        _ kernel: @escaping @Sendable ([ColumnVector], PatternSource) throws(KernelError) -> ColumnVector
    ) -> ScalarKernel {
        .prepared { (constants) throws(FunctionError) in
            var source = PatternSource(purpose)
            if case .string(let text)? = constants[1] {
                do throws(KernelError) {
                    source = PatternSource(try TimePattern(text, for: purpose), purpose)
                } catch {
                    throw FunctionError(error)
                }
            }
            let ready = source
            return .variadic { (columns) throws(KernelError) in try kernel(columns, ready) }
        }
    }
}
