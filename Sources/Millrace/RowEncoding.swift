// Rows that a program brings, as columns.

import Columns

/// Turns rows of values into columns.
enum RowEncoding {
    /// A batch of these rows.
    ///
    /// - Throws: where a row has another number of values than the schema has columns, or a value another type.
    static func batch(_ rows: [[Value]], schema: Schema) throws -> RecordBatch {
        for (number, row) in rows.enumerated() {
            guard row.count == schema.count else {
                throw failure("row \(number) has \(row.count) values, and the schema \(schema.count) columns")
            }
            for (value, field) in zip(row, schema.fields) {
                guard field.isNullable || !value.isNull else {
                    throw failure("column '\(field.name)' is NOT NULL, and row \(number) is NULL")
                }
                guard value.hasType(field.type) else {
                    throw failure(
                        "\(value) in row \(number) is no value of column '\(field.name)', which is \(field.type)")
                }
            }
        }
        return ValueColumns.batch(schema: schema, rows: rows)
    }

    private static func failure(_ message: String) -> MillraceError {
        MillraceError(code: "INVALID_ROW", message: message, hint: "give each column a value of its type", kind: .query)
    }
}
