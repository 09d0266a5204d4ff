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
        let times = column.slots(as: Int64.self)
        let texts = Runs(patterns)
        let unit: Int64 = column.type == .timestamp ? 1 : 1_000_000
        if let pattern = source.constant, unit == 1 {
            return try Loops.runs(.string, count: column.count, strict: [column, patterns]) { row, out in
                pattern.write(microseconds: times[row], in: zone, into: &out)
            }
        }
        var source = source
        return try Loops.runs(.string, count: column.count, strict: [column, patterns]) {
            (row, out) throws(KernelError) in
            let (micros, isTooLarge) = times[row].multipliedReportingOverflow(by: unit)
            guard !isTooLarge else { throw .arithmeticOverflow("the time of \(times[row]) seconds", row: row) }
            try source.pattern(texts[row]).write(microseconds: micros, in: zone, into: &out)
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
        for row in 0..<column.count {
            guard !column.isNull(row), !patterns.isNull(row) else {
                builder.appendNull()
                continue
            }
            // Most patterns are simple, and most texts are by them: without a copy of the pattern for each row.
            if let local = plain?.read(texts[row]) {
                builder.append(type == .timestamp && !zone.isUTC ? zone.instant(local: local) : local)
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
