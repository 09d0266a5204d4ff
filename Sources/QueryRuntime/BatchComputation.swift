// Reads and computes one micro-batch, stage by stage.

import Columns
import Connectors
import Operators
import StateStore
import Threads

/// The rows of a micro-batch after all steps, and what it took to get them.
struct BatchResult: Sendable {
    var rows: [RecordBatch] = []
    /// Rows read, by stream.
    var inputRows: [Int64]
    /// By operator with state, in the plan's order.
    var updates: [Update] = []
    /// The event times, by the step that watches them.
    var eventTimes: [String: EventTimes] = [:]
    /// The same by partition, where rows are told apart by it.
    var partitionTimes: [String: [String: EventTimes]] = [:]
    /// The rows that came too late, where the sink takes them.
    var lateRows: [LateRows] = []
    /// The rows that have raised an error and did not end the query.
    var badRows = BadRows()

    /// How long an operator with state took to take the batch in, and what became of its rows.
    struct Update: Sendable {
        let nanoseconds: UInt64
        let counts: StateRowCounts
    }

    var outputRows: Int64 { rows.reduce(0) { $0 + Int64($1.count) } }
}

/// Computes micro-batches of one plan. Owned by the query's control thread; keeps the workers' tables between batches.
///
/// A stage's readers are read by all workers in turns, and their rows pass the steps to the stage's intake. Once all
/// are in, the stage's shards run in parallel; what one emits passes the steps of the stages behind it in the same
/// task, to their intakes or into the result. The control thread touches no row.
final class BatchComputation {
    /// Batches of fewer rows than this run on the control thread alone: waking a thread costs more than they do.
    private static let smallRowCount = 4096

    let plan: PhysicalPlan
    private let pool: WorkerPool
    private let memory: BatchMemory
    private let stateMemory: BatchMemory
    private let stages: [StageRun]
    /// The stages that depend on tables alone and have been computed.
    private var finished: [Bool]
    /// What `measureState` found, until a batch changes it: to ask every shard takes its time.
    private var measuredStateBytes: Int?
    /// When a step has something to do even if no row comes, until a batch changes it.
    private var nextDue: Due = .unknown

    private enum Due {
        case unknown
        case at(microseconds: Int64)
        case never
    }

    /// One reader with the stage inputs whose steps its rows pass.
    struct ReadTask: Sendable {
        /// In order, and at least one: the first one's stage reads the rows, and those of later stages get them then.
        let inputs: [InputPlace]
        let reader: ReaderBox
        /// The partition that is read, where event times are told apart by it.
        var partition: String?
    }

    /// An input of a stage.
    struct InputPlace: Hashable, Sendable {
        let stage: Int
        let input: Int
    }

    /// Lets a reader move to the one worker that uses it.
    ///
    /// SAFETY: made by the control thread, used by one worker at a time, dropped afterwards.
    final class ReaderBox: @unchecked Sendable {
        let reader: any PartitionReader
        init(_ reader: any PartitionReader) { self.reader = reader }
    }

    /// `shardCount` is the number of shards of steps by key; `memoryBytes` bounds what a batch's partial tables and
    /// rows may take, `stateMemoryBytes` what is kept from batch to batch.
    init(
        plan: PhysicalPlan, pool: WorkerPool, shardCount: Int, memoryBytes: Int, stateMemoryBytes: Int = Int.max
    ) {
        self.plan = plan
        self.pool = pool
        let (workerCount, memory) = (pool.workerCount, BatchMemory(limit: memoryBytes))
        let stateMemory = BatchMemory(limit: stateMemoryBytes, of: .state)
        self.memory = memory
        self.stateMemory = stateMemory
        stages = plan.stages.indices.map {
            StageRun(
                plan, index: $0, shardCount: shardCount, workerCount: workerCount, memory: memory,
                stateMemory: stateMemory)
        }
        finished = plan.stages.map { _ in false }
    }

    /// The operators that keep state, in the plan's order.
    var stateOperators: [StateOperator] { stages.compactMap(\.stateOperator) }

    /// How many rows each of them keeps, by the names that files have for them.
    var stateRows: [String: Int64] {
        Dictionary(stateSizes.map { ($0.id, $0.rowCount) }, uniquingKeysWith: +)
    }

    /// How much an operator keeps, under the names that files and the progress have for it.
    struct StateSize {
        let id: String
        let name: String
        let shardCount: Int
        let rowCount: Int64
        let memoryBytes: Int64
    }

