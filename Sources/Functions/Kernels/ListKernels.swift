// Arrays from arrays: elements added, left out, repeated and put together.

import Columns

enum ListKernels {
    /// How many elements an array may have: what Java's may.
    static let mostElements = 2_147_483_632

    /// The values of several columns and NULL, one after the other, and where each column begins.
    static func pool(_ columns: [ColumnVector]) -> (values: ColumnVector, bases: [Int], null: Int) {
        var bases: [Int] = []
        var total = 0
        for column in columns {
            bases.append(total)
            total += column.count
        }
        let null = NullKernels.nulls(type: columns[0].type, count: 1)
        return (ConcatKernel.concat(columns: columns + [null]), bases, total)
    }

    /// Each array with a value behind or in front of it.
    static func extended(
        _ arrays: ColumnVector, _ values: ColumnVector, atEnd: Bool, _ type: DataType
    ) throws(KernelError) -> ColumnVector {
        let (all, bases, _) = pool([arrays.children[0], values])
        let lists = ListRows(arrays)
        var result = ListAssembly(count: arrays.count, elements: arrays.children[0].count + arrays.count)
        for row in 0..<arrays.count {
            guard lists.isValid(row) else {
                result.endNull()
                continue
            }
            if !atEnd { result.append(bases[1] + row) }
            result.append(lists[row])
            if atEnd { result.append(bases[1] + row) }
            try result.endList()
        }
        return result.finish(type, from: [all])
    }

    /// Each array with a value at a place from 1, or below 0 from the end; NULLs fill what lies between.
    ///
    /// - Throws: INVALID_INDEX_OF_ZERO.
    static func inserted(
        _ arrays: ColumnVector, _ places: ColumnVector, _ values: ColumnVector, _ type: DataType
    ) throws(KernelError) -> ColumnVector {
        let (all, bases, null) = pool([arrays.children[0], values])
        let (lists, numbers) = (ListRows(arrays), places.slots(as: Int32.self))
        var result = ListAssembly(count: arrays.count, elements: arrays.children[0].count + arrays.count)
        for row in 0..<arrays.count {
            guard lists.isValid(row), !places.isNull(row) else {
                result.endNull()
                continue
            }
            let place = Int(numbers[row])
            guard place != 0 else { throw .indexOfZero(row) }
            let elements = lists[row]
            let before = place > 0 ? place - 1 : elements.count + place + 1
            guard max(before, elements.count - before) < ListKernels.mostElements else {
                throw .tooManyElements("array_insert", row)
            }
            if before > elements.count {
                result.append(elements)
                try result.append(null, times: before - elements.count)
                result.append(bases[1] + row)
            } else if before >= 0 {
                result.append(elements.lowerBound..<(elements.lowerBound + before))
                result.append(bases[1] + row)
                result.append((elements.lowerBound + before)..<elements.upperBound)
            } else {
                result.append(bases[1] + row)
                try result.append(null, times: -before)
                result.append(elements)
            }
            try result.endList()
        }
        return result.finish(type, from: [all])
    }

    /// Each array without NULLs.
    static func withoutNulls(_ arrays: ColumnVector, _ type: DataType) throws(KernelError) -> ColumnVector {
        let child = arrays.children[0]
        let (lists, valid) = (ListRows(arrays), child.validityBits)
        var result = ListAssembly(count: arrays.count, elements: child.count)
        for row in 0..<arrays.count {
            guard lists.isValid(row) else {
                result.endNull()
                continue
            }
            for element in lists[row] where Loops.isValid(valid, element) { result.append(element) }
            try result.endList()
        }
        return result.finish(type, from: [child])
    }

    /// An array of each value so many times.
    static func repeated(
        _ values: ColumnVector, _ times: ColumnVector, _ type: DataType
    ) throws(KernelError) -> ColumnVector {
        let numbers = times.slots(as: Int32.self)
        var result = ListAssembly(count: values.count, elements: values.count)
        for row in 0..<values.count {
            if times.isNull(row) {
                result.endNull()
            } else {
                guard numbers[row] <= ListKernels.mostElements else { throw .tooManyElements("array_repeat", row) }
                try result.append(row, times: max(0, Int(numbers[row])))
                try result.endList()
            }
        }
        return result.finish(type, from: [values])
    }

    /// The elements from a place on, which counts from 1 or below 0 from the end, as many as `lengths` says.
    ///
    /// - Throws: INVALID_PARAMETER_VALUE for place 0, and for lengths below 0.
    static func slices(
        _ arrays: ColumnVector, _ places: ColumnVector, _ lengths: ColumnVector
    ) throws(KernelError) -> ColumnVector {
        let (lists, numbers) = (ListRows(arrays), places.slots(as: Int32.self))
        let most = lengths.slots(as: Int32.self)
        var result = ListAssembly(count: arrays.count, elements: arrays.children[0].count)
        for row in 0..<arrays.count {
            guard lists.isValid(row), !places.isNull(row), !lengths.isNull(row) else {
                result.endNull()
                continue
            }
            let (place, length, elements) = (Int(numbers[row]), Int(most[row]), lists[row])
            guard place != 0 else {
                throw KernelError(
                    code: "INVALID_PARAMETER_VALUE.START", message: "slice begins at 0, and places count from 1",
                    row: row)
            }
            guard length >= 0 else {
                throw KernelError(
                    code: "INVALID_PARAMETER_VALUE.LENGTH", message: "the length of slice is \(length)", row: row)
            }
            let first = place > 0 ? place - 1 : elements.count + place
            if first >= 0, first < elements.count {
                let start = elements.lowerBound + first
                result.append(start..<min(start + length, elements.upperBound))
            }
            try result.endList()
        }
        return result.finish(arrays.type, from: [arrays.children[0]])
    }

