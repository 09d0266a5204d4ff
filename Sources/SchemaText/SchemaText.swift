// Types and schemas as SQL writes them: `a INT, b STRUCT<c: STRING>`.

import Columns
import SQLParser
import SourceText

/// What text means as a type or as columns. The grammar is the parser's; the types that there are, are here.
package enum SchemaText {
    /// The columns of a text such as `a INT, b STRING NOT NULL`.
    package static func schema(_ text: String) throws(SQLDiagnostic) -> Schema {
        Schema(try fields(try SyntaxParser.schema(text)))
    }

    /// The type of a text such as `ARRAY<INT>`.
    package static func type(_ text: String) throws(SQLDiagnostic) -> DataType {
        try type(try SyntaxParser.type(text))
    }

    /// A type, or the structure of the columns that a text lists: what `from_json` takes.
    package static func typeOrColumns(_ text: String) throws(SQLDiagnostic) -> DataType {
        let mistake: SQLDiagnostic
        do throws(SQLDiagnostic) {
            return try type(text)
        } catch {
            mistake = error
        }
        do throws(SQLDiagnostic) {
            return .structure(try schema(text).fields)
        } catch {
            // The error that counts is that of the list: most texts are one. As in Spark a name that is no type is
            // one's own where the text is a type, and bad grammar in a list.
            let isOneType = mistake.range.start > 0 || mistake.range.end == text.utf8.count
            if mistake.code == "UNSUPPORTED_DATATYPE", isOneType { throw mistake }
            guard error.code == "UNSUPPORTED_DATATYPE" else { throw error }
            throw SQLDiagnostic(error.message, at: error.range, hint: error.hint)
        }
    }

    /// The type that was written.
    package static func type(_ syntax: SyntaxType) throws(SQLDiagnostic) -> DataType {
        switch syntax.kind {
        case .boolean: return .boolean
        case .tinyint: return .byte
        case .smallint: return .short
        case .int: return .integer
        case .bigint: return .long
        case .float: return .float
        case .double: return .double
        case .decimal(let precision, let scale): return .decimal(precision: precision, scale: scale)
        case .string: return .string
        case .binary: return .binary
        case .date: return .date
        case .timestamp: return .timestamp
        case .void: return .null
        case .array(let element): return .array(try type(element), containsNull: true)
        case .map(let key, let value):
            return .map(key: try type(key), value: try type(value), valueContainsNull: true)
        case .structure(let list): return .structure(try fields(list))
        case .varchar, .char:
            throw SQLDiagnostic(
                code: "UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING",
                "CHAR and VARCHAR are types of whole columns of a table, in CREATE TABLE", at: syntax.range,
                hint: "use STRING")
        case .timestampWithoutTimeZone: return .timestampNTZ
        case .time(let precision): return .time(precision: precision)
        case .interval(let unit, let toUnit): return try interval(unit, toUnit, at: syntax.range)
        case .variant: return .variant
        }
    }

    /// The type that a cast names. Lengths of texts don't count there, as in Spark.
    package static func castType(_ syntax: SyntaxType) throws(SQLDiagnostic) -> DataType {
        switch syntax.kind {
        case .varchar, .char: return .string
        case .array(let element): return .array(try castType(element), containsNull: true)
        case .map(let key, let value):
            return .map(key: try castType(key), value: try castType(value), valueContainsNull: true)
        case .structure(let list): return .structure(try fields(list, of: castType))
        default: return try type(syntax)
        }
    }

    private static func interval(
        _ unit: String?, _ toUnit: String?, at range: TextRange
    ) throws(SQLDiagnostic) -> DataType {
        guard let unit else {
            throw unsupported("the type INTERVAL", at: range, hint: "name its fields: INTERVAL DAY TO SECOND")
        }
        let fields = [unit, toUnit ?? unit].compactMap { name in IntervalField.allCases.first { $0.name == name } }
        guard fields.count == 2, let type = DataType.interval(from: fields[0], to: fields[1]) else {
            throw SQLDiagnostic(
                "there is no interval from \(unit) to \(toUnit ?? unit)", at: range,
                hint: "for example: INTERVAL YEAR TO MONTH, INTERVAL DAY TO SECOND")
        }
        return type
    }

    /// The fields or columns that were written.
    package static func fields(_ list: [SyntaxField]) throws(SQLDiagnostic) -> [Field] {
        try fields(list, of: type)
    }

    private static func fields(
        _ list: [SyntaxField], of type: (SyntaxType) throws(SQLDiagnostic) -> DataType
    ) throws(SQLDiagnostic) -> [Field] {
        var fields: [Field] = []
        for field in list { fields.append(Field(field.name, try type(field.type), isNullable: !field.isNotNull)) }
        return fields
    }

    /// The columns of a table: their fields, and the lengths of those that are CHAR or VARCHAR.
    package static func columns(
        _ list: [SyntaxField]
    ) throws(SQLDiagnostic) -> (fields: [Field], lengths: [TextLength?]) {
        // A length makes a text of the column. Within other types none is allowed.
        let fields = try fields(list) { (syntax) throws(SQLDiagnostic) in
            length(syntax) == nil ? try type(syntax) : .string
        }
        return (fields, list.map { length($0.type) })
    }

    private static func length(_ syntax: SyntaxType) -> TextLength? {
        switch syntax.kind {
        case .char(let limit): .char(limit)
        case .varchar(let limit): .varchar(limit)
        default: nil
        }
    }

    private static func unsupported(_ what: String, at range: TextRange, hint: String? = nil) -> SQLDiagnostic {
        SQLDiagnostic(code: "UNSUPPORTED_FEATURE", "\(what) is not supported", at: range, hint: hint)
    }

    // MARK: Writing

    /// A type as SQL writes it, with back-ticks around names that need them.
    package static func text(_ type: DataType) -> String {
        switch type {
        case .array(let element, _): "ARRAY<\(text(element))>"
        case .map(let key, let value, _): "MAP<\(text(key)), \(text(value))>"
        case .structure(let fields):
            "STRUCT<" + fields.map { "\(name($0.name)): \(text($0.type))" }.joined(separator: ", ") + ">"
        default: type.description
        }
    }

    /// A type as Spark's catalog names it: `struct<a:int>`.
    package static func catalogText(_ type: DataType) -> String {
        switch type {
        case .array(let element, _): "array<\(catalogText(element))>"
        case .map(let key, let value, _): "map<\(catalogText(key)),\(catalogText(value))>"
        case .structure(let fields):
            "struct<" + fields.map { "\($0.name):\(catalogText($0.type))" }.joined(separator: ",") + ">"
        default: type.description.lowercased()
        }
    }

    /// A name, in back-ticks where it needs them.
    package static func name(_ name: String) -> String {
        let isPlain =
            !name.isEmpty
            && name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
            } && name.utf8.contains { !(0x30...0x39).contains($0) }
        return isPlain
            ? name : "`" + name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``") + "`"
    }
}
