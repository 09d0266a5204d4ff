// How a batch's state and rows get out: written and sent at once, committed when both are done.

import CheckpointLog
import Columns
import Connectors
import Operators
import StateStore
import Threads

extension QueryExecution {
    /// Writes the state after the batch under the attempt's name and, at the same time, sends the rows in a transaction
    /// that stays open. Where the state can't be written, what was sent is given up.
    ///
    /// A sink without transactions gets no row before the state is durable.
    func prepare(_ started: Started, _ times: inout TriggerTimes) throws {
        guard var batch = started.current else { preconditionFailure("no batch is under way") }
        batch.manifest = manifest(of: batch, started)
        started.current = batch
        let writing = StateWriting(
            started.state, version: Int(batch.plan.batch) + 1, attempt: batch.attempt, metadata: batch.manifest.bytes)
        let sending = sendBeside(writing, batch, started, &times)
        times.add("stateCommit", writing.nanoseconds)
        do {
            batch.manifestHash = try writing.hash()
            try times.measure("walCommit") { try started.planSynchronization.finish() }
        } catch {
            started.sink.abort()
            throw error
        }
        batch.marker = try started.sink.marker(
            batch: batch.plan.batch, attempt: batch.attempt, manifestHash: batch.manifestHash,
            positions: batch.positions)
        started.current = batch
        started.batchProtocol.handle(.statePersisted)
        try finishSending(sending, batch, started)
    }

    /// Sends the rows while another thread writes the state; returns when both have come to an end.
    private func sendBeside(
        _ writing: StateWriting, _ batch: Batch, _ started: Started, _ times: inout TriggerTimes
    ) -> Result<Void, any Error> {
        guard started.sink.isTransactional else {
            writing.carryOut()
            return .success(())
        }
        let waitsForRows = CrashPoint.isAwaited(.sentBeforeState)
        if !waitsForRows {
            do {
                try started.stateThread.begin { writing.carryOut() }
            } catch {
                // The system gives no thread: one after the other, then.
                writing.carryOut()
            }
        }
        if CrashPoint.isAwaited(.persistedBeforeSent) {
            started.stateThread.finish()
            CrashPoint.reach(.persistedBeforeSent)
        }
        let result = Result { try times.measure("addBatch") { try send(batch, started, unless: writing) } }
        if waitsForRows {
            CrashPoint.reach(.sentBeforeState)
            writing.carryOut()
        }
        started.stateThread.finish()
        return result
    }

    /// Sends the rows of a batch whose state is durable already: those of a transaction that came to nothing.
    func sendAgain(_ started: Started, _ times: inout TriggerTimes) throws {
        guard let batch = started.current else { preconditionFailure("no batch is under way") }
        try finishSending(Result { try times.measure("addBatch") { try send(batch, started) } }, batch, started)
    }

    /// Waits while the other side is away; retriable errors come from before the transaction, when nothing has been
    /// sent yet. Gives up where the state, which is written meanwhile, can't be.
    private func send(_ batch: Batch, _ started: Started, unless writing: StateWriting? = nil) throws {
        CrashPoint.reach(.beforeTransaction)
        let (number, rows, positions) = (batch.plan.batch, rowsToSend(batch), batch.positions)
        let aside = batch.skipsOutput ? .none : asideRows(batch, started)
        try waiting(for: definition.sink.description) {
            if let failure = writing?.failure { throw failure }
            do {
                try started.sink.send(batch: number, rows: rows, aside: aside, positions: positions)
            } catch let error as ConnectorError where error.code == .markerMissing && definition.toleratesDataLoss {
                definition.log(.warning, "batch \(number): \(error); failOnDataLoss is false, going on")
                try started.sink.acceptLossOfMarker()
                try started.sink.send(batch: number, rows: rows, aside: aside, positions: positions)
            }
        }
    }

    private func finishSending(_ result: Result<Void, any Error>, _ batch: Batch, _ started: Started) throws {
        do {
            try result.get()
            CrashPoint.reach(.readyToCommit)
            started.batchProtocol.handle(.sent)
        } catch let error as ConnectorError where error.code == .outcomeUnknown {
            doubt(error, batch, started)
        }
    }

