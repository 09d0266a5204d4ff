// Arrays: exploding, counting and indexing.

/// `explode`.
package enum ExplodeKernel {
    /// What a column of arrays explodes into.
    package struct Result: Sendable {
        /// One row an element.
        package let elements: ColumnVector
        /// The row of the array that each element was in, where asked for.
        package let parents: Selection?
    }

    /// All elements in order; empty and NULL arrays give none. Where the arrays cover their elements without gaps, the
    /// elements are handed on and not copied.
    package static func explode(_ column: ColumnVector, needsParents: Bool) -> Result {
        let child = column.children[0]
        let (from, to) = (column.starts, column.ends)
        let validity = column.validityBits
        var total = 0
        var isContiguous = true
        var expected: UInt32 = 0
        for row in 0..<column.count {
            if let validity, !Bitmap.get(validity, row) { continue }
            if to[row] == from[row] { continue }
            isContiguous = isContiguous && from[row] == expected
            expected = to[row]
            total &+= Int(to[row] &- from[row])
        }
        isContiguous = isContiguous && total == child.count
        var parents: Selection?
        if needsParents {
            let buffer = Buffer(capacity: total * 4)
            let out = buffer.pointer(as: Int32.self)
            each(column) { row, _, position in out[position] = Int32(truncatingIfNeeded: row) }
            parents = Selection(indices: buffer, count: total)
        }
        if isContiguous { return Result(elements: child, parents: parents) }
        let indices = Buffer(capacity: total * 4)
        let out = indices.pointer(as: Int32.self)
        each(column) { _, element, position in out[position] = Int32(truncatingIfNeeded: element) }
        return Result(elements: TakeKernel.take(child, Selection(indices: indices, count: total)), parents: parents)
    }

    @inline(__always)
    private static func each(_ column: ColumnVector, _ visit: (_ row: Int, _ element: Int, _ position: Int) -> Void) {
        let (from, to) = (column.starts, column.ends)
        let validity = column.validityBits
        var position = 0
        for row in 0..<column.count {
            if let validity, !Bitmap.get(validity, row) { continue }
            for element in Int(from[row])..<Int(to[row]) {
                visit(row, element, position)
                position &+= 1
            }
        }
    }
}

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

    /// The element of each array at an index (a column of LONG) that counts from `base`.
    ///
    /// - Throws: INVALID_ARRAY_INDEX with the first row whose index lies outside.
    package static func element(_ column: ColumnVector, at index: ColumnVector, base: Int64) throws(KernelError) -> ColumnVector {
        let count = column.count
        let child = column.children[0]
        let validity = ValidityKernel.both(Validity(of: column), Validity(of: index), count: count)
        let (from, to, wanted) = (column.starts, column.ends, index.slots(as: Int64.self))
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
                throw KernelError(
                    code: "INVALID_ARRAY_INDEX",
                    message: "the index \(wanted[row]) is outside the array, which has \(length) elements", row: row,
                    hint: "the first element has index \(base); compare with size(array) first")
            }
            out[row] = Int32(truncatingIfNeeded: Int64(from[row]) &+ place)
        }
        let source =
            validity.nullCount == 0 ? child : ConcatKernel.concat(columns: [child, NullKernels.nulls(type: child.type, count: 1)])
        return TakeKernel.take(source, Selection(indices: indices, count: count))
    }
}
