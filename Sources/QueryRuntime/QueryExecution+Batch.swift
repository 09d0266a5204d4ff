// The steps of one micro-batch, each as the batch protocol asks for it.

import CheckpointLog
import Columns
import Connectors
import JSONText
import Operators
import StateStore
import Threads

extension QueryExecution {
    /// Asks the sources for new rows and logs their ranges; returns whether there is a batch. There is one without rows
    /// where the plan asks for it.
    func plan(_ started: Started, _ times: inout TriggerTimes) throws -> Bool {
        let look = control.beginLook()
        if look.isAwaited { for source in definition.sources { source.expectNewRows() } }
        let last = started.watermarks.late
        let (ranges, absence) = try readableRanges(started, &times)
        let now = times.startMicroseconds / 1000
        let isDue =
            ranges.contains { $0.end != $0.start } || needsBatchWithoutData(last, started.watermarks.next)
            || isTimeDue(started, times)
        let (next, idle) = withoutIdle(started, ranges, at: now, isDue: isDue)
        guard isDue || needsBatchWithoutData(last, next) else {
            try started.checkpoint.synchronize()
            if let absence { pause(for: absence) }
            tellIdle(started)
            control.endFruitlessLook(look.number)
            return false
        }
        try checkLogs(started)
        tellIdle(started, idle)
        try refreshTables(started, &times)
        let entry = PlanEntry(
            batch: started.batchProtocol.batchID, timestampMilliseconds: now, watermarks: next.milliseconds,
            lateWatermarks: last.milliseconds, emitsInCrossingBatch: emitsInCrossingBatch, idle: idle,
            tables: started.tables.versions,
            sources: zip(sourceNames, ranges).map { name, range in
                OffsetRange(name: name, start: range.start, end: range.end)
            })
        control.setStatus("Writing offsets to log", isDataAvailable: true)
        CrashPoint.reach(.beforePlanLogged)
        try times.measure("walCommit") { try log(entry, started) }
        CrashPoint.reach(.afterPlanLogged)
        started.current = makeBatch(entry, latest: ranges.map(\.latest))
        started.batchProtocol.handle(.planned)
        return true
    }

    /// Logs a plan. It becomes durable, together with the commit of the batch before, while the batch is computed:
    /// `prepare` waits for that before anything of the batch can be seen.
    ///
    /// Not so that of the first batch: state without a batch in the log would look like a log that was lost. And not
    /// where nothing outlives the process anyway.
    private func log(_ plan: PlanEntry, _ started: Started) throws {
        let isAwaited = plan.batch == 0 || definition.isCheckpointTemporary
        try started.checkpoint.appendPlan(plan, durably: isAwaited)
        if !isAwaited, !Mutant.planNotDurable.isActive { started.planSynchronization.begin() }
    }

    /// A batch under way, with what its steps need again and again.
    func makeBatch(_ entry: PlanEntry, latest: [JSONValue]) -> Batch {
        Batch(
            plan: entry, latest: latest, positions: positions(entry.sources.map { ($0.name, $0.end) }),
            watermarks: (
                Watermarks(of: definition.plan, known: entry.lateWatermarks),
                Watermarks(of: definition.plan, known: entry.watermarks)
            ))
    }

    /// How far each source can be read, and why one can't be asked.
    ///
    /// One of several sources that is away doesn't hold up the others: nothing is read of it in this batch. A query
    /// that reads what there is and ends waits for it.
    private func readableRanges(
        _ started: Started, _ times: inout TriggerTimes
    ) throws -> (ranges: [PlannedRange], absence: ConnectorError?) {
        let limit: ReadLimit = definition.trigger == .once ? .everything : .configured
        var ranges: [PlannedRange] = []
        var absence: ConnectorError?
        for (source, (status, offset)) in zip(definition.sources, zip(lookStatuses, started.offsets)) {
            control.setStatus(status, isTriggerActive: true)
            do {
                let range = try times.measure("latestOffset") {
                    guard mayLeaveOut else {
                        return try waiting(for: "offsets of \(source.description)") {
                            try source.readableRange(from: offset, limit: limit)
                        }
                    }
                    return try source.readableRange(from: offset, limit: limit)
                }
                ranges.append(PlannedRange(start: range.start ?? offset, end: range.end, latest: range.latest))
            } catch let error as ConnectorError where mayLeaveOut && error.isRetriable {
                absence = error
                ranges.append(PlannedRange(start: offset, end: offset, latest: .null, isAway: true))
                tellAbsence(of: source, error, started)
            }
        }
        return (ranges, absence)
    }

    /// Waits before a source that is away is asked again.
    private func pause(for absence: ConnectorError) {
        control.setStatus("Waiting for a source: \(absence.message)")
        control.sleep(until: Monotonic.moment(in: definition.settings.retryDelayNanoseconds * 10), untilWoken: false)
    }

