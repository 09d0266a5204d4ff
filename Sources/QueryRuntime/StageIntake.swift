// Where a stage's rows arrive: each worker's combiner, or the rows themselves by shard.

import Columns
import Operators
import Threads

/// Takes a stage's rows on all workers at once.
///
/// SAFETY: a worker's slot is used by that worker alone while rows come in; the pool's join comes before the shards
/// read. Rows in exchange are behind the lock of their shard.
final class StageIntake: @unchecked Sendable {
    /// What one worker makes of its rows.
    private struct WorkerSlot {
        var combiner: (any MapSideCombiner)?
        var isUsed = false
    }

    /// Rows on their way to a shard, with where they stand.
    private struct Exchanged {
        let order: RowOrder
        let port: Int
        let rows: RecordBatch
    }

    private let keyed: (any KeyedOperator)?
    private let slots: UnsafeMutableBufferPointer<WorkerSlot>
    private let lock = Signal()
    private var exchanged: [[Exchanged]]

    init(_ keyed: (any KeyedOperator)?, workerCount: Int, shardCount: Int) {
        self.keyed = keyed
        slots = .allocate(capacity: workerCount)
        slots.initialize(repeating: WorkerSlot())
        for worker in 0..<workerCount { slots[worker].combiner = keyed?.makeCombiner() }
        exchanged = Array(repeating: [], count: shardCount)
    }

    deinit {
        slots.deinitialize()
        slots.deallocate()
    }

    /// Takes rows in on a worker's thread.
    func take(_ rows: RecordBatch, port: Int, _ order: RowOrder, worker: Int) throws {
        if let combiner = slots[worker].combiner {
            slots[worker].isUsed = true
            try combiner.consume(rows, order)
        } else {
            lock.locked { exchanged[0].append(Exchanged(order: order, port: port, rows: rows)) }
        }
    }

    /// The combiners that got rows in this batch.
    var usedCombiners: [any MapSideCombiner] { slots.compactMap { $0.isUsed ? $0.combiner : nil } }

    /// The rows of a shard, by port and in order.
    func forEachRows(of shard: Int, _ body: (RecordBatch, Int) throws -> Void) throws {
        let arrived = lock.locked {
            defer { exchanged[shard] = [] }
            return exchanged[shard]
        }
        let inOrder = arrived.sorted { $0.port != $1.port ? $0.port < $1.port : $0.order < $1.order }
        for one in inOrder { try body(one.rows, one.port) }
    }

    /// Forgets all rows.
    func clear() {
        for worker in slots.indices where slots[worker].isUsed {
            slots[worker].isUsed = false
            slots[worker].combiner?.clear()
        }
        for shard in exchanged.indices { exchanged[shard] = [] }
    }
}
