// Where a stage's rows arrive: each worker's combiner, or the rows themselves by shard.

import Columns
import Operators
import Synchronization
import Threads

/// Takes a stage's rows on all workers at once.
///
/// SAFETY: a worker's slot is used by that worker alone while rows come in; the pool's join comes before the shards
/// read. Rows in exchange are behind the lock, and so is a shard that takes a combiner early.
final class StageIntake: @unchecked Sendable {
    /// What one worker makes of its rows.
    private struct WorkerSlot {
        var combiner: (any MapSideCombiner)?
        var isUsed = false
        /// What the budget knows that the combiner takes.
        var countedBytes = 0
    }

    /// Rows on their way to a shard, with where they stand.
    private struct Exchanged {
        let order: RowOrder
        let port: Int
        let rows: RecordBatch
    }

    private let keyed: (any KeyedOperator)?
    /// Whether rows are folded by the workers, and none is exchanged.
    private let combines: Bool
    private var shards: [any KeyedShard]
    private let memory: BatchMemory
    private let stateMemory: BatchMemory
    private let slots: UnsafeMutableBufferPointer<WorkerSlot>
    private let lock = Signal()
    private let shardLocks: [Signal]
    /// What the budget knows that shards without state have grown by.
    private let shardBytes = Atomic<Int>(0)
    private var exchanged: [[Exchanged]]
    private var exchangedBytes = BufferTally()
    /// A combiner that has grown beyond this is not kept for the next batch, and is merged early where memory is short.
    private let largeBytes: Int

    init(
        _ keyed: (any KeyedOperator)?, shards: [any KeyedShard], workerCount: Int, memory: BatchMemory,
        stateMemory: BatchMemory
    ) {
        self.keyed = keyed
        self.shards = shards
        self.memory = memory
        self.stateMemory = stateMemory
        slots = .allocate(capacity: workerCount)
        slots.initialize(repeating: WorkerSlot())
        for worker in 0..<workerCount { slots[worker].combiner = keyed?.makeCombiner() }
        combines = slots.contains { $0.combiner != nil }
        shardLocks = shards.map { _ in Signal() }
        exchanged = Array(repeating: [], count: shards.count)
        largeBytes = memory.limit / (4 * workerCount)
    }

    deinit {
        slots.deinitialize()
        slots.deallocate()
    }

    /// Takes rows in on a worker's thread. Returns whether more of the same reader or shard can make a difference.
    func take(
        _ rows: RecordBatch, port: Int, _ order: RowOrder, worker: Int, _ context: BatchContext
    ) throws -> Bool {
        if let combiner = slots[worker].combiner {
            if let keyed, keyed.mergesEarly, memory.isFull(adding: combiner.growthBytes(rows: rows.count)) {
                try mergeEarly(combiner, worker)
            }
            guard let combiner = slots[worker].combiner else { return true }
            slots[worker].isUsed = true
            try combiner.consume(rows, order, context)
            try count(combiner, worker)
            return combiner.wantsMore(order)
        } else if let keyed, shards.count > 1 {
            let rows = rows.compacted()
            let parts = try keyed.exchange(rows, port: port, shards: shards.count, context)
            let pieces = parts.map { Exchanged(order: order, port: port, rows: rows.selecting($0)) }
            try exchange(pieces)
        } else {
            try exchange([Exchanged(order: order, port: port, rows: rows)])
        }
        return true
    }

    private func exchange(_ pieces: [Exchanged]) throws {
        let bytes = lock.locked {
            let before = exchangedBytes.bytes
            for (shard, piece) in pieces.enumerated() where piece.rows.count > 0 {
                exchangedBytes.add(piece.rows)
                exchanged[shard].append(piece)
            }
            return exchangedBytes.bytes - before
        }
        try memory.hold(bytes)
    }

    /// The workers whose combiners got rows in this batch.
    var usedSlots: [Int] { slots.indices.filter { slots[$0].isUsed && slots[$0].combiner != nil } }

    /// Makes a worker's combiner ready to be merged, and counts what it has become by that. Different ones may be
    /// sealed at once.
    func seal(_ slot: Int) throws {
        let combiner = combiner(slot)
        try combiner.seal(shards: shards.count, Room(intake: self, slot: slot))
        let grown = recount(slot)
        if keyed?.mergesEarly ?? false { memory.growMergeable(by: grown) } else { try memory.hold(grown) }
    }

    /// How much more a worker's combiner holds than was counted.
    private func recount(_ slot: Int) -> Int {
        let bytes = slots[slot].combiner?.memoryBytes ?? 0
        defer { slots[slot].countedBytes = bytes }
        return bytes - slots[slot].countedBytes
    }

    /// The room for a worker's combiner that is sealed.
    private struct Room: SealingRoom {
        let intake: StageIntake
        let slot: Int

