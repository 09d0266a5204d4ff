// How much memory some batches hold together, where they share columns and bytes.

/// Counts the memory of batches that are kept, each buffer once: what comes of one batch often shares its bytes.
package struct BufferTally {
    /// The first buffers, one after the other: to look through a few is quicker than to hash them.
    private var few: [ObjectIdentifier] = []
    private var more: Set<ObjectIdentifier> = []
    private static let fewCount = 64
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
        guard let buffer, insert(buffer.identity) else { return }
        bytes += buffer.capacity
    }

    private mutating func insert(_ buffer: ObjectIdentifier) -> Bool {
        if few.contains(buffer) { return false }
        guard few.count == Self.fewCount else {
            few.append(buffer)
            return true
        }
        return more.insert(buffer).inserted
    }
}
