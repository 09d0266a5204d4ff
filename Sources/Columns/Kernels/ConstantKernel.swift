// Columns that repeat one value: literals.

/// Makes columns of literals.
package enum ConstantKernel {
    /// Bytes of an array, a map or a structure that is made a constant: a value takes many times the memory of a
    /// column's.
    private static let largestNestedBytes = 1 << 20

    /// The one value of a column as a constant; `nil` for a text of bytes that are none, which no constant can hold,
    /// and for an array, a map or a structure that is large.
    package static func value(of one: ColumnVector) -> Value? {
        switch one.type {
        case .array, .map, .structure: if one.bytesByRow > largestNestedBytes { return nil }
        default: break
        }
        return one.type == .string && !Utf8Kernel.isValid(one.materialized()) ? nil : one.value(at: 0)
    }

    /// `count` rows of one value as a constant column, or as NULLs.
    ///
    /// The value has `type`; integers may be narrower, and decimals of a smaller scale.
    package static func constant(_ value: Value, _ type: DataType, count: Int) -> ColumnVector {
        repeating(ValueColumns.column(of: [value], type: type), count: count)
    }

    /// `count` times the row of a column of one row: a constant column, or NULLs where it is NULL.
    package static func repeating(_ one: ColumnVector, count: Int) -> ColumnVector {
        one.nullCount > 0 ? NullKernels.nulls(type: one.type, count: count) : ColumnVector(repeating: one, count: count)
    }

    /// The same with a slot a row. Strings, arrays and maps are kept once, and every row points at them.
    package static func column(of value: Value, type: DataType, count: Int) -> ColumnVector {
        constant(value, type, count: count).materialized()
    }
}