        func isThere(for bytes: Int) -> Bool {
            intake.memory.growMergeable(by: intake.recount(slot))
            return !intake.memory.isFull(adding: bytes)
        }

        func merge(beforeTaking bytes: Int) throws {
            try intake.mergeIntoShards(slot)
            guard !intake.memory.isFull(adding: bytes) else { throw BatchMemoryExceeded(owner: .batch, bytes: bytes) }
        }
    }

    /// The combiner of a worker that `usedSlots` names.
    func combiner(_ slot: Int) -> any MapSideCombiner {
        guard let combiner = slots[slot].combiner else { preconditionFailure("only a combiner in use is asked for") }
        return combiner
    }

    /// The rows of a shard, by port and in order.
    func forEachRows(of shard: Int, _ body: (RecordBatch, Int) throws -> Void) throws {
        if combines { return }
        let arrived = lock.locked {
            defer { exchanged[shard] = [] }
            return exchanged[shard]
        }
        if arrived.isEmpty { return }
        let inOrder = arrived.sorted { $0.port != $1.port ? $0.port < $1.port : $0.order < $1.order }
        for one in inOrder { try body(one.rows, one.port) }
    }

    // MARK: Memory

    /// Bytes of memory that combiners and exchanged rows take; while nobody uses them.
    var memoryBytes: Int { slots.reduce(exchangedBytes.bytes) { $0 + ($1.combiner?.memoryBytes ?? 0) } }

    private func count(_ combiner: any MapSideCombiner, _ worker: Int) throws {
        let grown = recount(worker)
        guard grown != 0 else { return }
        guard let keyed, keyed.mergesEarly else { return try memory.hold(grown) }
        memory.growMergeable(by: grown)
        if memory.isFull() { try mergeEarly(combiner, worker) }
    }

    /// Merges a worker's combiner before the batch's rows are all in, and gives its memory back.
    private func mergeEarly(_ combiner: any MapSideCombiner, _ worker: Int) throws {
        guard combiner.memoryBytes > largeBytes / 2 else { return }
        try combiner.seal(shards: shards.count, Room(intake: self, slot: worker))
        try mergeIntoShards(worker)
        slots[worker] = WorkerSlot(combiner: keyed?.makeCombiner())
    }

    /// Merges a worker's sealed combiner while other workers may do the same; what it holds is counted no more.
    private func mergeIntoShards(_ slot: Int) throws {
        let combiner = combiner(slot)
        for index in shards.indices { try shardLocks[index].locked { try merge(combiner, intoShard: index) } }
        memory.growMergeable(by: -slots[slot].countedBytes)
        slots[slot].countedBytes = 0
    }

    /// Merges a sealed combiner into a shard, which grows within its budget: what is kept from batch to batch has one
    /// of its own.
    func merge(_ combiner: any MapSideCombiner, intoShard index: Int) throws {
        let shard = shards[index]
        guard shard.stored == nil else { return try shard.merge(combiner, stateMemory) }
        let before = shard.memoryBytes
        try shard.merge(combiner, memory)
        shardBytes.add(shard.memoryBytes - before, ordering: .relaxed)
    }

    /// What a shard takes more of while it gives what comes of its rows: what is kept from batch to batch has a budget
    /// of its own.
    func budget(of shard: any KeyedShard) -> any GrowthBudget { shard.stored == nil ? memory : stateMemory }

    /// The shards have given what comes of their rows: from here on the budget knows what they still hold.
    func holdRest() throws {
        let rest = shards.reduce(0) { $1.stored == nil ? $0 + $1.memoryBytes : $0 }
        let known = shardBytes.exchange(rest, ordering: .relaxed)
        try memory.hold(rest - known)
    }

    /// A new batch begins, with a budget of which nothing is taken.
    func reset() {
        clear()
        shardBytes.store(0, ordering: .relaxed)
    }

    /// Lets the shards go.
    func dropShards() {
        memory.release(shardBytes.exchange(0, ordering: .relaxed))
        shards = []
    }

    /// Other shards, as many as there were at first, take the rows from here on.
    func take(_ shards: [any KeyedShard]) { self.shards = shards }

    /// Forgets all rows. Combiners that one batch has made large are given back: the next may be a small one.
    func clear() {
        for worker in slots.indices where slots[worker].isUsed {
            if keyed?.mergesEarly ?? false {
                memory.growMergeable(by: -slots[worker].countedBytes)
            } else {
                memory.release(slots[worker].countedBytes)
            }
            slots[worker].isUsed = false
            slots[worker].countedBytes = 0
            if let combiner = slots[worker].combiner, combiner.memoryBytes <= largeBytes {
                combiner.clear()
            } else {
                slots[worker].combiner = keyed?.makeCombiner()
            }
        }
        if combines { return }
        for shard in exchanged.indices { exchanged[shard] = [] }
        memory.release(exchangedBytes.bytes)
        exchangedBytes = BufferTally()
    }
}
