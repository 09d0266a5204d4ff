// How much memory a column takes.

extension ColumnVector {
    /// Bytes of all buffers, those of children included. What several columns share counts for each of them.
    package var memoryBytes: Int {
        let buffers = [validity, values, bytes, startBuffer, endBuffer]
        return buffers.reduce(0) { $0 + ($1?.capacity ?? 0) } + children.reduce(0) { $0 + $1.memoryBytes }
            + (constant?.memoryBytes ?? 0)
    }
}
