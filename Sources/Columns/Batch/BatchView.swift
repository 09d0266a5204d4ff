// The rows of a batch that count, compacted column by column and only where a column is asked for.

/// The rows of a batch that count, as compact columns: each is made when it is first asked for, and once.
///
/// What a filter dropped must raise no error in a later step, so that kernels see compact columns; a step that reads
/// two of thirty columns compacts two. Not thread-safe: made and used by one worker for one batch.
package final class BatchView {
    /// The columns as they are; `selection` picks of them.
    private let columns: [ColumnVector]
    private let selection: Selection?
    /// How many rows count.
    package let count: Int
    private var compact: [ColumnVector?]

    private init(columns: [ColumnVector], selection: Selection?, count: Int) {
        self.columns = columns
        self.selection = selection
        self.count = count
        compact = selection == nil ? [] : Array(repeating: nil, count: columns.count)
    }

    /// The rows of a batch that count.
    package convenience init(_ batch: RecordBatch) {
        self.init(columns: batch.columns, selection: batch.selection, count: batch.count)
    }

    /// A column's values for the rows that count.
    package func column(_ index: Int) -> ColumnVector {
        guard let selection else { return columns[index] }
        if let made = compact[index] { return made }
        let made = TakeKernel.take(columns[index], selection)
        compact[index] = made
        return made
    }

    /// Some of the rows that count.
    package func selecting(_ rows: Selection) -> BatchView {
        BatchView(columns: columns, selection: composed(rows), count: rows.count)
    }

    /// Where some of the rows that count lie in the batch itself.
    package func composed(_ rows: Selection) -> Selection {
        guard let selection else { return rows }
        let indices = Buffer(capacity: rows.count * 4)
        let out = indices.pointer(as: Int32.self)
        let (from, picked) = (selection.pointer, rows.pointer)
        for row in 0..<rows.count { out[row] = from[Int(picked[row])] }
        return Selection(indices: indices, count: rows.count)
    }
}
