// Finds the row of a source's batch that raises an error, by trying parts of the batch again.

import Columns
import Operators

/// The search for a bad row. Costs nothing until an error ends the batch anyway.
enum BadRow {
    /// The first row of a batch that raises an error in the steps behind its source, with that error; `nil` where none
    /// does when it is tried again, as with steps that aren't deterministic. `shards` are those of each stage, which
    /// steps look up in.
    static func find(
        in batch: RecordBatch, _ chain: [any PhysicalOperator], _ context: BatchContext, shards: [[any KeyedShard]]
    ) -> (row: Int, error: ExecutionError)? {
        var rows = 0..<batch.count
        guard var found = error(in: batch, rows, chain, context, shards) else { return nil }
        while rows.count > 1 {
            let half = rows.lowerBound + rows.count / 2
            if let earlier = error(in: batch, rows.lowerBound..<half, chain, context, shards) {
                (rows, found) = (rows.lowerBound..<half, earlier)
            } else if let later = error(in: batch, half..<rows.upperBound, chain, context, shards) {
                (rows, found) = (half..<rows.upperBound, later)
            } else {
                return nil
            }
        }
        return (rows.lowerBound, found)
    }

    /// The error that some rows of a batch raise.
    private static func error(
        in batch: RecordBatch, _ rows: Range<Int>, _ chain: [any PhysicalOperator], _ context: BatchContext,
        _ shards: [[any KeyedShard]]
    ) -> ExecutionError? {
        let indices = Buffer(capacity: rows.count * 4)
        for (place, row) in rows.enumerated() {
            indices.pointer(as: Int32.self)[place] = Int32(truncatingIfNeeded: row)
        }
        let part = batch.selecting(Selection(indices: indices, count: rows.count))
        var steps = OperatorChain(chain, context) { shards[$0] }
        var output: [RecordBatch] = []
        do {
            try steps.process(part, into: &output)
            return nil
        } catch {
            return error as? ExecutionError
        }
    }
}