    /// Whether there is to be a batch even without rows: the watermark has moved, and a step has something to drop at
    /// it. Not where only one batch is wanted.
    private func needsBatchWithoutData(_ last: Watermarks, _ next: Watermarks) -> Bool {
        let (last, next) = (last.globalMicroseconds, next.globalMicroseconds)
        return last != next && definition.settings.runsBatchesWithoutData && definition.trigger != .once
            && definition.plan.needsBatchWithoutData(lastWatermarkMicroseconds: last, nextWatermarkMicroseconds: next)
    }

    /// Whether the time of day has come that a step waits for. Not where only one batch is wanted.
    private func isTimeDue(_ started: Started, _ times: TriggerTimes) -> Bool {
        guard definition.settings.runsBatchesWithoutData, definition.trigger != .once,
            let due = started.computation.nextDueMicroseconds()
        else { return false }
        // The time of a batch is whole milliseconds.
        return due / 1000 < times.startMicroseconds / 1000
    }

    /// A topic that was deleted and made anew takes the marker with it: with a sign of that nothing is planned before
    /// the marker has been seen.
    private func checkLogs(_ started: Started) throws {
        let breaks = definition.sources.flatMap { $0.takeLogBreaks() }
        guard let first = breaks.first, !definition.toleratesDataLoss else { return }
        definition.log(.warning, "\(first); looking whether the marker of the last batch is still there")
        try waiting(for: "the marker of the last batch") { try started.sink.requireMarker() }
    }

    /// Whether a batch may be planned without a source that is away.
    private var mayLeaveOut: Bool {
        guard case .processingTime = definition.trigger else { return false }
        return definition.sources.count > 1
    }

    private func tellAbsence(of source: any ReplayableSource, _ error: ConnectorError, _ started: Started) {
        guard Monotonic.nanoseconds >= started.nextWordOfAbsence else { return }
        definition.log(.warning, "\(source.description) is away, the other sources are read on: \(error)")
        started.nextWordOfAbsence = Monotonic.moment(in: 30_000_000_000)
    }

    /// What a batch reads of a source.
    struct PlannedRange {
        let start: JSONValue
        let end: JSONValue
        let latest: JSONValue
        /// Whether the source couldn't be asked.
        var isAway = false
    }

    /// Reads and computes the planned rows; the state's tables hold the next version afterwards.
    func execute(_ started: Started, _ times: inout TriggerTimes) throws {
        guard var batch = started.current else { preconditionFailure("no batch is under way") }
        control.setStatus("Processing new data", isTriggerActive: true)
        started.attempts += 1
        batch.attempt = "\(runID.prefix(8))-\(started.attempts)"
        var tasks: [BatchComputation.ReadTask] = []
        var estimatedRows = 0
        let isPerPartition = definition.settings.watermarks.isPerPartition
        try times.measure("getBatch") {
            let places = definition.plan.streamInputs
            for (stream, source) in definition.sources.enumerated() {
                let range = batch.plan.sources[stream]
                let inputs = places.filter { $0.stream == stream }.map {
                    BatchComputation.InputPlace(stage: $0.stage, input: $0.input)
                }
                // A source that was away when the batch was planned, or has nothing new, is not asked for it.
                if range.start == range.end || inputs.isEmpty { continue }
                estimatedRows += source.estimatedRowCount(from: range.start, to: range.end)
                let readers = try waiting(for: source.description) {
                    try source.readers(from: range.start, to: range.end)
                }
                for reader in readers {
                    var task = BatchComputation.ReadTask(inputs: inputs, reader: .init(reader))
                    if isPerPartition { task.partition = Self.partitionName(stream, reader.partition) }
                    tasks.append(task)
                }
            }
        }
        let context = BatchContext(
            batch: batch.plan.batch,
            batchTimestampMicroseconds: Milliseconds.microseconds(batch.plan.timestampMilliseconds),
            lateWatermarkMicroseconds: batch.watermarks.late.globalMicroseconds,
            evictionWatermarkMicroseconds: batch.watermarks.eviction.globalMicroseconds,
            eventTimeLimitMicroseconds: definition.settings.watermarks.limit(
                at: batch.plan.timestampMilliseconds), outputMode: definition.outputMode,
            query: (started.queryID, runID))
        batch.result = try times.measure("addBatch") {
            try started.computation.run(
                tasks, streamCount: definition.sources.count, estimatedRows: estimatedRows, context,
                badRows: definition.settings.badRows, crossing: crossing(batch, started))
        }
        started.current = batch
        started.batchProtocol.handle(.executed)
    }

