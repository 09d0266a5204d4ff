// Values of options, whatever the format.

import Columns

/// A value that an option doesn't take.
package struct FormatOptionError: Error, Sendable {
    /// Spark's name of the condition, where it has one.
    package let condition: String?
    /// What it takes instead, or what is wrong.
    package let hint: String

    init(_ hint: String, condition: String? = nil) {
        self.hint = hint
        self.condition = condition
    }
}

/// Values of options from their texts.
enum OptionValue {
    static func boolean(_ text: String) throws(FormatOptionError) -> Bool {
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default: throw FormatOptionError("it takes true or false")
        }
    }

    /// A part of the whole.
    static func ratio(_ text: String) throws(FormatOptionError) -> Double {
        guard let ratio = Double(text), ratio > 0, ratio <= 1 else {
            throw FormatOptionError("it takes a number above 0, up to 1")
        }
        return ratio
    }

    static func pattern(_ text: String) throws(FormatOptionError) -> TimePattern {
        do {
            return try TimePattern(text)
        } catch {
            throw FormatOptionError(error.message + (error.hint.map { "; \($0)" } ?? ""), condition: error.code)
        }
    }

    static func only(_ values: Set<String>, _ text: String, _ hint: String) throws(FormatOptionError) {
        guard values.contains(text.lowercased()) else { throw FormatOptionError(hint) }
    }

    /// What stands for the one time zone and the one language that there are.
    static func setPlace(_ name: String, _ text: String) throws(FormatOptionError) -> Bool {
        switch name {
        case "timezone":
            try only(
                ["utc", "z", "gmt", "+00:00", "etc/utc"], text, "times without an offset are in UTC: it takes UTC")
        case "locale": try only(["en-us", "en_us", "en", "us"], text, "names of months are English: it takes en-US")
        default: return false
        }
        return true
    }
}
