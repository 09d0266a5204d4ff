// One side of an operation.

/// A column, or one value for all rows.
enum Operand {
    case column(ColumnVector)
    case literal(Value)

    /// The column, or the constant repeated.
    func materialized(type: DataType, count: Int) -> ColumnVector {
        switch self {
        case .column(let column): column
        case .literal(let value): ConstantKernel.column(of: value, type: type, count: count)
        }
    }
}
