// The rows of a batch in the order of their groups.

import Columns
import LogicalPlan

/// Where the rows of each group stand, one group after the other; those of a group in the order in which they came.
struct GroupedPlaces: GroupedRows {
    /// Where each group begins, and where the last one ends.
    let bounds: [Int]
    private let places: Buffer
    private let rows: GatheredRows

    /// Rows that are gathered at a time.
    private static let pieceRows = 4096

    /// Sorts rows by their groups, which are numbers below `groupCount`; `columns` are those that are asked for.
    init(_ batches: [RecordBatch], _ groups: [Buffer], groupCount: Int, columns: [Int]) {
        var bounds = [Int](repeating: 0, count: groupCount + 1)
        for (batch, groups) in zip(batches, groups) {
            let numbers = groups.pointer(as: UInt32.self)
            for row in 0..<batch.physicalCount { bounds[Int(numbers[row]) + 1] += 1 }
        }
        for group in 0..<groupCount { bounds[group + 1] += bounds[group] }
        places = Buffer(capacity: bounds[groupCount] * MemoryLayout<RowPlace>.stride)
        let pointer = places.pointer(as: RowPlace.self)
        var next = bounds
        for (number, (batch, groups)) in zip(batches, groups).enumerated() {
            let numbers = groups.pointer(as: UInt32.self)
            for row in 0..<batch.physicalCount {
                let group = Int(numbers[row])
                pointer[next[group]] = RowPlace(batch: number, row: row)
                next[group] += 1
            }
        }
        self.bounds = bounds
        let schema = Schema(columns.map { batches.first?.schema.fields[$0] ?? Field("", .null) })
        rows = GatheredRows(
            batches.map { batch in
                RecordBatch(
                    schema: schema, columns: columns.map { batch.columns[$0] }, count: batch.physicalCount)
            }, schema: schema)
    }

    func piece(from row: Int) -> (columns: [ColumnVector], count: Int) {
        let most = min(GroupedPlaces.pieceRows, bounds[bounds.count - 1] - row)
        precondition(most > 0, "a piece begins with a row that is there")
        return withExtendedLifetime(places) {
            let pointer = places.pointer(as: RowPlace.self) + row
            let count = rows.pieceLength(pointer, maximum: most)
            return (rows.gather(pointer, count: count), count)
        }
    }
}
