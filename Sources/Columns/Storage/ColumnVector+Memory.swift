// How much memory a column takes.

extension ColumnVector {
    /// Bytes of all buffers, those of children included. What several columns share counts for each of them.
    package var memoryBytes: Int {
        let buffers = [validity, values, bytes, startBuffer, endBuffer]
        return buffers.reduce(0) { $0 + ($1?.capacity ?? 0) } + children.reduce(0) { $0 + $1.memoryBytes }
            + (constant?.memoryBytes ?? 0)
    }

    /// Bytes of the texts, binaries and lists where each row's are kept for itself: here rows may share them, and a row
    /// may be one of many in a buffer. Of arrays and maps by the mean size of their elements.
    package var bytesByRow: Int {
        switch type {
        case .string, .binary:
            let runs = Runs(self)
            var bytes = 0
            for row in 0..<count { bytes &+= runs.length(row) }
            return bytes
        case .structure: return materialized().children.reduce(0) { $0 + $1.bytesByRow }
        case .array, .map:
            let flat = materialized()
            let (starts, ends) = (flat.starts, flat.ends)
            var elements = 0
            for row in 0..<count { elements &+= Int(ends[row] &- starts[row]) }
            let size = flat.children.reduce(0.0) { sum, child in
                guard child.count > 0 else { return sum }
                return sum + Double(child.type.encodedBytes) + Double(child.bytesByRow) / Double(child.count)
            }
            return Int(min(Double(elements) * size, Double(Int64.max / 4)))
        default: return 0
        }
    }
}

extension DataType {
    /// Bytes that a value takes where it is written out, as a part of a key or of a list: whether it is NULL, and its
    /// width or its length; besides what `bytesByRow` counts.
    package var encodedBytes: Int {
        switch self {
        case .structure(let fields): fields.reduce(1) { $0 + $1.type.encodedBytes }
        case .string, .binary, .array, .map: 5
        default: 1 + (fixedWidth ?? 1)
        }
    }
}
