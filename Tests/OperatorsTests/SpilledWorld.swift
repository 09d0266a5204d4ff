// A keyed step with a store that keeps most of its rows outside of memory.

import Columns
import DurableFiles
import Operators
import StateStore
import TestSupport
import Testing

#if RocksDB
import RocksStore
#endif

/// Where rows go that have no room in memory.
enum SpillKind: CaseIterable {
    case memory
    #if RocksDB
    case rocks
    #endif

    /// A place in a directory that is its own.
    func open(_ directory: String) -> any SpillStorage {
        switch self {
        case .memory: MemorySpill()
        #if RocksDB
        case .rocks: RocksStorage(directory: directory, memoryBytes: 8 << 20)
        #endif
        }
    }
}

/// A step as the runtime runs it: batches come to two workers, the shards' rows are in a store that is committed, taken
/// back and restarted.
final class SpilledWorld {
    static let shardCount = 3

    let step: any KeyedOperator
    private(set) var shards: [any KeyedShard] = []
    private(set) var store: StateStore
    private let disk: FaultyDisk
    private let spill: () -> (any SpillStorage)?
    private let residentBytes: Int

    /// Without a `spill` all rows are in memory.
    init(
        _ step: any KeyedOperator, residentBytes: Int = 0,
        spill: @escaping () -> (any SpillStorage)? = { nil }
    ) throws {
        self.step = step
        self.spill = spill
        self.residentBytes = residentBytes
        disk = FaultyDisk()
        (shards, store) = try Self.open(step, disk, "r0", spill(), residentBytes)
        try store.load(version: 0, attempt: "")
    }

    private static func open(
        _ step: any KeyedOperator, _ disk: FaultyDisk, _ run: String, _ spill: (any SpillStorage)?,
        _ residentBytes: Int
    ) throws -> ([any KeyedShard], StateStore) {
        let shards = (0..<shardCount).map { step.makeShard($0, of: shardCount) }
        var options = StateStoreOptions(memoryBudgetBytes: 1 << 30)
        options.maximumReplayVersions = 3
        options.sliceBytes = 512
        options.changelogBytes = 8192
        options.growth = AppendLogGrowth(firstBytes: 4096, nextBytes: 4096)
        options.writesInBackground = false
        options.spill = spill.map { StateStoreOptions.Spill(storage: $0, residentBytes: residentBytes) }
        let state = try #require(step.state)
        let store = try StateStore(
            directory: "/checkpoint/state",
            operators: [StateOperator(name: state.id, shape: state.shape, shards: shards.compactMap(\.stored))],
            runID: run, options: options, disk: disk)
        return (shards, store)
    }

    /// Begins anew with what is on disk.
    func restart() throws {
        let version = store.version
        store.close()
        disk.restart(.nothing)
        (shards, store) = try Self.open(
            step, disk, "r\(version.number)x\(shards.count)", spill(), residentBytes)
        try store.load(version: version.number, attempt: "a\(version.number)")
    }

    /// One batch; what comes out, as texts in their order. A join of two streams gets one worker's rows on each side.
    func run(
        _ workers: [RecordBatch], _ context: BatchContext, _ budget: any GrowthBudget = UnboundedGrowth()
    ) throws -> [String] {
        for shard in shards { shard.reset() }
        for (task, rows) in workers.enumerated() {
            if let combiner = step.makeCombiner() {
                try combiner.consume(rows, RowOrder(input: 0, task: task, sequence: 0), context)
                try combiner.seal(shards: shards.count, UnboundedRoom())
                for shard in shards { try shard.merge(combiner, budget) }
            } else {
                let port = step is StreamJoin ? task : 0
                let selections = try step.exchange(rows, port: port, shards: shards.count, context)
                for (shard, selection) in zip(shards, selections) where selection.count > 0 {
                    try shard.consume(rows.selecting(selection), port: port, context)
                }
            }
        }
        var found: [String] = []
        for shard in shards {
            try shard.finish(context, budget) { batch in found += batch.rows().map { "\($0.values)" } }
        }
        return found.sorted()
    }

    /// What the batch has done.
    var counts: StateRowCounts { shards.reduce(StateRowCounts()) { $0 + $1.counts } }

    /// Commits the batch.
    @discardableResult
    func commit() throws -> StateStore.Maintenance {
        let version = store.version.number + 1
        _ = try store.prepare(version: version, attempt: "a\(version)", metadata: [])
        return store.committed(version: version, attempt: "a\(version)")
    }
}
