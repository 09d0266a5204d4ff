// Options by name, whatever the format.

import Columns

/// Options of a format that somebody gives by name.
package protocol NamedOptions {
    /// The names of the options that `set` knows.
    static var names: [String] { get }

    /// Sets an option, whose name may have letters of any case; false where it is none of these.
    mutating func set(_ name: String, _ text: String) throws(FormatOptionError) -> Bool
}

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

    /// What becomes of records that can't be read. Spark takes a mode that it doesn't know for the usual one, with a
    /// line in its log: whoever wrote FAILFASTT would lose fields of rows and not know it.
    static func mode(_ text: String) throws(FormatOptionError) -> ParseMode {
        guard let mode = ParseMode(rawValue: text.uppercased()) else {
            throw FormatOptionError("it takes PERMISSIVE, DROPMALFORMED or FAILFAST")
        }
        return mode
    }

    /// A part of the whole.
    static func ratio(_ text: String) throws(FormatOptionError) -> Double {
        guard let ratio = Double(text), ratio > 0, ratio <= 1 else {
            throw FormatOptionError("it takes a number above 0, up to 1")
        }
        return ratio
    }

    static func pattern(
        _ text: String, for purpose: TimePattern.Purpose
    ) throws(FormatOptionError) -> TimePattern {
        do {
            return try TimePattern(text, for: purpose)
        } catch {
            throw FormatOptionError(error.message + (error.hint.map { "; \($0)" } ?? ""), condition: error.code)
        }
    }

    static func only(_ values: Set<String>, _ text: String, _ hint: String) throws(FormatOptionError) {
        guard values.contains(text.lowercased()) else { throw FormatOptionError(hint) }
    }

    static func zone(_ text: String) throws(FormatOptionError) -> TimeZone {
        guard let zone = TimeZone.named(text) else {
            throw FormatOptionError("it takes a zone: UTC, +02:00, Europe/Berlin", condition: "INVALID_TIMEZONE")
        }
        return zone
    }

    /// What stands for the one language that there is.
    static func setPlace(_ name: String, _ text: String) throws(FormatOptionError) -> Bool {
        guard name == "locale" else { return false }
        try only(["en-us", "en_us", "en", "us"], text, "names of months are English: it takes en-US")
        return true
    }
}
