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
        }
        let columns = try schema.fields.enumerated().map { index, field in
            try column(rows.map { $0[index] }, field)
        }
        return RecordBatch(schema: schema, columns: columns, count: rows.count)
    }

    private static func column(_ values: [Value], _ field: Field) throws -> ColumnVector {
        guard field.isNullable || !values.contains(.null) else {
            throw failure("column '\(field.name)' is NOT NULL, and row \(values.firstIndex(of: .null) ?? 0) is NULL")
        }
        switch field.type {
        case .boolean:
            var builder = BooleanBuilder()
            for value in values {
                switch value {
                case .null: builder.appendNull()
                case .boolean(let flag): builder.append(flag)
                default: throw mismatch(value, field)
                }
            }
            return builder.finish()
        case .byte: return try fixed(values, field) { if case .byte(let number) = $0 { number } else { nil } as Int8? }
        case .short:
            return try fixed(values, field) { if case .short(let number) = $0 { number } else { nil } as Int16? }
        case .integer:
            return try fixed(values, field) { if case .integer(let number) = $0 { number } else { nil } as Int32? }
        case .long: return try fixed(values, field) { if case .long(let number) = $0 { number } else { nil } as Int64? }
        case .float:
            return try fixed(values, field) { if case .float(let number) = $0 { number } else { nil } as Float? }
        case .double:
            return try fixed(values, field) { if case .double(let number) = $0 { number } else { nil } as Double? }
        case .date: return try fixed(values, field) { if case .date(let days) = $0 { days } else { nil } as Int32? }
        case .timestamp:
            return try fixed(values, field) { if case .timestamp(let micros) = $0 { micros } else { nil } as Int64? }
        case .decimal(_, let scale):
            return try fixed(values, field) { value in
                if case .decimal(let unscaled, scale) = value { unscaled } else { nil } as Int128?
            }
        case .string, .binary: return try bytes(values, field)
        case .null, .array, .map, .structure:
            throw failure("column '\(field.name)' has the type \(field.type), which rows can't be made of")
        }
    }

    private static func fixed<T: BitwiseCopyable>(
        _ values: [Value], _ field: Field, _ payload: (Value) -> T?
    ) throws -> ColumnVector {
        var builder = FixedBuilder<T>(type: field.type, capacity: values.count)
        for value in values {
            if value.isNull {
                builder.appendNull()
            } else if let payload = payload(value) {
                builder.append(payload)
            } else {
                throw mismatch(value, field)
            }
        }
        return builder.finish()
    }

    private static func bytes(_ values: [Value], _ field: Field) throws -> ColumnVector {
        var builder = BytesBuilder(type: field.type)
        for value in values {
            switch (value, field.type) {
            case (.null, _): builder.appendNull()
            case (.string(let text), .string): builder.append(text)
            case (.binary(let bytes), .binary): builder.append(bytes)
            default: throw mismatch(value, field)
            }
        }
        return builder.finish()
    }

    private static func mismatch(_ value: Value, _ field: Field) -> MillraceError {
        failure("\(value) is no value of column '\(field.name)', which is \(field.type)")
    }

    private static func failure(_ message: String) -> MillraceError {
        MillraceError(code: "INVALID_ROW", message: message, hint: "give each column a value of its type", kind: .query)
    }
}
