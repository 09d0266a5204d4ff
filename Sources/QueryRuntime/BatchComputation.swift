// Reads and computes one micro-batch: map on the workers, exchange by key, merge into the state.

import Columns
import Connectors
import Operators
import Threads

/// The rows of a micro-batch after all steps, and what it took to get them.
struct BatchResult: Sendable {
    var rows: [RecordBatch] = []
    /// Rows read, by source.
    var inputRows: [Int64]
    var updateNanoseconds: UInt64 = 0
    /// Groups that the batch touched.
    var updatedGroups: Int64 = 0

    var outputRows: Int64 { rows.reduce(0) { $0 + Int64($1.count) } }
}

/// Computes micro-batches of one plan. Owned by the query's control thread; keeps the workers' tables between batches.
final class BatchComputation {
    /// Batches of fewer rows than this run on the control thread alone: waking a thread costs more than they do.
    private static let smallRowCount = 4096

    private let plan: PhysicalPlan
    private let outputMode: SinkOutputMode
    private let pool: WorkerPool
    private let shards: [AggregationShard]
    private let partials: [WorkerPartial]

    /// One reader with the input whose steps its rows pass.
    struct ReadTask: Sendable {
        let input: Int
        let reader: ReaderBox
    }

    /// Lets a reader move to the one worker that uses it.
    ///
    /// SAFETY: made by the control thread, used by one worker at a time, dropped afterwards.
    final class ReaderBox: @unchecked Sendable {
        let reader: any PartitionReader
        init(_ reader: any PartitionReader) { self.reader = reader }
    }

    /// A worker's table of partial results.
    ///
    /// SAFETY: used by one worker at a time: by its owner in the map stage, and read-only by all in the merge stage,
    /// with the pool's join between the two.
    private final class WorkerPartial: @unchecked Sendable {
        let table: PartialAggregation
        var isUsed = false
        init(_ table: PartialAggregation) { self.table = table }
    }

    /// A reader's steps, and what came of its rows.
    ///
    /// SAFETY: used by the worker whose turn it is to read, and read after the pool's join.
    private final class TaskState: @unchecked Sendable {
        var chain: OperatorChain
        /// Scratch of one batch.
        var rows: [RecordBatch] = []
        var kept: [RecordBatch] = []
        var count: Int64 = 0
        init(_ chain: OperatorChain) { self.chain = chain }
    }

    /// What the tasks of a stage report, each into its own slot.
    ///
    /// SAFETY: a slot is written by the one worker that runs its task, and read after the pool's join.
    private final class Slots<T>: @unchecked Sendable {
        private let memory: UnsafeMutablePointer<T>
        private let count: Int
        init(_ count: Int, _ value: T) {
            self.count = count
            memory = .allocate(capacity: max(count, 1))
            memory.initialize(repeating: value, count: count)
        }
        deinit {
            memory.deinitialize(count: count)
            memory.deallocate()
        }
        subscript(index: Int) -> T {
            get { memory[index] }
            set { memory[index] = newValue }
        }
        var all: [T] { Array(UnsafeBufferPointer(start: memory, count: count)) }
    }

    /// `shards` are the state's tables, empty where the plan has no aggregation.
    init(plan: PhysicalPlan, outputMode: SinkOutputMode, pool: WorkerPool, shards: [AggregationShard]) {
        self.plan = plan
        self.outputMode = outputMode
        self.pool = pool
        self.shards = shards
        if let aggregation = plan.aggregation {
            partials = (0..<pool.workerCount).map { _ in
                WorkerPartial(PartialAggregation(aggregation.plan))
            }
        } else {
            partials = []
        }
    }

    /// Reads all tasks' rows and computes the batch. The state shards hold the next version afterwards, not yet
    /// durable.
    func run(
        _ tasks: [ReadTask], sourceCount: Int, estimatedRows: Int, _ context: EvaluationContext
    ) throws -> BatchResult {
        let isSmall = estimatedRows < Self.smallRowCount
        var result = BatchResult(inputRows: Array(repeating: 0, count: sourceCount))
        let mapped = try map(tasks, isSmall: isSmall, context)
        for (task, rows) in zip(tasks, mapped.counts) { result.inputRows[plan.inputs[task.input].source] += rows }
        CrashPoint.reach(.midBatch)
        guard plan.aggregation != nil else {
            result.rows = mapped.rows
            return result
        }
        let start = Monotonic.nanoseconds
        let groups = try merge(isSmall: isSmall)
        result.updateNanoseconds = Monotonic.nanoseconds - start
        result.updatedGroups = shards.reduce(0) { $0 + Int64($1.updatedCount) }
        var chain = OperatorChain(plan.finalOperators, context)
        for batch in groups { try chain.process(batch, into: &result.rows) }
        return result
    }

    private func map(
        _ tasks: [ReadTask], isSmall: Bool, _ context: EvaluationContext
    ) throws -> (
        rows: [RecordBatch], counts: [Int64]
    ) {
        for partial in partials {
            partial.table.clear()
            partial.isUsed = false
        }
        let (plan, partials) = (plan, partials)
        let chains = tasks.map { TaskState(OperatorChain(plan.inputs[$0.input].operators, context)) }
        try PartitionTurns.read(tasks.map(\.reader.reader), on: pool, isSmall: isSmall) { worker, index, batch in
            let state = chains[index]
            state.count += Int64(batch.count)
            guard let aggregation = plan.aggregation else { return try state.chain.process(batch, into: &state.kept) }
            state.rows.removeAll(keepingCapacity: true)
            try state.chain.process(batch, into: &state.rows)
            let partial = partials[worker]
            partial.isUsed = true
            let keyCount = aggregation.plan.keys.count
            for row in state.rows {
                let row = row.compacted()
                try partial.table.consume(
                    keys: Array(row.columns[..<keyCount]), inputs: Array(row.columns[keyCount...]),
                    count: row.physicalCount)
            }
        }
        return (chains.flatMap(\.kept), chains.map(\.count))
    }

    private func merge(isSmall: Bool) throws -> [RecordBatch] {
        let used = partials.filter(\.isUsed)
        let (shards, outputMode) = (shards, outputMode)
        let routed = used.map { $0.table.partition(shards: shards.count) }
        let emitted = Slots<[RecordBatch]>(shards.count, [])
        try pool.run(taskCount: shards.count, isSmall: isSmall) { _, index in
            let shard = shards[index]
            for (partial, groups) in zip(used, routed) {
                try shard.merge(partial.table, groups)
            }
            emitted[index] = try outputMode == .complete ? shard.emitAll() : shard.emitTouched()
        }
        return emitted.all.flatMap { $0 }
    }
}
