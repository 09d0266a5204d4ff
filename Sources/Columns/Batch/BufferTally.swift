// How much memory some batches hold together, where they share columns and bytes.

/// Counts the memory of batches that are kept, each buffer once: what comes of one batch often shares its bytes.
package struct BufferTally {
    private var seen: Set<ObjectIdentifier> = []
    /// Bytes of all batches so far.
    package private(set) var bytes = 0

    package init() {}

    /// Counts a batch that is kept from now on; returns the bytes that it adds.
    @discardableResult
    package mutating func add(_ batch: RecordBatch) -> Int {
        let before = bytes
        add(batch.selection?.indices)
        for column in batch.columns { add(column) }
        return bytes - before
    }

    /// Counts a column.
    package mutating func add(_ column: ColumnVector) {
        add(column.validity)
        add(column.values)
        add(column.bytes)
        add(column.startBuffer)
        add(column.endBuffer)
        for child in column.children { add(child) }
    }

    private mutating func add(_ buffer: Buffer?) {
        guard let buffer, seen.insert(ObjectIdentifier(buffer)).inserted else { return }
        bytes += buffer.capacity
    }
}
