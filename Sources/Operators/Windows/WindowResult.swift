// What a window function gives for each row.

import Columns

/// The results of one function: values by rank, or the rows that have them.
enum WindowResult {
    /// A value a rank.
    case values(ColumnVector)
    /// For each rank another one, or a negative number where there is none: the value is that row's, or the default of
    /// the row itself.
    case picked(ranks: Buffer, of: [ColumnVector], defaults: [ColumnVector]?)

    /// How many rows from a rank on can be given at once.
    func pieceLength(_ first: Int, maximum: Int, _ rows: WindowRows) -> Int {
        guard case .picked(_, let values, let defaults) = self, values[0].type.isBytes else { return maximum }
        let columns = defaults.map { zip(values, $0).map { [$0, $1] } } ?? values.map { [$0] }
        guard columns.count > 1 else { return maximum }
        return withPlaces(first, count: maximum, rows) { places, _ in
            GatherKernel.pieceLength(columns, places, maximum: maximum)
        }
    }

    /// The results for some ranks.
    func column(_ first: Int, count: Int, _ rows: WindowRows) -> ColumnVector {
        switch self {
        case .values(let column): return TakeKernel.take(column, Selection(first, count: count))
        case .picked(_, let values, let defaults):
            return withPlaces(first, count: count, rows) { places, missing in
                let gathered = GatherKernel.gather(values, places, count: count)
                if missing.isEmpty { return gathered }
                let rest: ColumnVector
                if let defaults {
                    let own = rows.places.pointer(as: RowPlace.self) + first
                    rest = GatherKernel.gather(defaults, own, count: count)
                } else {
                    rest = NullKernels.nulls(type: gathered.type, count: count)
                }
                // Rows from the gathered ones, and behind them from the others.
                var order = (0..<count).map { Int32(truncatingIfNeeded: $0) }
                for row in missing { order[Int(row)] = row &+ Int32(truncatingIfNeeded: count) }
                return TakeKernel.take(ConcatKernel.concat(columns: [gathered, rest]), Selection(order))
            }
        }
    }

    /// Where the picked rows stand, and for which there are none: these have a place as good as any.
    private func withPlaces<Result>(
        _ first: Int, count: Int, _ rows: WindowRows, _ body: (UnsafePointer<RowPlace>, [Int32]) -> Result
    ) -> Result {
        guard case .picked(let ranks, _, _) = self else { preconditionFailure("values are there already") }
        let place = rows.places.pointer(as: RowPlace.self)
        let picked = ranks.pointer(as: Int32.self) + first
        let buffer = Buffer(capacity: max(count, 1) * MemoryLayout<RowPlace>.stride)
        let out = buffer.pointer(as: RowPlace.self)
        var missing: [Int32] = []
        for row in 0..<count {
            if picked[row] < 0 { missing.append(Int32(truncatingIfNeeded: row)) }
            out[row] = place[max(Int(picked[row]), 0)]
        }
        return withExtendedLifetime(buffer) { body(out, missing) }
    }
}
