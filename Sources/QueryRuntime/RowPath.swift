// The way of one task's rows through the steps of a stage's input to where the stage takes them.

import Columns
import Operators

/// The steps of one stage input for the rows of one reader or shard.
///
/// SAFETY: used by the one worker that runs the task at the moment; what is kept is read after the pool's join.
final class RowPath: @unchecked Sendable {
    private var chain: OperatorChain
    private let intake: StageIntake?
    private let input: Int
    private let task: Int
    private let port: Int
    private var sequence = 0
    /// Scratch of one batch.
    private var rows: [RecordBatch] = []
    /// What came out in order, where no keyed step takes it: the query's result.
    private(set) var kept: [RecordBatch] = []

    /// The way of task number `task` into input number `input` of a stage; without an intake rows are kept.
    init(_ stageInput: StageInput, input: Int, task: Int, intake: StageIntake?, _ context: BatchContext) {
        chain = OperatorChain(stageInput.chain, context)
        self.intake = intake
        self.input = input
        self.task = task
        port = stageInput.port
    }

    /// The end of the way for the result of a plan whose last stage emits it.
    init(resultOf task: Int, _ context: BatchContext) {
        chain = OperatorChain([], context)
        intake = nil
        input = 0
        self.task = task
        port = 0
    }

    /// Sends a batch on its way.
    func push(_ batch: RecordBatch, worker: Int) throws {
        guard let intake else { return try chain.process(batch, into: &kept) }
        rows.removeAll(keepingCapacity: true)
        try chain.process(batch, into: &rows)
        for one in rows where one.count > 0 {
            try intake.take(one, port: port, RowOrder(input: input, task: task, sequence: sequence), worker: worker)
            sequence += 1
        }
    }
}
