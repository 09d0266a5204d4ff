// Times from and to texts, by patterns.

import Columns
import Formats

/// The pattern of each row: one for all, or the last one that was read.
struct PatternSource: Sendable {
    private let purpose: TimePattern.Purpose
    /// The pattern of all rows.
    let constant: TimePattern?
    private var last: TimePattern?

    /// Patterns are read from a column.
    init(_ purpose: TimePattern.Purpose) {
        self.purpose = purpose
        constant = nil
    }

    /// All rows have this pattern.
    init(_ pattern: TimePattern, _ purpose: TimePattern.Purpose) {
        self.purpose = purpose
        constant = pattern
    }

    /// The pattern of a row, compiled anew where it isn't the one of the row before.
    @inline(__always)
    mutating func pattern(_ text: UnsafeBufferPointer<UInt8>) throws(KernelError) -> TimePattern {
        if let constant { return constant }
        if let last, last.text.utf8.elementsEqual(text) { return last }
        let pattern = try TimePattern(String(decoding: text, as: UTF8.self), for: purpose)
        last = pattern
        return pattern
    }
}

enum TimeFormatKernels {
    /// Timestamps of one kind as those of the other, microsecond by microsecond.
    static func named(_ times: ColumnVector, _ type: DataType) -> ColumnVector {
        let values = times.slots(as: Int64.self)
        return Loops.slots(type, [times], as: Int64.self) { values[$0] }
    }

    /// Timestamps, or seconds since 1970, as texts.
    static func write(
        _ column: ColumnVector, _ patterns: ColumnVector, _ source: PatternSource, in zone: TimeZone
    ) throws(KernelError) -> ColumnVector {
        if let pattern = source.constant { return try pattern.texts(of: try instants(column, patterns), in: zone) }
        var source = source
        let (known, texts) = (try instants(column, patterns), Runs(patterns))
        let times = known.slots(as: Int64.self)
        return try Loops.runs(.string, count: column.count, strict: [known, patterns]) {
            (row, out) throws(KernelError) in
            try source.pattern(texts[row]).write(microseconds: times[row], in: zone, into: &out)
        }
    }

    /// Timestamps, or those so many seconds after 1970; what has no pattern may be any number.
    private static func instants(
        _ column: ColumnVector, _ patterns: ColumnVector
    ) throws(KernelError) -> ColumnVector {
        if column.type == .timestamp { return column }
        let seconds = column.slots(as: Int64.self)
        return try Loops.checkedSlots(.timestamp, [column, patterns], as: Int64.self) { row in
            let (micros, isTooLarge) = seconds[row].multipliedReportingOverflow(by: 1_000_000)
            return isTooLarge ? nil : micros
        } _: {
            .arithmeticOverflow("the time of \(seconds[$0]) seconds", row: $0)
        }
    }

    /// Texts as timestamps of either kind.
    ///
    /// - Throws: CANNOT_PARSE_TIMESTAMP, unless `isTry`; what is wrong with a pattern.
    static func read(
        _ column: ColumnVector, _ patterns: ColumnVector, _ source: PatternSource, as type: DataType, isTry: Bool,
        in zone: TimeZone
    ) throws(KernelError) -> ColumnVector {
        let (texts, written) = (Runs(column), Runs(patterns))
        var source = source
        var zones = TimeZoneLookup()
        var builder = FixedBuilder<Int64>(type: type, capacity: column.count)
        let plain = source.constant?.plain
        var next = 0
        while next < column.count {
            // Most patterns are simple, and most texts are by them: many rows at once.
            if let plain {
                next = plain.read(column, from: next, in: type == .timestamp ? zone : .utc, into: &builder)
                guard next < column.count else { break }
            }
            let row = next
            next += 1
            guard !column.isNull(row), !patterns.isNull(row) else {
                builder.appendNull()
                continue
            }
            let pattern = try source.pattern(written[row])
            let value =
                type == .timestamp
                ? pattern.microseconds(texts[row], in: zone, &zones) : pattern.localMicroseconds(texts[row], &zones)
            if let value {
                builder.append(value)
            } else if isTry {
                builder.appendNull()
            } else {
                throw KernelError(
                    code: "CANNOT_PARSE_TIMESTAMP",
                    message: "'\(String(decoding: texts[row].prefix(100), as: UTF8.self))' is no time by the pattern "
                        + "'\(pattern.text)'", row: row, hint: "use try_to_timestamp to get NULL instead")
            }
        }
        return builder.finish()
    }
}
