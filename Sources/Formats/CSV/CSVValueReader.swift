// Reads texts as structures: from_csv.

import Columns

/// Reads one record a row. One reader a thread.
package struct CSVValueReader: ~Copyable {
    private let isFailFast: Bool
    private let corruptRecord: Int?
    private var machine: CSVMachine

    /// A reader of structures of these fields.
    ///
    /// - Throws: where no text can be a value of a field's type.
    package init(_ fields: [Field], options: CSVReadOptions, rows: Int) throws(KernelError) {
        try CSVRecordReader.check(fields, corruptRecordColumn: options.corruptRecordColumn)
        isFailFast = options.mode == .failFast
        let corrupt = fields.firstIndex { $0.name == options.corruptRecordColumn }
        // Children of the first node follow it.
        corruptRecord = corrupt.map { $0 + 1 }
        let targets = fields.indices.filter { $0 != corrupt }.map { $0 + 1 }
        machine = CSVMachine(
            .structure(fields), rows: max(rows, 1), targets: targets, width: targets.count, options)
    }

    /// The structures of a column of texts that has a run a row: NULL where the text is NULL.
    ///
    /// - Throws: `MALFORMED_RECORD_IN_PARSING` in the mode that ends the query.
    package mutating func read(_ texts: ColumnVector) throws(KernelError) -> ColumnVector {
        let bytes = texts.byteStart
        let (starts, ends, valid) = (texts.starts, texts.ends, texts.validityBits)
        for row in 0..<texts.count {
            _ = machine.columns.addRow(0)
            guard Loops.isValid(valid, row) else { continue }
            machine.columns.nodes[0].setValid(row)
            let (start, length) = (bytes + Int(starts[row]), Int(ends[row] &- starts[row]))
            // No text is no record.
            if length > 0, machine.fields(start, length, row) { continue }
            if isFailFast {
                let error = RecordErrors.malformed(BadRecord(start: start, length: length))
                throw KernelError(code: error.code, message: error.message, row: row, hint: error.hint)
            }
            if length > 0, let corruptRecord { machine.columns.nodes[corruptRecord].setBytes(start, length, row) }
        }
        return machine.columns.take()
    }
}
