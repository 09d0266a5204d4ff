// An aggregate over the frame of each row.

import Columns
import Functions

/// Aggregates over frames with the accumulators of GROUP BY, in the way that costs least:
///
/// - All rows of the partition: a group each.
/// - All rows from the partition's start: each row is a group, and takes in what the one before has.
/// - Short frames: each row is a group of the rows that it sees.
/// - Long frames: groups of 2, 4, 8 ... rows, of which each frame is made up of a few.
struct FrameAggregation {
    /// Groups that are finished, and merged, at a time.
    private static let rowsPerPiece = 16 * 1024
    /// Rows that are taken in at a time where each row is a group of those that it sees.
    private static let pairsPerPiece = 64 * 1024
    /// Where frames have fewer rows than this together, each is added up by itself: in the order of rows, as a sum of
    /// doubles shows.
    private static let fewPairs = 1 << 20
    /// The same by row, where there are many rows.
    private static let pairsPerRow = 16

    private let aggregate: BoundAggregate
    private let call: CompiledWindowCall
    private let rows: WindowRows
    private let frame: FrameBounds
    private let inputs: [Int: ColumnVector]
    /// The ranks of rows that the filter lets through; all without one.
    private let taken: ColumnVector?
    private let accumulators: [Accumulator]
    private let mergesFreely: Bool

    init(
        _ aggregate: BoundAggregate, _ call: CompiledWindowCall, _ rows: WindowRows, _ frame: FrameBounds,
        _ context: BatchContext
    ) throws {
        self.aggregate = aggregate
        self.call = call
        self.rows = rows
        self.frame = frame
        var inputs: [Int: ColumnVector] = [:]
        for (index, argument) in call.arguments.enumerated() {
            if let argument { inputs[index] = try rows.inOrder(rows.evaluate(argument, context)) }
        }
        self.inputs = inputs
        taken = try call.filter.map { try rows.inOrder(rows.evaluate($0, context)) }
        accumulators = aggregate.parts.map { $0.make() }
        mergesFreely = accumulators.allSatisfy { $0.mergesFreely }
    }

    /// The aggregate for each row, by rank.
    func result(_ memory: inout WindowMemory) throws -> ColumnVector {
        let (starts, ends) = (frame.spec.startsWithPartition, frame.spec.endsWithPartition)
        if starts && ends { return try partitions(&memory) }
        if starts && mergesFreely { return try running(&memory) }
        let pairs = (0..<rows.count).reduce(0) { $0 + Int(frame.end[$1] &- frame.first[$1]) }
        if starts, pairs > FrameAggregation.fewPairs { return try growing() }
        let isShort = pairs <= max(FrameAggregation.fewPairs, FrameAggregation.pairsPerRow * rows.count)
        return isShort || !mergesFreely ? try separately() : try fromTree(&memory)
    }

    // MARK: Accumulators

    private func reserve(_ groups: Int, _ memory: inout WindowMemory) throws {
        try memory.take(accumulators.reduce(0) { $0 + $1.growthBytes(groups: groups) })
        for accumulator in accumulators { accumulator.reserve(groups: groups) }
    }

    /// Takes the rows of some ranks in, each to the group that `groups` has for it; `nil` for all, in order.
    private func update(_ groups: Buffer, _ ranks: Selection?) {
        guard let taken else { return take(groups, ranks, count: ranks?.count ?? rows.count) }
        // Where a filter leaves rows out, their groups go, too.
        let passed = BooleanKernels.selection(of: ranks.map { TakeKernel.take(taken, $0) } ?? taken)
        let (picked, left) = (Buffer(capacity: passed.count * 4), Buffer(capacity: passed.count * 4))
        let (rank, group) = (picked.pointer(as: Int32.self), left.pointer(as: UInt32.self))
        let (all, from, passing) = (ranks?.pointer, groups.pointer(as: UInt32.self), passed.pointer)
        for index in 0..<passed.count {
            rank[index] = passing[index]
            if let all { rank[index] = all[Int(passing[index])] }
            group[index] = from[Int(passing[index])]
        }
        take(left, Selection(indices: picked, count: passed.count), count: passed.count)
    }

