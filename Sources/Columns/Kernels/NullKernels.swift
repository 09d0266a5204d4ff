// IS NULL, COALESCE, and columns of nothing but NULLs.

/// Questions about NULL.
package enum NullKernels {
    /// Whether each row is NULL.
    package static func isNull(_ column: ColumnVector) -> ColumnVector {
        BooleanKernels.not(isNotNull(column))
    }

    /// Whether each row has a value.
    package static func isNotNull(_ column: ColumnVector) -> ColumnVector {
        let count = column.count
        let valid = column.validity?.pointer(as: UInt64.self)
        let values = Bitmap.filled(count: count) { out, words in
            for word in 0..<words { out[word] = valid?[word] ?? ~0 }
        }
        return ColumnVector(type: .boolean, count: count, values: values)
    }

    /// For each row the first value that is not NULL. All columns have one type; columns of the bare NULL are ignored.
    package static func coalesce(_ columns: [ColumnVector]) -> ColumnVector {
        precondition(!columns.isEmpty, "COALESCE has at least one argument")
        var candidates = columns.filter { $0.type != .null }[...]
        guard var result = candidates.popFirst() else { return columns[0] }
        while result.nullCount > 0, let next = candidates.popFirst() {
            if next.nullCount == next.count { continue }
            result = ChooseKernel.choose(condition: isNotNull(result), then: result, otherwise: next)
        }
        return result
    }

    /// A column without any value.
    package static func nulls(type: DataType, count: Int) -> ColumnVector {
        let validity = Validity.allNull(count: count)
        func offsets() -> Buffer { Buffer.zeroed(capacity: (count + 1) * 4) }
        switch type.layout {
        case .bytes:
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: count, starts: offsets(),
                bytes: Buffer(capacity: 0))
        case .list:
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: count, starts: offsets(),
                children: type.childTypes.map { nulls(type: $0, count: 0) })
        case .structure:
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: count,
                children: type.childTypes.map { nulls(type: $0, count: count) })
        case .none, .bits, .fixed8, .fixed16, .fixed32, .fixed64, .fixed128:
            return ColumnVector(
                type: type, count: count, validity: validity.bits, nullCount: count,
                values: Buffer.zeroed(capacity: type.layout.width.map { count * $0 } ?? Bitmap.byteCount(count)))
        }
    }
}
