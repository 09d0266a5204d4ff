// One row for each element of arrays and maps.

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

    /// The columns that rows of elements have (one for an array, two for a map), after the place of each in its list
    /// where `hasPositions`. With `keepsEmpty` NULL and empty lists give one row of NULLs.
    package static func rows(
        of lists: ColumnVector, hasPositions: Bool, keepsEmpty: Bool, needsParents: Bool
    ) -> GeneratedRows {
        guard lists.count > 0 else {
            let types = (hasPositions ? [DataType.integer] : []) + lists.type.childTypes
            return GeneratedRows(
                columns: types.map { NullKernels.nulls(type: $0, count: 0) }, count: 0,
                parents: emptySelection(needsParents))
        }
        let found = ListKernel.contiguous(lists)
        let offsets = found.offsets.pointer(as: UInt32.self)
        let total = Int(offsets[found.count])
        let columns = (hasPositions ? [positions(of: found)] : []) + found.children
        var empty = 0
        if keepsEmpty { for row in 0..<found.count where offsets[row] == offsets[row &+ 1] { empty += 1 } }
        guard empty > 0 else {
            return GeneratedRows(columns: columns, count: total, parents: needsParents ? parents(of: found) : nil)
        }
        // Empty lists take the row of NULLs that stands behind the elements.
        let indices = Buffer(capacity: (total + empty) * 4)
        let origins = Buffer(capacity: (total + empty) * 4)
        let (out, from) = (indices.pointer(as: Int32.self), origins.pointer(as: Int32.self))
        var place = 0
        for row in 0..<found.count {
            let (first, last) = (Int(offsets[row]), Int(offsets[row &+ 1]))
            for index in 0..<max(1, last &- first) {
                out[place] = Int32(truncatingIfNeeded: first == last ? total : first &+ index)
                from[place] = Int32(truncatingIfNeeded: row)
                place &+= 1
            }
        }
        let picked = Selection(indices: indices, count: place)
        return GeneratedRows(
            columns: columns.map { TakeKernel.takeOrNull($0, picked) }, count: place,
            parents: needsParents ? Selection(indices: origins, count: place) : nil)
    }

    private static func positions(of lists: ListKernel.Contiguous) -> ColumnVector {
        let offsets = lists.offsets.pointer(as: UInt32.self)
        let total = Int(offsets[lists.count])
        let values = Buffer(capacity: total * 4)
        let out = values.pointer(as: Int32.self)
        for row in 0..<lists.count {
            let first = Int(offsets[row])
            for index in first..<Int(offsets[row &+ 1]) { out[index] = Int32(truncatingIfNeeded: index &- first) }
        }
        return ColumnVector(type: .integer, count: total, values: values)
    }

    /// `copies` rows of each row: those of the first columns, then of the second ones, ..., row by row. Each list of
    /// `choices` has the columns, all of one type, that one column of the result is made of, one a copy.
    package static func stack(
        _ choices: [[ColumnVector]], copies: Int, rows: Int, needsParents: Bool
    ) -> GeneratedRows {
        let count = rows * copies
        let indices = Buffer(capacity: count * 4)
        let origins = Buffer(capacity: count * 4)
        let (out, from) = (indices.pointer(as: Int32.self), origins.pointer(as: Int32.self))
        for row in 0..<rows {
            for copy in 0..<copies {
                out[row &* copies &+ copy] = Int32(truncatingIfNeeded: copy &* rows &+ row)
                from[row &* copies &+ copy] = Int32(truncatingIfNeeded: row)
            }
        }
        let picked = Selection(indices: indices, count: count)
        return GeneratedRows(
            columns: choices.map { TakeKernel.take(ConcatKernel.concat(columns: $0), picked) }, count: count,
            parents: needsParents ? Selection(indices: origins, count: count) : nil)
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

/// Rows that were made of others.
package struct GeneratedRows {
    package let columns: [ColumnVector]
    package let count: Int
    /// For each row the one that it was made of; `nil` where nobody asks.
    package let parents: Selection?

    package init(columns: [ColumnVector], count: Int, parents: Selection?) {
        self.columns = columns
        self.count = count
        self.parents = parents
    }
}
