// Reads records of JSON as rows of a schema.

import Columns

/// Reads lines, or texts as a whole, into batches. One reader a thread; it keeps its memory from batch to batch.
package final class JSONRecordReader: RecordReader {
    private let separator: LineSeparator
    private let rules: RecordRules
    private var machine: JSONMachine
    private var batches: RecordBatches
    /// A text is one record.
    private let isWhole: Bool

    /// A reader of these columns, those of bad records among them. Fields that a record has besides are passed over.
    /// Where `isWhole`, a text is one record, or an array of records, and else a line is.
    ///
    /// - Throws: where JSON can't hold values of a column's type.
    package init(
        schema: Schema, options: JSONReadOptions, separator: LineSeparator = .anyLineEnd, isWhole: Bool = false,
        rowsPerBatch: Int = 4096
    ) throws(KernelError) {
        try JSONSchemaRules.check(schema.fields, corruptRecordColumn: options.corruptRecordColumn)
        batches = RecordBatches(schema, rowsPerBatch: rowsPerBatch)
        self.separator = separator
        self.isWhole = isWhole
        let corrupt = schema.fields.firstIndex { $0.name == options.corruptRecordColumn }
        // Children of the first node follow it.
        rules = RecordRules(mode: options.mode, corruptRecord: corrupt.map { $0 + 1 }, place: batches.placeNode)
        machine = JSONMachine(
            batches.type, rows: rowsPerBatch, hidden: Set([corrupt, schema.count].compactMap { $0 }), options)
    }

    package var count: Int { machine.columns.count(0) }

    package var isFull: Bool { batches.isFull(machine.columns) }

    package func read(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, place: Int64
    ) throws(KernelError) -> Int {
        if isWhole { return try readWhole(bytes, place: place) }
        let (read, bad) = machine.lines(
            bytes, isLast: isLast, place: place, untilRows: batches.rowsPerBatch, separator, rules)
        if let bad { throw RecordErrors.malformed(bad) }
        return read
    }

    private func readWhole(_ text: UnsafeBufferPointer<UInt8>, place: Int64) throws(KernelError) -> Int {
        guard let start = text.baseAddress else { return 0 }
        if let bad = machine.record(start, text.count, place: place, rules) { throw RecordErrors.malformed(bad) }
        return text.count
    }

    package func take() -> RecordBatch { batches.take(&machine.columns) }

    package func place(ofRow row: Int) -> Int64? { batches.place(ofRow: row) }
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
