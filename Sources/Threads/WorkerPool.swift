// A fixed number of threads that run the tasks of one micro-batch stage as plain synchronous code.

/// Runs the tasks of a stage on a fixed pool of named threads, and waits for all of them.
///
/// The calling thread takes part as worker 0, so that a pool of one starts no thread and a small stage wakes none:
/// waking a parked thread costs 30 to 65 µs, more than many a small batch.
package final class WorkerPool: Sendable {
    /// How many tasks run at once at the most.
    package let workerCount: Int
    private let shared: Shared
    private let threads: [NamedThread]

    /// SAFETY: every stored property is read and written under `signal`'s lock only.
    private final class Shared: @unchecked Sendable {
        let signal = Signal()
        var stage: Stage?
        var generation: UInt64 = 0
        var isShutDown = false
    }

    /// SAFETY: every variable is read and written under the pool's lock only; `body` is Sendable.
    private final class Stage: @unchecked Sendable {
        let body: @Sendable (_ worker: Int, _ task: Int) throws -> Void
        let taskCount: Int
        var nextTask = 0
        var runningWorkers = 0
        var failure: (any Error)?

        init(taskCount: Int, body: @escaping @Sendable (Int, Int) throws -> Void) {
            self.taskCount = taskCount
            self.body = body
        }
    }

    /// Starts `workerCount - 1` threads called `name-1`, `name-2` and so on.
    package init(name: String, workerCount: Int) {
        precondition(workerCount >= 1, "a pool has at least one worker")
        self.workerCount = workerCount
        let shared = Shared()
        self.shared = shared
        threads = (1..<workerCount).map { worker in
            NamedThread(name: "\(name)-\(worker)") { WorkerPool.serve(shared, worker: worker) }
        }
    }

    /// Runs `taskCount` tasks and returns when all have ended; throws the first failure, after which no further task
    /// starts.
    ///
    /// `isSmall` keeps all tasks on the calling thread. Called by one thread at a time.
    package func run(
        taskCount: Int, isSmall: Bool = false, _ body: @escaping @Sendable (_ worker: Int, _ task: Int) throws -> Void
    ) throws {
        guard taskCount > 0 else { return }
        if workerCount == 1 || taskCount == 1 || isSmall {
            for task in 0..<taskCount { try body(0, task) }
            return
        }
        let stage = Stage(taskCount: taskCount, body: body)
        shared.signal.locked {
            shared.stage = stage
            shared.generation &+= 1
        }
        shared.signal.broadcast()
        WorkerPool.work(on: stage, shared, worker: 0)
        shared.signal.locked {
            while stage.runningWorkers > 0 { shared.signal.wait() }
            shared.stage = nil
        }
        if let failure = stage.failure { throw failure }
    }

    /// Ends the threads. Nothing runs afterwards.
    package func shutDown() {
        shared.signal.locked { shared.isShutDown = true }
        shared.signal.broadcast()
        for thread in threads { thread.join() }
    }

    private static func serve(_ shared: Shared, worker: Int) {
        var seen: UInt64 = 0
        while true {
            let stage: Stage? = shared.signal.locked {
                while !shared.isShutDown && (shared.stage == nil || shared.generation == seen) { shared.signal.wait() }
                seen = shared.generation
                return shared.isShutDown ? nil : shared.stage
            }
            guard let stage else { return }
            work(on: stage, shared, worker: worker)
        }
    }

    private static func work(on stage: Stage, _ shared: Shared, worker: Int) {
        shared.signal.locked { stage.runningWorkers += 1 }
        while let task = claim(stage, shared) {
            do {
                try stage.body(worker, task)
            } catch {
                shared.signal.locked { if stage.failure == nil { stage.failure = error } }
            }
        }
        shared.signal.locked { stage.runningWorkers -= 1 }
        shared.signal.broadcast()
    }

    private static func claim(_ stage: Stage, _ shared: Shared) -> Int? {
        shared.signal.locked {
            guard stage.failure == nil, stage.nextTask < stage.taskCount else { return nil }
            defer { stage.nextTask += 1 }
            return stage.nextTask
        }
    }
}
