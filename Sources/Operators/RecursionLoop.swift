// The rows of a recursive query: what steps make of rows, of those rows again, and so on.

import Columns

/// Each row, and what a chain of steps makes of it again and again until nothing comes.
///
/// The steps pass rows on one by one, so that what a row becomes depends on it alone: every worker goes on with its own
/// rows. Within a batch all rows of a level come before those of the next.
package struct RecursionLoop: LookupOperator {
    package let name = "Recursion"
    package let detail: String
    package let outputSchema: Schema
    package var lookupStages: [Int] { steps.flatMap(\.lookedUpStages) }
    private let steps: [any PhysicalOperator]
    private let limits: Limits

    /// Where a recursion ends that doesn't end by itself.
    package struct Limits: Sendable {
        /// So many levels may have rows, that of the rows which come in included.
        let levels: Int
        /// A worker that makes so many rows of a batch is taken for one that will not end.
        let rows: Int
        /// Of a worker's rows no more are needed; `nil` for all. Then there is no other limit for rows.
        let rowsNeeded: Int?

        /// Creates limits.
        package init(levels: Int, rows: Int, rowsNeeded: Int? = nil) {
            self.levels = levels
            self.rows = rows
            self.rowsNeeded = rowsNeeded
        }
    }

    /// Creates the step. The rows that come in and those that the steps give have the columns of `schema`.
    package init(_ steps: [any PhysicalOperator], limits: Limits, detail: String, schema: Schema) {
        precondition(steps.last?.outputSchema == schema, "what comes out goes in again")
        self.steps = steps
        self.limits = limits
        self.detail = detail
        outputSchema = schema
    }

    package func makeTask(_ context: BatchContext, shards: (_ stage: Int) -> [any KeyedShard]) -> any OperatorTask {
        Task(OperatorChain(steps, context, shards: shards), limits)
    }

    private final class Task: OperatorTask {
        private var chain: OperatorChain
        private let limits: Limits
        /// How many rows have come out.
        private var count = 0

        init(_ chain: OperatorChain, _ limits: Limits) {
            self.chain = chain
            self.limits = limits
        }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) throws {
            var last = [batch]
            var level = 1
            while !last.isEmpty, limits.rowsNeeded.map({ count < $0 }) ?? true {
                guard level <= limits.levels else { throw tooManyLevels }
                count += last.reduce(0) { $0 + $1.count }
                guard limits.rowsNeeded != nil || count < limits.rows else { throw tooManyRows }
                output += last
                var next: [RecordBatch] = []
                for rows in last { try chain.process(rows, into: &next) }
                last = next.filter { $0.count > 0 }
                level += 1
            }
        }

        private var tooManyLevels: ExecutionError {
            ExecutionError(
                code: "RECURSION_LEVEL_LIMIT_EXCEEDED",
                message: "Recursion level limit \(limits.levels) reached but query has not exhausted",
                hint: "let the second query end, or write WITH RECURSIVE t MAX RECURSION LEVEL 200 AS (...), or "
                    + "SET spark.sql.cteRecursionLevelLimit = 200")
        }

        private var tooManyRows: ExecutionError {
            ExecutionError(
                code: "RECURSION_ROW_LIMIT_EXCEEDED",
                message: "Recursion row limit \(limits.rows) reached but query has not exhausted",
                hint: "let the second query end, or put LIMIT behind the query that reads it")
        }
    }
}
