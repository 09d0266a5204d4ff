// Gathers rows: what makes a compact batch of a selection, or repeats rows for `explode`.

/// Picks rows of columns by their indices, in any order and any number of times.
package enum TakeKernel {
    /// The rows of `column` at the selection's indices. Strings, arrays and maps share the bytes or elements of
    /// `column`: only where their runs start and end is copied.
    package static func take(_ column: ColumnVector, _ rows: Selection) -> ColumnVector {
        let indices = rows.pointer
        let count = rows.count
        if let one = column.constant { return ColumnVector(repeating: one, count: count) }
        let type = column.type
        let validity = ValidityKernel.taken(column, indices, count)
        func slots<T: BitwiseCopyable>(_: T.Type) -> ColumnVector {
            ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                values: gather(column.slots(as: T.self), indices, count))
        }
        switch type.layout {
        case .none: return NullKernels.nulls(type: type, count: count)
        case .bits:
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                values: ValidityKernel.gatherBits(column.bits, indices, count))
        case .fixed8: return slots(UInt8.self)
        case .fixed16: return slots(UInt16.self)
        case .fixed32: return slots(UInt32.self)
        case .fixed64: return slots(UInt64.self)
        case .fixed128: return slots(UInt128.self)
        case .bytes:
            let (starts, ends) = takeRuns(column, indices, count)
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                starts: starts, ends: ends, bytes: column.sharedBytes)
        case .list:
            let (starts, ends) = takeRuns(column, indices, count)
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                starts: starts, ends: ends, children: column.children)
        case .structure:
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                children: column.children.map { take($0, rows) })
        }
    }

    /// As `take`, with NULL for the index behind the last row: the column's count.
    package static func takeOrNull(_ column: ColumnVector, _ rows: Selection) -> ColumnVector {
        let column = column.materialized()
        let indices = rows.pointer
        var hasMissing = false
        for row in 0..<rows.count where Int(indices[row]) == column.count { hasMissing = true }
        guard hasMissing else { return take(column, rows) }
        return take(ConcatKernel.concat(columns: [column, NullKernels.nulls(type: column.type, count: 1)]), rows)
    }

    private static func takeRuns(
        _ column: ColumnVector, _ rows: UnsafePointer<Int32>, _ count: Int
    ) -> (Buffer, Buffer) {
        (gather(column.starts, rows, count), gather(column.ends, rows, count))
    }

    @inline(__always)
    private static func gather<T: BitwiseCopyable>(
        _ from: UnsafePointer<T>, _ rows: UnsafePointer<Int32>, _ count: Int
    ) -> Buffer {
        let buffer = Buffer(capacity: count * MemoryLayout<T>.stride)
        let out = buffer.pointer(as: T.self)
        for index in 0..<count { out[index] = from[Int(rows[index])] }
        return buffer
    }
}

extension RecordBatch {
    /// The rows that count, and no others: what kernels need that may raise an error. Returns the batch as it is where
    /// there is no selection.
    package func compacted() -> RecordBatch {
        guard let selection else { return self }
        return RecordBatch(
            schema: schema, columns: columns.map { TakeKernel.take($0, selection) }, count: selection.count)
    }
}