    /// What the operators that keep state keep after a batch, in the plan's order.
    func measureState() -> [StateSize] {
        let sizes = stateSizes
        measuredStateBytes = Int(sizes.reduce(0) { $0 + $1.memoryBytes })
        return sizes
    }

    private var stateSizes: [StateSize] {
        stages.compactMap { stage in
            stage.stage.keyed?.state.map {
                StateSize(
                    id: $0.id, name: $0.progressName, shardCount: stage.shards.count,
                    rowCount: stage.shards.reduce(0) { $0 + Int64($1.stored?.rowCount ?? 0) },
                    memoryBytes: Int64(stage.stateBytes))
            }
        }
    }

    /// The time of day behind which a step has something to do even if no row comes, in microseconds since 1970; the
    /// state is loaded.
    func nextDueMicroseconds() -> Int64? {
        if case .unknown = nextDue {
            let times = stages.flatMap { $0.shards.compactMap { $0.nextDueMicroseconds() } }
            nextDue = times.min().map { .at(microseconds: $0) } ?? .never
        }
        if case .at(let microseconds) = nextDue { return microseconds }
        return nil
    }

    /// Computes stages anew that depend on tables alone, of the rows at which the tables are open now. Where it fails,
    /// it has to be called again before a batch is run.
    func refreshTables(_ affected: Set<Int>, _ tables: [any TableSource], _ context: BatchContext) throws {
        for index in affected {
            stages[index].renew()
            finished[index] = false
        }
        _ = try prepareTables(tables, context)
    }

    /// Computes the stages that depend on tables alone and are not computed yet; their results stay for every batch.
    func prepareTables(_ tables: [any TableSource], _ context: BatchContext) throws -> [RecordBatch] {
        var tasks: [ReadTask] = []
        var estimatedRows = 0
        let isStatic = plan.staticStages
        for (index, stage) in plan.stages.enumerated() where !finished[index] {
            for (number, input) in stage.inputs.enumerated() {
                let readers: [any PartitionReader]
                switch input.from {
                case .stream, .stage, .recursion: continue
                case .table(let table):
                    estimatedRows += tables[table].estimatedRowCount
                    readers = try tables[table].readers()
                case .numbers(let count):
                    estimatedRows += min(count, Self.smallRowCount)
                    let plain = NumberReader.readers(count: count, atMost: pool.workerCount)
                    readers =
                        context.isInterrupted.map { asked in plain.map { InterruptibleTable.Reader($0, asked) } }
                        ?? plain
                }
                precondition(isStatic[index], "a stage reads tables or streams, not both")
                let place = InputPlace(stage: index, input: number)
                tasks += readers.map { ReadTask(inputs: [place], reader: ReaderBox($0)) }
            }
        }
        let run = Run(tasks: tasks, isSmall: estimatedRows < Self.smallRowCount, contexts: contexts(context))
        for index in stages.indices where isStatic[index] && !finished[index] { stages[index].reset() }
        memory.clear()
        try computing(run) {
            try memory.hold(gatheredBytes)
            for index in stages.indices where isStatic[index] && !finished[index] {
                try compute(index, run)
                finished[index] = true
                // What its consumers have taken over need not stay.
                if !plan.lookupStages.contains(index) { stages[index].dropShards() }
            }
        }
        return run.result
    }

