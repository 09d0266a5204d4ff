// Reads all partitions of a batch at once with fewer workers than partitions: each gets its turn.

import Columns
import Connectors
import Threads

/// Lets the workers of a pool read several partitions a few batches at a time, in turns.
///
/// Reading one partition to its end before the next would leave the others' rows piling up in the client's memory, to
/// be read when they have long left the processor's caches. Readers whose rows are there anyway, like those of files,
/// are read to their ends: each of them has pages open that take memory, which the next one uses again.
package enum PartitionTurns {
    /// Batches that a partition gives before it is the next one's turn.
    private static let batchesPerTurn = 4
    /// How long a worker waits for one partition when none has rows. A batch needs the rows of all, so that it matters
    /// little for which one it waits.
    private static let waitMilliseconds = 10

    /// Reads all readers to their ends, calling `body` with each batch, the worker and the reader's index. Batches of
    /// one reader come in order, one after the other, on changing workers unless it is always ready; a worker has one
    /// batch at a time.
    ///
    /// A reader of which `isDone` is true after a batch is not read to its end. Throws the first failure, after which
    /// no worker reads on. `isSmall` keeps all on the calling thread.
    package static func read(
        _ readers: [any PartitionReader], on pool: WorkerPool, isSmall: Bool,
        isDone: @escaping @Sendable (_ reader: Int) -> Bool = { _ in false },
        _ body: @escaping @Sendable (_ worker: Int, _ reader: Int, RecordBatch) throws -> Void
    ) throws {
        let queue = Queue(readers)
        let lanes = isSmall ? min(1, readers.count) : min(pool.workerCount, readers.count)
        try pool.run(taskCount: lanes, isSmall: isSmall) { worker, _ in
            do {
                try serve(queue, worker: worker, isDone, body)
            } catch {
                queue.close()
                throw error
            }
        }
    }

    private static func serve(
        _ queue: Queue, worker: Int, _ isDone: @Sendable (Int) -> Bool,
        _ body: @Sendable (Int, Int, RecordBatch) throws -> Void
    ) throws {
        // A worker that finds nothing may go: all readers that are left are another worker's at this moment.
        var fruitlessTurns = 0
        while let index = queue.take() {
            let reader = queue.readers[index]
            var batches = 0
            var isAtEnd = false
            turn: while batches < batchesPerTurn || reader.isAlwaysReady, !queue.isClosed {
                let wait = batches == 0 && fruitlessTurns >= queue.readers.count ? waitMilliseconds : 0
                switch try reader.poll(waitMilliseconds: wait) {
                case .rows(let batch):
                    batches += 1
                    try body(worker, index, batch)
                    if isDone(index) {
                        isAtEnd = true
                        break turn
                    }
                case .nothingYet: break turn
                case .end:
                    isAtEnd = true
                    break turn
                }
            }
            fruitlessTurns = batches > 0 || isAtEnd ? 0 : fruitlessTurns + 1
            if !isAtEnd { queue.putBack(index) }
        }
    }

    /// The readers that are nobody's at the moment, in order of their turns.
    ///
    /// SAFETY: a reader is used by the worker that took it, until it is put back; everything else is behind the lock.
    private final class Queue: @unchecked Sendable {
        let readers: [any PartitionReader]
        private let lock = Signal()
        private var waiting: [Int]
        private var closed = false

        init(_ readers: [any PartitionReader]) {
            self.readers = readers
            waiting = Array(readers.indices)
        }

        var isClosed: Bool { lock.locked { closed } }

        func take() -> Int? { lock.locked { closed || waiting.isEmpty ? nil : waiting.removeFirst() } }

        func putBack(_ reader: Int) { lock.locked { waiting.append(reader) } }

        func close() { lock.locked { closed = true } }
    }
}