    private func take(_ groups: Buffer, _ ranks: Selection?, count: Int) {
        for (part, accumulator) in zip(aggregate.parts, accumulators) {
            var columns = part.inputs.compactMap { inputs[$0] }
            if let ranks { columns = columns.map { TakeKernel.take($0, ranks) } }
            accumulator.update(groups.pointer(as: UInt32.self), count, columns)
        }
    }

    /// The results of some groups, a piece at a time.
    private func finish(_ groups: Buffer, count: Int, of accumulators: [Accumulator]) throws -> ColumnVector {
        var columns: [ColumnVector] = []
        var first = 0
        repeat {
            let size = min(FrameAggregation.rowsPerPiece, count - first)
            do throws(AggregateError) {
                columns.append(try aggregate.finish(accumulators, groups.pointer(as: UInt32.self) + first, size))
            } catch {
                throw ExecutionError(code: error.code, message: error.message, hint: error.hint)
            }
            first += size
        } while first < count
        return ConcatKernel.concat(columns: columns)
    }

    private func groups(_ count: Int, _ group: (Int) -> Int) -> Buffer {
        let buffer = Buffer(capacity: max(count, 1) * 4)
        let out = buffer.pointer(as: UInt32.self)
        for index in 0..<count { out[index] = UInt32(truncatingIfNeeded: group(index)) }
        return buffer
    }

    // MARK: Frames that begin with the partition

    private func partitions(_ memory: inout WindowMemory) throws -> ColumnVector {
        let partitions = rows.partitions
        let buffer = Buffer(capacity: max(rows.count, 1) * 4)
        let out = buffer.pointer(as: UInt32.self)
        for (number, partition) in partitions.enumerated() {
            for rank in partition { out[rank] = UInt32(truncatingIfNeeded: number) }
        }
        try reserve(partitions.count, &memory)
        update(buffer, nil)
        let results = try finish(groups(partitions.count) { $0 }, count: partitions.count, of: accumulators)
        return TakeKernel.take(results, Selection(indices: buffer, count: rows.count))
    }

    /// Each row is a group, to which what the group before has is added; one more group has nothing.
    private func running(_ memory: inout WindowMemory) throws -> ColumnVector {
        let count = rows.count
        try reserve(count + 1, &memory)
        update(groups(count) { $0 }, nil)
        let (from, into) = (
            Buffer(capacity: FrameAggregation.rowsPerPiece * 4), Buffer(capacity: FrameAggregation.rowsPerPiece * 4)
        )
        let (source, target) = (from.pointer(as: UInt32.self), into.pointer(as: UInt32.self))
        for partition in rows.partitions {
            var next = partition.lowerBound + 1
            while next < partition.upperBound {
                let size = min(FrameAggregation.rowsPerPiece, partition.upperBound - next)
                for index in 0..<size {
                    source[index] = UInt32(truncatingIfNeeded: next + index - 1)
                    target[index] = UInt32(truncatingIfNeeded: next + index)
                }
                for accumulator in accumulators {
                    FrameAggregation.merge(accumulator, from: from, into: into, count: size, to: accumulator)
                }
                next += size
            }
        }
        let (first, end) = (frame.first, frame.end)
        let last = groups(count) { end[$0] > first[$0] ? Int(end[$0]) - 1 : count }
        return try finish(last, count: count, of: accumulators)
    }

    /// One group that grows from row to row, for what can't be merged.
    private func growing() throws -> ColumnVector {
        for accumulator in accumulators { accumulator.reserve(groups: 1) }
        var pieces: [ColumnVector] = []
        var columns: [ColumnVector] = []
        let one = groups(1) { _ in 0 }
        for partition in rows.partitions {
            for accumulator in accumulators { accumulator.clear(groups: 1) }
            var next = partition.lowerBound
            for rank in partition {
                let end = Int(frame.end[rank])
                if end > next {
                    update(groups(end - next) { _ in 0 }, Selection(next, count: end - next))
                    next = end
                } else if rank > partition.lowerBound, let last = columns.last {
                    columns.append(last)
                    continue
                }
                columns.append(try finish(one, count: 1, of: accumulators))
                if columns.count == FrameAggregation.rowsPerPiece {
                    pieces.append(ConcatKernel.concat(columns: columns))
                    columns = []
                }
            }
        }
        if !columns.isEmpty { pieces.append(ConcatKernel.concat(columns: columns)) }
        return ConcatKernel.concat(columns: pieces)
    }

