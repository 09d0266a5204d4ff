// Time zones by name.

import Columns

enum ZoneFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "current_timezone", .time, "current_timezone()", "the session's time zone", 0...0, traits: []
        ) { (call) throws(FunctionError) in .rewrite(.literal(.string(call.zone.name), .string)) },
        FunctionDefinition(
            "from_utc_timestamp", .time, "from_utc_timestamp(timestamp, zone)",
            "what clocks of the zone show, as a timestamp of universal time", [.timestamp, .string], gives: .timestamp,
            traits: [.isNullIntolerant, .mayRaise], values: [1],
            .binary { (times, zones) throws(KernelError) in try TimeKernels.shifted(times, zones, toZone: true) }),
        FunctionDefinition(
            "to_utc_timestamp", .time, "to_utc_timestamp(timestamp, zone)",
            "the timestamp at which clocks of the zone show what universal time is there", [.timestamp, .string],
            gives: .timestamp, traits: [.isNullIntolerant, .mayRaise], values: [1],
            .binary { (times, zones) throws(KernelError) in try TimeKernels.shifted(times, zones, toZone: false) }),
        FunctionDefinition(
            "convert_timezone", .time, "convert_timezone([from,] to, time)",
            "what clocks of one zone show when those of another, or of the session's, show a TIMESTAMP_NTZ", 2...3,
            traits: [.isNullIntolerant, .mayRaise], values: [0, 1],
            columnText: { texts in
                let all = texts.count == 2 ? ["current_timezone()"] + texts : texts
                return "convert_timezone(\(all.joined(separator: ", ")))"
            }
        ) { (call) throws(FunctionError) in
            if call.arguments.count == 2 {
                return .rewrite(
                    .call("convert_timezone", [.call("current_timezone", []), .argument(0), .argument(1)]))
            }
            return .kernel(
                try call.types([.string, .string, .timestampNTZ]), .timestampNTZ, isNullable: nil,
                .variadic { (columns) throws(KernelError) in try TimeKernels.converted(columns) })
        },
    ]
}
