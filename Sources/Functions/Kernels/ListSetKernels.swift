// Arrays as sets: which elements two have in common, and where a value stands.

import Columns

/// Arrays as sets.
package enum ListSetKernels {
    /// What is made of two arrays: each element once, where it is first.
    enum Operation: Sendable {
        case union, intersect, except
    }

    /// The different elements of both arrays, of both at once, or of the left one alone; NULL equals NULL.
    static func combined(
        _ operation: Operation, _ left: ColumnVector, _ right: ColumnVector, _ type: DataType
    ) throws(KernelError) -> ColumnVector {
        let children = [left.children[0], right.children[0]]
        let (all, bases, _) = ListKernels.pool(children)
        let equal = EqualValues(children)
        let (mine, theirs) = (equal.numbers[0], equal.numbers[1])
        let (a, b) = (ListRows(left), ListRows(right))
        // The last row in which a number was in the right array, and in which it came out; rows count from 1.
        var inRight = [Int32](repeating: 0, count: equal.limit)
        var given = [Int32](repeating: 0, count: equal.limit)
        var result = ListAssembly(count: left.count, elements: all.count)
        for row in 0..<left.count {
            guard a.isValid(row), b.isValid(row) else {
                result.endNull()
                continue
            }
            let stamp = Int32(truncatingIfNeeded: row &+ 1)
            if operation != .union { for element in b[row] { inRight[Int(theirs[element])] = stamp } }
            for element in a[row] {
                let number = Int(mine[element])
                let isWanted = operation == .union || (inRight[number] == stamp) == (operation == .intersect)
                guard isWanted, given[number] != stamp else { continue }
                given[number] = stamp
                result.append(element)
            }
            if operation == .union {
                for element in b[row] where given[Int(theirs[element])] != stamp {
                    given[Int(theirs[element])] = stamp
                    result.append(bases[1] + element)
                }
            }
            try result.endList()
        }
        return result.finish(type, from: [NegativeZeros.removed(all, isDeep: true)])
    }

    /// Whether two arrays have an element in common that isn't NULL; NULL where they have none, both have elements, and
    /// there is a NULL among them.
    static func overlap(_ left: ColumnVector, _ right: ColumnVector) -> ColumnVector {
        let (x, y) = (left.children[0], right.children[0])
        let equal = EqualValues([x, y])
        let (mine, theirs) = (equal.numbers[0], equal.numbers[1])
        let (a, b) = (ListRows(left), ListRows(right))
        let (validX, validY) = (x.validityBits, y.validityBits)
        var inRight = [Int32](repeating: 0, count: equal.limit)
        return Loops.optionalBooleans([left, right]) { row in
            let stamp = Int32(truncatingIfNeeded: row &+ 1)
            var hasNull = false
            for element in b[row] {
                if Loops.isValid(validY, element) { inRight[Int(theirs[element])] = stamp } else { hasNull = true }
            }
            for element in a[row] {
                if !Loops.isValid(validX, element) {
                    hasNull = true
                } else if inRight[Int(mine[element])] == stamp {
                    return true
                }
            }
            return hasNull && a.count(row) > 0 && b.count(row) > 0 ? nil : false
        }
    }

    /// At which place, from 1, a value stands first in each array; 0 where it doesn't.
    static func positions(_ arrays: ColumnVector, _ values: ColumnVector) -> ColumnVector {
        let child = arrays.children[0]
        let equal = EqualValues([child, values])
        let (elements, wanted) = (equal.numbers[0], equal.numbers[1])
        let (lists, valid) = (ListRows(arrays), child.validityBits)
        return Loops.slots(.long, [arrays, values], as: Int64.self) { row in
            for (place, element) in lists[row].enumerated()
            where elements[element] == wanted[row] && Loops.isValid(valid, element) {
                return Int64(place + 1)
            }
            return 0
        }
    }

    /// Each array without the elements that equal a value.
    static func without(
        _ arrays: ColumnVector, _ values: ColumnVector, _ type: DataType
    ) throws(KernelError) -> ColumnVector {
        let child = arrays.children[0]
        let equal = EqualValues([child, values])
        let (elements, unwanted) = (equal.numbers[0], equal.numbers[1])
        let lists = ListRows(arrays)
        var result = ListAssembly(count: arrays.count, elements: child.count)
        for row in 0..<arrays.count {
            guard lists.isValid(row), !values.isNull(row) else {
                result.endNull()
                continue
            }
            for element in lists[row] where elements[element] != unwanted[row] { result.append(element) }
            try result.endList()
        }
        return result.finish(type, from: [child])
    }

    /// Raises for the first map that has a key twice, or NULL as one.
    package static func requireKeys(_ maps: ColumnVector) throws(KernelError) {
        let keys = maps.children[0]
        let numbers = EqualValues([keys])
        var seen = [Int32](repeating: 0, count: numbers.limit)
        let lists = ListRows(maps)
        for row in 0..<maps.count where lists.isValid(row) {
            let stamp = Int32(truncatingIfNeeded: row &+ 1)
            for entry in lists[row] {
                guard !keys.isNull(entry) else {
                    throw KernelError(code: "NULL_MAP_KEY", message: "a key of a map is NULL", row: row)
                }
                let number = Int(numbers.numbers[0][entry])
                guard seen[number] != stamp else {
                    throw KernelError(
                        code: "DUPLICATED_MAP_KEY", message: "the key \(keys.value(at: entry)) is twice in a map",
                        row: row)
                }
                seen[number] = stamp
            }
        }
    }
}
