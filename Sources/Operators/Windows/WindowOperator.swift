// Functions over windows: rows go to the shard of their partition, and stand there in order.

import Columns
import Functions
import LogicalPlan

/// Functions that see other rows of their row's partition. What comes out is the columns that come in and one for each
/// function, partition by partition, each in its order.
package struct WindowOperator: KeyedOperator {
    package let name = "Window"
    package let detail: String
    package let outputSchema: Schema
    package var sharding: Sharding { partition.isEmpty ? .single : .byKey }
    let inputSchema: Schema
    let partition: [CompiledExpression]
    let order: [SortColumn]
    let frames: [FrameSpec]
    let calls: [CompiledWindowCall]

    /// Creates the step; the calls name their frames by their places in `frames`.
    package init(
        partition: [CompiledExpression], order: [SortColumn], frames: [FrameSpec], calls: [CompiledWindowCall],
        detail: String, inputSchema: Schema, outputSchema: Schema
    ) {
        precondition(outputSchema.count == inputSchema.count + calls.count, "a column for each function")
        self.partition = partition
        self.order = order
        self.frames = frames
        self.calls = calls
        self.detail = detail
        self.inputSchema = inputSchema
        self.outputSchema = outputSchema
    }

    package func exchange(
        _ rows: RecordBatch, port: Int, shards: Int, _ context: BatchContext
    ) throws -> [Selection] {
        var columns: [ColumnVector] = []
        for expression in partition { columns.append(try expression.evaluate(rows, context)) }
        return CanonicalKeys(columns, count: rows.physicalCount).selections(shards: shards)
    }

    package func makeShard(_ index: Int, of count: Int) -> any KeyedShard { WindowShard(self) }

    /// Keys by which rows of one partition stand together, and there in order.
    var encoder: SortKeyEncoder {
        SortKeyEncoder(
            types: partition.map(\.type) + order.map(\.expression.type),
            directions: partition.map { _ in SortDirection() } + order.map(\.direction))
    }
}

/// One function over a window.
package struct CompiledWindowCall: Sendable {
    package enum Kind: Sendable {
        case rowNumber, rank, denseRank, percentRank, cumeDist
        case ntile(Int)
        /// The value so many rows behind, before where negative; the second argument where there is no such row.
        case shift(Int)
        /// The value in the row of this number, from 1, of the frame.
        case nth(Int)
        /// The value in the last row of the frame.
        case last
        /// The smallest or largest value in the frame.
        case extreme(wantsLargest: Bool)
        case aggregate(BoundAggregate)
    }

    let kind: Kind
    /// Those that the function reads; `nil` for constants that an aggregate has taken in.
    let arguments: [CompiledExpression?]
    /// Only rows for which this is true are aggregated.
    let filter: CompiledExpression?
    /// Whether rows in which the value is NULL are passed over, where a function picks a row.
    let ignoresNulls: Bool
    /// Which of the operator's frames it sees.
    let frame: Int
    let type: DataType

    /// Creates a call.
    package init(
        _ kind: Kind, arguments: [CompiledExpression?], filter: CompiledExpression? = nil, ignoresNulls: Bool = false,
        frame: Int, type: DataType
    ) {
        self.kind = kind
        self.arguments = arguments
        self.filter = filter
        self.ignoresNulls = ignoresNulls
        self.frame = frame
        self.type = type
    }
}

/// Where frames begin and end.
package struct FrameSpec: Sendable {
    /// One end of a frame.
    package enum Bound: Sendable {
        /// The first or last row of the partition.
        case unbounded
        /// So many rows behind the current one.
        case rows(Int)
        /// The first or last of the current row's peers.
        case peers
        /// The first row whose key isn't before, or the last whose key isn't behind the value for the current row.
        case value(CompiledExpression)
    }

    let start: Bound
    let end: Bound

    /// Creates a frame.
    package init(start: Bound, end: Bound) {
        self.start = start
        self.end = end
    }

    /// Whether every frame begins with its partition.
    var startsWithPartition: Bool { if case .unbounded = start { true } else { false } }
    /// Whether every frame ends with its partition.
    var endsWithPartition: Bool { if case .unbounded = end { true } else { false } }
}
