// The rows of a batch in one shard, on the way to calls group by group.

import Columns

/// Numbers the keys of a batch, and gives its groups in the order in which their keys came.
///
/// SAFETY: not synchronised; the shard that it belongs to has one owner at a time.
final class GroupArrivals {
    private let input: GroupInput
    private var numbers: GroupKeys
    private var arrived: [RecordBatch] = []
    /// For each of `arrived` the number of each row's key.
    private var groups: [Buffer] = []
    /// Bytes of `groups`, and of where the rows of each group stand.
    private var heldBytes = 0

    /// A number, and a place.
    private static let rowBytes = 16

    init(_ input: GroupInput) {
        self.input = input
        numbers = GroupKeys(types: input.keyFields.map(\.type))
    }

    var memoryBytes: Int { numbers.memoryBytes + heldBytes }

    /// Takes rows in.
    func add(_ rows: RecordBatch) { arrived.append(rows) }

    /// Forgets all rows.
    func clear() {
        arrived = []
        groups = []
        heldBytes = 0
        numbers.clear()
    }

    /// The same, and gives the memory back.
    func letGo() {
        clear()
        numbers = GroupKeys(types: input.keyFields.map(\.type))
    }

    /// Numbers the keys of the rows that are not late; `room` is asked for what that may take at the peak.
    func group(
        _ context: BatchContext, _ counts: inout StateRowCounts, room: (Int) throws -> Void
    ) throws {
        var batches: [RecordBatch] = []
        for rows in arrived {
            var rows = rows.compacted()
            if let time = input.time { rows = time.onTime(rows, context, &counts) }
            guard rows.physicalCount > 0 else { continue }
            batches.append(
                RecordBatch(
                    schema: rows.schema, columns: rows.columns.map { $0.materialized() }, count: rows.physicalCount))
        }
        arrived = batches
        let bytes = batches.reduce(0) { $0 + $1.physicalCount } * GroupArrivals.rowBytes
        try room(bytes)
        heldBytes = bytes
        groups = try batches.map { batch in
            let (keys, count) = (input.keys.map { batch.columns[$0] }, batch.physicalCount)
            try room(numbers.growthBytes(adding: count, keys: keys))
            return number(keys, count: count)
        }
    }

    /// Adds groups for keys, without rows where none have come.
    func add(keys: [ColumnVector], count: Int) { _ = number(keys, count: count) }

    private func number(_ keys: [ColumnVector], count: Int) -> Buffer {
        let groups = Buffer(capacity: count * 4)
        numbers.assignGroups(keys: keys, count: count, into: groups.pointer(as: UInt32.self))
        return groups
    }

    /// Gives the groups in pieces: their keys, and where the rows of each begin and those of the last end.
    func forEachPiece(
        maximumGroups: Int, _ body: (_ keys: [ColumnVector], _ bounds: [Int], _ rows: GroupedPlaces) throws -> Void
    ) throws {
        let rows = GroupedPlaces(arrived, groups, groupCount: numbers.groupLimit, columns: input.rows)
        let all = Array(0..<UInt32(truncatingIfNeeded: numbers.groupLimit))
        var first = 0
        while first < all.count {
            let end = numbers.pieceEnd(of: all, from: first, maximumRows: maximumGroups)
            let part = Array(all[first..<end])
            try body(numbers.keyColumns(groups: part, count: part.count), Array(rows.bounds[first...end]), rows)
            first = end
        }
    }
}