    /// Reads all tasks' rows and computes the batch; `prepareTables` comes first where there are any. The state's
    /// shards hold the next version afterwards, not yet durable.
    ///
    /// With `crossing` what the batch's own rows make final comes out at once: it gives the watermark at which, from
    /// what has been read, in microseconds since 1970.
    func run(
        _ tasks: [ReadTask], streamCount: Int, estimatedRows: Int, _ context: BatchContext,
        badRows policy: BadRowPolicy = BadRowPolicy(), crossing: ((BatchResult) -> Int64?)? = nil
    ) throws -> BatchResult {
        let run = Run(
            tasks: tasks, isSmall: estimatedRows < Self.smallRowCount, contexts: contexts(context), policy)
        for index in stages.indices where !finished[index] { stages[index].reset() }
        memory.clear()
        stateMemory.clear(holding: measuredStateBytes ?? stages.reduce(0) { $0 + $1.stateBytes })
        measuredStateBytes = nil
        nextDue = .unknown
        try computing(run) {
            try memory.hold(gatheredBytes)
            for index in stages.indices where !finished[index] {
                try compute(index, run) {
                    guard let crossing, index == plan.crossingStage else { return }
                    var read = BatchResult(inputRows: [])
                    run.addEventTimes(to: &read)
                    run.contexts = contexts(
                        context.at(
                            lateWatermarkMicroseconds: context.lateWatermarkMicroseconds,
                            evictionWatermarkMicroseconds: crossing(read)))
                }
            }
        }
        var result = BatchResult(inputRows: Array(repeating: 0, count: streamCount))
        for (task, rows) in zip(tasks, run.readRows) {
            // Counted once, however many inputs get them.
            guard let stream = stream(of: task) else { continue }
            result.inputRows[stream] += rows
        }
        result.rows = run.result
        for stage in stages.indices {
            for way in run.tolerantPaths where way.stage == stage {
                if let rows = way.path.badRows { result.badRows.add(rows) }
            }
        }
        for path in run.watchingPaths {
            for (id, late) in path.lateRows {
                result.lateRows.append(
                    LateRows(
                        watermark: id, time: TimestampText.iso8601(microseconds: late.watermarkMicroseconds),
                        texts: late.texts))
            }
        }
        run.addEventTimes(to: &result)
        result.updates = stages.filter { $0.stage.keyed?.state != nil }.map { stage in
            BatchResult.Update(
                nanoseconds: stage.nanoseconds,
                counts: stage.shards.reduce(StateRowCounts()) { $0 + $1.counts })
        }
        return result
    }

    // MARK: Stages

    /// One batch on its way through the stages.
    private final class Run {
        let tasks: [ReadTask]
        let isSmall: Bool
        /// The batch as each stage sees it.
        var contexts: [BatchContext]
        /// Rows read, by task.
        var readRows: [Int64]
        /// The ways into the result, with the input of the last stage that they belong to.
        var resultPaths: [(input: Int, path: RowPath)] = []
        /// The ways with steps that watch event times.
        var watchingPaths: [RowPath] = []
        /// What becomes of rows that raise an error.
        let policy: BadRowPolicy
        /// The ways that go on behind such rows, with the stage that they lead to.
        var tolerantPaths: [(stage: Int, path: RowPath)] = []

        init(tasks: [ReadTask], isSmall: Bool, contexts: [BatchContext], _ policy: BadRowPolicy = BadRowPolicy()) {
            self.policy = policy
            self.tasks = tasks
            self.isSmall = isSmall
            self.contexts = contexts
            readRows = Array(repeating: 0, count: tasks.count)
        }

        /// Adds the event times that have been read so far.
        func addEventTimes(to result: inout BatchResult) {
            for path in watchingPaths {
                for (id, times) in path.eventTimes {
                    result.eventTimes[id] = result.eventTimes[id].map { $0.merging(times) } ?? times
                    guard let partition = path.partition else { continue }
                    let known = result.partitionTimes[id]?[partition]
                    result.partitionTimes[id, default: [:]][partition] = known.map { $0.merging(times) } ?? times
                }
            }
        }

        /// The result's rows: inputs in order, each one's readers or shards in order.
        var result: [RecordBatch] {
            let count = resultPaths.reduce(0) { max($0, $1.input + 1) }
            var rows: [RecordBatch] = []
            for input in 0..<count {
                for way in resultPaths where way.input == input { rows += way.path.kept }
            }
            return rows
        }
    }

    private func contexts(_ context: BatchContext) -> [BatchContext] {
        zip(
            plan.stageWatermarks(context.lateWatermarkMicroseconds),
            plan.stageWatermarks(context.evictionWatermarkMicroseconds)
        ).map { context.at(lateWatermarkMicroseconds: $0, evictionWatermarkMicroseconds: $1) }
    }

    /// What the stages take that depend on tables alone.
    private var gatheredBytes: Int {
        stages.filter { finished[$0.index] }.reduce(0) { $0 + $1.shards.reduce(0) { $0 + $1.memoryBytes } }
    }

    /// Says what takes the memory where there isn't enough.
    private func computing(_ run: Run, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch is BatchInterrupted {
            throw ConnectorError(.cancelled, "the query was interrupted")
        } catch let error as BatchMemoryExceeded where error.owner == .state {
            throw StateStoreError.limit(stateMemory.limit, of: stateOperators, adding: error.bytes)
        } catch is BatchMemoryExceeded {
            var holders: [(name: String, bytes: Int)] = []
            for stage in stages {
                guard let keyed = stage.stage.keyed else { continue }
                let shards = keyed.state == nil ? stage.shards.reduce(0) { $0 + $1.memoryBytes } : 0
                holders.append(("\(keyed.name) \(keyed.detail)", stage.intake.memoryBytes + shards))
            }
            holders.append(("rows of the result", run.resultPaths.reduce(0) { $0 + $1.path.memoryBytes }))
            let late = run.watchingPaths.reduce(0) { $0 + $1.lateMemoryBytes }
            if late > 0 { holders.append(("rows that came too late", late)) }
            let letters = run.tolerantPaths.reduce(0) { $0 + $1.path.letterMemoryBytes }
            if letters > 0 { holders.append(("bad rows", letters)) }
            throw QueryError.memoryLimit(memory.limit, holders: holders)
        }
    }

