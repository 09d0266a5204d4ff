// Reads lines as they are, or texts as a whole: rows of one column.

import Columns

/// Reads lines into batches of one column of texts.
package final class TextRecordReader: RecordReader {
    private let separator: LineSeparator
    /// A text is one row.
    private let isWhole: Bool
    private var batches: RecordBatches
    private var columns: RecordColumns

    /// A reader of the only column there is, or of none where only the number of rows counts.
    /// Where `isWhole`, a text is a row, and else a line is.
    ///
    /// - Throws: where that is not what the schema says.
    package init(
        _ wanted: Schema, of all: Schema, separator: LineSeparator = .anyLineEnd, isWhole: Bool = false,
        rowsPerBatch: Int = 4096
    ) throws(KernelError) {
        try Self.check(all.fields)
        batches = RecordBatches(wanted, rowsPerBatch: rowsPerBatch)
        self.separator = separator
        self.isWhole = isWhole
        columns = RecordColumns(batches.type, rows: rowsPerBatch)
    }

    /// Refuses all columns but one of texts.
    private static func check(_ fields: [Field]) throws(KernelError) {
        if let field = fields.first(where: { $0.type != .string }) {
            throw KernelError(
                code: "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                message: "the Text datasource doesn't support the column \(field.name) of the type \(field.type)",
                hint: "a line is one STRING: cast it")
        }
        guard fields.count <= 1 else {
            throw KernelError(
                code: "INVALID_SCHEMA", message: "text files have one column, and the schema has \(fields.count)",
                hint: "leave the schema out, and take the line apart with split or from_csv")
        }
    }

    package var count: Int { columns.count(0) }

    package var isFull: Bool { batches.isFull(columns) }

    package func read(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, place: Int64
    ) throws(KernelError) -> Int {
        guard let start = bytes.baseAddress else { return 0 }
        if isWhole {
            add(start, bytes.count, place)
            return bytes.count
        }
        let rowsPerBatch = batches.rowsPerBatch
        var read = 0
        while read < bytes.count, columns.count(0) < rowsPerBatch {
            let end = separator.find(in: bytes, from: read, isLast: isLast)
            guard end != nil || isLast else { break }
            let (stop, next) = end ?? (bytes.count, bytes.count)
            add(start + read, stop - read, place &+ Int64(read))
            read = next
        }
        return read
    }

    @inline(__always)
    private func add(_ start: UnsafePointer<UInt8>, _ length: Int, _ place: Int64) {
        let row = columns.addRow(0)
        // Nodes: the whole, the text where it is wanted, and the place.
        if batches.schema.count == 1 { columns.nodes[1].setBytes(start, length, row) }
        columns.nodes[batches.placeNode].set(place, row)
    }

    package func take() -> RecordBatch { batches.take(&columns) }

    package func place(ofRow row: Int) -> Int64? { batches.place(ofRow: row) }
}
