// Data types and lists of columns.

import SourceText

extension SyntaxParser {
    /// `name type [NOT NULL] [COMMENT 'text'], ...`; no colon, unlike fields of a STRUCT.
    mutating func parseSchema() throws(SQLDiagnostic) -> [SyntaxField] {
        try list { (parser) throws(SQLDiagnostic) in try parser.parseField(inStructure: false) }
    }

    private mutating func parseField(inStructure: Bool) throws(SQLDiagnostic) -> SyntaxField {
        let start = current.range
        let name = try expectName(inStructure ? "the name of a field" : "the name of a column")
        if at(symbol: .colon) {
            guard inStructure else {
                throw unexpected("a data type", hint: "columns have no colon: write \(shortened(name)) TYPE")
            }
            eat()
        }
        let type = try parseType()
        var isNotNull = false
        if take(keyword: .not) {
            try expect(keyword: .null)
            isNotNull = true
        }
        let comment = take(keyword: .comment) ? try expectString("the comment in quotes") : nil
        for word in [Keyword.default, .generated] where at(keyword: word) {
            throw SQLDiagnostic(
                "\(word.text) is not supported here", at: current.range, hint: "give only names, types and NOT NULL")
        }
        return SyntaxField(
            name: name, type: type, isNotNull: isNotNull, comment: comment, range: start.to(previous.range))
    }

    mutating func parseType() throws(SQLDiagnostic) -> SyntaxType {
        try enter()
        defer { leave() }
        let start = current.range
        guard case .word(let word) = current.kind else { throw unexpected("a data type", hint: "for example: STRING") }
        let keyword = current.keyword
        eat()
        guard let keyword, let kind = try parseTypeKind(keyword) else {
            let close = Spelling.nearest(to: word, among: SyntaxParser.typeNames)
            throw SQLDiagnostic(
                code: "UNSUPPORTED_DATATYPE", "unsupported data type '\(shortened(word))'", at: start,
                hint: close.map { "did you mean \($0)?" })
        }
        return SyntaxType(kind: kind, range: start.to(previous.range))
    }

    /// What is in a type behind its first word, which is eaten; `nil` where that names no type.
    private mutating func parseTypeKind(_ keyword: Keyword) throws(SQLDiagnostic) -> SyntaxType.Kind? {
        switch keyword {
        case .boolean: return .boolean
        case .tinyint, .byte: return .tinyint
        case .smallint, .short: return .smallint
        case .int, .integer: return .int
        case .bigint, .long: return .bigint
        case .float, .real: return .float
        case .double: return .double
        case .decimal, .dec, .numeric: return try parseDecimal()
        case .string: return try parseString()
        case .varchar: return .varchar(try parseLength())
        case .char, .character: return .char(try parseLength())
        case .binary: return .binary
        case .date: return .date
        case .timestamp, .timestampLTZ: return .timestamp
        case .timestampNTZ: return .timestampWithoutTimeZone
        case .time: return .time(precision: try parseTimePrecision())
        case .interval: return try parseIntervalType()
        case .variant: return .variant
        case .void: return .void
        case .array:
            try requireParts(
                or: "INCOMPLETE_TYPE_DEFINITION.ARRAY", hint: "name the type of the elements: ARRAY<STRING>")
            try expect(symbol: .less)
            let element = try parseType()
            try expect(symbol: .greater)
            return .array(element)
        case .map:
            try requireParts(
                or: "INCOMPLETE_TYPE_DEFINITION.MAP", hint: "name the types of keys and values: MAP<STRING, INT>")
            try expect(symbol: .less)
            let key = try parseType()
            try expect(symbol: .comma)
            let value = try parseType()
            try expect(symbol: .greater)
            return .map(key: key, value: value)
        case .struct: return try parseStructure()
        default: return nil
        }
    }

