// Dates and timestamps moved by an interval: operators, which have no names that can be called.

import Columns

/// The fields of intervals, coarsest first.
package enum IntervalField: Int, Sendable, CaseIterable, Comparable {
    case year, month, day, hour, minute, second

    package var name: String { ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"][rawValue] }

    /// Whether it counts months, and not microseconds.
    package var isOfMonths: Bool { self <= .month }

    package static func < (a: IntervalField, b: IntervalField) -> Bool { a.rawValue < b.rawValue }
}

package enum IntervalFunctions {
    /// The operator that moves a time by an interval of these fields: `x + INTERVAL '1 02' DAY TO HOUR`. Its arguments
    /// are the time and how many months (INT) or microseconds (BIGINT) it moves.
    package static func name(from start: IntervalField, to end: IntervalField) -> String {
        ("+ interval \(start.name)" + (start == end ? "" : " to \(end.name)")).lowercased()
    }

    /// The operator of this name, if it is one.
    package static func definition(_ name: String) -> FunctionDefinition? { operators[name] }

    /// By their names.
    static let operators: [String: FunctionDefinition] = {
        var table: [String: FunctionDefinition] = [:]
        for start in IntervalField.allCases {
            for end in IntervalField.allCases where end >= start && end.isOfMonths == start.isOfMonths {
                let definition = start.isOfMonths ? months(start, end) : times(start, end)
                table[definition.name] = definition
            }
        }
        return table
    }()

    private static func months(_ start: IntervalField, _ end: IntervalField) -> FunctionDefinition {
        FunctionDefinition(
            name(from: start, to: end), .time, "time + interval", "the same day so many months later", 2...2,
            traits: [.isNullIntolerant, .mayRaise], columnText: { IntervalText.column($0, start, end) }
        ) { (call) throws(FunctionError) in
            if call.type(0) == .date {
                return .kernel(
                    [.date, .integer], .date, isNullable: nil,
                    .binary { (days, months) throws(KernelError) in try DateKernels.addMonths(days, months) })
            }
            return .kernel(
                try call.types([.timestamp, .integer]), .timestamp, isNullable: nil,
                .binary { (times, months) throws(KernelError) in try DateKernels.addMonths(toTimes: times, months) })
        }
    }

    private static func times(_ start: IntervalField, _ end: IntervalField) -> FunctionDefinition {
        FunctionDefinition(
            name(from: start, to: end), .time, "time + interval", "so much later", 2...2,
            traits: [.isNullIntolerant, .mayRaise], columnText: { IntervalText.column($0, start, end) }
        ) { (call) throws(FunctionError) in
            // Whole days move a date to a date.
            if call.type(0) == .date, end == .day {
                return .kernel(
                    [.date, .long], .date, isNullable: nil,
                    .binary { (days, times) throws(KernelError) in try DateKernels.add(times, toDays: days) })
            }
            return .kernel(
                try call.types([.timestamp, .long]), .timestamp, isNullable: nil,
                .binary { (times, steps) throws(KernelError) in try DateKernels.add(steps, toTimes: times) })
        }
    }
}

/// Intervals as Spark writes them.
enum IntervalText {
    /// The name of a column that an operator makes, from the texts of the time and of the step.
    static func column(_ arguments: [String], _ start: IntervalField, _ end: IntervalField) -> String {
        guard arguments.count == 2, let amount = Int64(arguments[1]) else { return arguments.joined(separator: " + ") }
        let text = start.isOfMonths ? months(amount, start, end) : time(amount, start, end)
        let fields = start == end ? start.name : "\(start.name) TO \(end.name)"
        return "\(arguments[0]) + INTERVAL '\(text)' \(fields)"
    }

    private static func months(_ amount: Int64, _ start: IntervalField, _ end: IntervalField) -> String {
        let (sign, months) = (amount < 0 ? "-" : "", amount.magnitude)
        if start == end { return sign + "\(start == .year ? months / 12 : months)" }
        return "\(sign)\(months / 12)-\(months % 12)"
    }

    private static func time(_ amount: Int64, _ start: IntervalField, _ end: IntervalField) -> String {
        var rest = amount.magnitude
        var text = amount < 0 ? "-" : ""
        let sizes: [(IntervalField, UInt64)] = [(.day, 86_400), (.hour, 3_600), (.minute, 60), (.second, 1)]
        for (field, seconds) in sizes where field >= start && field <= end {
            let (count, left) = rest.quotientAndRemainder(dividingBy: seconds * 1_000_000)
            rest = left
            if field > start { text += field == .hour ? " " : ":" }
            text += field == .day || count >= 10 ? "\(count)" : "0\(count)"
        }
        guard end == .second, rest > 0 else { return text }
        let digits = String(repeating: "0", count: 6 - "\(rest)".utf8.count) + "\(rest)"
        return "\(text).\(String(digits.reversed().drop { $0 == "0" }.reversed()))"
    }
}
