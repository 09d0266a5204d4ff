// One stage as it runs: its shards, its workers' combiners, and the way of rows to them.

import Columns
import Operators
import StateStore
import Threads

/// What a stage holds while a query runs. Owned by the thread that runs the batches; what the workers use of it at once
/// is `StageIntake`'s and the shards'.
final class StageRun {
    let stage: Stage
    let index: Int
    let intake: StageIntake
    private(set) var shards: [any KeyedShard]
    /// Which inputs of later stages take what this one emits.
    let consumers: [(stage: Int, input: Int)]
    private let shardCount: Int
    /// What the batch under way cost.
    private(set) var nanoseconds: UInt64 = 0

    init(
        _ plan: PhysicalPlan, index: Int, shardCount: Int, workerCount: Int, memory: BatchMemory,
        stateMemory: BatchMemory
    ) {
        let stage = plan.stages[index]
        self.stage = stage
        self.index = index
        self.shardCount = shardCount
        shards = Self.makeShards(stage, shardCount)
        intake = StageIntake(
            stage.keyed, shards: shards, workerCount: workerCount, memory: memory, stateMemory: stateMemory)
        consumers = plan.stages.enumerated().flatMap { later, stage in
            stage.inputs.indices.filter { stage.inputs[$0].from == .stage(index) }.map { (later, $0) }
        }
    }

    private static func makeShards(_ stage: Stage, _ shardCount: Int) -> [any KeyedShard] {
        guard let keyed = stage.keyed else { return [] }
        let count = keyed.sharding == .single ? 1 : shardCount
        return (0..<count).map { keyed.makeShard($0, of: count) }
    }

    /// The operator's state for the store, where it keeps any.
    var stateOperator: StateOperator? {
        guard let state = stage.keyed?.state else { return nil }
        return StateOperator(
            name: state.id, shape: state.shape, layout: state.layout, shards: shards.compactMap(\.stored))
    }

    /// Bytes of memory that the operator's state takes.
    var stateBytes: Int {
        guard stage.keyed?.state != nil else { return 0 }
        return shards.reduce(0) { $0 + ($1.stored?.memoryBytes ?? 0) }
    }

    /// Forgets the rows of the batch before.
    func reset() {
        nanoseconds = 0
        intake.reset()
        for shard in shards { shard.reset() }
    }

    /// Lets everything go: what the shards hold is no longer asked for.
    func dropShards() {
        shards = []
        intake.dropShards()
    }

    /// Begins anew with empty shards: of a stage without state, whose rows are read again.
    func renew() {
        intake.dropShards()
        shards = Self.makeShards(stage, shardCount)
        intake.take(shards)
    }

    /// Brings the stage's rows together, and sends what comes of them on: `paths` are the ways of each shard's rows to
    /// the stage's consumers, or where the batch is small those of all shards' rows.
    func bringTogether(
        on pool: WorkerPool, isSmall: Bool, _ context: BatchContext, paths: [[RowPath]]
    ) throws {
        let start = Monotonic.nanoseconds
        let (intake, shards) = (intake, shards)
        let slots = intake.usedSlots
        try pool.run(taskCount: slots.count, isSmall: isSmall) { _, index in try intake.seal(slots[index]) }
        let combiners = slots.map(intake.combiner)
        let takeIn: @Sendable (Int) throws -> Void = { index in
            for combiner in combiners { try intake.merge(combiner, intoShard: index) }
            try intake.forEachRows(of: index) { rows, port in try shards[index].consume(rows, port: port, context) }
        }
        let finish: @Sendable (Int, Int, [RowPath]) throws -> Void = { worker, index, onward in
            try shards[index].finish(context, intake.budget(of: shards[index])) { rows in
                for path in onward { try path.push(rows, worker: worker) }
            }
        }
        if isSmall {
            // Step by step, and not shard by shard: the instructions of one step stay in the processor's first cache.
            for index in shards.indices { try takeIn(index) }
            for index in shards.indices { try finish(0, index, paths[0]) }
        } else {
            try pool.run(taskCount: shards.count) { worker, index in
                try takeIn(index)
                try finish(worker, index, paths[index])
            }
        }
        intake.clear()
        try intake.holdRest()
        nanoseconds = Monotonic.nanoseconds - start
    }
}
