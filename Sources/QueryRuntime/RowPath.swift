// The way of one task's rows through the steps of a stage's input to where the stage takes them.

import Columns
import Operators

/// The steps of one stage input for the rows of one reader or shard.
///
/// SAFETY: used by the one worker that runs the task at the moment; what is kept is read after the pool's join. Rows
/// never come back to the way that they are on, so the variables are not checked for that.
final class RowPath: @unchecked Sendable {
    @exclusivity(unchecked) private var chain: OperatorChain
    private let intake: StageIntake?
    private let memory: BatchMemory
    private let input: Int
    private let task: Int
    private let port: Int
    private let context: BatchContext
    /// The partition that its rows come from, where event times are told apart by it.
    let partition: String?
    @exclusivity(unchecked) private var sequence = 0
    /// Scratch of one batch.
    @exclusivity(unchecked) private var rows: [RecordBatch] = []
    /// What came out in order, where no keyed step takes it: the query's result.
    @exclusivity(unchecked) private(set) var kept: [RecordBatch] = []
    @exclusivity(unchecked) private var keptBytes = BufferTally()
    /// What the budget knows that late rows take.
    @exclusivity(unchecked) private var lateBytes = 0
    /// Whether no more rows of this way can make a difference.
    private(set) var isSatisfied = false

    /// The way of task number `task` into input number `input` of a stage; without an intake rows are kept.
    init(
        _ stageInput: StageInput, input: Int, task: Int, partition: String? = nil, intake: StageIntake?,
        _ memory: BatchMemory, _ context: BatchContext,
        shards: (_ stage: Int) -> [any KeyedShard]
    ) {
        chain = OperatorChain(stageInput.chain, context, shards: shards)
        self.intake = intake
        self.memory = memory
        self.input = input
        self.task = task
        port = stageInput.port
        self.context = context
        self.partition = partition
    }

    /// The end of the way for the result of a plan whose last stage emits it.
    init(resultOf task: Int, _ memory: BatchMemory, _ context: BatchContext) {
        chain = OperatorChain([], context)
        intake = nil
        self.memory = memory
        input = 0
        self.task = task
        port = 0
        self.context = context
        partition = nil
    }

    /// Sends a batch on its way: in pieces, where a step makes many rows of one.
    func push(_ batch: RecordBatch, worker: Int) throws {
        let most = chain.rowsAtOnce
        guard batch.count > most else { return try send(batch, worker: worker) }
        let view = BatchView(batch)
        for first in stride(from: 0, to: batch.count, by: most) {
            let places = first..<min(first + most, batch.count)
            let rows = Selection(places.map { Int32(truncatingIfNeeded: $0) })
            try send(batch.selecting(view.composed(rows)).compacted(), worker: worker)
        }
    }

    private func send(_ batch: RecordBatch, worker: Int) throws {
        rows.removeAll(keepingCapacity: true)
        try chain.process(batch, into: &rows)
        if watchesEventTime { try holdLateRows() }
        guard let intake else { return try keep(rows) }
        for one in rows where one.count > 0 {
            let order = RowOrder(input: input, task: task, sequence: sequence)
            if try !intake.take(one, port: port, order, worker: worker, context) { isSatisfied = true }
            sequence += 1
        }
    }

    private func keep(_ rows: [RecordBatch]) throws {
        let before = keptBytes.bytes
        for one in rows {
            keptBytes.add(one)
            kept.append(one)
        }
        try memory.hold(keptBytes.bytes - before)
    }

    private func holdLateRows() throws {
        let bytes = chain.lateMemoryBytes
        guard bytes > lateBytes else { return }
        defer { lateBytes = bytes }
        try memory.hold(bytes - lateBytes)
    }

    /// The rows that came too late, by the step that watches event times; where these are kept.
    var lateRows: [(id: String, rows: LateTexts)] { chain.lateRows }

    /// Whether a step watches event times.
    var watchesEventTime: Bool { chain.watchesEventTime }

    /// The event times that have passed, by the step that watches them.
    var eventTimes: [(id: String, times: EventTimes)] { chain.eventTimes }

    /// Bytes of memory that the kept rows take.
    var memoryBytes: Int { keptBytes.bytes }

    /// Bytes of memory that the rows take that came too late.
    var lateMemoryBytes: Int { lateBytes }
}
