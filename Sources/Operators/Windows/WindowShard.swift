// The partitions that belong to one shard of a step with window functions.

import Columns

/// Collects rows, and computes all functions when they are in.
///
/// SAFETY: not synchronised; the runtime gives a shard to one thread at a time.
final class WindowShard: KeyedShard, @unchecked Sendable {
    private static let emittedRows = 4096

    private let window: WindowOperator
    private var batches: [RecordBatch] = []

    init(_ window: WindowOperator) { self.window = window }

    /// The rows are the exchange's.
    var memoryBytes: Int { 0 }

    func reset() { batches = [] }

    func consume(_ rows: RecordBatch, port: Int, _ context: BatchContext) { batches.append(rows) }

    func finish(
        _ context: BatchContext, _ budget: any GrowthBudget, _ emit: (RecordBatch) throws -> Void
    ) throws {
        defer { batches = [] }
        let compact = batches.map { $0.compacted() }.filter { $0.physicalCount > 0 }
        guard !compact.isEmpty else { return }
        var memory = WindowMemory(budget)
        defer { memory.end() }
        let rows = try WindowRows(compact, window, context, &memory)
        let frames = try window.frames.map { try FrameBounds($0, rows, window, context, &memory) }
        var results: [WindowResult] = []
        for call in window.calls {
            results.append(try WindowEvaluation(call, rows, frames[call.frame], context).result(&memory))
        }
        try self.emit(rows, results, emit)
    }

    /// Gives rows in order, with the results behind them.
    private func emit(_ rows: WindowRows, _ results: [WindowResult], _ body: (RecordBatch) throws -> Void) throws {
        let gathered = GatheredRows(rows.batches, schema: window.inputSchema)
        var first = 0
        while first < rows.count {
            let places = rows.places.pointer(as: RowPlace.self) + first
            var length = gathered.pieceLength(places, maximum: min(WindowShard.emittedRows, rows.count - first))
            for result in results { length = result.pieceLength(first, maximum: length, rows) }
            let columns =
                gathered.gather(places, count: length) + results.map { $0.column(first, count: length, rows) }
            try body(RecordBatch(schema: window.outputSchema, columns: columns, count: length))
            first += length
        }
    }
}

/// What a shard takes of the memory while it computes.
struct WindowMemory {
    private let budget: any GrowthBudget
    private var taken = 0

    init(_ budget: any GrowthBudget) { self.budget = budget }

    /// So many bytes are about to be needed, until the end.
    mutating func take(_ bytes: Int) throws {
        try budget.take(bytes)
        taken += bytes
    }

    /// So many bytes are not needed any longer.
    mutating func give(_ bytes: Int) {
        budget.give(bytes)
        taken -= bytes
    }

    mutating func end() { give(taken) }
}
