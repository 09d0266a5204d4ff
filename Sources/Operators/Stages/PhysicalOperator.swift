// The shape of a step that runs: an immutable plan, and a task for each worker.

import Columns

/// One step of a physical plan: immutable, and shared by all workers.
package protocol PhysicalOperator: Sendable {
    /// The step's name in `explain` and in errors.
    var name: String { get }
    /// What the step does, for `explain`.
    var detail: String { get }
    /// The columns that come out.
    var outputSchema: Schema { get }
    /// How many rows are sent through the steps at once at most, as this one makes many of each.
    var rowsAtOnce: Int { get }
    /// How many rows are sent through before it is known how many this one makes of them; `.max` where it makes none.
    var rowsAtFirst: Int { get }
    /// Makes the running half for one worker and one micro-batch.
    func makeTask(_ context: BatchContext) -> any OperatorTask
}

extension PhysicalOperator {
    package var rowsAtOnce: Int { .max }
    package var rowsAtFirst: Int { .max }
}

/// A step that looks rows up in what earlier stages have gathered: a join with its other side.
package protocol LookupOperator: PhysicalOperator {
    /// The stages that gather. They are finished before the step sees its first row.
    var lookupStages: [Int] { get }
    /// Makes the running half for one worker and one micro-batch, with those stages' shards.
    func makeTask(_ context: BatchContext, shards: (_ stage: Int) -> [any KeyedShard]) -> any OperatorTask
}

extension LookupOperator {
    package func makeTask(_ context: BatchContext) -> any OperatorTask {
        preconditionFailure("\(name) needs the stages that it looks up in")
    }
}

/// The running half of a step, owned by one worker for one micro-batch.
package protocol OperatorTask: AnyObject {
    /// Takes a batch, and appends what comes of it to `output`.
    func process(_ batch: RecordBatch, into output: inout [RecordBatch]) throws
}

/// Steps in a row, run as one.
package struct OperatorChain {
    private let tasks: [any OperatorTask]
    private let context: BatchContext
    private let watchers: [(id: String, task: any WatermarkTask)]
    private var scratch: [[RecordBatch]]
    /// How many rows ought to be sent through at once at most.
    package let rowsAtOnce: Int
    /// How many rows are sent through before it is known how many come of them; `.max` where no step makes several of
    /// one.
    package let rowsAtFirst: Int
    /// How many rows all steps together have made so far, where some make several of one.
    package private(set) var madeRows = 0

    /// Makes the tasks of these steps. `shards` gives those of an earlier stage.
    package init(
        _ operators: [any PhysicalOperator], _ context: BatchContext,
        shards: (_ stage: Int) -> [any KeyedShard] = { _ in [] }
    ) {
        var watchers: [(String, any WatermarkTask)] = []
        self.context = context
        tasks = operators.map { step in
            if let watermark = step as? any WatermarkOperator {
                let task = watermark.makeWatermarkTask(context)
                watchers.append((watermark.watermarkID, task))
                return task
            }
            guard let lookup = step as? any LookupOperator else { return step.makeTask(context) }
            return lookup.makeTask(context, shards: shards)
        }
        self.watchers = watchers
        rowsAtFirst = operators.map(\.rowsAtFirst).min() ?? .max
        rowsAtOnce = operators.map(\.rowsAtOnce).min() ?? .max
        scratch = Array(repeating: [], count: max(tasks.count - 1, 0))
    }

    /// Whether a step watches event times.
    package var watchesEventTime: Bool { !watchers.isEmpty }

    /// The event times that have passed the steps that watch them, by their ids.
    package var eventTimes: [(id: String, times: EventTimes)] {
        watchers.compactMap { watcher in watcher.task.eventTimes.map { (watcher.id, $0) } }
    }

    /// The rows that came too late for the steps that watch event times, by their ids; those of steps that keep them.
    package var lateRows: [(id: String, rows: LateTexts)] {
        watchers.compactMap { watcher in watcher.task.late.map { (watcher.id, $0) } }
    }

    /// Bytes that those rows take.
    package var lateMemoryBytes: Int { watchers.reduce(0) { $0 + ($1.task.late?.memoryBytes ?? 0) } }

    /// What the steps that watch event times have seen until some moment.
    package struct Watched {
        fileprivate let seen: [(times: EventTimes?, late: LateTexts?)]
    }

    /// What they have seen until now.
    package var watched: Watched { Watched(seen: watchers.map { ($0.task.eventTimes, $0.task.late) }) }

    /// Forgets what they have seen since then: rows that have raised an error come again.
    package func goBack(to watched: Watched) {
        for (watcher, seen) in zip(watchers, watched.seen) { watcher.task.goBack(to: seen.times, late: seen.late) }
    }

    /// Sends a batch through all steps, and appends what comes out to `output`.
    package mutating func process(_ batch: RecordBatch, into output: inout [RecordBatch]) throws {
        try process(batch, from: 0, into: &output)
    }

    private mutating func process(_ batch: RecordBatch, from step: Int, into output: inout [RecordBatch]) throws {
        guard batch.count > 0 else { return }
        if rowsAtFirst < .max { madeRows += batch.count }
        try context.checkInterruption()
        guard step < tasks.count else {
            output.append(batch)
            return
        }
        if step == tasks.count - 1 {
            let before = output.count
            try tasks[step].process(batch, into: &output)
            if rowsAtFirst < .max { madeRows += output[before...].reduce(0) { $0 + $1.count } }
            return
        }
        var results = scratch[step]
        scratch[step] = []
        try tasks[step].process(batch, into: &results)
        for result in results { try process(result, from: step + 1, into: &output) }
        // The room is kept, and nothing in it: the pages that rows lie in are wanted for others.
        results.removeAll(keepingCapacity: true)
        scratch[step] = results
    }
}
