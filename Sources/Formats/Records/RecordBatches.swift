// What readers have read, as batches.

import Columns

/// Makes batches of a reader's rows. Beside the wanted columns a row has the place of its record, as the last one.
struct RecordBatches {
    /// The columns of the batches.
    let schema: Schema
    /// How many rows are enough for a batch.
    let rowsPerBatch: Int
    /// Where the rows of the batch that was taken last begin.
    private var places: ColumnVector?

    init(_ schema: Schema, rowsPerBatch: Int) {
        self.schema = schema
        self.rowsPerBatch = rowsPerBatch
    }

    /// What is read.
    var type: DataType { .structure(schema.fields + [Field("", .long, isNullable: false)]) }

    /// The node of the places: children of the first node follow it.
    var placeNode: Int { schema.count + 1 }

    /// Whether it is time to take the rows.
    func isFull(_ columns: borrowing RecordColumns) -> Bool {
        columns.count(0) >= rowsPerBatch || columns.largestByteCount > 64 << 20
    }

    /// The rows that were read since the last call.
    mutating func take(_ columns: inout RecordColumns) -> RecordBatch {
        let count = columns.count(0)
        let rows = columns.take()
        places = rows.children.last
        return RecordBatch(schema: schema, columns: Array(rows.children.dropLast()), count: count)
    }

    /// Where the record of a row of the batch that was taken last begins.
    func place(ofRow row: Int) -> Int64? {
        guard let places, row >= 0, row < places.count else { return nil }
        return places.slots(as: Int64.self)[row]
    }
}