    /// Computes a stage; `whenRead` is called between its two halves, when all its rows have been read.
    private func compute(_ index: Int, _ run: Run, whenRead: () -> Void = {}) throws {
        try read(index, run)
        whenRead()
        let stage = stages[index]
        guard stage.stage.keyed != nil else { return }
        // The shards of a small batch run one after another: they all have one way.
        let paths = (0..<(run.isSmall ? min(1, stage.shards.count) : stage.shards.count)).map { shard in
            index == stages.count - 1
                ? [resultPath(task: shard, run)]
                : stage.consumers.map {
                    path(to: $0.stage, $0.input, task: shard, from: RowOrigins(step: stage.stage.name), run)
                }
        }
        try stage.bringTogether(on: pool, isSmall: run.isSmall, run.contexts[index], paths: paths)
    }

    /// The stream that a task reads, if it reads one.
    private func stream(of task: ReadTask) -> Int? {
        guard let place = task.inputs.first,
            case .stream(let stream) = plan.stages[place.stage].inputs[place.input].from
        else { return nil }
        return stream
    }

    /// Reads the rows of the sources whose first stage this is, for later ones, too: these look nothing up that isn't
    /// there yet, as no step looks rows up in what a batch of a stream has brought.
    private func read(_ index: Int, _ run: Run) throws {
        let own = run.tasks.indices.filter { run.tasks[$0].inputs.first?.stage == index }
        guard !own.isEmpty else { return }
        let reads = own.map { number in
            let task = run.tasks[number]
            return TaskRead(
                task.inputs.map { place in
                    path(
                        to: place.stage, place.input, task: number, partition: task.partition,
                        from: RowOrigins(task.reader.reader), run)
                }, isWhole: stream(of: task) != nil)
        }
        try PartitionTurns.read(
            own.map { run.tasks[$0].reader.reader }, on: pool, isSmall: run.isSmall, isDone: { reads[$0].isDone }
        ) { worker, reader, batch in
            try reads[reader].push(batch, worker: worker)
        }
        for (task, read) in zip(own, reads) { run.readRows[task] = read.rows }
        CrashPoint.reach(.midBatch)
    }

    /// The ways of a reader's rows, and how many rows there were.
    ///
    /// SAFETY: used by the worker whose turn it is to read, and read after the pool's join.
    private final class TaskRead: @unchecked Sendable {
        private let paths: [RowPath]
        /// Whether all is read even if nobody needs it: what a batch has read of a stream is never read again.
        private let isWhole: Bool
        private(set) var rows: Int64 = 0

        init(_ paths: [RowPath], isWhole: Bool) {
            self.paths = paths
            self.isWhole = isWhole
        }

        var isDone: Bool { !isWhole && paths.allSatisfy(\.isSatisfied) }

        func push(_ batch: RecordBatch, worker: Int) throws {
            rows += Int64(batch.count)
            for path in paths { try path.push(batch, worker: worker) }
        }
    }

    private func path(
        to stage: Int, _ input: Int, task: Int, partition: String? = nil, from origins: RowOrigins, _ run: Run
    ) -> RowPath {
        let known = stages[stage]
        let takes = known.stage.keyed == nil ? nil : known.intake
        let path = RowPath(
            known.stage.inputs[input], input: input, task: task, partition: partition, intake: takes, memory,
            run.contexts[stage], from: origins, run.policy, shards: { [stages] in stages[$0].shards })
        if path.badRows != nil { run.tolerantPaths.append((stage, path)) }
        if path.watchesEventTime { run.watchingPaths.append(path) }
        if takes == nil { run.resultPaths.append((input, path)) }
        return path
    }

    private func resultPath(task: Int, _ run: Run) -> RowPath {
        let path = RowPath(resultOf: task, memory, run.contexts[stages.count - 1])
        run.resultPaths.append((0, path))
        return path
    }
}
