// One side of a join, gathered and found by key.

import Columns

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
    /// Whether some rows have a NULL in their keys, so that nothing finds them.
    let hasRowsWithoutKey: Bool

    /// Indexes rows by keys.
    init(
        _ batches: [RecordBatch], keys: JoinKeyColumns, schema: Schema, _ context: BatchContext
    ) throws {
        let compact = batches.map { $0.compacted() }
        let count = compact.reduce(0) { $0 + $1.physicalCount }
        guard count <= JoinIndex.maximumRows else {
            throw ExecutionError(
                code: "JOIN_SIDE_TOO_LARGE", message: "one side of a join has \(count) rows",
                hint: "at most \(JoinIndex.maximumRows) can be kept: filter them, or put the smaller side on the right")
        }
        var canonical: [CanonicalKeys] = []
        for batch in compact { canonical.append(try keys.canonical(of: batch, context)) }
        hasRowsWithoutKey = canonical.contains { $0.hasInvalidRows }
        rows = GatheredRows(compact, schema: schema)
        index = JoinIndex(canonical)
        rowCounts = compact.map(\.physicalCount)
        firstRows = compact.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.physicalCount) }
        var tally = BufferTally()
        for batch in compact { tally.add(batch) }
        memoryBytes = index.memoryBytes + tally.bytes
    }

    /// Bytes that the index of so many rows takes, about.
    static func indexBytes(rows: Int) -> Int { 32 * rows }

    /// How many rows there are.
    var count: Int { firstRows[firstRows.count - 1] }

    /// The number of a row among all.
    func number(_ place: RowPlace) -> Int { firstRows[Int(place.batch)] + Int(place.row) }
}
