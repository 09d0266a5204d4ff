// Maps from arrays and maps.

import Columns

/// Maps from arrays and maps.
package enum MapKernels {
    /// The entries of the maps of each row in one map.
    ///
    /// - Throws: DUPLICATED_MAP_KEY.
    static func concatenated(_ maps: [ColumnVector], _ type: DataType) throws(KernelError) -> ColumnVector {
        let (keys, bases, _) = ListKernels.pool(maps.map { $0.children[0] })
        let values = ListKernels.pool(maps.map { $0.children[1] }).values
        let lists = zip(maps, bases).map { ListRows($0, base: $1) }
        let count = maps[0].count
        var result = ListAssembly(count: count, elements: keys.count)
        for row in 0..<count {
            guard lists.allSatisfy({ $0.isValid(row) }) else {
                result.endNull()
                continue
            }
            for list in lists { result.append(list[row]) }
            try result.endList()
        }
        let made = result.finish(type, from: [NegativeZeros.removed(keys, isDeep: false), values])
        if maps.count > 1 { try ListSetKernels.requireKeys(made) }
        return made
    }

    /// Maps of the keys and values at the same places.
    ///
    /// - Throws: where they are not as many, and for keys that are NULL or there twice.
    static func made(
        keys: ColumnVector, values: ColumnVector, _ type: DataType
    ) throws(KernelError) -> ColumnVector {
        let (a, b) = (ListRows(keys), ListRows(values))
        var (keyRows, valueRows): ([Int32], [Int32]) = ([], [])
        var result = ListAssembly(count: keys.count, elements: keys.children[0].count)
        for row in 0..<keys.count {
            guard a.isValid(row), b.isValid(row) else {
                result.endNull()
                continue
            }
            guard a.count(row) == b.count(row) else {
                throw KernelError(
                    code: "INVALID_PARAMETER_VALUE.MAP_LENGTHS",
                    message: "the keys are \(a.count(row)) and the values \(b.count(row))", row: row)
            }
            result.append(keyRows.count..<(keyRows.count + a.count(row)))
            for element in a[row] { keyRows.append(Int32(truncatingIfNeeded: element)) }
            for element in b[row] { valueRows.append(Int32(truncatingIfNeeded: element)) }
            try result.endList()
        }
        let made = result.finish(
            type,
            from: [
                TakeKernel.take(keys.children[0], Selection(keyRows)),
                TakeKernel.take(values.children[0], Selection(valueRows)),
            ])
        try ListSetKernels.requireKeys(made)
        return made
    }

    /// Maps of arrays of pairs; NULL where a pair is.
    ///
    /// - Throws: NULL_MAP_KEY and DUPLICATED_MAP_KEY.
    static func made(entries arrays: ColumnVector, _ type: DataType) throws(KernelError) -> ColumnVector {
        let pairs = arrays.children[0].materialized()
        let lists = ListRows(arrays)
        var result = ListAssembly(count: arrays.count, elements: pairs.count)
        for row in 0..<arrays.count {
            guard lists.isValid(row), lists[row].allSatisfy({ !pairs.isNull($0) }) else {
                result.endNull()
                continue
            }
            result.append(lists[row])
            try result.endList()
        }
        let keys = NegativeZeros.removed(pairs.children[0], isDeep: false)
        let made = result.finish(type, from: [keys, pairs.children[1]])
        try ListSetKernels.requireKeys(made)
        return made
    }

    /// The entries of each map as structures.
    static func entries(_ maps: ColumnVector, _ type: DataType) -> ColumnVector {
        let lists = ListElements(maps)
        guard case .array(let entry, _) = type else { preconditionFailure("map_entries gives arrays") }
        return lists.lists(
            of: [ColumnVector(type: entry, count: lists.count, children: lists.children)], type: type)
    }

    /// The keys of both maps of each row, each once, with the values of both, NULL where one doesn't have the key.
    package static func zipped(
        _ left: ColumnVector, _ right: ColumnVector
    ) -> (lists: ListElements, keys: ColumnVector, left: ColumnVector, right: ColumnVector) {
        let keys = [left.children[0], right.children[0]]
        let equal = EqualValues(keys)
        let (mine, theirs) = (equal.numbers[0], equal.numbers[1])
        let (a, b) = (ListRows(left), ListRows(right))
        let (all, bases, _) = ListKernels.pool(keys)
        let (x, y) = (left.children[1], right.children[1])
        // Where a key came out last, and in which row; rows count from 1.
        var place = [Int](repeating: 0, count: equal.limit)
        var stamps = [Int32](repeating: 0, count: equal.limit)
        var (keyRows, leftRows, rightRows): ([Int32], [Int32], [Int32]) = ([], [], [])
        let offsets = Buffer(capacity: (left.count + 1) * 4)
        let ends = offsets.pointer(as: UInt32.self)
        ends[0] = 0
        for row in 0..<left.count {
            let stamp = Int32(truncatingIfNeeded: row &+ 1)
            if a.isValid(row), b.isValid(row) {
                for entry in a[row] {
                    place[Int(mine[entry])] = keyRows.count
                    stamps[Int(mine[entry])] = stamp
                    keyRows.append(Int32(truncatingIfNeeded: entry))
                    leftRows.append(Int32(truncatingIfNeeded: entry))
                    rightRows.append(Int32(truncatingIfNeeded: y.count))
                }
                for entry in b[row] {
                    let number = Int(theirs[entry])
                    if stamps[number] == stamp {
                        rightRows[place[number]] = Int32(truncatingIfNeeded: entry)
                    } else {
                        keyRows.append(Int32(truncatingIfNeeded: bases[1] + entry))
                        leftRows.append(Int32(truncatingIfNeeded: x.count))
                        rightRows.append(Int32(truncatingIfNeeded: entry))
                    }
                }
            }
            ends[row + 1] = UInt32(truncatingIfNeeded: keyRows.count)
        }
        let validity = ValidityKernel.both(Validity(of: left), Validity(of: right), count: left.count)
        let key = TakeKernel.take(all, Selection(keyRows))
        let lists = ColumnVector(
            type: .array(key.type, containsNull: false), count: left.count, validity: validity.bits,
            nullCount: validity.nullCount, starts: offsets, children: [key])
        return (
            ListElements(lists), key, TakeKernel.takeOrNull(x, Selection(leftRows)),
            TakeKernel.takeOrNull(y, Selection(rightRows))
        )
    }
}
