// Rows of several batches, picked in any order.

import Columns

/// Batches of one schema of which rows are picked by their places.
struct GatheredRows: Sendable {
    let schema: Schema
    /// The columns of each batch.
    private let batches: [[ColumnVector]]
    /// The batches of each column.
    private let columns: [[ColumnVector]]

    /// `batches` have no selection.
    init(_ batches: [RecordBatch], schema: Schema) {
        self.schema = schema
        self.batches = batches.map(\.columns)
        columns = schema.fields.indices.map { index in batches.map { $0.columns[index] } }
    }

    /// How many of the places make one piece.
    func pieceLength(_ places: UnsafePointer<RowPlace>, maximum: Int) -> Int {
        GatherKernel.pieceLength(batches, places, maximum: maximum)
    }

    /// The columns of the rows at some places.
    func gather(_ places: UnsafePointer<RowPlace>, count: Int) -> [ColumnVector] {
        if batches.isEmpty { return schema.fields.map { NullKernels.nulls(type: $0.type, count: count) } }
        return columns.map { GatherKernel.gather($0, places, count: count) }
    }

    /// One column of the rows at some places.
    func gather(column: Int, _ places: UnsafePointer<RowPlace>, count: Int) -> ColumnVector {
        if batches.isEmpty { return NullKernels.nulls(type: schema.fields[column].type, count: count) }
        return GatherKernel.gather(columns[column], places, count: count)
    }

    /// Gives the rows at some places in pieces that are not too large.
    func forEachPiece(
        _ places: UnsafePointer<RowPlace>, count: Int, _ body: (RecordBatch) throws -> Void
    ) throws {
        var first = 0
        while first < count {
            let length = pieceLength(places + first, maximum: count - first)
            try body(RecordBatch(schema: schema, columns: gather(places + first, count: length), count: length))
            first += length
        }
    }
}