    /// Writes the batch to the commit log, and lets go of what it no longer needs.
    ///
    /// The record becomes durable with the next batch's plan, or before the query waits for anything. Until then a
    /// power cut leaves a batch that is planned: a start finds in the sink's marker that it was delivered, and one
    /// without transactions runs it again, as after a crash right before this record. What both need is kept: the state
    /// of the last two committed batches, and files of a source until the batch behind them is committed.
    func record(_ started: Started, _ times: inout TriggerTimes) throws {
        guard let batch = started.current else { preconditionFailure("no batch is under way") }
        try times.measure("commitOffsets") {
            try started.checkpoint.appendCommit(
                CommitEntry(
                    batch: batch.plan.batch, attempt: batch.attempt, manifestHash: batch.manifestHash,
                    nextWatermarks: batch.manifest.watermarks, timestampMilliseconds: nowMilliseconds),
                durably: false)
        }
        CrashPoint.reach(.afterCommitLogged)
        started.sink.prepareNext()
        if batch.isComputed {
            let maintenance = started.state.committed(version: Int(batch.plan.batch) + 1, attempt: batch.attempt)
            if let failure = maintenance.failure { definition.log(.warning, "state snapshot put off: \(failure)") }
            if let failure = maintenance.spillFailure {
                definition.log(.warning, "rows of the state stay in memory: \(failure)")
            }
            if let refused = maintenance.refusedThread { tellRefused(refused, started) }
        }
        for (source, range) in zip(definition.sources, batch.plan.sources) { source.commit(range.end) }
        started.offsets = batch.plan.sources.map(\.end)
        started.lastCommittedBatch = batch.plan.batch
        started.goOn(from: batch.manifest)
        started.failures = Started.Failures()
        started.markerRefreshDue = Monotonic.moment(in: markerRefreshNanoseconds(started.sink))
        CrashPoint.reach(.afterCleanup)
        started.batchProtocol.handle(.recorded)
    }

    /// Says now and then that batches write snapshots themselves.
    private func tellRefused(_ refused: ThreadRefused, _ started: Started) {
        guard Monotonic.nanoseconds >= started.nextWordOfRefusal else { return }
        started.nextWordOfRefusal = Monotonic.moment(in: 30_000_000_000)
        definition.log(
            .warning,
            "the system gives no thread for snapshots of the state (error \(refused.errorNumber)): batches wait for "
                + "them; raise the limit of threads and processes (ulimit -u, TasksMax=, the pids limit)")
    }

    /// Commits the last marker again after a long idle time, before Kafka lets it expire, and logs that it did: a start
    /// must know how old the marker is.
    func refreshMarkerIfIdle(_ started: Started) throws {
        guard let marker = started.sink.committedMarker, Monotonic.nanoseconds >= started.markerRefreshDue else {
            return
        }
        let batch = started.lastCommittedBatch
        try waiting(for: "the marker to be committed again") { try started.sink.commitAlone(marker, batch: batch) }
        try started.checkpoint.appendMarker(MarkerEntry(batch: batch, timestampMilliseconds: nowMilliseconds))
        started.markerRefreshDue = Monotonic.moment(in: markerRefreshNanoseconds(started.sink))
        started.sink.prepareNext()
    }

    /// After how long an idle query commits its marker again: as set, and well within the time for which the brokers
    /// keep it.
    private func markerRefreshNanoseconds(_ sink: SinkDriver) -> UInt64 {
        let kept = sink.markerRetentionMilliseconds.map {
            UInt64(clamping: $0 / 4).multipliedReportingOverflow(by: 1_000_000)
        }
        guard let kept, !kept.overflow else { return definition.settings.markerRefreshNanoseconds }
        return min(definition.settings.markerRefreshNanoseconds, kept.partialValue)
    }

    /// Milliseconds since 1970.
    var nowMilliseconds: Int64 { definition.clock.nowMicroseconds / 1000 }

    /// Repeats a step while the other side is away, saying so in the status and, now and then, in the log.
    ///
    /// Ends with `cancelled` when the query is asked to stop, and with the error itself after `timeoutNanoseconds`
    /// (0: never).
    func waiting<T>(
        for what: @autoclosure () -> String, timeoutNanoseconds: UInt64 = 0, _ body: () throws -> T
    ) throws -> T {
        let start = Monotonic.nanoseconds
        var delay = definition.settings.retryDelayNanoseconds
        var nextLogLine = start
        while true {
            do {
                let result = try body()
                if nextLogLine > start {
                    let seconds = (Monotonic.nanoseconds - start) / 1_000_000_000
                    definition.log(.info, "goes on after waiting \(seconds) s for \(what())")
                }
                return result
            } catch let error as ConnectorError where error.isRetriable && error.code != .outcomeUnknown {
                let now = Monotonic.nanoseconds
                if timeoutNanoseconds > 0, now - start > timeoutNanoseconds { throw error }
                control.setStatus("Waiting for \(what()): \(error.message)")
                // It may take long: what is logged is durable meanwhile.
                try started?.checkpoint.synchronize()
                if now >= nextLogLine {
                    definition.log(.warning, "waiting for \(what()): \(error)")
                    nextLogLine = now + 30_000_000_000
                }
                control.sleep(until: now + delay, untilWoken: false)
                if control.shouldStop {
                    throw ConnectorError(.cancelled, "stopped while waiting for \(what()): \(error.message)")
                }
                delay = min(delay * 2, definition.settings.retryDelayNanoseconds * 50)
            }
        }
    }
}
