// The rows of a shard in the order of their partitions.

import Columns

/// Rows in order: by partition, and there by the window's order. Rows are known by their ranks.
struct WindowRows {
    /// The most rows of one shard.
    private static let maximumRows = Int(Int32.max) - 1

    let batches: [RecordBatch]
    let count: Int
    /// Where each row stands, by rank.
    let places: Buffer
    /// The ranks of the partitions' first rows, and the number of rows behind.
    let partitionStarts: [Int32]
    /// The key of each batch's rows: what is before `prefixes` bytes is the partition's, the rest the order's.
    private let keys: [ColumnVector]
    private let prefixes: [[UInt32]]

    init(
        _ batches: [RecordBatch], _ window: WindowOperator, _ context: BatchContext, _ memory: inout WindowMemory
    ) throws {
        let count = batches.reduce(0) { $0 + $1.physicalCount }
        guard count <= WindowRows.maximumRows else {
            throw ExecutionError(
                code: "WINDOW_TOO_LARGE", message: "a window function sees \(count) rows at once",
                hint: "at most \(WindowRows.maximumRows) can stand in order: add PARTITION BY, or filter rows")
        }
        // An entry with the row's place while rows are sorted, and its place afterwards.
        try memory.take(count * 32)
        let encoder = window.encoder
        let partitionCount = window.partition.count
        var keys: [ColumnVector] = []
        var prefixes: [[UInt32]] = []
        for batch in batches {
            var columns: [ColumnVector] = []
            for expression in window.partition { columns.append(try expression.evaluate(batch, context)) }
            for key in window.order { columns.append(try key.expression.evaluate(batch, context)) }
            keys.append(encoder.encode(columns, count: batch.physicalCount))
            prefixes.append(SortKeyEncoder.lengths(of: Array(columns[..<partitionCount]), count: batch.physicalCount))
            try memory.take((keys.last?.memoryBytes ?? 0) + 4 * batch.physicalCount)
        }
        let sorted = SortedPlaces(sorting: keys)
        let places = Buffer(capacity: max(count, 1) * MemoryLayout<RowPlace>.stride)
        let place = places.pointer(as: RowPlace.self)
        for rank in 0..<count { place[rank] = sorted[rank] }
        self.batches = batches
        self.count = count
        self.places = places
        self.keys = keys
        self.prefixes = prefixes
        var starts: [Int32] = []
        var last = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        for rank in 0..<count {
            let key = WindowRows.partition(keys, prefixes, place[rank])
            if rank == 0 || SortedPlaces.compare(key, last) != 0 { starts.append(Int32(truncatingIfNeeded: rank)) }
            last = key
        }
        partitionStarts = starts + [Int32(truncatingIfNeeded: count)]
    }

    private static func partition(
        _ keys: [ColumnVector], _ prefixes: [[UInt32]], _ place: RowPlace
    ) -> UnsafeBufferPointer<UInt8> {
        let (batch, row) = (Int(place.batch), Int(place.row))
        return UnsafeBufferPointer(rebasing: keys[batch].run(row).prefix(Int(prefixes[batch][row])))
    }

    /// The ranks of each partition's rows.
    var partitions: [Range<Int>] {
        zip(partitionStarts, partitionStarts.dropFirst()).map { Int($0)..<Int($1) }
    }

    /// The bytes by which a row is ordered in its partition; valid while this value lives.
    func order(_ rank: Int) -> UnsafeBufferPointer<UInt8> {
        let place = places.pointer(as: RowPlace.self)[rank]
        let (batch, row) = (Int(place.batch), Int(place.row))
        return UnsafeBufferPointer(rebasing: keys[batch].run(row).dropFirst(Int(prefixes[batch][row])))
    }

    /// For each row the rank of the first of its peers, and one more than that of the last: as two arrays of `Int32`.
    func peers() -> (first: Buffer, end: Buffer) {
        let (first, end) = (Buffer(capacity: max(count, 1) * 4), Buffer(capacity: max(count, 1) * 4))
        let (firsts, ends) = (first.pointer(as: Int32.self), end.pointer(as: Int32.self))
        for partition in partitions {
            var start = partition.lowerBound
            for rank in partition {
                if rank > start, SortedPlaces.compare(order(rank), order(rank - 1)) != 0 {
                    for peer in start..<rank { ends[peer] = Int32(truncatingIfNeeded: rank) }
                    start = rank
                }
                firsts[rank] = Int32(truncatingIfNeeded: start)
            }
            for peer in start..<partition.upperBound { ends[peer] = Int32(truncatingIfNeeded: partition.upperBound) }
        }
        return (first, end)
    }

    /// The values of an expression for each batch.
    func evaluate(_ expression: CompiledExpression, _ context: BatchContext) throws -> [ColumnVector] {
        var columns: [ColumnVector] = []
        for batch in batches { columns.append(try expression.evaluate(batch, context)) }
        return columns
    }

    /// The values of all rows in order.
    func inOrder(_ columns: [ColumnVector]) throws -> ColumnVector {
        let place = places.pointer(as: RowPlace.self)
        guard GatherKernel.pieceLength(columns.map { [$0] }, place, maximum: count) == count else {
            throw ExecutionError(
                code: "WINDOW_TOO_LARGE", message: "an aggregate over a window sees too many bytes of text at once",
                hint: "add PARTITION BY, or aggregate something shorter")
        }
        return GatherKernel.gather(columns, place, count: count)
    }
}
