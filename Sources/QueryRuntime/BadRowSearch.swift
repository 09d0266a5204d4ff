// Finds the rows of a batch that raise errors, by trying parts of the batch again.

import Columns
import Operators

/// The search for bad rows. Costs nothing until an error has come.
///
/// A row that raises alone is bad; what comes of a row does not depend on the rows beside it. The steps run in a chain
/// of their own, so that nothing that they notice counts.
struct BadRowSearch {
    /// A row, by its place among those that count, with what it raises.
    struct Found {
        let row: Int
        let error: ExecutionError
    }

    private let batch: RecordBatch
    private let view: BatchView
    private var chain: OperatorChain
    private var output: [RecordBatch] = []
    private var found: [Found] = []

    init(in batch: RecordBatch, chain: OperatorChain) {
        self.batch = batch
        view = BatchView(batch)
        self.chain = chain
    }

    /// The first row that raises an error; `nil` where none does when it is tried again, as with expressions that
    /// aren't deterministic, or where no row is to blame.
    mutating func first() throws -> Found? {
        var rows = 0..<batch.count
        guard var last = try error(in: rows) else { return nil }
        while rows.count > 1 {
            let half = rows.lowerBound + rows.count / 2
            if let earlier = try error(in: rows.lowerBound..<half) {
                (rows, last) = (rows.lowerBound..<half, earlier)
            } else if let later = try error(in: half..<rows.upperBound) {
                (rows, last) = (half..<rows.upperBound, later)
            } else {
                return nil
            }
        }
        return Found(row: rows.lowerBound, error: last)
    }

    /// All rows that raise errors, in order. Throws an error that no row is to blame for.
    mutating func all() throws -> [Found] {
        found = []
        try collect(0..<batch.count)
        return found
    }

    private mutating func collect(_ rows: Range<Int>) throws {
        guard let error = try error(in: rows) else { return }
        guard rows.count > 1 else {
            guard error.isOfRow else { throw error }
            found.append(Found(row: rows.lowerBound, error: error))
            return
        }
        let (known, half) = (found.count, rows.lowerBound + rows.count / 2)
        try collect(rows.lowerBound..<half)
        try collect(half..<rows.upperBound)
        // Each half alone is well: what both together raise is no row's.
        if found.count == known { throw error }
    }

    /// The error that some rows raise together.
    private mutating func error(in rows: Range<Int>) throws -> ExecutionError? {
        output.removeAll(keepingCapacity: true)
        do {
            try chain.process(
                batch.selecting(view.composed(Selection(rows.lowerBound, count: rows.count))), into: &output)
            return nil
        } catch let error as ExecutionError {
            return error
        }
    }
}
