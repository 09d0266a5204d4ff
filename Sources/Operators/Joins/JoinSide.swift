// One side of a join, gathered and found by key.

import Columns

/// How two sides of a join find each other, and what comes out.
package struct JoinShape: Sendable {
    /// What becomes of the rows of the side that looks up.
    package enum Kind: String, Sendable {
        /// Pairs.
        case inner
        /// Pairs, and rows without a partner with NULLs beside them.
        case outer
        /// Rows with a partner, once each.
        case semi
        /// Rows without a partner.
        case anti
        /// Pairs, and the rows of both sides without a partner.
        case full
    }

    package let kind: Kind
    /// Whether the columns of the gathered side stand before those of the side that looks up.
    package let buildIsFirst: Bool
    /// What must be true for a pair besides equal keys; over the columns of both sides in their order.
    package let condition: CompiledExpression?
    /// The columns of a pair.
    package let pairSchema: Schema

    /// Creates a shape.
    package init(kind: Kind, buildIsFirst: Bool, condition: CompiledExpression?, pairSchema: Schema) {
        self.kind = kind
        self.buildIsFirst = buildIsFirst
        self.condition = condition
        self.pairSchema = pairSchema
    }
}

/// The rows of one side, found by key. Immutable: all workers look rows up at once.
struct JoinSide: Sendable {
    let rows: GatheredRows
    let index: JoinIndex
    /// How many rows each batch has.
    let rowCounts: [Int]
    /// How many rows the batches before each have; one more than there are batches.
    private let firstRows: [Int]
    /// Bytes of memory that the rows and the index take.
    let memoryBytes: Int

    /// Indexes rows by keys.
    init(
        _ batches: [RecordBatch], keys: [CompiledExpression], schema: Schema, _ context: BatchContext
    ) throws {
        let compact = batches.map { $0.compacted() }
        let count = compact.reduce(0) { $0 + $1.physicalCount }
        guard count <= JoinIndex.maximumRows else {
            throw ExecutionError(
                code: "JOIN_SIDE_TOO_LARGE", message: "one side of a join has \(count) rows",
                hint: "at most \(JoinIndex.maximumRows) can be kept: filter them, or put the smaller side on the right")
        }
        var canonical: [CanonicalKeys] = []
        for batch in compact { canonical.append(try JoinSide.canonicalKeys(keys, of: batch, context)) }
        rows = GatheredRows(compact, schema: schema)
        index = JoinIndex(canonical)
        rowCounts = compact.map(\.physicalCount)
        firstRows = compact.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.physicalCount) }
        var tally = BufferTally()
        for batch in compact { tally.add(batch) }
        memoryBytes = index.memoryBytes + tally.bytes
    }

    /// The keys of a batch's rows.
    static func canonicalKeys(
        _ keys: [CompiledExpression], of batch: RecordBatch, _ context: BatchContext
    ) throws -> CanonicalKeys {
        var columns: [ColumnVector] = []
        for key in keys { columns.append(try key.evaluate(batch, context)) }
        return CanonicalKeys(columns, count: batch.physicalCount)
    }

    /// How many rows there are.
    var count: Int { firstRows[firstRows.count - 1] }

    /// The number of a row among all.
    func number(_ place: RowPlace) -> Int { firstRows[Int(place.batch)] + Int(place.row) }
}
