// Maps from arrays and maps.

import Columns

enum MapKernels {
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
        let made = result.finish(type, from: [keys, values])
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
        let made = result.finish(type, from: pairs.children)
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
}
