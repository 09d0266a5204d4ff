// An aggregate of a query, with the columns that it reads.

import Columns
import Functions

/// One aggregate of a query over columns of its input.
package struct AggregateSpec: Hashable, Sendable {
    package let aggregate: BoundAggregate
    /// Which input column each of its arguments is; `nil` for those that it does not read, as they are constants.
    package let inputs: [Int?]
    /// The input column, a BOOLEAN, that says which rows are taken in; `nil` where all are.
    package let filter: Int?

    /// Creates an aggregate over columns.
    package init(_ aggregate: BoundAggregate, inputs: [Int?], filter: Int? = nil) {
        precondition(inputs.count == aggregate.argumentTypes.count, "a column for each argument")
        self.aggregate = aggregate
        self.inputs = inputs
        self.filter = filter
    }

    /// The aggregate of the table with this name over one column, or over rows; `nil` where there is none that takes
    /// the type as it is.
    package init?(_ name: String, inputIndex: Int? = nil, inputType: DataType? = nil) {
        guard (inputIndex == nil) == (inputType == nil),
            let aggregate = AggregateTable.aggregate(name, over: inputType.map { [$0] } ?? [])
        else { return nil }
        self.init(aggregate, inputs: inputIndex.map { [$0] } ?? [])
    }

    package var resultType: DataType { aggregate.type }
}
