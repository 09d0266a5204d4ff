// A query on tables: the same plan as on streams, run once over everything.

import Columns
import Connectors
import Operators
import Threads

/// Runs plans whose sources are all static.
package enum StaticQuery {
    /// The result of a plan over all rows of its sources.
    package static func run(
        _ plan: PhysicalPlan, sources: [any ReplayableSource], workerCount: Int, clock: any EngineClock = SystemClock()
    ) throws -> [RecordBatch] {
        let pool = WorkerPool(name: "static", workerCount: max(1, workerCount))
        defer {
            pool.shutDown()
            for source in sources { source.close() }
        }
        var shards: [AggregationShard] = []
        if let aggregation = plan.aggregation {
            shards = (0..<max(1, workerCount)).map { AggregationShard(aggregation.plan, index: $0) }
        }
        var tasks: [BatchComputation.ReadTask] = []
        var rows = 0
        for (index, input) in plan.inputs.enumerated() {
            let source = sources[input.source]
            let start = try source.initialOffset()
            let end = try source.readableRange(from: start, limit: .everything).end
            rows += source.estimatedRowCount(from: start, to: end)
            tasks += try source.readers(from: start, to: end).map { .init(input: index, reader: .init($0)) }
        }
        let computation = BatchComputation(plan: plan, outputMode: .complete, pool: pool, shards: shards)
        return try computation.run(
            tasks, sourceCount: sources.count, estimatedRows: rows,
            EvaluationContext(batchTimestampMicroseconds: clock.nowMicroseconds)
        ).rows
    }
}
