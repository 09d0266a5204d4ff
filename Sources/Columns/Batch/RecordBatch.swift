// Some rows of a table or stream, as columns.

/// The rows of a batch that count, in order: the indices of those that passed a filter.
@usableFromInline
package struct Selection: Sendable {
    /// `count` row indices as `Int32`.
    @usableFromInline package let indices: Buffer
    @usableFromInline package let count: Int

    package init(indices: Buffer, count: Int) {
        self.indices = indices
        self.count = count
    }

    @inlinable package var pointer: UnsafePointer<Int32> { UnsafePointer(indices.pointer(as: Int32.self)) }
}

/// Columns of equal length with their schema. Moves between threads by reference.
package struct RecordBatch: Sendable {
    package let schema: Schema
    package let columns: [ColumnVector]
    /// The length of every column, selected or not.
    package let physicalCount: Int
    /// Which rows count; `nil` where all do.
    package let selection: Selection?

    package init(schema: Schema, columns: [ColumnVector], count: Int, selection: Selection? = nil) {
        assert(schema.count == columns.count)
        assert(columns.allSatisfy { $0.count == count })
        self.schema = schema
        self.columns = columns
        self.physicalCount = count
        self.selection = selection
    }

    /// How many rows count.
    package var count: Int { selection?.count ?? physicalCount }

    /// The same columns with other rows selected.
    package func selecting(_ selection: Selection?) -> RecordBatch {
        RecordBatch(schema: schema, columns: columns, count: physicalCount, selection: selection)
    }

    /// The rows as a user reads them. Allocates: never on the data path.
    package func rows() -> [Row] {
        let picked = selection.map { s in (0..<s.count).map { Int(s.pointer[$0]) } } ?? Array(0..<physicalCount)
        return picked.map { row in Row(schema: schema, values: columns.map { $0.value(at: row) }) }
    }
}
