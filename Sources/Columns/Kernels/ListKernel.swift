// Lists whose elements lie one after the other in the child, and nothing else does.

/// Works on the runs of arrays and maps.
enum ListKernel {
    /// Lists in the plain layout from 0 whose runs cover the children from the first element to the last.
    struct Contiguous {
        /// `count + 1` offsets, the first 0.
        let offsets: Buffer
        let count: Int
        let children: [ColumnVector]
    }

    /// The lists of a column as they are where their runs already cover the children, else with gathered children.
    static func contiguous(_ column: ColumnVector) -> Contiguous {
        if column.isPlainLayout, covers(column) {
            return Contiguous(offsets: column.sharedStarts, count: column.count, children: column.children)
        }
        let count = column.count
        let (starts, ends) = (column.starts, column.ends)
        let offsets = Buffer(capacity: (count + 1) * 4)
        let out = offsets.pointer(as: UInt32.self)
        var total: UInt32 = 0
        out[0] = 0
        for row in 0..<count {
            let (sum, overflow) = total.addingReportingOverflow(column.isNull(row) ? 0 : ends[row] &- starts[row])
            precondition(!overflow, "batches are bounded in elements")
            total = sum
            out[row + 1] = total
        }
        if covers(column) { return Contiguous(offsets: offsets, count: count, children: column.children) }
        let elements = Buffer(capacity: Int(total) * 4)
        let indices = elements.pointer(as: Int32.self)
        for row in 0..<count {
            let first = Int(out[row])
            for index in 0..<(Int(out[row + 1]) &- first) {
                indices[first &+ index] = Int32(truncatingIfNeeded: Int(starts[row]) &+ index)
            }
        }
        let selection = Selection(indices: elements, count: Int(total))
        return Contiguous(
            offsets: offsets, count: count, children: column.children.map { TakeKernel.take($0, selection) })
    }

    /// Whether the runs follow one another and cover the child exactly, and NULL rows have empty runs.
    static func covers(_ column: ColumnVector) -> Bool {
        let count = column.count
        let length = UInt32(truncatingIfNeeded: column.children[0].count)
        guard count > 0 else { return length == 0 }
        let (starts, ends) = (column.starts, column.ends)
        guard starts[0] == 0, ends[count - 1] == length else { return false }
        var gaps: UInt32 = 0
        for row in 1..<max(count, 1) { gaps |= starts[row] ^ ends[row &- 1] }
        if gaps != 0 { return false }
        guard let valid = column.validityBits else { return true }
        for row in 0..<count where !Bitmap.get(valid, row) && starts[row] != ends[row] { return false }
        return true
    }
}
