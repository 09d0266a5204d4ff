// A query on tables: the same plan as on streams, run once over everything.

import Columns
import Connectors
import Operators
import Threads

/// Runs plans whose sources are all tables.
package enum StaticQuery {
    /// The result of a plan over all rows of its tables. `memoryBytes` bounds what partial tables and rows may take.
    package static func run(
        _ plan: PhysicalPlan, tables: [any TableSource], on pool: WorkerPool, memoryBytes: Int = 4 << 30,
        clock: any EngineClock = SystemClock(), isInterrupted: (@Sendable () -> Bool)? = nil
    ) throws -> [RecordBatch] {
        defer { for table in tables { table.close() } }
        for table in tables { try table.open() }
        let computation = BatchComputation(
            plan: plan, pool: pool, shardCount: pool.workerCount, memoryBytes: memoryBytes)
        var context = BatchContext(batchTimestampMicroseconds: clock.nowMicroseconds, outputMode: .complete)
        context.isInterrupted = isInterrupted
        return try computation.prepareTables(tables, context)
    }
}