    /// Commits the rows that were sent, together with the marker that names the state.
    func commit(_ started: Started, _ times: inout TriggerTimes) throws {
        guard let batch = started.current, let marker = batch.marker else {
            preconditionFailure("no batch is ready to be committed")
        }
        do {
            try times.measure("addBatch") {
                try waiting(for: definition.sink.description) {
                    try started.sink.commit(batch: batch.plan.batch, rows: rowsToSend(batch), marker: marker)
                }
            }
        } catch let error as ConnectorError where error.code == .outcomeUnknown {
            return doubt(error, batch, started)
        }
        started.doubts = Started.Doubts()
        CrashPoint.reach(.afterTransactionCommitted)
        started.batchProtocol.handle(.delivered)
    }

    private func doubt(_ error: ConnectorError, _ batch: Batch, _ started: Started) {
        definition.log(.warning, "batch \(batch.plan.batch): \(error); asking the sink what became of it")
        started.doubts.append(error)
        started.batchProtocol.handle(.outcomeUnknown)
    }

    /// The rows that came too late, and the dead letters, which name the query and the batch.
    private func asideRows(_ batch: Batch, _ started: Started) -> AsideRows {
        guard let result = batch.result else { return .none }
        var names = [
            MessageHeader("millrace.query.id", text: started.queryID),
            MessageHeader("millrace.batch.id", text: String(batch.plan.batch)),
        ]
        if let name = definition.name { names.insert(MessageHeader("millrace.query.name", text: name), at: 0) }
        let letters = result.badRows.letters.map {
            DeadLetter(key: $0.key, value: $0.value, headers: $0.headers + names)
        }
        return AsideRows(late: result.lateRows, bad: letters)
    }

    private func rowsToSend(_ batch: Batch) -> [RecordBatch] { batch.skipsOutput ? [] : batch.result?.rows ?? [] }

    /// What the batch leaves for the next one.
    private func manifest(of batch: Batch, _ started: Started) -> EpochManifest {
        let rows = batch.result?.inputRows ?? []
        let (watermarks, partitions) = watermarks(leftBy: batch, started)
        return EpochManifest(
            watermarks: watermarks.milliseconds,
            // What has come out must not come again, whatever the next batch is asked to do.
            lateWatermarks: batch.plan.emitsInCrossingBatch ? watermarks.milliseconds : batch.plan.watermarks,
            movedMilliseconds: moved(to: watermarks, batch, started), partitionTimes: partitions.steps,
            inputRows: Dictionary(zip(sourceNames, rows), uniquingKeysWith: { first, _ in first }),
            outputRows: batch.skipsOutput ? 0 : batch.result?.outputRows ?? 0,
            stateRows: started.computation.stateRows)
    }

    /// Learns from the sink's marker what became of a delivery.
    func resolve(_ started: Started) throws {
        guard let batch = started.current, let marker = batch.marker else {
            preconditionFailure("no batch is in doubt")
        }
        control.setStatus("Waiting for the sink to say what became of batch \(batch.plan.batch)")
        let state = try waiting(for: "the outcome of batch \(batch.plan.batch)") { try started.sink.resolve(marker) }
        definition.log(.info, "batch \(batch.plan.batch) \(state == .delivered ? "was" : "was not") delivered")
        guard state == .notDelivered else {
            started.doubts = Started.Doubts()
            return started.batchProtocol.handle(.wasDelivered)
        }
        started.batchProtocol.handle(.notDelivered)
        // Two instances that fence each other would go on like this: the one that started later stays.
        try started.checkpoint.requireCurrent()
        try pause(started.doubts, batch: batch.plan.batch)
    }

    /// Waits before a batch that didn't get through is delivered again: longer each time, not at all where the query
    /// is to end, and not for ever where the reason is none that passes.
    private func pause(_ doubts: Started.Doubts, batch: Int64) throws {
        guard let last = doubts.last else { return }
        if doubts.lasting >= Started.Doubts.limit { throw last }
        let first = definition.settings.retryDelayNanoseconds
        let delay = min(first << UInt64(min(doubts.count, 6)), first * 50)
        control.setStatus("Waiting to deliver batch \(batch) again: \(last.message)")
        control.sleep(until: Monotonic.nanoseconds + delay, untilWoken: false)
        if control.shouldStop {
            throw ConnectorError(.cancelled, "stopped before batch \(batch) was delivered: \(last.message)")
        }
    }
}
