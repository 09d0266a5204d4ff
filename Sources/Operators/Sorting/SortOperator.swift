// ORDER BY, with or without LIMIT behind it.

import Columns

/// One key of a sort.
package struct SortColumn: Sendable {
    package let expression: CompiledExpression
    package let direction: SortDirection

    package init(_ expression: CompiledExpression, _ direction: SortDirection) {
        self.expression = expression
        self.direction = direction
    }
}

/// `ORDER BY`: each worker sorts its rows, and one shard merges the runs. With a limit each worker keeps only the rows
/// that may be among the first. Rows with equal keys keep their order.
package struct SortOperator: KeyedOperator {
    package let name = "Sort"
    package let detail: String
    package let outputSchema: Schema
    package var sharding: Sharding { .single }
    let keys: [SortColumn]
    /// How many rows are left out at the beginning, and how many of the others come out.
    let slice: RowSlice

    /// Creates the step.
    package init(keys: [SortColumn], slice: RowSlice = RowSlice(), detail: String, schema: Schema) {
        self.keys = keys
        self.slice = slice
        self.detail = detail
        outputSchema = schema
    }

    /// The same sort of which only some rows come out.
    package func limited(to slice: RowSlice) -> SortOperator {
        SortOperator(keys: keys, slice: slice, detail: "\(detail), \(slice)", schema: outputSchema)
    }

    /// Whether all rows come out.
    package var isWhole: Bool { slice == RowSlice() }

    package func makeCombiner() -> (any MapSideCombiner)? { SortRun(self) }
    package func makeShard(_ index: Int, of count: Int) -> any KeyedShard { SortShard(self) }

    var encoder: SortKeyEncoder {
        SortKeyEncoder(types: keys.map(\.expression.type), directions: keys.map(\.direction))
    }
}

/// Which of a result's rows are asked for.
package struct RowSlice: Hashable, Sendable, CustomStringConvertible {
    /// How many rows are left out at the beginning.
    package let offset: Int
    /// How many of the others come out; `nil` for all.
    package let count: Int?

    package init(offset: Int = 0, count: Int? = nil) {
        self.offset = offset
        self.count = count
    }

    /// How many rows at the beginning may matter; `nil` where all may.
    package var reach: Int? {
        count.map { count in
            let (sum, overflow) = offset.addingReportingOverflow(count)
            return overflow ? Int.max : sum
        }
    }

    package var description: String {
        let parts = [count.map { "limit \($0)" }, offset > 0 ? "offset \(offset)" : nil]
        return parts.compactMap { $0 }.joined(separator: " ")
    }
}
