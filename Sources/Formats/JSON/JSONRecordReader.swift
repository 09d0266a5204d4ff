// Reads records of JSON as rows of a schema.

import Columns

/// Reads lines, or texts as a whole, into batches. One reader a thread; it keeps its memory from batch to batch.
package final class JSONRecordReader: RecordReader {
    /// The columns of the batches: those that are wanted, with the one for bad records where it is among them.
    package let schema: Schema
    private let separator: LineSeparator
    private let rules: RecordRules
    private var machine: JSONMachine
    private let rowsPerBatch: Int
    /// Where the rows of the batch that was taken last begin.
    private var places: ColumnVector?

    /// A reader of these columns. Fields that a record has besides are passed over.
    ///
    /// - Throws: where JSON can't hold values of a column's type.
    package init(
        schema: Schema, options: JSONReadOptions, separator: LineSeparator = .anyLineEnd, rowsPerBatch: Int = 4096
    ) throws(KernelError) {
        try JSONSchemaRules.check(schema.fields, corruptRecordColumn: options.corruptRecordColumn)
        self.schema = schema
        self.separator = separator
        self.rowsPerBatch = rowsPerBatch
        let corrupt = schema.fields.firstIndex { $0.name == options.corruptRecordColumn }
        let fields = schema.fields + [Field("", .long, isNullable: false)]
        // Children of the first node follow it.
        rules = RecordRules(
            mode: options.mode, corruptRecord: corrupt.map { $0 + 1 }, place: fields.count)
        machine = JSONMachine(
            .structure(fields), rows: rowsPerBatch, hidden: Set([corrupt, schema.count].compactMap { $0 }), options)
    }

    package var count: Int { machine.columns.count(0) }

    package var isFull: Bool { count >= rowsPerBatch || machine.columns.largestByteCount > 64 << 20 }

    package func readLines(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, place: Int64
    ) throws(KernelError) -> Int {
        let (read, bad) = machine.lines(
            bytes, isLast: isLast, place: place, untilRows: rowsPerBatch, separator, rules)
        if let bad { throw RecordErrors.malformed(bad) }
        return read
    }

    package func readRecord(_ text: UnsafeBufferPointer<UInt8>, place: Int64) throws(KernelError) {
        guard let start = text.baseAddress else { return }
        if let bad = machine.record(start, text.count, place: place, rules) { throw RecordErrors.malformed(bad) }
    }

    package func take() -> RecordBatch {
        let count = count
        let rows = machine.columns.take()
        places = rows.children.last
        return RecordBatch(schema: schema, columns: Array(rows.children.dropLast()), count: count)
    }

    package func place(ofRow row: Int) -> Int64? {
        guard let places, row >= 0, row < places.count else { return nil }
        return places.slots(as: Int64.self)[row]
    }
}

/// Which types JSON can be read as.
package enum JSONSchemaRules {
    /// Refuses columns that JSON can't fill.
    package static func check(_ fields: [Field], corruptRecordColumn: String) throws(KernelError) {
        for field in fields {
            try check(field.type, of: field.name)
            try RecordErrors.checkCorruptRecordColumn(field, named: corruptRecordColumn)
        }
    }

    private static func check(_ type: DataType, of name: String) throws(KernelError) {
        if case .map(let key, _, _) = type, key != .string {
            throw KernelError(
                code: "INVALID_JSON_SCHEMA_MAP_TYPE",
                message: "input schema can only contain STRING as a key type for a MAP, and \(name) has \(type)",
                hint: "use MAP<STRING, ...> and cast the keys")
        }
        for child in type.childTypes { try check(child, of: name) }
    }
}
