// The elements of all lists of a column side by side, and lists made of elements again.

/// Arrays or maps as one column of elements each, so that an expression is evaluated once for all of them.
package struct ListElements {
    private let lists: ColumnVector
    private let runs: ListKernel.Contiguous
    /// The elements of arrays; the keys and then the values of maps.
    package var children: [ColumnVector] { runs.children }
    /// How many elements there are.
    package let count: Int

    /// Takes the lists of a column apart.
    package init(_ lists: ColumnVector) {
        self.lists = lists
        runs = ListKernel.contiguous(lists)
        count = lists.count == 0 ? 0 : Int(runs.offsets.pointer(as: UInt32.self)[lists.count])
    }

    /// The type of the lists.
    var type: DataType { lists.type }

    /// Calls `body` with where the elements of each list begin and end.
    @inline(__always)
    func eachRun(_ body: (_ first: Int, _ last: Int) -> Void) {
        let offsets = offsets
        for row in 0..<lists.count { body(Int(offsets[row]), Int(offsets[row &+ 1])) }
    }

    /// The lists with their elements from the last to the first.
    package func reversed() -> ColumnVector {
        let indices = Buffer(capacity: count * 4)
        let out = indices.pointer(as: Int32.self)
        eachRun { first, last in
            for place in 0..<(last &- first) { out[first &+ place] = Int32(truncatingIfNeeded: last &- 1 &- place) }
        }
        let rows = Selection(indices: indices, count: count)
        return lists(of: children.map { TakeKernel.take($0, rows) }, type: type)
    }

    private var offsets: UnsafePointer<UInt32> { UnsafePointer(runs.offsets.pointer(as: UInt32.self)) }

    /// For each element the row that its list is in.
    package func rows() -> Selection {
        let indices = Buffer(capacity: count * 4)
        let out = indices.pointer(as: Int32.self)
        let offsets = offsets
        for row in 0..<lists.count {
            for index in Int(offsets[row])..<Int(offsets[row &+ 1]) { out[index] = Int32(truncatingIfNeeded: row) }
        }
        return Selection(indices: indices, count: count)
    }

    /// For each element its place in its list, from 0.
    package func places() -> ColumnVector {
        let values = Buffer(capacity: count * 4)
        let out = values.pointer(as: Int32.self)
        let offsets = offsets
        for row in 0..<lists.count {
            let first = Int(offsets[row])
            for index in first..<Int(offsets[row &+ 1]) { out[index] = Int32(truncatingIfNeeded: index &- first) }
        }
        return ColumnVector(type: .integer, count: count, values: values)
    }

    /// How many elements the longest list has.
    package var longest: Int {
        let offsets = offsets
        var most: UInt32 = 0
        for row in 0..<lists.count { most = max(most, offsets[row &+ 1] &- offsets[row]) }
        return Int(most)
    }

    /// Among some rows those whose list has an element at a place: where they stand among these rows, and the elements.
    package func elements(
        at place: Int, of rows: Selection
    ) -> (standing: Selection, over: Selection, elements: Selection) {
        let (standing, over) = (Buffer(capacity: rows.count * 4), Buffer(capacity: rows.count * 4))
        let elements = Buffer(capacity: rows.count * 4)
        let (on, off) = (standing.pointer(as: Int32.self), over.pointer(as: Int32.self))
        let out = elements.pointer(as: Int32.self)
        let (offsets, from) = (offsets, rows.pointer)
        var (found, ended) = (0, 0)
        for index in 0..<rows.count {
            let row = Int(from[index])
            let element = Int(offsets[row]) &+ place
            if element < Int(offsets[row &+ 1]) {
                on[found] = Int32(truncatingIfNeeded: index)
                out[found] = Int32(truncatingIfNeeded: element)
                found &+= 1
            } else {
                off[ended] = Int32(truncatingIfNeeded: index)
                ended &+= 1
            }
        }
        return (
            Selection(indices: standing, count: found), Selection(indices: over, count: ended),
            Selection(indices: elements, count: found)
        )
    }

    // MARK: Lists again

    /// The same lists with other elements, one for each.
    package func lists(of elements: [ColumnVector], type: DataType) -> ColumnVector {
        ColumnVector(
            type: type, count: lists.count, validity: lists.validity, nullCount: lists.nullCount,
            starts: lists.count == 0 ? Buffer.zeroed(capacity: 4) : runs.offsets, children: elements)
    }

    /// The lists with those elements for which a condition is true.
    package func kept(_ condition: ColumnVector) -> ColumnVector {
        let isKept = BooleanKernels.isTrue(condition)
        let selection = BooleanKernels.selection(of: isKept)
        if selection.count == count { return lists(of: children, type: lists.type) }
        let shorter = Buffer(capacity: (lists.count + 1) * 4)
        let out = shorter.pointer(as: UInt32.self)
        let (offsets, places) = (offsets, selection.pointer)
        var next = 0
        out[0] = 0
        for row in 0..<lists.count {
            while next < selection.count, UInt32(truncatingIfNeeded: places[next]) < offsets[row &+ 1] { next &+= 1 }
            out[row &+ 1] = UInt32(truncatingIfNeeded: next)
        }
        return ColumnVector(
            type: lists.type, count: lists.count, validity: lists.validity, nullCount: lists.nullCount,
            starts: shorter, children: children.map { TakeKernel.take($0, selection) })
    }

    /// Whether the condition has this answer for an element of each list; NULL where it has for none, and is NULL for
    /// some. Where it has, the result is `answer`, else its opposite.
    package func any(_ condition: ColumnVector, is answer: Bool) -> ColumnVector {
        let (bits, known, offsets) = (condition.bits, condition.validityBits, offsets)
        return Loops.optionalBooleans([lists]) { row in
            var isUnknown = false
            for element in Int(offsets[row])..<Int(offsets[row &+ 1]) {
                if !Loops.isValid(known, element) {
                    isUnknown = true
                } else if Loops.isValid(bits, element) == answer {
                    return answer
                }
            }
            return isUnknown ? nil : !answer
        }
    }

    /// The value of each map at a key: of the first entry whose key is equal, NULL where there is none.
    package static func value(of maps: ColumnVector, at key: ColumnVector) -> ColumnVector {
        let lists = ListElements(maps)
        let values = lists.children[1]
        let equal = CompareKernel.compare(.equal, lists.children[0], TakeKernel.take(key, lists.rows()))
        let equalKeys = BooleanKernels.isTrue(equal)
        let (isEqual, offsets) = (equalKeys.bits, lists.offsets)
        let indices = Buffer(capacity: maps.count * 4)
        let out = indices.pointer(as: Int32.self)
        for row in 0..<maps.count {
            // What is missing is the NULL behind the values.
            var found = values.count
            for entry in Int(offsets[row])..<Int(offsets[row &+ 1]) where Loops.isValid(isEqual, entry) {
                found = entry
                break
            }
            out[row] = Int32(truncatingIfNeeded: found)
        }
        return TakeKernel.takeOrNull(values, Selection(indices: indices, count: maps.count))
    }

    /// Lists as long as the longer of both, with the elements of each side by side and NULL behind the shorter one's.
    package static func zipped(
        _ left: ColumnVector, _ right: ColumnVector
    ) -> (lists: ListElements, left: ColumnVector, right: ColumnVector) {
        let (a, b) = (ListElements(left), ListElements(right))
        let validity = ValidityKernel.both(Validity(of: left), Validity(of: right), count: left.count)
        let offsets = Buffer(capacity: (left.count + 1) * 4)
        let out = offsets.pointer(as: UInt32.self)
        out[0] = 0
        for row in 0..<left.count {
            let isNull = validity.pointer.map { !Bitmap.get($0, row) } ?? false
            let longer = max(a.offsets[row &+ 1] &- a.offsets[row], b.offsets[row &+ 1] &- b.offsets[row])
            let (sum, overflow) = out[row].addingReportingOverflow(isNull ? 0 : longer)
            precondition(!overflow, "batches are bounded in elements")
            out[row &+ 1] = sum
        }
        let total = left.count == 0 ? 0 : Int(out[left.count])
        func side(_ own: ListElements) -> ColumnVector {
            let indices = Buffer(capacity: total * 4)
            let to = indices.pointer(as: Int32.self)
            let from = own.offsets
            for row in 0..<left.count {
                let first = Int(out[row])
                let length = Int(from[row &+ 1] &- from[row])
                for place in 0..<(Int(out[row &+ 1]) &- first) {
                    // What is missing is the NULL behind the elements.
                    to[first &+ place] = Int32(
                        truncatingIfNeeded: place < length ? Int(from[row]) &+ place : own.children[0].count)
                }
            }
            return TakeKernel.takeOrNull(own.children[0], Selection(indices: indices, count: total))
        }
        let (x, y) = (side(a), side(b))
        let lists = ColumnVector(
            type: left.type, count: left.count, validity: validity.bits, nullCount: validity.nullCount,
            starts: offsets, children: [x])
        return (ListElements(lists), x, y)
    }
}
