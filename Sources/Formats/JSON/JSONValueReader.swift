// Reads texts as values of one type: from_json.

import Columns

/// Reads one text a row. One reader a thread.
package struct JSONValueReader: ~Copyable {
    private let type: DataType
    private let isFailFast: Bool
    private let corruptRecord: Int?
    private var machine: JSONMachine

    /// A reader of values of a type: a structure, an array or a map.
    package init(_ type: DataType, options: JSONReadOptions, rows: Int) {
        self.type = type
        isFailFast = options.mode == .failFast
        var corrupt: Int?
        if case .structure(let fields) = type {
            corrupt = fields.firstIndex { $0.name == options.corruptRecordColumn }
        }
        corruptRecord = corrupt.map { $0 + 1 }
        machine = JSONMachine(type, rows: max(rows, 1), hidden: Set([corrupt].compactMap { $0 }), options)
    }

    /// The values of a column of texts that has a run a row: NULL where the text is NULL or blank.
    ///
    /// - Throws: `MALFORMED_RECORD_IN_PARSING` in the mode that ends the query.
    package mutating func read(_ texts: ColumnVector) throws(KernelError) -> ColumnVector {
        let bytes = texts.byteStart
        let (starts, ends, valid) = (texts.starts, texts.ends, texts.validityBits)
        for row in 0..<texts.count {
            _ = machine.columns.addRow(0)
            guard Loops.isValid(valid, row) else { continue }
            let length = Int(ends[row] &- starts[row])
            machine.value(bytes + Int(starts[row]), length, row)
            guard machine.isBad else { continue }
            let record = BadRecord(start: bytes + Int(starts[row]), length: length)
            if isFailFast {
                let error = RecordErrors.malformed(record)
                throw KernelError(code: error.code, message: error.message, row: row, hint: error.hint)
            }
            if let corruptRecord { machine.columns.nodes[corruptRecord].setBytes(record.start, length, row) }
        }
        return machine.columns.take()
    }
}

extension JSONMachine {
    /// Reads a text into a row of the first node.
    fileprivate mutating func value(_ start: UnsafePointer<UInt8>, _ length: Int, _ row: Int) {
        scanner.at = start
        scanner.end = start + length
        scanner.depth = 0
        isBad = false
        guard scanner.skipBlanks() else {
            if scanner.at < scanner.end { void(row) }
            return
        }
        let byte = scanner.at.pointee
        let element = columns.nodes[0].firstChild
        let outcome: JSONOutcome
        switch columns.nodes[0].kind {
        case .list where byte == UInt8(ascii: "{") && columns.nodes[element].kind == .structure:
            // An object alone is an array of one.
            let place = columns.addRow(columns.nodes[0].elementSpace)
            outcome = value(element, place)
            columns.nodes[0].setRun(place, place + 1, row)
        case .null where byte == UInt8(ascii: "n"): outcome = .failed
        default: outcome = byte == UInt8(ascii: "n") ? .failed : value(0, row)
        }
        if case .written = outcome { return }
        void(row)
    }

    /// A text that can't be read: a structure of NULLs, or NULL.
    private mutating func void(_ row: Int) {
        isBad = true
        columns.clear(0, row)
        if columns.nodes[0].kind == .structure { columns.nodes[0].setValid(row) }
    }
}
