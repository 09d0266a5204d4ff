// Dates and times by a pattern: `dd/MM/yyyy HH:mm`.

import Columns

/// A pattern of Java's `DateTimeFormatter`, as Spark takes it, for reading or for writing. Compiled once; reading and
/// writing allocate nothing.
package struct TimePattern: Hashable, Sendable {
    /// What a pattern is for: some letters are only written.
    package enum Purpose: Hashable, Sendable {
        case reading, writing
    }

    /// The pattern as it was given.
    package let text: String
    let parts: [Part]
    /// The same, where it is one of the simple ones.
    package let plain: PlainPattern?

    /// Reads a pattern.
    ///
    /// - Throws: Spark's condition: `INVALID_DATETIME_PATTERN` with the letters that aren't understood, or
    /// `INCONSISTENT_BEHAVIOR_CROSS_VERSION` where Spark 2 has understood them.
    package init(_ text: String, for purpose: Purpose) throws(KernelError) {
        self.text = text
        var parser = PatternParser(text, purpose)
        do throws(PatternProblem) {
            parts = try parser.parse()
        } catch {
            throw error.error(text)
        }
        plain = PlainPattern(parts)
    }

    /// Whether it asks for nothing but the time of a day.
    package var isOfTime: Bool { parts.allSatisfy(\.isOfTime) }

    /// One piece of a pattern.
    enum Part: Hashable, Sendable {
        case literal([UInt8])
        case number(Field, Width)
        /// Digits behind the second, at least and at most so many.
        case fraction(Int, Int)
        case name(Name, isFull: Bool)
        /// `+02:00` in one of its forms, with what stands for no offset.
        case offset(OffsetForm, zero: [UInt8])
        /// `GMT+2`, `GMT+02:00`.
        case localizedOffset(isFull: Bool)
        /// `Europe/Berlin`.
        case zoneName
        /// `CET`.
        case zoneText(isFull: Bool)
        /// May be absent in what is read; always written.
        case optional([Part])

        /// Whether a time of the day has it.
        var isOfTime: Bool {
            switch self {
            case .literal, .fraction: true
            case .number(let field, _): field.isOfTime
            case .name(let name, _): name == .halfDay
            case .offset, .localizedOffset, .zoneName, .zoneText: false
            case .optional(let inner): inner.allSatisfy(\.isOfTime)
            }
        }
    }

    /// A part of a date or time that is a number.
    enum Field: Hashable, Sendable {
        case year, yearOfEra, month, day, dayOfYear, quarter, weekOfMonth
        /// 0 to 23, 1 to 24, 0 to 11, 1 to 12.
        case hour, clockHour, halfDayHour, clockHalfDayHour
        case minute, second

        /// Whether a time of the day has it.
        var isOfTime: Bool {
            switch self {
            case .hour, .clockHour, .halfDayHour, .clockHalfDayHour, .minute, .second: true
            case .year, .yearOfEra, .month, .day, .dayOfYear, .quarter, .weekOfMonth: false
            }
        }
    }

    /// A part of a date or time that is a word.
    enum Name: Hashable, Sendable {
        case month, weekday, halfDay, era, quarter
    }

    /// How many digits a number has.
    struct Width: Hashable, Sendable {
        /// Which signs there are: none, a minus, or a plus, too, before more digits than the least.
        enum Sign: Hashable, Sendable {
            case none, minus, plusBeyondLeast
        }

        let least: Int
        let most: Int
        let sign: Sign
        /// Two digits for a year from 2000 to 2099.
        var isReduced = false
        /// Digits of the numbers right behind it, which have a fixed width.
        var reserved = 0

        /// Exactly so many digits.
        static func fixed(_ width: Int) -> Width { Width(least: width, most: width, sign: .none) }
        /// Any number of digits.
        static let any = Width(least: 1, most: 19, sign: .minus)
    }

    /// How an offset is written.
    struct OffsetForm: Hashable, Sendable {
        let hasColon: Bool
        let minutes: Presence
        let seconds: Presence

        /// Whether a part is written: never, where it isn't zero, or always.
        enum Presence: Hashable, Sendable {
            case never, ifNeeded, always
        }
    }

    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ].map { Array($0.utf8) }
    static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"].map {
        Array($0.utf8)
    }
}

/// What is wrong with a pattern.
struct PatternProblem: Error {
    let code: String
    let message: String

    /// The error that Spark gives: another one where the formatter of Spark 2 would have taken the pattern.
    func error(_ text: String) -> KernelError {
        guard Self.wasTakenBySpark2(text) else {
            return KernelError(
                code: code, message: "the pattern '\(text)' can't be used: \(message)",
                hint: "letters: y M d D E a H h m s S X x Z z V O G Q, '...' for text, [...] for what may be absent")
        }
        return KernelError(
            code: "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION",
            message: "the pattern '\(text)' meant something in Spark 2 and can't be used any more: \(message)",
            hint: "use another pattern, or extract() for weeks")
    }

    private static func wasTakenBySpark2(_ text: String) -> Bool {
        var isQuoted = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "'") {
                isQuoted.toggle()
            } else if !isQuoted, byte | 0x20 >= 97, byte | 0x20 <= 122, !"GyMdkHmsSEDFwWahKzZYuXL".utf8.contains(byte) {
                return false
            }
        }
        return !isQuoted
    }
}
