// Computes one window function for all rows of a shard.

import Columns
import Functions

/// One function over the rows of a shard.
struct WindowEvaluation {
    private let call: CompiledWindowCall
    private let rows: WindowRows
    private let frame: FrameBounds
    private let context: BatchContext

    init(_ call: CompiledWindowCall, _ rows: WindowRows, _ frame: FrameBounds, _ context: BatchContext) {
        self.call = call
        self.rows = rows
        self.frame = frame
        self.context = context
    }

    /// The function's results.
    func result(_ memory: inout WindowMemory) throws -> WindowResult {
        try memory.take(rows.count * 16)
        switch call.kind {
        case .rowNumber:
            return integers { partition, out in
                for rank in partition { out[rank] = Int32(truncatingIfNeeded: rank - partition.lowerBound + 1) }
            }
        case .ntile(let parts): return integers { WindowEvaluation.ntile(parts, $0, $1) }
        case .rank, .denseRank: return ranks()
        case .percentRank, .cumeDist: return shares()
        case .shift(let offset): return try shifted(by: offset)
        case .nth(let number): return try nth(number)
        case .last: return try last()
        case .extreme(let wantsLargest):
            let values = try argument(0)
            let ranks = SlidingExtreme.ranks(values, wantsLargest: wantsLargest, rows, frame)
            return .picked(ranks: ranks, of: values, defaults: nil)
        case .aggregate(let aggregate):
            return .values(try FrameAggregation(aggregate, call, rows, frame, context).result(&memory))
        }
    }

    private func argument(_ index: Int) throws -> [ColumnVector] {
        guard let expression = call.arguments[index] else { preconditionFailure("the function reads its arguments") }
        return try rows.evaluate(expression, context)
    }

    // MARK: Ranks

    /// Numbers by rank, partition by partition.
    private func integers(_ fill: (Range<Int>, UnsafeMutablePointer<Int32>) -> Void) -> WindowResult {
        let buffer = Buffer(capacity: max(rows.count, 1) * 4)
        for partition in rows.partitions { fill(partition, buffer.pointer(as: Int32.self)) }
        return .values(ColumnVector(type: .integer, count: rows.count, values: buffer))
    }

    /// Parts that differ by one row at most, the larger ones first.
    private static func ntile(_ parts: Int, _ partition: Range<Int>, _ out: UnsafeMutablePointer<Int32>) {
        let (size, larger) = partition.count.quotientAndRemainder(dividingBy: parts)
        var rank = partition.lowerBound
        var part = 1
        while rank < partition.upperBound {
            let end = rank + size + (part <= larger ? 1 : 0)
            for one in rank..<end { out[one] = Int32(truncatingIfNeeded: part) }
            rank = end
            part += 1
        }
    }

    private func ranks() -> WindowResult {
        let first = rows.peers().first
        let peers = first.pointer(as: Int32.self)
        let isDense = if case .denseRank = call.kind { true } else { false }
        return withExtendedLifetime(first) {
            integers { partition, out in
                var group: Int32 = 0
                for rank in partition {
                    if Int(peers[rank]) == rank { group &+= 1 }
                    out[rank] = isDense ? group : peers[rank] &- Int32(truncatingIfNeeded: partition.lowerBound) &+ 1
                }
            }
        }
    }

    private func shares() -> WindowResult {
        let isRank = if case .percentRank = call.kind { true } else { false }
        let peers = rows.peers()
        let buffer = Buffer(capacity: max(rows.count, 1) * 8)
        let out = buffer.pointer(as: Double.self)
        let (firsts, ends) = (peers.first.pointer(as: Int32.self), peers.end.pointer(as: Int32.self))
        for partition in rows.partitions {
            let (start, size) = (partition.lowerBound, partition.count)
            for rank in partition {
                if isRank {
                    out[rank] = size > 1 ? Double(Int(firsts[rank]) - start) / Double(size - 1) : 0
                } else {
                    out[rank] = Double(Int(ends[rank]) - start) / Double(size)
                }
            }
        }
        return withExtendedLifetime(peers) {
            .values(ColumnVector(type: .double, count: rows.count, values: buffer))
        }
    }

    // MARK: Other rows

    /// A rank for each row, or -1.
    private func picking(
        _ values: [ColumnVector], defaults: [ColumnVector]? = nil,
        _ fill: (Range<Int>, UnsafeMutablePointer<Int32>) -> Void
    ) -> WindowResult {
        let buffer = Buffer(capacity: max(rows.count, 1) * 4)
        for partition in rows.partitions { fill(partition, buffer.pointer(as: Int32.self)) }
        return .picked(ranks: buffer, of: values, defaults: defaults)
    }

    private func shifted(by offset: Int) throws -> WindowResult {
        let values = try argument(0)
        let defaults = call.arguments.count > 1 ? try argument(1) : nil
        guard call.ignoresNulls, offset != 0 else {
            return picking(values, defaults: defaults) { partition, out in
                for rank in partition {
                    let (other, isBeyond) = rank.addingReportingOverflow(offset)
                    out[rank] =
                        !isBeyond && partition.contains(other) ? Int32(truncatingIfNeeded: other) : -1
                }
            }
        }
        return picking(values, defaults: defaults) { partition, out in
            let known = ranksWithValue(values, partition)
            // How many of them are before the row, and how many up to it.
            var (before, upTo) = (0, 0)
            for rank in partition {
                before = upTo
                if upTo < known.count, Int(known[upTo]) == rank { upTo += 1 }
                let (place, isBeyond) = (offset < 0 ? before : upTo - 1).addingReportingOverflow(offset)
                out[rank] = !isBeyond && known.indices.contains(place) ? known[place] : -1
            }
        }
    }

    /// The ranks of rows that have a value, in order.
    private func ranksWithValue(_ values: [ColumnVector], _ partition: Range<Int>) -> [Int32] {
        let place = rows.places.pointer(as: RowPlace.self)
        var known: [Int32] = []
        for rank in partition where !values[Int(place[rank].batch)].isNull(Int(place[rank].row)) {
            known.append(Int32(truncatingIfNeeded: rank))
        }
        return known
    }

    private func nth(_ number: Int) throws -> WindowResult {
        let values = try argument(0)
        let (first, end) = (frame.first, frame.end)
        guard call.ignoresNulls else {
            return picking(values) { partition, out in
                for rank in partition {
                    let (place, isBeyond) = Int(first[rank]).addingReportingOverflow(number - 1)
                    out[rank] = !isBeyond && place < Int(end[rank]) ? Int32(truncatingIfNeeded: place) : -1
                }
            }
        }
        return picking(values) { partition, out in
            let known = ranksWithValue(values, partition)
            var skipped = 0
            for rank in partition {
                while skipped < known.count, known[skipped] < first[rank] { skipped += 1 }
                let (place, isBeyond) = skipped.addingReportingOverflow(number - 1)
                let isThere = !isBeyond && place < known.count && known[place] < end[rank]
                out[rank] = isThere ? known[place] : -1
            }
        }
    }

    private func last() throws -> WindowResult {
        let values = try argument(0)
        let (first, end) = (frame.first, frame.end)
        guard call.ignoresNulls else {
            return picking(values) { partition, out in
                for rank in partition { out[rank] = end[rank] > first[rank] ? end[rank] &- 1 : -1 }
            }
        }
        return picking(values) { partition, out in
            let known = ranksWithValue(values, partition)
            var next = 0
            for rank in partition {
                while next < known.count, known[next] < end[rank] { next += 1 }
                out[rank] = next > 0 && known[next - 1] >= first[rank] ? known[next - 1] : -1
            }
        }
    }
}
