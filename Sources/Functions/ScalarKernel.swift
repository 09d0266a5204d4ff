// How a function computes columns from columns.

import Columns

/// What a kernel may ask about the micro-batch that it is evaluated in.
package struct KernelContext: Sendable {
    /// The start of the batch in microseconds since 1970: the same when a batch runs again.
    package let timestampMicroseconds: Int64

    package init(timestampMicroseconds: Int64) { self.timestampMicroseconds = timestampMicroseconds }
}

/// The computation of a function. Arguments are columns of the bound types and of one length, as is the result.
package indirect enum ScalarKernel: Sendable {
    /// Of the first argument.
    case unary(@Sendable (ColumnVector) throws(KernelError) -> ColumnVector)
    /// Of the first two arguments.
    case binary(@Sendable (ColumnVector, ColumnVector) throws(KernelError) -> ColumnVector)
    case variadic(@Sendable ([ColumnVector]) throws(KernelError) -> ColumnVector)
    /// Of what is known about the batch, and of so many rows.
    case contextual(@Sendable ([ColumnVector], Int, KernelContext) throws(KernelError) -> ColumnVector)
    /// Made once, when the query is compiled, from the values of the arguments that are constant.
    case prepared(@Sendable ([Value?]) throws(FunctionError) -> ScalarKernel)
    /// For each row the first argument with a value; an argument is evaluated only for the rows that still have none.
    case firstValue
    /// The kernel with NULL for the rows for which it raises; what raises in an argument goes on raising.
    case attempting(ScalarKernel)
}
