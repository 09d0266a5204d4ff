// Arrays: counting and indexing.

/// Arrays as values.
package enum ArrayKernels {
    /// How many elements each array or map has; NULL for NULL.
    package static func size(_ column: ColumnVector) -> ColumnVector {
        let values = Buffer(capacity: column.count * 4)
        let out = values.pointer(as: Int32.self)
        let (from, to) = (column.starts, column.ends)
        for row in 0..<column.count { out[row] = Int32(truncatingIfNeeded: to[row] &- from[row]) }
        ArithmeticKernel.zeroNulls(out, 0, Validity(of: column), count: column.count)
        return ColumnVector(
            type: .integer, count: column.count, validity: column.validity, nullCount: column.nullCount, values: values)
    }

    /// The element of each array at an index (a column of LONG, perhaps constant) that counts from `base`.
    ///
    /// - Throws: INVALID_ARRAY_INDEX with the first row whose index lies outside, unless `raises` is false: then it is
    /// NULL.
    package static func element(
        _ column: ColumnVector, at index: ColumnVector, base: Int64, raises: Bool = true
    ) throws(KernelError) -> ColumnVector {
        let count = column.count
        let child = column.children[0]
        let validity = ValidityKernel.both(Validity(of: column), Validity(of: index), count: count)
        let (from, to, wanted) = (column.starts, column.ends, AnySlots<Int64>(index))
        let indices = Buffer(capacity: count * 4)
        let out = indices.pointer(as: Int32.self)
        // NULL rows take a row of NULL that stands behind the elements.
        let nullRow = Int32(truncatingIfNeeded: child.count)
        for row in 0..<count {
            if let bits = validity.pointer, !Bitmap.get(bits, row) {
                out[row] = nullRow
                continue
            }
            let length = Int64(to[row] &- from[row])
            let (place, overflow) = wanted[row].subtractingReportingOverflow(base)
            guard !overflow, place >= 0, place < length else {
                if !raises {
                    out[row] = nullRow
                    continue
                }
                throw KernelError(
                    code: base == 1 ? "INVALID_ARRAY_INDEX_IN_ELEMENT_AT" : "INVALID_ARRAY_INDEX",
                    message: "the index \(wanted[row]) is outside the array, which has \(length) elements", row: row,
                    hint: "the first element has index \(base); compare with size(array) first")
            }
            out[row] = Int32(truncatingIfNeeded: Int64(from[row]) &+ place)
        }
        return TakeKernel.takeOrNull(child, Selection(indices: indices, count: count))
    }
}
