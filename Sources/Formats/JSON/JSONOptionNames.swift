// Spark's options of JSON by name: one list for files and for functions.

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

private enum OptionValue {
    static func boolean(_ text: String) throws(FormatOptionError) -> Bool {
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default: throw FormatOptionError("it takes true or false")
        }
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

extension JSONReadOptions {
    /// The names of the options that `set` knows.
    package static let names = [
        "mode", "columnNameOfCorruptRecord", "allowComments", "allowUnquotedFieldNames", "allowSingleQuotes",
        "allowNumericLeadingZeros", "allowNonNumericNumbers", "allowBackslashEscapingAnyCharacter",
        "allowUnquotedControlChars", "dateFormat", "timestampFormat", "maxNestingDepth", "timeZone", "locale",
    ]

    /// Sets an option, whose name may have letters of any case; false where it is none of these.
    package mutating func set(_ name: String, _ text: String) throws(FormatOptionError) -> Bool {
        switch name.lowercased() {
        // As in Spark, a mode that nobody knows is the usual one.
        case "mode": mode = ParseMode(named: text)
        case "columnnameofcorruptrecord": corruptRecordColumn = text
        case "allowcomments": allowsComments = try OptionValue.boolean(text)
        case "allowunquotedfieldnames": allowsUnquotedNames = try OptionValue.boolean(text)
        case "allowsinglequotes": allowsSingleQuotes = try OptionValue.boolean(text)
        case "allownumericleadingzeros": allowsLeadingZeros = try OptionValue.boolean(text)
        case "allownonnumericnumbers": allowsNonNumericNumbers = try OptionValue.boolean(text)
        case "allowbackslashescapinganycharacter": allowsAnyEscape = try OptionValue.boolean(text)
        case "allowunquotedcontrolchars": allowsControlCharacters = try OptionValue.boolean(text)
        case "dateformat": dateFormat = try OptionValue.pattern(text, for: .reading)
        case "timestampformat": timestampFormat = try OptionValue.pattern(text, for: .reading)
        case "maxnestingdepth":
            guard let depth = Int(text), (1...100_000).contains(depth) else {
                throw FormatOptionError("it takes a whole number: 1 to 100000")
            }
            maximumDepth = depth
        case "timezone": zone = try OptionValue.zone(text)
        case let folded: return try OptionValue.setPlace(folded, text)
        }
        return true
    }
}

extension JSONInferenceOptions {
    /// The names of the options that `set` knows.
    package static let names = [
        "primitivesAsString", "prefersDecimal", "inferTimestamp", "dropFieldIfAllNull", "samplingRatio",
    ]

    /// Sets an option, whose name may have letters of any case; false where it is none of these.
    package mutating func set(_ name: String, _ text: String) throws(FormatOptionError) -> Bool {
        switch name.lowercased() {
        case "primitivesasstring": primitivesAsString = try OptionValue.boolean(text)
        case "prefersdecimal": prefersDecimal = try OptionValue.boolean(text)
        case "infertimestamp": infersTimestamps = try OptionValue.boolean(text)
        case "dropfieldifallnull": dropsFieldsOfNull = try OptionValue.boolean(text)
        case "samplingratio":
            guard let ratio = Double(text), ratio > 0 else {
                throw FormatOptionError("it takes a number above 0, up to 1")
            }
            samplingRatio = ratio
        default: return false
        }
        return true
    }
}

extension JSONWriteOptions {
    /// The names of the options that `set` knows.
    package static let names = ["ignoreNullFields", "dateFormat", "timestampFormat", "timeZone", "locale"]

    /// Sets an option, whose name may have letters of any case; false where it is none of these.
    package mutating func set(_ name: String, _ text: String) throws(FormatOptionError) -> Bool {
        switch name.lowercased() {
        case "ignorenullfields": ignoresNullFields = try OptionValue.boolean(text)
        case "dateformat": dateFormat = try OptionValue.pattern(text, for: .writing)
        case "timestampformat": timestampFormat = try OptionValue.pattern(text, for: .writing)
        case "timezone": zone = try OptionValue.zone(text)
        case let folded: return try OptionValue.setPlace(folded, text)
        }
        return true
    }
}