    /// What stands behind a type with parts, where they are.
    private func requireParts(or code: String, hint: String) throws(SQLDiagnostic) {
        guard !at(symbol: .less) else { return }
        throw SQLDiagnostic(code: code, "the type lacks the types of its parts", at: current.range, hint: hint)
    }

    private static let typeNames = [
        Keyword.boolean, .tinyint, .smallint, .int, .integer, .bigint, .long, .float, .double, .decimal, .string,
        .varchar, .char, .binary, .date, .time, .timestamp, .array, .map, .struct,
    ].map(\.text)

    private mutating func parseLength() throws(SQLDiagnostic) -> Int {
        guard take(symbol: .leftParenthesis) else {
            throw SQLDiagnostic(
                code: "DATATYPE_MISSING_SIZE", "CHAR and VARCHAR need a length", at: current.range,
                hint: "give the length, for example VARCHAR(10), or use STRING")
        }
        let length = try expectCount("a length")
        try expect(symbol: .rightParenthesis)
        return length
    }

    private mutating func parseDecimal() throws(SQLDiagnostic) -> SyntaxType.Kind {
        guard take(symbol: .leftParenthesis) else { return .decimal(precision: 10, scale: 0) }
        let place = current.range
        let precision = try expectCount("the number of digits")
        guard precision <= 38, precision > 0 else {
            throw SQLDiagnostic(
                code: "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "a DECIMAL has 1 to 38 digits", at: place)
        }
        var scale = 0
        if take(symbol: .comma) {
            let scalePlace = current.range
            scale = try expectCount("the number of digits behind the point")
            guard scale <= precision else {
                throw SQLDiagnostic(
                    code: "DECIMAL_SCALE_EXCEEDS_PRECISION",
                    "the scale \(scale) is greater than the precision \(precision)", at: scalePlace)
            }
        }
        try expect(symbol: .rightParenthesis)
        return .decimal(precision: precision, scale: scale)
    }

    private mutating func parseString() throws(SQLDiagnostic) -> SyntaxType.Kind {
        guard take(keyword: .collate) else { return .string }
        let place = current.range
        let collation = try expectName("a collation")
        guard collation.uppercased() == "UTF8_BINARY" else {
            throw SQLDiagnostic(
                code: "UNSUPPORTED_FEATURE", "the collation '\(shortened(collation))' is not supported", at: place,
                hint: "strings compare by their bytes: UTF8_BINARY")
        }
        return .string
    }

    private mutating func parseTimePrecision() throws(SQLDiagnostic) -> Int {
        guard take(symbol: .leftParenthesis) else { return 6 }
        let place = current.range
        let precision = try expectCount("a precision")
        guard precision <= 9 else {
            throw SQLDiagnostic(
                code: "UNSUPPORTED_TIME_PRECISION", "a TIME has 0 to 9 digits behind the second", at: place)
        }
        try expect(symbol: .rightParenthesis)
        return precision
    }

    private mutating func parseIntervalType() throws(SQLDiagnostic) -> SyntaxType.Kind {
        guard let unit = takeUnit() else { return .interval(unit: nil, toUnit: nil) }
        guard take(keyword: .to) else { return .interval(unit: unit.text, toUnit: nil) }
        guard let end = takeUnit() else { throw unexpected("a unit of time") }
        return .interval(unit: unit.text, toUnit: end.text)
    }

    private mutating func takeUnit() -> Keyword? { take(oneOf: .year, .month, .day, .hour, .minute, .second) }

    private mutating func parseStructure() throws(SQLDiagnostic) -> SyntaxType.Kind {
        if take(symbol: .notEqual) { return .structure([]) }
        try requireParts(or: "INCOMPLETE_TYPE_DEFINITION.STRUCT", hint: "name the fields: STRUCT<a: INT>")
        try expect(symbol: .less)
        var fields: [SyntaxField] = []
        if !at(symbol: .greater) {
            fields = try list { (parser) throws(SQLDiagnostic) in try parser.parseField(inStructure: true) }
        }
        try expect(symbol: .greater)
        return .structure(fields)
    }
}
