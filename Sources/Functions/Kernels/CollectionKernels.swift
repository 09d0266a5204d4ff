// Questions about arrays.

import Columns

enum CollectionKernels {
    /// Whether a value stands in each array: NULL where it doesn't and an element is NULL.
    static func contains(_ arrays: ColumnVector, _ value: ColumnVector) -> ColumnVector {
        let count = arrays.count
        let child = arrays.children[0]
        let (starts, ends) = (arrays.starts, arrays.ends)
        let valid = arrays.validityBits
        var total = 0
        for row in 0..<count where Loops.isValid(valid, row) { total += Int(ends[row] &- starts[row]) }
        let elements = Buffer(capacity: total * 4)
        let rows = Buffer(capacity: total * 4)
        let (element, rowOf) = (elements.pointer(as: Int32.self), rows.pointer(as: Int32.self))
        var used = 0
        for row in 0..<count where Loops.isValid(valid, row) {
            for index in starts[row]..<ends[row] {
                element[used] = Int32(truncatingIfNeeded: index)
                rowOf[used] = Int32(truncatingIfNeeded: row)
                used &+= 1
            }
        }
        let equal = CompareKernel.compare(
            .equal, TakeKernel.take(child, Selection(indices: elements, count: total)),
            TakeKernel.take(value, Selection(indices: rows, count: total)))
        let (truth, known) = (equal.bits, equal.validityBits)
        var next = 0
        return Loops.optionalBooleans([arrays, value]) { row in
            // The rows come in order; those of NULL arrays have no elements here.
            while next < total, Int(rowOf[next]) < row { next &+= 1 }
            var isUnknown = false
            while next < total, Int(rowOf[next]) == row {
                let place = next
                next &+= 1
                if !Loops.isValid(known, place) {
                    isUnknown = true
                } else if Loops.isValid(truth, place) {
                    return true
                }
            }
            return isUnknown ? nil : false
        }
    }
}

extension CollectionKernels {
    /// Refuses the element 0 of an array where elements are counted from 1.
    ///
    /// - Throws: INVALID_INDEX_OF_ZERO.
    static func requireNoZero(_ index: ColumnVector, of arrays: ColumnVector) throws(KernelError) {
        let numbers = AnySlots<Int64>(index)
        for row in 0..<index.count where numbers[row] == 0 && !index.isNull(row) && !arrays.isNull(row) {
            throw .indexOfZero(row)
        }
    }

    /// Numbers of elements counted from 1, with those below 0 counted from the end of each array; what lies before the
    /// first element stays below 0.
    static func fromEnd(_ index: ColumnVector, of arrays: ColumnVector) -> ColumnVector {
        let numbers = index.slots(as: Int64.self)
        let (starts, ends) = (arrays.starts, arrays.ends)
        return Loops.slots(.long, [index], as: Int64.self) { row in
            guard numbers[row] < 0 else { return numbers[row] }
            let place = numbers[row] &+ Int64(ends[row] &- starts[row])
            return place < 0 ? numbers[row] : place &+ 1
        }
    }
}
