// One worker's rows of a sort.

import Columns

/// One worker's rows of a sort, in the end sorted. With a limit, only those that may be among the first.
///
/// SAFETY: not synchronised; used by one worker until it is sealed, and only read afterwards.
final class SortRun: MapSideCombiner, @unchecked Sendable {
    /// Rows beyond the limit that may pile up before those that can't be among the first go.
    private static let slack = 16 * 1024

    /// The rows of one batch with their keys.
    struct Block {
        let order: RowOrder
        let rows: RecordBatch
        let keys: ColumnVector
    }

    private let sort: SortOperator
    private let encoder: SortKeyEncoder
    private(set) var blocks: [Block] = []
    private var rowCount = 0
    /// With a limit, a key that as many rows reach as matter: rows beyond it don't.
    private var bound: ColumnVector?
    private(set) var sorted = SortedPlaces(sorting: [])

    init(_ sort: SortOperator) {
        self.sort = sort
        encoder = sort.encoder
    }

    private var tally = BufferTally()

    var memoryBytes: Int { tally.bytes }

    func consume(_ rows: RecordBatch, _ order: RowOrder, _ context: BatchContext) throws {
        var rows = rows.compacted()
        var columns: [ColumnVector] = []
        for key in sort.keys { columns.append(try key.expression.evaluate(rows, context)) }
        var keys = encoder.encode(columns, count: rows.physicalCount)
        if let bound {
            let near = SortRun.rows(of: keys, upTo: bound)
            if near.count == 0 { return }
            if near.count < rows.physicalCount {
                rows = rows.selecting(near).compacted()
                keys = TakeKernel.take(keys, near)
            }
        }
        add(Block(order: order, rows: rows, keys: keys))
        if let reach = sort.slice.reach, reach < Int.max / 4, rowCount > 2 * reach + SortRun.slack {
            cut(to: reach)
        }
    }

    private func add(_ block: Block) {
        blocks.append(block)
        rowCount += block.rows.physicalCount
        tally.add(block.rows)
        tally.add(block.keys)
    }

    private static func rows(of keys: ColumnVector, upTo bound: ColumnVector) -> Selection {
        var near: [Int32] = []
        let last = bound.run(0)
        for row in 0..<keys.count where SortedPlaces.compare(keys.run(row), last) <= 0 {
            near.append(Int32(truncatingIfNeeded: row))
        }
        return Selection(near)
    }

    /// Drops all rows but the first.
    private func cut(to reach: Int) {
        arrange()
        guard reach > 0 else { return forget() }
        var kept: [[Int32]] = Array(repeating: [], count: blocks.count)
        for rank in 0..<min(reach, sorted.count) {
            kept[Int(sorted[rank].batch)].append(Int32(truncatingIfNeeded: sorted[rank].row))
        }
        bound = ColumnVector.copy(of: sorted.key(reach - 1))
        let old = blocks
        forget()
        for (block, rows) in zip(old, kept) where !rows.isEmpty {
            if rows.count == block.rows.physicalCount {
                add(block)
            } else {
                // Copies: a few rows must not hold the memory of the thousands that they came with.
                let selection = Selection(rows.sorted())
                add(
                    Block(
                        order: block.order, rows: block.rows.selecting(selection).copied(),
                        keys: TakeKernel.take(block.keys, selection).copied()))
            }
        }
    }

    private func forget() {
        blocks = []
        rowCount = 0
        tally = BufferTally()
        sorted = SortedPlaces(sorting: [])
    }

    func seal(shards: Int, _ room: any SealingRoom) { arrange() }

    private func arrange() {
        blocks.sort { $0.order < $1.order }
        sorted = SortedPlaces(sorting: blocks.map(\.keys))
    }

    func clear() {
        forget()
        bound = nil
    }
}
