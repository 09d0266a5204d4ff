// The way of one task's rows through the steps of a stage's input to where the stage takes them.

import Columns
import Connectors
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
    private let steps: [any PhysicalOperator]
    private let shards: (_ stage: Int) -> [any KeyedShard]
    private let origins: RowOrigins?
    /// Takes rows that raise an error; `nil` where the first one ends the query.
    private let badRowCollector: BadRowCollector?
    /// The steps with NULL for errors, once there was one and that is what is wanted.
    @exclusivity(unchecked) private var tolerantChain: OperatorChain?
    /// What the budget knows that dead letters take.
    @exclusivity(unchecked) private var letterBytes = 0
    /// The partition that its rows come from, where event times are told apart by it.
    let partition: String?
    @exclusivity(unchecked) private var sequence = 0
    /// How many rows go through the steps at once.
    @exclusivity(unchecked) private var pace: RowPace
    /// Scratch of one batch.
    @exclusivity(unchecked) private var rows: [RecordBatch] = []
    /// What came out in order, where no keyed step takes it: the query's result.
    @exclusivity(unchecked) private(set) var kept: [RecordBatch] = []
    @exclusivity(unchecked) private var keptBytes = BufferTally()
    /// What the budget knows that late rows take.
    @exclusivity(unchecked) private var lateBytes = 0
    /// Whether no more rows of this way can make a difference.
    private(set) var isSatisfied = false

    /// The way of task number `task` into input number `input` of a stage; without an intake rows are kept. `origins`
    /// tell where its rows come from, and `policy` what becomes of those that raise an error.
    init(
        _ stageInput: StageInput, input: Int, task: Int, partition: String? = nil, intake: StageIntake?,
        _ memory: BatchMemory, _ context: BatchContext, from origins: RowOrigins, _ policy: BadRowPolicy,
        shards: @escaping (_ stage: Int) -> [any KeyedShard]
    ) {
        steps = stageInput.chain
        self.shards = shards
        self.origins = origins
        badRowCollector = policy.handling == .fail ? nil : BadRowCollector(policy, of: origins)
        chain = OperatorChain(stageInput.chain, context, shards: shards)
        pace = RowPace(first: chain.rowsAtFirst)
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
        pace = RowPace(first: .max)
        steps = []
        shards = { _ in [] }
        origins = nil
        badRowCollector = nil
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
        guard batch.count > min(chain.rowsAtOnce, pace.next) else {
            return try send(batch, from: 0, worker: worker)
        }
        let view = BatchView(batch)
        var first = 0
        while first < batch.count {
            let places = first..<min(first + min(chain.rowsAtOnce, pace.next, batch.count), batch.count)
            let rows = Selection(places.map { Int32(truncatingIfNeeded: $0) })
            try send(batch.selecting(view.composed(rows)).compacted(), from: first, worker: worker)
            first = places.upperBound
        }
    }

    /// Sends rows on, of which the first is number `first` among those that came together.
    private func send(_ batch: RecordBatch, from first: Int, worker: Int) throws {
        // Nothing stays behind: the pages that rows lie in are wanted for others.
        defer { rows.removeAll(keepingCapacity: true) }
        let watched = chain.watched
        let before = chain.madeRows
        do {
            try chain.process(batch, into: &rows)
            pace.note(sent: batch.count, made: chain.madeRows - before)
        } catch let error as ExecutionError {
            rows.removeAll(keepingCapacity: true)
            chain.goBack(to: watched)
            try sendAgain(batch, from: first, after: error)
        }
        if watchesEventTime { try holdLateRows() }
        guard let intake else { return try keep(rows) }
        for one in rows where one.count > 0 {
            let order = RowOrder(input: input, task: task, sequence: sequence)
            if try !intake.take(one, port: port, order, worker: worker, context) { isSatisfied = true }
            sequence += 1
        }
    }

    /// Sends rows again of which some have raised an error: without these, or with NULL for what can't be computed.
    /// Where neither is wanted, the error is that of the first such row, with its place.
    private func sendAgain(_ batch: RecordBatch, from first: Int, after error: ExecutionError) throws {
        var search = BadRowSearch(in: batch, chain: OperatorChain(steps, context, shards: shards))
        guard let badRowCollector, error.isOfRow else {
            guard let found = try search.first(), let origin = origins?.origin(ofRow: first + found.row) else {
                throw error
            }
            throw found.error.located(at: origin.description)
        }
        let found = try search.all()
        badRowCollector.note(found, of: batch, from: first)
        try memory.hold(badRowCollector.memoryBytes - letterBytes)
        letterBytes = badRowCollector.memoryBytes
        if badRowCollector.handling == .null {
            var tolerant = tolerantChain ?? OperatorChain(steps, context.givingNullForErrors, shards: shards)
            try tolerant.process(batch, into: &rows)
            tolerantChain = tolerant
        } else {
            let bad = Set(found.map(\.row))
            let good = (0..<batch.count).filter { !bad.contains($0) }.map { Int32(truncatingIfNeeded: $0) }
            try chain.process(batch.selecting(BatchView(batch).composed(Selection(good))), into: &rows)
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
        let bytes = chain.lateMemoryBytes + (tolerantChain?.lateMemoryBytes ?? 0)
        guard bytes > lateBytes else { return }
        defer { lateBytes = bytes }
        try memory.hold(bytes - lateBytes)
    }

    /// The rows that came too late, by the step that watches event times; where these are kept.
    var lateRows: [(id: String, rows: LateTexts)] { chain.lateRows + (tolerantChain?.lateRows ?? []) }

    /// Whether a step watches event times.
    var watchesEventTime: Bool { chain.watchesEventTime }

    /// The event times that have passed, by the step that watches them.
    var eventTimes: [(id: String, times: EventTimes)] { chain.eventTimes + (tolerantChain?.eventTimes ?? []) }

    /// The rows that have raised an error and did not end the query.
    var badRows: BadRows? { badRowCollector?.rows }

    /// Bytes of memory that dead letters take.
    var letterMemoryBytes: Int { letterBytes }

    /// Bytes of memory that the kept rows take.
    var memoryBytes: Int { keptBytes.bytes }

    /// Bytes of memory that the rows take that came too late.
    var lateMemoryBytes: Int { lateBytes }
}
