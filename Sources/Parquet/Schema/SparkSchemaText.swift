// A schema as Spark notes it in a file, so that the same types are read again.

import Columns
import JSONText

/// Spark's JSON of schemas (`StructType.json`).
enum SparkSchemaText {
    /// Under which key of a file's metadata it stands.
    static let key = "org.apache.spark.sql.parquet.row.metadata"

    /// The schema's JSON.
    static func text(_ schema: Schema) -> String { structure(schema.fields).text }

    private static func structure(_ fields: [Field]) -> JSONValue {
        let fields = fields.map { field in
            JSONValue.object([
                ("name", .string(field.name)), ("type", type(field.type)), ("nullable", .bool(field.isNullable)),
                ("metadata", .object([])),
            ])
        }
        return .object([("type", "struct"), ("fields", .array(fields))])
    }

    private static func type(_ type: DataType) -> JSONValue {
        switch type {
        case .array(let element, let containsNull):
            .object([
                ("type", "array"), ("elementType", self.type(element)), ("containsNull", .bool(containsNull)),
            ])
        case .map(let key, let value, let containsNull):
            .object([
                ("type", "map"), ("keyType", self.type(key)), ("valueType", self.type(value)),
                ("valueContainsNull", .bool(containsNull)),
            ])
        case .structure(let fields): structure(fields)
        case .byte: "byte"
        case .short: "short"
        case .integer: "integer"
        case .long: "long"
        // The rest is SQL's word in small letters: `decimal(10,2)`, `interval day to second`.
        default: .string(type.description.lowercased())
        }
    }

    // MARK: Reading

    /// What a file notes of its columns; `nil` where it notes nothing that can be read: its own types count then.
    static func noted(in metaData: FileMetaData) -> JSONValue? {
        guard let text = metaData.keyValues?.first(where: { $0.key == key })?.value else { return nil }
        return try? JSONValue.parse(text)
    }

    /// What is noted of a structure's fields, by their names: a file may have more of them, fewer, or other ones.
    static func fields(_ structure: JSONValue?) -> [String: JSONValue] {
        guard let fields = structure?["fields"]?.arrayValue else { return [:] }
        var types: [String: JSONValue] = [:]
        for field in fields {
            guard let name = field["name"]?.stringValue, let type = field["type"] else { continue }
            types[name] = type
        }
        return types
    }

    /// The type of a field without fields: the noted one where Parquet has no word for it and its values are written
    /// as the file's are, and the file's own in all other cases.
    static func leaf(_ noted: JSONValue?, over own: DataType) -> DataType {
        guard let word = noted?.stringValue?.uppercased() else { return own }
        switch own {
        case .integer:
            guard let fields = YearMonthFields.allCases.first(where: { word == "INTERVAL \($0.rawValue)" }) else {
                return own
            }
            return .yearMonthInterval(fields)
        case .long:
            guard let fields = DayTimeFields.allCases.first(where: { word == "INTERVAL \($0.rawValue)" }) else {
                return own
            }
            return .dayTimeInterval(fields)
        // A file has microseconds or nanoseconds, and says not how many digits count.
        case .time(let most): return (0...most).map { .time(precision: $0) }.first { $0.description == word } ?? own
        default: return own
        }
    }
}
