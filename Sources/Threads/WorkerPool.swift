// A fixed number of threads that run the tasks of one micro-batch stage as plain synchronous code.

/// Runs the tasks of stages on a fixed pool of named threads, and waits for all of a stage's.
///
/// The calling thread takes part in its own stage as worker 0, so that a pool of one starts no thread and a small stage
/// wakes none: waking a parked thread costs 30 to 65 µs, more than many a small batch.
///
/// Several threads may run stages at once, as the queries of a session do: each stage goes on at least on the thread
/// that runs it, and the pool's threads go where the fewest are.
package final class WorkerPool: Sendable {
    /// How many tasks of one stage run at once at the most.
    package let workerCount: Int
    /// How many threads the system has refused: the others do their work.
    package let missingThreads: Int
    private let shared: Shared
    private let threads: [NamedThread]

    /// SAFETY: every stored property is read and written under `signal`'s lock only.
    private final class Shared: @unchecked Sendable {
        let signal = Signal()
        /// The stages that run.
        var stages: [Stage] = []
        var isShutDown = false

        /// The open stage with the fewest workers; the caller holds the lock.
        var neediest: Stage? {
            stages.filter(\.isOpen).min { $0.runningWorkers < $1.runningWorkers }
        }
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

        /// Whether there are tasks that nobody has started, and that are still wanted.
        var isOpen: Bool { failure == nil && nextTask < taskCount }
    }

    /// Starts `workerCount - 1` threads called `name-1`, `name-2` and so on, or as many as the system gives. They end
    /// with the pool.
    package init(name: String, workerCount: Int) {
        precondition(workerCount >= 1, "a pool has at least one worker")
        self.workerCount = workerCount
        let shared = Shared()
        self.shared = shared
        threads = (1..<workerCount).compactMap { worker in
            try? NamedThread(ifPossible: "\(name)-\(worker)") { WorkerPool.serve(shared, worker: worker) }
        }
        missingThreads = workerCount - 1 - threads.count
    }

    deinit { end() }

    /// Runs `taskCount` tasks and returns when all have ended; throws the first failure, after which no further task
    /// starts. `isSmall` keeps all tasks on the calling thread.
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
            shared.stages.append(stage)
            stage.runningWorkers = 1
        }
        shared.signal.broadcast()
        WorkerPool.work(on: stage, shared, worker: 0)
        shared.signal.locked {
            while stage.runningWorkers > 0 { shared.signal.wait() }
            shared.stages.removeAll { $0 === stage }
        }
        if let failure = stage.failure { throw failure }
    }

    /// Ends the threads, and waits until they have ended. Nothing runs afterwards.
    package func shutDown() {
        end()
        for thread in threads { thread.join() }
    }

    private func end() {
        shared.signal.locked { shared.isShutDown = true }
        shared.signal.broadcast()
    }

    private static func serve(_ shared: Shared, worker: Int) {
        while true {
            let stage: Stage? = shared.signal.locked {
                while true {
                    if shared.isShutDown { return nil }
                    if let stage = shared.neediest {
                        stage.runningWorkers += 1
                        return stage
                    }
                    shared.signal.wait()
                }
            }
            guard let stage else { return }
            work(on: stage, shared, worker: worker)
        }
    }

    /// Runs tasks of a stage until none is left; the caller has been counted among its workers.
    private static func work(on stage: Stage, _ shared: Shared, worker: Int) {
        while let task = claim(stage, shared) {
            do {
                try stage.body(worker, task)
            } catch {
                shared.signal.locked { if stage.failure == nil { stage.failure = error } }
            }
        }
        let isLast = shared.signal.locked {
            stage.runningWorkers -= 1
            return stage.runningWorkers == 0
        }
        if isLast { shared.signal.broadcast() }
    }

    private static func claim(_ stage: Stage, _ shared: Shared) -> Int? {
        shared.signal.locked {
            guard stage.isOpen else { return nil }
            defer { stage.nextTask += 1 }
            return stage.nextTask
        }
    }
}
