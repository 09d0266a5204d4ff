// Spark's options of comma-separated values by name: one list for files and for functions.

import Columns

extension CSVReadOptions: NamedOptions {
    package static let names = [
        "sep", "delimiter", "quote", "escape", "comment", "header", "enforceSchema", "ignoreLeadingWhiteSpace",
        "ignoreTrailingWhiteSpace", "nullValue", "emptyValue", "nanValue", "positiveInf", "negativeInf", "mode",
        "columnNameOfCorruptRecord", "multiLine", "dateFormat", "timestampFormat", "unescapedQuoteHandling", "timeZone",
        "locale",
    ]

    package mutating func set(_ name: String, _ text: String) throws(FormatOptionError) -> Bool {
        switch name.lowercased() {
        case "mode": mode = try OptionValue.mode(text)
        case "columnnameofcorruptrecord": corruptRecordColumn = text
        case "sep", "delimiter": separator = try Self.separator(text)
        case "quote": quote = try Self.character(text)
        case "escape": escape = try Self.character(text)
        case "comment": comment = try Self.character(text)
        case "header": hasHeader = try OptionValue.boolean(text)
        case "enforceschema": enforcesSchema = try OptionValue.boolean(text)
        case "ignoreleadingwhitespace": ignoresLeadingBlanks = try OptionValue.boolean(text)
        case "ignoretrailingwhitespace": ignoresTrailingBlanks = try OptionValue.boolean(text)
        case "nullvalue": nullValue = Array(text.utf8)
        case "emptyvalue": emptyValue = Array(text.utf8)
        case "nanvalue": nanValue = Array(text.utf8)
        case "positiveinf": positiveInfinity = Array(text.utf8)
        case "negativeinf": negativeInfinity = Array(text.utf8)
        case "multiline": spansLines = try OptionValue.boolean(text)
        case "dateformat": dateFormat = try OptionValue.pattern(text, for: .reading)
        case "timestampformat": timestampFormat = try OptionValue.pattern(text, for: .reading)
        case "unescapedquotehandling":
            try OptionValue.only(["stop_at_delimiter"], text, "it takes STOP_AT_DELIMITER, Spark's usual way")
        case "timezone": zone = try OptionValue.zone(text)
        case let folded: return try OptionValue.setPlace(folded, text)
        }
        return true
    }

    /// One character or more, of which a backslash makes a tab and its like.
    fileprivate static func separator(_ text: String) throws(FormatOptionError) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "b"): bytes.append(8)
            case UInt8(ascii: "f"): bytes.append(12)
            case let next? where [UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'")].contains(next):
                bytes.append(next)
            default: throw FormatOptionError(#"a backslash stands before t, r, b, f, ', " or another one"#)
            }
        }
        guard !bytes.isEmpty else { throw FormatOptionError("it can't be empty") }
        guard !bytes.contains(where: { $0 == 10 || $0 == 13 }) else {
            throw FormatOptionError("it can't end a line")
        }
        return bytes
    }

    fileprivate static func character(_ text: String) throws(FormatOptionError) -> UInt8? {
        let bytes = Array(text.utf8)
        guard bytes.count <= 1, bytes.first ?? 0 < 0x80 else {
            throw FormatOptionError("it takes one character of ASCII, or '' for none")
        }
        return bytes.first
    }
}

extension CSVInferenceOptions: NamedOptions {
    package static let names = ["inferSchema", "preferDate", "samplingRatio"]

    package mutating func set(_ name: String, _ text: String) throws(FormatOptionError) -> Bool {
        switch name.lowercased() {
        case "inferschema": infersTypes = try OptionValue.boolean(text)
        case "preferdate": prefersDates = try OptionValue.boolean(text)
        case "samplingratio": samplingRatio = try OptionValue.ratio(text)
        default: return false
        }
        return true
    }
}

extension CSVWriteOptions: NamedOptions {
    package static let names = [
        "sep", "delimiter", "quote", "escape", "quoteAll", "escapeQuotes", "nullValue", "emptyValue",
        "ignoreLeadingWhiteSpace", "ignoreTrailingWhiteSpace", "dateFormat", "timestampFormat", "timeZone", "locale",
    ]

    package mutating func set(_ name: String, _ text: String) throws(FormatOptionError) -> Bool {
        switch name.lowercased() {
        case "sep", "delimiter": separator = try CSVReadOptions.separator(text)
        case "quote":
            guard let quote = try CSVReadOptions.character(text) else { throw FormatOptionError("it can't be empty") }
            self.quote = quote
        case "escape": escape = try CSVReadOptions.character(text)
        case "quoteall": quotesAll = try OptionValue.boolean(text)
        case "escapequotes": quotesQuotes = try OptionValue.boolean(text)
        case "nullvalue": nullValue = Array(text.utf8)
        case "emptyvalue": emptyValue = Array(text.utf8)
        case "ignoreleadingwhitespace": ignoresLeadingBlanks = try OptionValue.boolean(text)
        case "ignoretrailingwhitespace": ignoresTrailingBlanks = try OptionValue.boolean(text)
        case "dateformat": dateFormat = try OptionValue.pattern(text, for: .writing)
        case "timestampformat": timestampFormat = try OptionValue.pattern(text, for: .writing)
        case "timezone": zone = try OptionValue.zone(text)
        case let folded: return try OptionValue.setPlace(folded, text)
        }
        return true
    }
}
