package enum CompareKernel {
    package static func compare(_ o: ComparisonOperator, _ l: ColumnVector, _ r: ColumnVector) -> ColumnVector { l }
    package static func compare(_ o: ComparisonOperator, _ l: ColumnVector, literal: Value) -> ColumnVector { l }
}
package enum ArithmeticKernel {
    package static func apply(_ o: ArithmeticOperator, _ l: ColumnVector, _ r: ColumnVector, resultType: DataType) throws(KernelError) -> ColumnVector { l }
    package static func apply(_ o: ArithmeticOperator, _ l: ColumnVector, literal: Value, resultType: DataType) throws(KernelError) -> ColumnVector { l }
    package static func negate(_ l: ColumnVector) throws(KernelError) -> ColumnVector { l }
    package static func absolute(_ l: ColumnVector) throws(KernelError) -> ColumnVector { l }
}
package enum CastKernel {
    package static func canCast(from: DataType, to: DataType) -> Bool { true }
    package static func cast(_ l: ColumnVector, to: DataType, isTry: Bool) throws(KernelError) -> ColumnVector { l }
}
package enum StringKernels {
    package static func upper(_ c: ColumnVector) throws(KernelError) -> ColumnVector { c }
    package static func lower(_ c: ColumnVector) throws(KernelError) -> ColumnVector { c }
    package static func trim(_ c: ColumnVector) -> ColumnVector { c }
    package static func ltrim(_ c: ColumnVector) -> ColumnVector { c }
    package static func rtrim(_ c: ColumnVector) -> ColumnVector { c }
    package static func length(_ c: ColumnVector) -> ColumnVector { c }
    package static func octetLength(_ c: ColumnVector) -> ColumnVector { c }
    package static func concat(_ c: [ColumnVector]) throws(KernelError) -> ColumnVector { c[0] }
    package static func substring(_ c: ColumnVector, position: ColumnVector, length: ColumnVector) throws(KernelError) -> ColumnVector { c }
}
package enum ArrayKernels {
    package static func size(_ c: ColumnVector) -> ColumnVector { c }
    package static func element(_ c: ColumnVector, at: ColumnVector, base: Int) throws(KernelError) -> ColumnVector { c }
}
package enum ShowTable {
    package static func render(schema: Schema, rows: [Row], numRows: Int, truncate: Int) -> String { "" }
}