    // MARK: Other frames

    /// Each row is a group of the rows that it sees.
    private func separately() throws -> ColumnVector {
        var pieces: [ColumnVector] = []
        var row = 0
        var ranks: [Int32] = []
        var seeing: [Int32] = []
        while row < rows.count {
            ranks.removeAll(keepingCapacity: true)
            seeing.removeAll(keepingCapacity: true)
            let start = row
            while row < rows.count, row - start < FrameAggregation.rowsPerPiece,
                ranks.count < FrameAggregation.pairsPerPiece
            {
                for rank in frame.first[row]..<frame.end[row] {
                    ranks.append(rank)
                    seeing.append(Int32(truncatingIfNeeded: row - start))
                }
                row += 1
            }
            let count = row - start
            for accumulator in accumulators {
                accumulator.reserve(groups: count)
                accumulator.clear(groups: count)
            }
            if !ranks.isEmpty { update(Selection(seeing).indices, Selection(ranks)) }
            pieces.append(try finish(groups(count) { $0 }, count: count, of: accumulators))
        }
        return ConcatKernel.concat(columns: pieces)
    }

    /// Groups of 1, 2, 4 ... rows. A frame is made of at most two of each size.
    private func fromTree(_ memory: inout WindowMemory) throws -> ColumnVector {
        let count = rows.count
        try reserve(count, &memory)
        update(groups(count) { $0 }, nil)
        var levels = [accumulators]
        var size = count
        while size > 1 {
            let half = size / 2
            let below = levels[levels.count - 1]
            let above = aggregate.parts.map { $0.make() }
            try memory.take(above.reduce(0) { $0 + $1.growthBytes(groups: max(half, 1)) })
            let from = groups(2 * half) { $0 }
            let into = groups(2 * half) { $0 / 2 }
            for (one, other) in zip(above, below) {
                one.reserve(groups: half)
                FrameAggregation.merge(other, from: from, into: into, count: 2 * half, to: one)
            }
            levels.append(above)
            size = half
        }
        return try frames(of: levels)
    }

    private static func merge(
        _ other: Accumulator, from: Buffer, into: Buffer, count: Int, to accumulator: Accumulator
    ) {
        accumulator.merge(
            other, from: from.pointer(as: UInt32.self), into: into.pointer(as: UInt32.self), count: count)
    }

    private func frames(of levels: [[Accumulator]]) throws -> ColumnVector {
        var pieces: [ColumnVector] = []
        for first in stride(from: 0, to: rows.count, by: FrameAggregation.rowsPerPiece) {
            pieces.append(
                try piece(first..<min(first + FrameAggregation.rowsPerPiece, rows.count), levels))
        }
        return ConcatKernel.concat(columns: pieces)
    }

    /// Puts the frames of some rows together.
    private func piece(_ ranks: Range<Int>, _ levels: [[Accumulator]]) throws -> ColumnVector {
        let results = aggregate.parts.map { $0.make() }
        for result in results { result.reserve(groups: ranks.count) }
        var first = ranks.map { Int(frame.first[$0]) }
        var end = ranks.map { Int(frame.end[$0]) }
        let (from, into) = (Buffer(capacity: 2 * ranks.count * 4), Buffer(capacity: 2 * ranks.count * 4))
        let (source, target) = (from.pointer(as: UInt32.self), into.pointer(as: UInt32.self))
        for level in levels {
            var used = 0
            for row in 0..<ranks.count where first[row] < end[row] {
                if first[row] & 1 == 1 {
                    source[used] = UInt32(truncatingIfNeeded: first[row])
                    target[used] = UInt32(truncatingIfNeeded: row)
                    used += 1
                    first[row] += 1
                }
                if end[row] & 1 == 1, first[row] < end[row] {
                    end[row] -= 1
                    source[used] = UInt32(truncatingIfNeeded: end[row])
                    target[used] = UInt32(truncatingIfNeeded: row)
                    used += 1
                }
                first[row] /= 2
                end[row] /= 2
            }
            for (result, nodes) in zip(results, level) {
                FrameAggregation.merge(nodes, from: from, into: into, count: used, to: result)
            }
        }
        return try finish(groups(ranks.count) { $0 }, count: ranks.count, of: results)
    }
}
