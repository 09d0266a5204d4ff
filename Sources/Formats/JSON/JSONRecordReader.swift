// Reads records of JSON as rows of a schema.

import Columns

/// Reads lines, or texts as a whole, into batches. One reader a thread; it keeps its memory from batch to batch.
package final class JSONRecordReader {
    /// The columns of the batches: those that are wanted, with the one for bad records where it is among them.
    package let schema: Schema
    private let separator: LineSeparator
    private let rules: JSONMachine.RecordRules
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
        rules = JSONMachine.RecordRules(
            mode: options.mode, corruptRecord: corrupt.map { $0 + 1 }, place: fields.count)
        machine = JSONMachine(
            .structure(fields), rows: rowsPerBatch, hidden: Set([corrupt, schema.count].compactMap { $0 }), options)
    }

    /// Rows that were read and not taken yet.
    package var count: Int { machine.columns.count(0) }

    /// Whether it is time to take the rows.
    package var isFull: Bool { count >= rowsPerBatch || machine.columns.largestByteCount > 64 << 20 }

    /// Reads whole lines until the batch is full, and gives how many bytes that were. `place` is where the bytes begin
    /// in their file; `isLast` says that nothing follows them. 64 bytes beyond them may be read.
    ///
    /// - Throws: `MALFORMED_RECORD_IN_PARSING` in the mode that ends the query.
    package func readLines(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, place: Int64
    ) throws(KernelError) -> Int {
        let (read, bad) = machine.lines(
            bytes, isLast: isLast, place: place, untilRows: rowsPerBatch, separator, rules)
        if let bad { throw JSONErrors.malformed(bad) }
        return read
    }

    /// Reads a text as one record.
    ///
    /// - Throws: `MALFORMED_RECORD_IN_PARSING` in the mode that ends the query.
    package func readRecord(_ text: UnsafeBufferPointer<UInt8>, place: Int64) throws(KernelError) {
        guard let start = text.baseAddress else { return }
        if let bad = machine.record(start, text.count, place: place, rules) { throw JSONErrors.malformed(bad) }
    }

    /// The rows that were read since the last call.
    package func take() -> RecordBatch {
        let count = count
        let rows = machine.columns.take()
        places = rows.children.last
        return RecordBatch(schema: schema, columns: Array(rows.children.dropLast()), count: count)
    }

    /// Where the record of a row of the batch that was taken last begins.
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
            guard field.name == corruptRecordColumn, field.type != .string || !field.isNullable else { continue }
            throw KernelError(
                code: "INVALID_CORRUPT_RECORD_TYPE",
                message:
                    "the column \(field.name) for corrupt records must be a nullable STRING, not \(field.type)",
                hint: "declare it as \(field.name) STRING, or name another one with columnNameOfCorruptRecord")
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

enum JSONErrors {
    /// The end of a query that takes no bad records.
    static func malformed(_ record: JSONMachine.BadRecord) -> KernelError {
        let bytes = UnsafeBufferPointer(start: record.start, count: min(record.length, 200))
        let text = String(decoding: bytes, as: UTF8.self) + (record.length > 200 ? "..." : "")
        return KernelError(
            code: "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
            message: "malformed records are detected in record parsing: \(text); parse mode: FAILFAST",
            hint: "set the option 'mode' to 'PERMISSIVE' to get NULL for what cannot be read")
    }
}
