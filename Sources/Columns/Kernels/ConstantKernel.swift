// Columns that repeat one value: literals.

/// Makes columns of literals.
package enum ConstantKernel {
    /// `count` rows of one value. Strings, arrays and maps are kept once, and every row points at them.
    ///
    /// The value has `type`; integers may be narrower, and decimals of a smaller scale.
    package static func column(of value: Value, type: DataType, count: Int) -> ColumnVector {
        if value.isNull { return NullKernels.nulls(type: type, count: count) }
        switch (type, value) {
        case (.boolean, .boolean(let flag)):
            let values = Bitmap.filled(count: count) { out, words in
                out.update(repeating: flag ? ~0 : 0, count: words)
            }
            return ColumnVector(type: type, count: count, values: values)
        case (.float, .float(let number)): return fixed(number, type, count)
        case (.double, .double(let number)): return fixed(number, type, count)
        case (.double, .float(let number)): return fixed(Double(number), type, count)
        case (.string, .string), (.binary, .binary), (.array, .array), (.map, .map):
            return repeated(ValueColumns.column(of: [value], type: type), count)
        case (.structure(let fields), .structure(let values)):
            precondition(fields.count == values.count, "a structure has one value a field")
            return ColumnVector(
                type: type, count: count,
                children: zip(fields, values).map { column(of: $1, type: $0.type, count: count) })
        default:
            guard let number = ValueColumns.integer(value, as: type) else {
                preconditionFailure("\(value) is no literal of type \(type)")
            }
            switch type.fixedWidth {
            case 1: return fixed(Int8(truncatingIfNeeded: number), type, count)
            case 2: return fixed(Int16(truncatingIfNeeded: number), type, count)
            case 4: return fixed(Int32(truncatingIfNeeded: number), type, count)
            case 8: return fixed(Int64(truncatingIfNeeded: number), type, count)
            default: return fixed(number, type, count)
            }
        }
    }

    private static func fixed<T: BitwiseCopyable>(_ value: T, _ type: DataType, _ count: Int) -> ColumnVector {
        let buffer = Buffer(capacity: count * MemoryLayout<T>.stride)
        buffer.pointer(as: T.self).update(repeating: value, count: count)
        return ColumnVector(type: type, count: count, values: buffer)
    }

    private static func repeated(_ one: ColumnVector, _ count: Int) -> ColumnVector {
        let indices = Buffer.zeroed(capacity: count * 4)
        return TakeKernel.take(one, Selection(indices: indices, count: count))
    }
}
