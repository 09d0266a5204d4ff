// Reads lines as they are, or texts as a whole: rows of one column.

import Columns

/// Reads lines into batches of one column of texts.
package final class TextRecordReader: RecordReader {
    private let schema: Schema
    private let separator: LineSeparator
    private let rowsPerBatch: Int
    private var columns: RecordColumns
    /// Where the rows of the batch that was taken last begin.
    private var places: ColumnVector?

    /// A reader of the only column there is, or of none where only the number of lines counts.
    ///
    /// - Throws: where that is not what the schema says.
    package init(
        _ wanted: Schema, of all: Schema, separator: LineSeparator = .anyLineEnd, rowsPerBatch: Int = 4096
    ) throws(KernelError) {
        try Self.check(all.fields)
        schema = wanted
        self.separator = separator
        self.rowsPerBatch = rowsPerBatch
        columns = RecordColumns(.structure(wanted.fields + [Field("", .long, isNullable: false)]), rows: rowsPerBatch)
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

    package var isFull: Bool { count >= rowsPerBatch || columns.largestByteCount > 64 << 20 }

    package func readLines(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, place: Int64
    ) throws(KernelError) -> Int {
        guard let start = bytes.baseAddress else { return 0 }
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

    package func readRecord(_ text: UnsafeBufferPointer<UInt8>, place: Int64) throws(KernelError) {
        if let start = text.baseAddress { add(start, text.count, place) }
    }

    @inline(__always)
    private func add(_ start: UnsafePointer<UInt8>, _ length: Int, _ place: Int64) {
        let row = columns.addRow(0)
        // Nodes: the whole, the text where it is wanted, and the place.
        if schema.count == 1 { columns.nodes[1].setBytes(start, length, row) }
        columns.nodes[schema.count &+ 1].set(place, row)
    }

    package func take() -> RecordBatch {
        let count = count
        let rows = columns.take()
        places = rows.children.last
        return RecordBatch(schema: schema, columns: Array(rows.children.dropLast()), count: count)
    }

    package func place(ofRow row: Int) -> Int64? {
        guard let places, row >= 0, row < places.count else { return nil }
        return places.slots(as: Int64.self)[row]
    }
}
