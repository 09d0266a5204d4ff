// Gathers rows: what makes a compact batch of a selection, or repeats rows for `explode`.

/// Picks rows of columns by their indices, in any order and any number of times.
package enum TakeKernel {
    /// The rows of `column` at the selection's indices. Strings, arrays and maps share the bytes or elements of
    /// `column`: only where their runs start and end is copied.
    package static func take(_ column: ColumnVector, _ rows: Selection) -> ColumnVector {
        let indices = rows.pointer
        let count = rows.count
        if case .null = column.type { return NullKernels.nulls(type: .null, count: count) }
        let validity = ValidityKernel.taken(column, indices, count)
        switch column.type {
        case .null: return NullKernels.nulls(type: .null, count: count)
        case .boolean:
            return ColumnVector(
                type: .boolean, count: count, validity: validity.bits, nullCount: validity.nullCount,
                values: ValidityKernel.gatherBits(column.bits, indices, count))
        case .string, .binary:
            guard let bytes = column.bytes else { preconditionFailure("a column of \(column.type) has no bytes") }
            let (starts, ends) = takeRuns(column, indices, count)
            return ColumnVector(
                type: column.type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                starts: starts, ends: ends, bytes: bytes)
        case .array, .map:
            let (starts, ends) = takeRuns(column, indices, count)
            return ColumnVector(
                type: column.type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                starts: starts, ends: ends, children: column.children)
        case .structure:
            return ColumnVector(
                type: column.type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                children: column.children.map { take($0, rows) })
        case .byte, .short, .integer, .long, .float, .double, .decimal, .date, .timestamp:
            return ColumnVector(
                type: column.type, count: count, validity: validity.bits, nullCount: validity.nullCount,
                values: takeSlots(column, indices, count))
        }
    }

    private static func takeSlots(_ column: ColumnVector, _ rows: UnsafePointer<Int32>, _ count: Int) -> Buffer {
        switch column.type.fixedWidth {
        case 1: return gather(column.slots(as: UInt8.self), rows, count)
        case 2: return gather(column.slots(as: UInt16.self), rows, count)
        case 4: return gather(column.slots(as: UInt32.self), rows, count)
        case 8: return gather(column.slots(as: UInt64.self), rows, count)
        default: return gather(column.slots(as: UInt128.self), rows, count)
        }
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
