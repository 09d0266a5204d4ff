// Reads records of comma-separated values as rows of a schema.

import Columns

/// Reads lines, or records over several of them, into batches.
package final class CSVRecordReader: RecordReader {
    private let options: CSVReadOptions
    private let separator: LineSeparator
    private let rules: RecordRules
    private var machine: CSVMachine
    private var batches: RecordBatches
    /// The names that a header has to have, where somebody looks at it.
    private let names: [String]?
    private var expectsHeader = false

    /// A reader of the columns that are wanted. Of `all` columns of the files, the one for corrupt records apart, the
    /// first one is the first field of a record, and so on.
    ///
    /// - Throws: where no text can be a value of a column's type.
    package init(
        _ wanted: Schema, of all: Schema, options: CSVReadOptions, separator: LineSeparator = .anyLineEnd,
        rowsPerBatch: Int = 4096
    ) throws(KernelError) {
        try Self.check(all.fields, corruptRecordColumn: options.corruptRecordColumn)
        batches = RecordBatches(wanted, rowsPerBatch: rowsPerBatch)
        self.options = options
        self.separator = separator
        let corrupt = wanted.fields.firstIndex { $0.name == options.corruptRecordColumn }
        let fields = all.fields.filter { $0.name != options.corruptRecordColumn }
        // Children of the first node follow it.
        let targets = fields.map { field in wanted.fields.firstIndex { $0.name == field.name }.map { $0 + 1 } ?? -1 }
        // As in Spark: nobody looks at the number of fields where some of them are not wanted.
        let isWhole = targets.allSatisfy { $0 >= 0 } || corrupt != nil || options.spansLines
        rules = RecordRules(mode: options.mode, corruptRecord: corrupt.map { $0 + 1 }, place: batches.placeNode)
        machine = CSVMachine(
            batches.type, rows: rowsPerBatch, targets: targets, width: isWhole ? fields.count : nil, options)
        names = options.enforcesSchema ? nil : fields.map(\.name)
    }

    /// Refuses columns that a text can't fill.
    package static func check(_ fields: [Field], corruptRecordColumn: String) throws(KernelError) {
        for field in fields {
            switch field.type {
            case .array, .map, .structure, .null, .variant:
                throw KernelError(
                    code: "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                    message: "the CSV datasource doesn't support the column \(field.name) of the type \(field.type)",
                    hint: "read it as STRING, and take it apart with split, from_json or from_csv")
            default: break
            }
            try RecordErrors.checkCorruptRecordColumn(field, named: corruptRecordColumn)
        }
    }

    package var count: Int { machine.columns.count(0) }

    package var isFull: Bool { batches.isFull(machine.columns) }

    package func beginFile(atItsStart: Bool) {
        expectsHeader = options.hasHeader && atItsStart
        machine.scanner.beginFile()
    }

    package func read(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, place: Int64
    ) throws(KernelError) -> Int {
        guard let start = bytes.baseAddress else { return 0 }
        let rowsPerBatch = batches.rowsPerBatch
        let separator = machine.scanner.separator(self.separator, in: bytes, isLast: isLast)
        var read = 0
        while read < bytes.count, machine.columns.count(0) < rowsPerBatch {
            guard let end = machine.scanner.recordEnd(in: bytes, from: read, isLast: isLast, separator) else { break }
            let (record, length) = (start + read, end.start - read)
            let recordPlace = place &+ Int64(read)
            read = end.next
            guard options.isRecord(UnsafeBufferPointer(start: record, count: length)) else { continue }
            if expectsHeader {
                expectsHeader = false
                try checkHeader(record, length)
                continue
            }
            if let bad = machine.record(record, length, place: recordPlace, rules) {
                throw RecordErrors.malformed(bad)
            }
        }
        return read
    }

    /// Compares the names of a header with those of the schema.
    private func checkHeader(_ start: UnsafePointer<UInt8>, _ length: Int) throws(KernelError) {
        guard let names else { return }
        let header = CSVHeader.fields(start, length, &machine.scanner)
        guard header.count != names.count || zip(header, names).contains(where: { $0.lowercased() != $1.lowercased() })
        else { return }
        throw KernelError(
            code: "INVALID_SCHEMA",
            message: "the header is \(header.joined(separator: ", ")), and the schema has the columns "
                + names.joined(separator: ", "),
            hint: "give the schema the columns of the file, or set enforceSchema to true, and they go by their places")
    }

    package func take() -> RecordBatch { batches.take(&machine.columns) }

    package func place(ofRow row: Int) -> Int64? { batches.place(ofRow: row) }
}

/// The first record of a file as names.
enum CSVHeader {
    /// The fields of a record as texts; a missing one is empty.
    static func fields(
        _ start: UnsafePointer<UInt8>, _ length: Int, _ scanner: inout CSVScanner
    ) -> [String] {
        var fields: [String] = []
        scanner.begin(start, length)
        repeat {
            let field = scanner.field()
            fields.append(String(decoding: UnsafeBufferPointer(start: field.start, count: field.length), as: UTF8.self))
        } while !scanner.isDone
        return fields
    }

    /// Names of columns: those of a header, which get their places where they are missing or there twice; without one
    /// `_c0`, `_c1` and so on.
    static func names(_ fields: [String], isHeader: Bool) -> [String] {
        guard isHeader else { return fields.indices.map { "_c\($0)" } }
        let folded = fields.map { $0.lowercased() }
        var counts: [String: Int] = [:]
        for name in folded { counts[name, default: 0] += 1 }
        return fields.enumerated().map { index, name in
            if name.isEmpty { return "_c\(index)" }
            return counts[folded[index], default: 0] > 1 ? "\(name)\(index)" : name
        }
    }
}
