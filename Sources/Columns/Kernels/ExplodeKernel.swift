// One row for each element of arrays.

/// `explode`: the elements of all arrays as one column.
package enum ExplodeKernel {
    /// The elements of all arrays in order, and for each the row it comes from where `needsParents`. NULL and empty
    /// arrays give no row. The elements are the arrays' child as it is where that holds nothing else.
    package static func explode(
        _ arrays: ColumnVector, needsParents: Bool
    ) -> (elements: ColumnVector, parents: Selection?) {
        guard case .array(let element, _) = arrays.type else {
            if arrays.type == .null { return (NullKernels.nulls(type: .null, count: 0), emptySelection(needsParents)) }
            preconditionFailure("explode reads arrays, not \(arrays.type)")
        }
        if arrays.count == 0 {
            return (NullKernels.nulls(type: element, count: 0), emptySelection(needsParents))
        }
        let lists = ListKernel.contiguous(arrays)
        return (lists.children[0], needsParents ? parents(of: lists) : nil)
    }

    private static func parents(of lists: ListKernel.Contiguous) -> Selection {
        let offsets = lists.offsets.pointer(as: UInt32.self)
        let total = Int(offsets[lists.count])
        let indices = Buffer(capacity: total * 4)
        let out = indices.pointer(as: Int32.self)
        for row in 0..<lists.count {
            for index in Int(offsets[row])..<Int(offsets[row &+ 1]) { out[index] = Int32(truncatingIfNeeded: row) }
        }
        return Selection(indices: indices, count: total)
    }

    private static func emptySelection(_ needed: Bool) -> Selection? {
        needed ? Selection(indices: Buffer(capacity: 0), count: 0) : nil
    }
}
