// Data types and lists of columns.

import SourceText

extension SyntaxParser {
    /// `name type [NOT NULL] [COMMENT 'text'], ...`; no colon, unlike fields of a STRUCT.
    mutating func parseSchema() throws(SQLDiagnostic) -> [SyntaxField] {
        var fields = [try parseField(inStructure: false)]
        while take(symbol: ",") { fields.append(try parseField(inStructure: false)) }
        return fields
    }

    private mutating func parseField(inStructure: Bool) throws(SQLDiagnostic) -> SyntaxField {
        let start = current.range
        let name = try expectName(inStructure ? "the name of a field" : "the name of a column")
        if at(symbol: ":") {
            guard inStructure else {
                throw unexpected("a data type", hint: "columns have no colon: write \(shortened(name)) TYPE")
            }
            eat()
        }
        let type = try parseType()
        var isNotNull = false
        if take(keyword: "NOT") {
            try expect(keyword: "NULL")
            isNotNull = true
        }
        let comment = take(keyword: "COMMENT") ? try expectString("the comment in quotes") : nil
        for word in ["DEFAULT", "GENERATED"] where at(keyword: word) {
            throw SQLDiagnostic(
                "\(word) is not supported here", at: current.range, hint: "give only names, types and NOT NULL")
        }
        return SyntaxField(
            name: name, type: type, isNotNull: isNotNull, comment: comment, range: start.to(previous.range))
    }

    mutating func parseType() throws(SQLDiagnostic) -> SyntaxType {
        try enter()
        defer { leave() }
        let start = current.range
        guard case .word(let word) = current.kind else { throw unexpected("a data type", hint: "for example: STRING") }
        eat()
        let kind = try parseTypeKind(word, at: start)
        return SyntaxType(kind: kind, range: start.to(previous.range))
    }

    private mutating func parseTypeKind(_ word: String, at place: TextRange) throws(SQLDiagnostic) -> SyntaxType.Kind {
        switch word.uppercased() {
        case "BOOLEAN": return .boolean
        case "TINYINT", "BYTE": return .tinyint
        case "SMALLINT", "SHORT": return .smallint
        case "INT", "INTEGER": return .int
        case "BIGINT", "LONG": return .bigint
        case "FLOAT", "REAL": return .float
        case "DOUBLE": return .double
        case "DECIMAL", "DEC", "NUMERIC": return try parseDecimal()
        case "STRING": return try parseString()
        case "VARCHAR", "CHAR", "CHARACTER":
            try expect(symbol: "(", hint: "give the length, or use STRING")
            let length = try expectCount("a length")
            try expect(symbol: ")")
            return word.uppercased() == "VARCHAR" ? .varchar(length) : .char(length)
        case "BINARY": return .binary
        case "DATE": return .date
        case "TIMESTAMP", "TIMESTAMP_LTZ": return .timestamp
        case "TIMESTAMP_NTZ": return .timestampWithoutTimeZone
        case "TIME": return .time(precision: try parseTimePrecision())
        case "INTERVAL": return try parseIntervalType()
        case "VARIANT": return .variant
        case "VOID": return .void
        case "ARRAY":
            try expect(symbol: "<", hint: "name the type of the elements: ARRAY<STRING>")
            let element = try parseType()
            try expect(symbol: ">")
            return .array(element)
        case "MAP":
            try expect(symbol: "<", hint: "name the types of keys and values: MAP<STRING, INT>")
            let key = try parseType()
            try expect(symbol: ",")
            let value = try parseType()
            try expect(symbol: ">")
            return .map(key: key, value: value)
        case "STRUCT": return try parseStructure()
        default:
            let close = Spelling.nearest(to: word, among: SyntaxParser.typeNames)
            throw SQLDiagnostic(
                code: "UNSUPPORTED_DATATYPE", "unsupported data type '\(shortened(word))'", at: place,
                hint: close.map { "did you mean \($0)?" })
        }
    }

    private static let typeNames = [
        "BOOLEAN", "TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "LONG", "FLOAT", "DOUBLE", "DECIMAL", "STRING",
        "VARCHAR", "CHAR", "BINARY", "DATE", "TIMESTAMP", "ARRAY", "MAP", "STRUCT",
    ]

    private mutating func parseDecimal() throws(SQLDiagnostic) -> SyntaxType.Kind {
        guard take(symbol: "(") else { return .decimal(precision: 10, scale: 0) }
        let place = current.range
        let precision = try expectCount("the number of digits")
        guard precision <= 38, precision > 0 else {
            throw SQLDiagnostic(
                code: "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "a DECIMAL has 1 to 38 digits", at: place)
        }
        var scale = 0
        if take(symbol: ",") {
            let scalePlace = current.range
            scale = try expectCount("the number of digits behind the point")
            guard scale <= precision else {
                throw SQLDiagnostic(
                    "the scale \(scale) is greater than the precision \(precision)", at: scalePlace)
            }
        }
        try expect(symbol: ")")
        return .decimal(precision: precision, scale: scale)
    }

    private mutating func parseString() throws(SQLDiagnostic) -> SyntaxType.Kind {
        guard take(keyword: "COLLATE") else { return .string }
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
        guard take(symbol: "(") else { return 6 }
        let precision = try expectCount("a precision")
        try expect(symbol: ")")
        return precision
    }

    private mutating func parseIntervalType() throws(SQLDiagnostic) -> SyntaxType.Kind {
        let units = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"]
        guard let unit = units.first(where: { at(keyword: $0) }) else { return .interval(unit: nil, toUnit: nil) }
        eat()
        guard take(keyword: "TO") else { return .interval(unit: unit, toUnit: nil) }
        guard let end = units.first(where: { at(keyword: $0) }) else { throw unexpected("a unit of time") }
        eat()
        return .interval(unit: unit, toUnit: end)
    }

    private mutating func parseStructure() throws(SQLDiagnostic) -> SyntaxType.Kind {
        if take(symbol: "<>") { return .structure([]) }
        try expect(symbol: "<", hint: "name the fields: STRUCT<a: INT>")
        var fields: [SyntaxField] = []
        if !at(symbol: ">") {
            repeat { fields.append(try parseField(inStructure: true)) } while take(symbol: ",")
        }
        try expect(symbol: ">")
        return .structure(fields)
    }
}
