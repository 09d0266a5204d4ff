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
    /// `nil` where all rows count: then the columns are compact.
    private let compact: CompactColumns?
    /// Values that an expression uses more than once, for the rows that count; the innermost is the last.
    private let shared: [ColumnVector]

    private init(
        columns: [ColumnVector], selection: Selection?, count: Int, shared: [ColumnVector] = [],
        compact: CompactColumns? = nil
    ) {
        self.columns = columns
        self.selection = selection
        self.count = count
        self.shared = shared
        self.compact = compact ?? (selection == nil ? nil : CompactColumns(columns.count))
    }

    /// What was made of the columns so far; views of the same rows have it together.
    private final class CompactColumns {
        var columns: [ColumnVector?]

        init(_ count: Int) { columns = Array(repeating: nil, count: count) }
    }

    /// The rows of a batch that count.
    package convenience init(_ batch: RecordBatch) {
        self.init(columns: batch.columns, selection: batch.selection, count: batch.count)
    }

    /// A column's values for the rows that count.
    @inline(__always)
    package func column(_ index: Int) -> ColumnVector { selection == nil ? columns[index] : compacted(index) }

    /// Two columns' values for the rows that count, for the length of `body`: where they are there already, nobody
    /// counts them as in use once more, which takes as long as a kernel that works on 64 rows at a time.
    @inline(__always)
    package func withColumns<Result>(
        _ first: Int, _ second: Int, _ body: (ColumnVector, ColumnVector) -> Result
    ) -> Result {
        guard selection == nil else { return body(compacted(first), compacted(second)) }
        // SAFETY: the view holds its columns, which never change, for longer than this call.
        return Unmanaged.passUnretained(columns[first])._withUnsafeGuaranteedRef { a in
            Unmanaged.passUnretained(columns[second])._withUnsafeGuaranteedRef { b in body(a, b) }
        }
    }

    private func compacted(_ index: Int) -> ColumnVector {
        guard let selection, let compact else { return columns[index] }
        if let made = compact.columns[index] { return made }
        let made = TakeKernel.take(columns[index], selection)
        compact.columns[index] = made
        return made
    }

    /// The same rows with one more value that expressions can use: one for each row that counts, and no constant.
    package func sharing(_ value: ColumnVector) -> BatchView {
        BatchView(columns: columns, selection: selection, count: count, shared: shared + [value], compact: compact)
    }

    /// A value that is shared: the last one, or the one so many before it.
    package func sharedValue(outward: Int) -> ColumnVector { shared[shared.count - 1 - outward] }

    /// Some of the rows that count.
    package func selecting(_ rows: Selection) -> BatchView {
        BatchView(
            columns: columns, selection: composed(rows), count: rows.count,
            shared: shared.map { TakeKernel.take($0, rows) })
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
