// One side of a join, gathered and found by key.

import Columns

/// The rows of one side, found by key. Immutable: all workers look rows up at once.
struct JoinSide: Sendable {
    let schema: Schema
    let index: JoinIndex
    /// The columns that the index doesn't hold; what it holds is empty here.
    private let others: GatheredRows
    private let otherColumns: [Int?]
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
        var columns: [[ColumnVector]] = []
        for batch in compact {
            let own = try keys.columns(of: batch, context)
            columns.append(own)
            canonical.append(keys.canonical(own, count: batch.physicalCount))
        }
        hasRowsWithoutKey = canonical.contains { $0.hasInvalidRows }
        self.schema = schema
        index = JoinIndex(
            canonical, columns: compact.map(\.columns), types: schema.fields.map(\.type),
            keyColumn: JoinSide.keyColumn(columns, compact, schema))
        var (held, places) = ([Int](), [Int?]())
        for column in schema.fields.indices {
            places.append(index.holds(column) ? nil : held.count)
            if !index.holds(column) { held.append(column) }
        }
        otherColumns = places
        let otherSchema = Schema(held.map { schema.fields[$0] })
        let others = compact.map { batch in
            RecordBatch(schema: otherSchema, columns: held.map { batch.columns[$0] }, count: batch.physicalCount)
        }
        self.others = GatheredRows(others, schema: otherSchema)
        var tally = BufferTally()
        for batch in others { tally.add(batch) }
        memoryBytes = index.memoryBytes + tally.bytes
    }

    /// The column that is the only key, word for word in all batches.
    private static func keyColumn(
        _ keys: [[ColumnVector]], _ batches: [RecordBatch], _ schema: Schema
    ) -> Int? {
        schema.fields.indices.first { column in
            switch schema.fields[column].type {
            case .byte, .short, .integer, .long, .date, .timestamp, .timestampNTZ, .time: break
            default: return false
            }
            return zip(keys, batches).allSatisfy { key, batch in key.count == 1 && key[0] === batch.columns[column] }
        }
    }

    /// Bytes that the index of so many rows takes, about.
    static func indexBytes(rows: Int, _ schema: Schema) -> Int {
        JoinIndex.bytes(rows: rows, schema.fields.map(\.type))
    }

    /// How many rows there are.
    var count: Int { index.count }

    // MARK: Reading

    /// How many of the rows with some numbers make one piece.
    func pieceLength(_ numbers: UnsafePointer<UInt32>, maximum: Int) -> Int {
        guard others.schema.count > 0 else { return maximum }
        return withPlaces(numbers, maximum) { others.pieceLength($0, maximum: maximum) }
    }

    /// A column of the rows with some numbers.
    func gather(column: Int, _ numbers: UnsafePointer<UInt32>, count: Int) -> ColumnVector {
        guard let other = otherColumns[column] else { return index.gather(column, numbers, count: count) }
        return withPlaces(numbers, count) { others.gather(column: other, $0, count: count) }
    }

    private func withPlaces<Result>(
        _ numbers: UnsafePointer<UInt32>, _ count: Int, _ body: (UnsafePointer<RowPlace>) -> Result
    ) -> Result {
        let buffer = Buffer(capacity: max(count, 1) * MemoryLayout<RowPlace>.stride)
        let places = buffer.pointer(as: RowPlace.self)
        index.places(numbers, count: count, into: places)
        return body(UnsafePointer(places))
    }
}
