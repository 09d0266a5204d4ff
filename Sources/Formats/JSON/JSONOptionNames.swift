// Spark's options of JSON by name: one list for files and for functions.

extension JSONReadOptions: NamedOptions {
    package static let names = [
        "mode", "columnNameOfCorruptRecord", "allowComments", "allowUnquotedFieldNames", "allowSingleQuotes",
        "allowNumericLeadingZeros", "allowNonNumericNumbers", "allowBackslashEscapingAnyCharacter",
        "allowUnquotedControlChars", "dateFormat", "timestampFormat", "maxNestingDepth", "timeZone", "locale",
    ]

    package mutating func set(_ name: String, _ text: String) throws(FormatOptionError) -> Bool {
        switch name.lowercased() {
        case "mode": mode = try OptionValue.mode(text)
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

extension JSONInferenceOptions: NamedOptions {
    package static let names = [
        "primitivesAsString", "prefersDecimal", "inferTimestamp", "dropFieldIfAllNull", "samplingRatio",
    ]

    package mutating func set(_ name: String, _ text: String) throws(FormatOptionError) -> Bool {
        switch name.lowercased() {
        case "primitivesasstring": primitivesAsString = try OptionValue.boolean(text)
        case "prefersdecimal": prefersDecimal = try OptionValue.boolean(text)
        case "infertimestamp": infersTimestamps = try OptionValue.boolean(text)
        case "dropfieldifallnull": dropsFieldsOfNull = try OptionValue.boolean(text)
        case "samplingratio": samplingRatio = try OptionValue.ratio(text)
        default: return false
        }
        return true
    }
}

extension JSONWriteOptions: NamedOptions {
    package static let names = ["ignoreNullFields", "pretty", "dateFormat", "timestampFormat", "timeZone", "locale"]

    package mutating func set(_ name: String, _ text: String) throws(FormatOptionError) -> Bool {
        switch name.lowercased() {
        case "ignorenullfields": ignoresNullFields = try OptionValue.boolean(text)
        case "pretty": isIndented = try OptionValue.boolean(text)
        case "dateformat": dateFormat = try OptionValue.pattern(text, for: .writing)
        case "timestampformat": timestampFormat = try OptionValue.pattern(text, for: .writing)
        case "timezone": zone = try OptionValue.zone(text)
        case let folded: return try OptionValue.setPlace(folded, text)
        }
        return true
    }
}
