// A schema as Spark notes it in a file, so that it reads the same types again.

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
}