    /// The arrays of each row one after the other; NULL where one is.
    static func concatenated(_ arrays: [ColumnVector], _ type: DataType) throws(KernelError) -> ColumnVector {
        let (all, bases, _) = pool(arrays.map { $0.children[0] })
        let lists = zip(arrays, bases).map { ListRows($0, base: $1) }
        let count = arrays[0].count
        var result = ListAssembly(count: count, elements: all.count)
        for row in 0..<count {
            guard lists.allSatisfy({ $0.isValid(row) }) else {
                result.endNull()
                continue
            }
            for list in lists { result.append(list[row]) }
            try result.endList()
        }
        return result.finish(type, from: [all])
    }

    /// The elements of each array's arrays; NULL where one of these is.
    static func flattened(_ arrays: ColumnVector, _ type: DataType) throws(KernelError) -> ColumnVector {
        let inner = arrays.children[0]
        let (outer, lists) = (ListRows(arrays), ListRows(inner))
        var result = ListAssembly(count: arrays.count, elements: inner.children[0].count)
        for row in 0..<arrays.count {
            var isValid = outer.isValid(row)
            if isValid {
                for list in outer[row] {
                    guard lists.isValid(list) else {
                        isValid = false
                        break
                    }
                    try result.require(lists.count(list))
                    result.append(lists[list])
                }
            }
            if isValid { try result.endList() } else { result.endNull() }
        }
        return result.finish(type, from: [inner.children[0]])
    }

    /// Structures of the elements at the same place of each array, NULL behind the shorter ones; NULL where an array
    /// is.
    static func zipped(_ arrays: [ColumnVector], _ type: DataType, count: Int) throws(KernelError) -> ColumnVector {
        guard case .array(.structure(let fields), _) = type else {
            preconditionFailure("arrays_zip gives an array of structures")
        }
        let lists = arrays.map { ListRows($0) }
        var fieldRows: [[Int32]] = arrays.map { _ in [] }
        // Each place of each array is a row of the structures.
        var result = ListAssembly(count: count, elements: count)
        var total = 0
        for row in 0..<count {
            guard lists.allSatisfy({ $0.isValid(row) }) else {
                result.endNull()
                continue
            }
            let longest = lists.reduce(0) { max($0, $1.count(row)) }
            try result.require(longest)
            for (index, list) in lists.enumerated() {
                let elements = list[row]
                for place in 0..<longest {
                    // What is missing is the NULL behind the elements.
                    let element =
                        place < elements.count ? elements.lowerBound + place : arrays[index].children[0].count
                    fieldRows[index].append(Int32(truncatingIfNeeded: element))
                }
            }
            result.append(total..<(total + longest))
            total += longest
            try result.endList()
        }
        let children = zip(arrays, fieldRows).map { array, rows in
            TakeKernel.takeOrNull(array.children[0], Selection(rows))
        }
        return result.finish(
            type, from: [ColumnVector(type: .structure(fields), count: total, children: children)])
    }

    /// The smallest or the largest element of each array, NULLs left out; NULL where there is none.
    static func extremes(_ arrays: ColumnVector, wantsLargest: Bool) -> ColumnVector {
        let child = arrays.children[0].materialized()
        let encoder = SortKeyEncoder(types: [child.type], directions: [SortDirection()])
        let encoded = encoder.encode([child], count: child.count)
        let keys = Runs(encoded)
        let (lists, valid) = (ListRows(arrays), child.validityBits)
        var picked: [Int32] = []
        picked.reserveCapacity(arrays.count)
        for row in 0..<arrays.count {
            var best = child.count
            if lists.isValid(row) {
                for element in lists[row] where Loops.isValid(valid, element) {
                    if best == child.count {
                        best = element
                        continue
                    }
                    let order = Runs.order(keys[element], keys[best])
                    if wantsLargest ? order > 0 : order < 0 { best = element }
                }
            }
            picked.append(Int32(truncatingIfNeeded: best))
        }
        return TakeKernel.takeOrNull(child, Selection(picked))
    }

    /// The texts of each array with a separator between them; NULLs as `replacement`, or left out.
    static func joined(
        _ arrays: ColumnVector, _ separator: ColumnVector, _ replacement: ColumnVector?
    ) throws(KernelError) -> ColumnVector {
        let child = arrays.children[0].materialized()
        let (lists, texts, valid) = (ListRows(arrays), Runs(child), child.validityBits)
        let (between, instead) = (Runs(separator), replacement.map { Runs($0) })
        let strict = [arrays, separator] + (replacement.map { [$0] } ?? [])
        return try Loops.runs(.string, count: arrays.count, strict: strict) { (row, out) throws(KernelError) in
            var isFirst = true
            for element in lists[row] {
                let isValid = Loops.isValid(valid, element)
                guard isValid || instead != nil else { continue }
                if !isFirst { out.put(between[row]) }
                isFirst = false
                if isValid { out.put(texts[element]) } else if let instead { out.put(instead[row]) }
                guard out.byteCount <= Int(UInt32.max) else { throw .tooLarge("the texts") }
            }
        }
    }
}

extension KernelError {
    /// An index of 0 where the first element has 1.
    static func tooManyElements(_ name: String, _ row: Int) -> KernelError {
        KernelError(
            code: "COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION",
            message: "\(name) would make an array of more than \(ListKernels.mostElements) elements", row: row,
            hint: "give smaller numbers")
    }

    static func indexOfZero(_ row: Int) -> KernelError {
        KernelError(
            code: "INVALID_INDEX_OF_ZERO", message: "the index 0 is invalid: the first element has 1, the last -1",
            row: row)
    }
}
