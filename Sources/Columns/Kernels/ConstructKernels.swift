// Arrays, maps and structures made of columns.

/// Nested values from the values beside each other in a row.
package enum ConstructKernels {
    /// An array of each row's values; the columns are of one type, and there may be none.
    package static func array(_ columns: [ColumnVector], type: DataType, count: Int) -> ColumnVector {
        ColumnVector(
            type: type, count: count, starts: offsets(count, each: columns.count),
            children: [interleaved(columns, type.childTypes[0], count)])
    }

    /// A map of each row's keys and values, entry by entry.
    ///
    /// - Throws: NULL_MAP_KEY or DUPLICATED_MAP_KEY with the first such row.
    package static func map(
        keys: [ColumnVector], values: [ColumnVector], type: DataType, count: Int
    ) throws(KernelError) -> ColumnVector {
        for (place, key) in keys.enumerated() {
            if let row = first(NullKernels.isNull(key)) {
                throw KernelError(code: "NULL_MAP_KEY", message: "a key of a map is NULL", row: row)
            }
            for other in keys[..<place] {
                if let row = first(CompareKernel.compare(.equal, other, key)) {
                    throw KernelError(
                        code: "DUPLICATED_MAP_KEY", message: "the key \(key.value(at: row)) is twice in a map", row: row
                    )
                }
            }
        }
        let types = type.childTypes
        return ColumnVector(
            type: type, count: count, starts: offsets(count, each: keys.count),
            children: [interleaved(keys, types[0], count), interleaved(values, types[1], count)])
    }

    /// A structure of each row's values.
    package static func structure(_ columns: [ColumnVector], type: DataType, count: Int) -> ColumnVector {
        ColumnVector(type: type, count: count, children: columns)
    }

    private static func first(_ answers: ColumnVector) -> Int? {
        let isTrue = BooleanKernels.isTrue(answers)
        guard BooleanKernels.countTrue(isTrue) > 0 else { return nil }
        let rows = BooleanKernels.selection(of: isTrue)
        return Int(rows.pointer[0])
    }

    private static func offsets(_ count: Int, each length: Int) -> Buffer {
        let buffer = Buffer(capacity: (count + 1) * 4)
        let out = buffer.pointer(as: UInt32.self)
        for row in 0...count { out[row] = UInt32(truncatingIfNeeded: row &* length) }
        return buffer
    }

    /// The first row of all columns, then the second one, and so on.
    private static func interleaved(_ columns: [ColumnVector], _ type: DataType, _ count: Int) -> ColumnVector {
        guard columns.count != 1 else { return columns[0] }
        guard !columns.isEmpty else { return NullKernels.nulls(type: type, count: 0) }
        let total = count * columns.count
        let indices = Buffer(capacity: total * 4)
        let out = indices.pointer(as: Int32.self)
        for row in 0..<count {
            for place in 0..<columns.count {
                out[row &* columns.count &+ place] = Int32(truncatingIfNeeded: place &* count &+ row)
            }
        }
        return TakeKernel.take(
            ConcatKernel.concat(columns: columns), Selection(indices: indices, count: total))
    }
}
