// The smallest or largest value of frames that move along a partition.

import Columns

/// Keeps the rows that may still be the extreme of a frame, as frames move: each row comes and goes once.
enum SlidingExtreme {
    /// For each row the rank of the first row of its frame that has the smallest or largest value, -1 where no row has
    /// a value: an array of `Int32`.
    static func ranks(
        _ values: [ColumnVector], wantsLargest: Bool, _ rows: WindowRows, _ frame: FrameBounds
    ) -> Buffer {
        let encoder = SortKeyEncoder(types: [values[0].type], directions: [SortDirection(isAscending: !wantsLargest)])
        // A descending key is smaller for larger values, so that the smallest key is what is wanted.
        let keys = values.map { encoder.encode([$0], count: $0.count) }
        let place = rows.places.pointer(as: RowPlace.self)
        let (first, end) = (frame.first, frame.end)
        let buffer = Buffer(capacity: max(rows.count, 1) * 4)
        let out = buffer.pointer(as: Int32.self)
        func key(_ rank: Int) -> UnsafeBufferPointer<UInt8> { keys[Int(place[rank].batch)].run(Int(place[rank].row)) }
        // Candidates from `head` on, smallest key first.
        var candidates: [Int32] = []
        for partition in rows.partitions {
            candidates.removeAll(keepingCapacity: true)
            var head = 0
            var next = partition.lowerBound
            for rank in partition {
                while next < Int(end[rank]) {
                    defer { next += 1 }
                    if values[Int(place[next].batch)].isNull(Int(place[next].row)) { continue }
                    let new = key(next)
                    while candidates.count > head,
                        SortedPlaces.compare(key(Int(candidates[candidates.count - 1])), new) > 0
                    {
                        candidates.removeLast()
                    }
                    candidates.append(Int32(truncatingIfNeeded: next))
                }
                while head < candidates.count, candidates[head] < first[rank] { head += 1 }
                out[rank] = head < candidates.count && candidates[head] < end[rank] ? candidates[head] : -1
            }
        }
        return buffer
    }
}
