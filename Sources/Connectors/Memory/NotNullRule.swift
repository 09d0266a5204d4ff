// Columns that are NOT NULL: what a table promises, whoever writes into it.

import Columns

/// Finds NULLs where a schema has none. A table that promises a column without them is read as if there were none: a
/// NULL that got in would be neither NULL nor a value to the queries on it.
enum NotNullRule {
    /// Refuses rows with a NULL in a column, or in a part of one, that is NOT NULL.
    ///
    /// - Throws: `NOT_NULL_ASSERT_VIOLATION`, with the column.
    static func check(_ batch: RecordBatch, against schema: Schema, of table: String) throws(ConnectorError) {
        for (column, field) in zip(batch.columns, schema.fields) where hasPromise(field) {
            let rows = batch.selection.map { selection in (0..<selection.count).map { Int(selection.pointer[$0]) } }
            guard let path = nullPath(in: column, field, rows ?? Array(0..<batch.physicalCount)) else { continue }
            throw ConnectorError(
                .badRow, "a NULL value appeared in the column \(path) of \(table), which is NOT NULL",
                hint: "give it a value, as coalesce does, or leave such rows out: WHERE \(field.name) IS NOT NULL",
                condition: "NOT_NULL_ASSERT_VIOLATION")
        }
    }

    private static func hasPromise(_ field: Field) -> Bool {
        !field.isNullable || parts(field.type).contains(where: hasPromise)
    }

    /// The types of a type's children, with their names in paths.
    private static func parts(_ type: DataType) -> [Field] {
        switch type {
        case .array(let element, let containsNull): [Field("element", element, isNullable: containsNull)]
        case .map(let key, let value, let containsNull):
            // No key is NULL: a map has none such.
            [Field("key", key), Field("value", value, isNullable: containsNull)]
        case .structure(let fields): fields
        default: []
        }
    }

    /// Where a NULL stands among these rows that may not be there.
    private static func nullPath(in column: ColumnVector, _ field: Field, _ rows: [Int]) -> String? {
        let column = column.materialized()
        if !field.isNullable, column.nullCount > 0, rows.contains(where: column.isNull) { return field.name }
        let parts = parts(field.type)
        guard parts.contains(where: hasPromise) else { return nil }
        var inner = column.nullCount == 0 ? rows : rows.filter { !column.isNull($0) }
        if column.type.layout == .list {
            inner = inner.flatMap { Array(Int(column.starts[$0])..<Int(column.ends[$0])) }
        }
        for (child, part) in zip(column.children, parts) {
            if let path = nullPath(in: child, part, inner) { return "\(field.name).\(path)" }
        }
        return nil
    }
}
