// Merges the workers' sorted runs.

import Columns

/// The one shard of a sort: merges the runs, and gives what is asked for of them.
///
/// SAFETY: not synchronised; the runtime gives a shard to one thread at a time.
final class SortShard: KeyedShard, @unchecked Sendable {
    private static let emittedRows = 4096

    private let sort: SortOperator
    private var runs: [SortRun] = []

    init(_ sort: SortOperator) { self.sort = sort }

    /// The rows are the runs'.
    var memoryBytes: Int { 0 }

    func reset() { runs = [] }

    func merge(_ combiner: any MapSideCombiner, _ budget: any GrowthBudget) {
        guard let run = combiner as? SortRun else { preconditionFailure("a sort's combiners are its runs") }
        runs.append(run)
    }

    func finish(_ context: BatchContext, _ emit: (RecordBatch) throws -> Void) throws {
        defer { runs = [] }
        let rows = GatheredRows(runs.flatMap { $0.blocks.map(\.rows) }, schema: sort.outputSchema)
        var merge = RunMerge(runs)
        merge.skip(sort.slice.offset)
        var left = sort.slice.count ?? Int.max
        let places = Buffer(capacity: SortShard.emittedRows * MemoryLayout<RowPlace>.stride)
        let pointer = places.pointer(as: RowPlace.self)
        while left > 0 {
            let count = merge.next(min(SortShard.emittedRows, left), into: pointer)
            if count == 0 { return }
            left -= count
            try rows.forEachPiece(pointer, count: count, emit)
        }
    }
}

/// Sorted runs on their way to one order.
private struct RunMerge {
    private let runs: [SortRun]
    /// Where the next row of each run stands.
    private var ranks: [Int]
    /// How many blocks the runs before have.
    private var firstBlocks: [Int] = []

    init(_ runs: [SortRun]) {
        self.runs = runs
        ranks = runs.map { _ in 0 }
        var blocks = 0
        for run in runs {
            firstBlocks.append(blocks)
            blocks += run.blocks.count
        }
    }

    /// Passes over some rows.
    mutating func skip(_ count: Int) {
        var left = count
        while left > 0, let run = first {
            ranks[run] += 1
            left -= 1
        }
    }

    /// Writes where the next rows stand, and how many they are.
    mutating func next(_ limit: Int, into places: UnsafeMutablePointer<RowPlace>) -> Int {
        var count = 0
        while count < limit, let run = first {
            let place = runs[run].sorted[ranks[run]]
            places[count] = RowPlace(batch: firstBlocks[run] + Int(place.batch), row: Int(place.row))
            ranks[run] += 1
            count += 1
        }
        return count
    }

    /// The run whose next row comes first.
    private var first: Int? {
        var best: Int?
        for run in runs.indices where ranks[run] < runs[run].sorted.count {
            if let known = best {
                if precedes(run, known) { best = run }
            } else {
                best = run
            }
        }
        return best
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        let (a, b) = (runs[left].sorted, runs[right].sorted)
        let order = SortedPlaces.compare(a.key(ranks[left]), b.key(ranks[right]))
        if order != 0 { return order < 0 }
        // A batch belongs to one run, so that equal keys of two runs are of two batches.
        return runs[left].blocks[Int(a[ranks[left]].batch)].order
            < runs[right].blocks[Int(b[ranks[right]].batch)].order
    }
}
