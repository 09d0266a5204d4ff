// Puts the results of two disjoint parts of a batch back into the batch's order.

/// Joins columns that were computed for some rows each.
package enum InterleaveKernel {
    /// A column of `count` rows: those at `firstRows` from `first`, those at `secondRows` from `second`. Together the
    /// two selections name every row once.
    package static func interleave(
        _ first: ColumnVector, at firstRows: Selection, _ second: ColumnVector, at secondRows: Selection
    ) -> ColumnVector {
        let count = firstRows.count + secondRows.count
        let order = Buffer(capacity: count * 4)
        let target = order.pointer(as: Int32.self)
        place(firstRows, from: 0, target)
        place(secondRows, from: Int32(truncatingIfNeeded: first.count), target)
        return TakeKernel.take(ConcatKernel.concat(columns: [first, second]), Selection(indices: order, count: count))
    }

    private static func place(_ rows: Selection, from start: Int32, _ target: UnsafeMutablePointer<Int32>) {
        let source = rows.pointer
        for index in 0..<rows.count {
            target[Int(source[index])] = start &+ Int32(truncatingIfNeeded: index)
        }
    }
}
