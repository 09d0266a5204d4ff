// Windows of event time: what is computed of them.

import Columns
import Formats

/// Functions of windows of time.
package enum EventTimeFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "window_time", .time, "window_time(window)",
            "the last microsecond of a window, which is its event time in further windows", 1...1
        ) { (call) throws(FunctionError) in
            guard TimeWindowKernel.isWindow(call.type(0)) else {
                throw call.unexpected(0, "a window, as window(...) gives it")
            }
            return .kernel([call.type(0)], .timestamp, isNullable: nil, .unary { TimeWindowKernel.lastTimes($0) })
        }
    ]

    /// A time so many microseconds later: where a session of one row ends.
    static func later(by gap: Int64) -> BoundFunction {
        BoundFunction(
            "session_end_\(gap)", [.timestamp], .timestamp, isNullable: true, traits: .isNullIntolerant,
            .unary { times in
                let values = times.slots(as: Int64.self)
                return Loops.slots(.timestamp, [times], as: Int64.self) { values[$0] &+ gap }
            })
    }

    /// A time later by the interval that a text is.
    static let later = BoundFunction(
        "session_end", [.timestamp, .string], .timestamp, isNullable: true, traits: [.isNullIntolerant, .mayRaise],
        .binary { (times, gaps) throws(KernelError) in
            let values = times.slots(as: Int64.self)
            let runs = Runs(gaps)
            var known = IntervalTexts()
            return try Loops.checkedSlots(.timestamp, [times, gaps], as: Int64.self) { row in
                known.microseconds(runs[row]).map { values[row] &+ $0 }
            } _: { row in
                KernelError(
                    code: "CANNOT_PARSE_INTERVAL",
                    message:
                        "unable to parse '\(String(decoding: runs[row], as: UTF8.self))' as an interval of days or "
                        + "less", row: row)
            }
        })

    /// The rows of a batch that count as JSON, as `to_json(struct(*))` writes them: for rows that come too late.
    package static func rowTexts(_ batch: RecordBatch, zone: TimeZone) -> ColumnVector {
        var options = JSONWriteOptions()
        options.zone = zone
        // What is told of a row must not fail for what is wrong with it.
        options.writesBadVariantsAsNull = true
        return (try? JSONWriter.texts(batch, options: options))
            ?? NullKernels.nulls(type: .string, count: batch.count)
    }

    /// Where a session of one row ends, by a gap that is known or by a column of texts.
    package enum SessionEnd {
        /// The function of a time.
        package static func after(_ gap: Int64) -> BoundFunction { later(by: gap) }
        /// The function of a time and a text.
        package static var afterText: BoundFunction { later }
    }
}

/// The intervals that texts are: each text is read once, as there are few different ones.
private struct IntervalTexts {
    private var known: [(text: [UInt8], microseconds: Int64?)] = []

    /// The length of an interval; `nil` where the text is none, or counts months.
    mutating func microseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        if let found = known.last(where: { $0.text.elementsEqual(text) }) { return found.microseconds }
        let interval = CalendarInterval(String(decoding: text, as: UTF8.self))
        let length = interval?.months == 0 ? interval?.longestMicroseconds : nil
        if known.count < 64 { known.append((Array(text), length)) }
        return length
    }
}
