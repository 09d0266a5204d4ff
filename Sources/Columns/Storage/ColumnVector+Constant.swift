// Columns that repeat one value: literals, and what is computed of them.

extension ColumnVector {
    /// Whether all rows are one value, kept once and never NULL.
    ///
    /// A constant column has no buffers: reading its slots or runs traps. Only kernels that say so take one; they read
    /// `physical`, or go through `materialized()`. Everything else gets columns without this property:
    /// `CompiledExpression` lets none out.
    @inlinable package var isConstant: Bool { constant != nil }

    /// The column whose first row is every row's: of a constant column its only one, otherwise the column itself.
    @inlinable package var physical: ColumnVector { constant ?? self }

    /// What a row's number is masked with to find it in `physical`: zero in a constant column.
    @inlinable package var rowMask: Int { constant == nil ? ~0 : 0 }

    /// The same rows with a slot each; strings, arrays and maps go on sharing their bytes and elements.
    @inlinable @inline(__always)
    package func materialized() -> ColumnVector {
        guard let constant else { return self }
        return repeated(constant)
    }

    /// Out of line: most columns aren't constant, and every kernel asks.
    @usableFromInline @inline(never)
    func repeated(_ constant: ColumnVector) -> ColumnVector {
        switch type.layout {
        case .fixed8: return filled(constant, UInt8.self)
        case .fixed16: return filled(constant, UInt16.self)
        case .fixed32: return filled(constant, UInt32.self)
        case .fixed64: return filled(constant, UInt64.self)
        case .fixed128: return filled(constant, UInt128.self)
        case .none, .bits, .bytes, .list, .structure:
            return TakeKernel.take(
                constant, Selection(indices: Buffer.zeroed(capacity: count * 4), count: count))
        }
    }

    private func filled<T: BitwiseCopyable>(_ one: ColumnVector, _: T.Type) -> ColumnVector {
        let buffer = Buffer(capacity: count * MemoryLayout<T>.stride)
        buffer.pointer(as: T.self).update(repeating: one.slots(as: T.self)[0], count: count)
        return ColumnVector(type: type, count: count, values: buffer)
    }
}
