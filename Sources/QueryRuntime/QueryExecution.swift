// The control thread of one query: carries out what the batch protocol says is due, until the query ends.

import CheckpointLog
import Columns
import Connectors
import DurableFiles
import JSONText
import Operators
import StateStore
import Threads

/// Runs one query from start to end on a thread of its own.
///
/// Everything here runs on that thread; the outside sees `control` only.
///
/// SAFETY: made by the starting thread, then used by the control thread alone.
package final class QueryExecution: @unchecked Sendable {
    let definition: QueryDefinition
    /// The definition's `sourceNames`, put together once.
    let sourceNames: [String]
    /// What the status says while each source is asked for offsets; it is asked often.
    let lookStatuses: [String]
    /// The plan's `watchedStreams`.
    let watchedStreams: [String: [Int]]
    package let control: QueryControl
    let runID: String
    let pool: WorkerPool
    let disk: any Disk
    /// Whether the pool ends with the query.
    private let ownsPool: Bool

    // Set by `start`.
    var started: Started?

    /// What exists once the checkpoint has been opened and its state loaded.
    final class Started {
        let checkpoint: Checkpoint
        let queryID: String
        let sink: SinkDriver
        /// Keeps each batch's manifest as well, so that queries without operators that keep state have one.
        let state: StateStore
        /// Writes the state while rows are sent.
        let stateThread = CompanionThread(name: "state")
        /// Makes the plan durable while the batch is computed.
        let planSynchronization: PlanSynchronization
        let computation: BatchComputation
        var batchProtocol: BatchProtocol
        /// Where each source's next batch starts.
        var offsets: [JSONValue]
        /// The batch under way, from its plan to its record in the commit log.
        var current: Batch?
        var attempts: UInt64 = 0
        /// When the marker is to be committed again, where no batch comes first.
        var markerRefreshDue: UInt64 = .max
        var lastTriggerNanoseconds: UInt64?
        /// When it was last said that a batch was run or that there was nothing to do, by the query's clock.
        var lastSignMicroseconds: Int64?
        var lastCommittedBatch: Int64
        var doubts = Doubts()
        /// Tries of the batch under way that were taken back.
        var failures = Failures()
        /// What the last committed batch has left for the next one.
        private(set) var manifest = EpochManifest()
        /// The watermarks of the last committed batch and those that it has left.
        private(set) var watermarks: (late: Watermarks, next: Watermarks)
        /// When it was asked last which partitions are idle, in milliseconds since 1970.
        var lastIdleLook: Int64?
        /// The partitions that watermarks go on without, as was said last.
        var toldIdle: [String: [String]] = [:]
        /// When the tables were read.
        var tables = TableReadings([], at: 0)
        /// When it may be said again that a source is away while others are read.
        var nextWordOfAbsence: UInt64 = 0
        /// When it may be said again that rows lie too far in the future to move a watermark.
        var nextWordOfFarRows: UInt64 = 0
        var nextWordOfBadRows: UInt64 = 0
        /// When it may be said again that the system gives no thread for snapshots.
        var nextWordOfRefusal: UInt64 = 0

        struct Failures {
            /// All of them, by which the pauses grow.
            var count = 0
            /// Those for want of space on the disk, which end the query after so many.
            var fullDisks = 0
            var nextLogLine: UInt64 = 0
        }

        /// Deliveries of the batch under way that failed with an unknown outcome.
        struct Doubts {
            /// After so many in a row for reasons that don't pass by themselves the query ends.
            static let limit = 5
            private(set) var count = 0
            private(set) var lasting = 0
            private(set) var last: ConnectorError?

            mutating func append(_ error: ConnectorError) {
                count += 1
                lasting = error.isRetriable ? 0 : lasting + 1
                last = error
            }
        }

        init(
            checkpoint: Checkpoint, queryID: String, sink: SinkDriver, state: StateStore,
            computation: BatchComputation, batchProtocol: BatchProtocol, offsets: [JSONValue], current: Batch?
        ) {
            self.checkpoint = checkpoint
            planSynchronization = PlanSynchronization(checkpoint)
            self.queryID = queryID
            self.sink = sink
            self.state = state
            self.computation = computation
            self.batchProtocol = batchProtocol
            self.offsets = offsets
            self.current = current
            lastCommittedBatch = batchProtocol.batchID - 1
            watermarks = Self.watermarks(manifest, computation.plan)
        }

        /// Goes on from what a batch has left.
        func goOn(from manifest: EpochManifest) {
            self.manifest = manifest
            watermarks = Self.watermarks(manifest, computation.plan)
        }

        /// When each watermark moved last, up to the last committed batch.
        var movedMilliseconds: [String: Int64] { manifest.movedMilliseconds }
        /// How far event time has come in each partition, after the last committed batch.
        var partitionTimes: PartitionTimes { PartitionTimes(manifest.partitionTimes) }

        private static func watermarks(
            _ manifest: EpochManifest, _ plan: PhysicalPlan
        ) -> (late: Watermarks, next: Watermarks) {
            (Watermarks(of: plan, known: manifest.lateWatermarks), Watermarks(of: plan, known: manifest.watermarks))
        }
    }

    /// One micro-batch on its way.
    struct Batch {
        let plan: PlanEntry
        /// How far each source reached; null where nobody could tell.
        let latest: [JSONValue]
        /// Where it ends, as positions that a transaction can hold.
        let positions: [LogPosition]
        /// The watermarks by which rows are too late, and those at which is dropped what is final.
        let watermarks: (late: Watermarks, eviction: Watermarks)
        var attempt = ""
        var manifestHash = ""
        var manifest = EpochManifest()
        /// Whether the rows stay out of the sink: the operator has chosen to take them for delivered.
        var skipsOutput = false
        /// Whether the state was computed in this run, rather than adopted from a former one.
        var isComputed = true
        var result: BatchResult?
        var marker: SinkMarker?
    }

    /// Makes the execution of a planned query; `run` starts it. Without a pool of others it has one of its own.
    package init(_ definition: QueryDefinition, on pool: WorkerPool? = nil, disk: (any Disk)? = nil) {
        self.definition = definition
        sourceNames = definition.sourceNames
        watchedStreams = definition.plan.watchedStreams
        lookStatuses = definition.sources.map { "Getting offsets from \($0.description)" }
        // Nobody comes back to a temporary checkpoint.
        self.disk = disk ?? RealDisk(isLasting: !definition.isCheckpointTemporary)
        control = QueryControl(progressLimit: definition.settings.progressLimit)
        runID = Identifier.uuid()
        self.pool = pool ?? WorkerPool(name: "worker", workerCount: definition.settings.workerCount)
        ownsPool = pool == nil
    }

    /// The query's id once it has been started, and the id of this run.
    package var ids: (query: String, run: String) { (started?.queryID ?? "", runID) }

    /// Opens checkpoint, sources and sink, and finds out where to go on. Blocks; throws `QueryError`.
    package func start() throws {
        do {
            started = try makeStarted()
        } catch {
            let failure = QueryError(error)
            finish(failure)
            throw failure
        }
    }

    /// Runs batches until the query ends; `start` comes first. Blocks.
    package func run() {
        var failure: QueryError?
        if let started {
            do {
                try runTriggers(started)
                try started.checkpoint.synchronize()
            } catch let error as ConnectorError where error.code == .cancelled && control.shouldStop {
                // Asked to stop while it waited for the other side: the batch was not delivered and comes again.
            } catch {
                let cause = supersession(started.checkpoint) ?? error
                let isOfRow = (cause as? ExecutionError)?.isOfRow ?? false
                let mayLeaveOut = isOfRow && definition.settings.badRows.handling == .fail
                let wrapped = mayLeaveOut ? QueryError(cause).ofRowOfStream : QueryError(cause)
                failure =
                    started.batchProtocol.isIdle ? wrapped : wrapped.inBatch(started.batchProtocol.batchID)
            }
        }
        finish(failure)
    }

    /// That another instance has taken over, which explains whatever failed: it removes files that it doesn't know.
    func supersession(_ checkpoint: Checkpoint) -> CheckpointError? {
        do throws(CheckpointError) {
            try checkpoint.requireCurrent()
            return nil
        } catch {
            return error.code == .superseded ? error : nil
        }
    }

    private func finish(_ failure: QueryError?) {
        control.setStopHandler(nil)
        for source in definition.sources {
            source.setDataArrivalHandler {}
            source.cancelReads()
        }
        started?.planSynchronization.close()
        started?.stateThread.close()
        started?.sink.close()
        if started == nil { definition.sink.close() }
        for source in definition.sources { source.close() }
        for table in definition.tables { table.close() }
        if ownsPool { pool.shutDown() }
        started?.state.close()
        started?.checkpoint.close()
        // After a failure it may tell why; where nothing ran, it tells nothing.
        if definition.isCheckpointTemporary, failure == nil || started == nil {
            TemporaryDirectory.remove(definition.checkpointDirectory)
        }
        if let failure {
            // A start throws it, and so does a wait for the end: said here as well it would be said twice.
            if started != nil, !control.isAwaited { definition.log(.error, "query \(label) failed: \(failure)") }
        } else {
            definition.log(.info, "query \(label) stopped")
        }
        control.end(failure)
    }

    /// How log lines call the query.
    var label: String { definition.name ?? (started?.queryID ?? runID) }

    // MARK: Triggers

    private func runTriggers(_ started: Started) throws {
        control.setStopHandler { [sources = definition.sources, sink = definition.sink] in
            for source in sources { source.cancelReads() }
            sink.stopSoon()
        }
        for source in definition.sources { source.setDataArrivalHandler { [control] in control.wake() } }
        switch definition.trigger {
        case .once, .availableNow:
            try finishBatch(started)
            if definition.trigger == .availableNow {
                for source in definition.sources {
                    try waiting(for: "the end of \(source.description)") { try source.fixEnd() }
                }
            }
            while !control.shouldStop {
                guard try trigger(started), definition.trigger == .availableNow else { return }
            }
        case .processingTime(let interval):
            try runPeriodically(started, interval: interval.nanoseconds)
        }
    }

    private func runPeriodically(_ started: Started, interval: UInt64) throws {
        // Times of triggers are whole microseconds, as those of the clock.
        let interval = Int64(clamping: (interval + 999) / 1000)
        let shortest = definition.settings.pollingDelayNanoseconds
        var pollingDelay = shortest
        while !control.shouldStop {
            let start = max(0, definition.clock.nowMicroseconds)
            let hadData = try trigger(started)
            if control.shouldStop { return }
            if interval > 0 {
                try started.checkpoint.synchronize()
                // At multiples of the interval since 1970, as in Spark; where one is missed the next batch comes at
                // once.
                let (due, overflow) = ((start / interval) + 1).multipliedReportingOverflow(by: interval)
                control.setStatus("Waiting for next trigger", isDataAvailable: hadData, isTriggerActive: false)
                // A system's clock that was set back must not stretch the wait.
                let latest = definition.clock.nowMicroseconds.addingReportingOverflow(interval).partialValue
                definition.clock.sleep(until: overflow ? latest : min(due, latest), control)
            } else if !hadData {
                control.setStatus("Waiting for data to arrive", isDataAvailable: false, isTriggerActive: false)
                control.sleep(until: Monotonic.nanoseconds &+ pollingDelay, untilWoken: true)
                pollingDelay = min(2 &* pollingDelay, QueryDefinition.Settings.longestPolling &* shortest)
            }
            if hadData { pollingDelay = shortest }
        }
    }

    /// Runs one trigger; returns whether there was a batch.
    private func trigger(_ started: Started) throws -> Bool {
        var times = TriggerTimes(startMicroseconds: definition.clock.nowMicroseconds)
        let previousTrigger = started.lastTriggerNanoseconds
        started.lastTriggerNanoseconds = times.startNanoseconds
        if started.batchProtocol.isIdle {
            guard try plan(started, &times) else {
                try refreshMarkerIfIdle(started)
                return false
            }
        }
        try finishBatch(started, times, previousTrigger: previousTrigger)
        return true
    }

    /// Says now and then that there is nothing to do; at once where the query has run no batch yet, as Spark does.
    func tellIdle(_ started: Started) {
        guard let tell = definition.settings.onIdle else { return }
        let now = definition.clock.nowMicroseconds
        if let last = started.lastSignMicroseconds, now &- last < QueryDefinition.Settings.idleMicroseconds { return }
        started.lastSignMicroseconds = now
        tell(started.queryID, runID, TimestampText.iso8601(microseconds: now))
    }

    /// Carries a batch that is under way to its end.
    private func finishBatch(
        _ started: Started, _ times: TriggerTimes? = nil, previousTrigger: UInt64? = nil
    ) throws {
        guard !started.batchProtocol.isIdle else { return }
        var times = times ?? TriggerTimes(startMicroseconds: definition.clock.nowMicroseconds)
        while !started.batchProtocol.isIdle { try carryOut(started.batchProtocol.nextAction, started, &times) }
        guard let batch = started.current else { return }
        started.current = nil
        tellFarRows(started, batch)
        tellBadRows(started, batch)
        let progress = makeProgress(started, batch, times, previousTrigger: previousTrigger)
        control.add(progress)
        started.lastSignMicroseconds = definition.clock.nowMicroseconds
        definition.settings.onProgress?(progress)
        definition.log(
            .debug,
            "batch \(progress.batchID): \(progress.numInputRows) rows in \(progress.batchDurationMilliseconds) ms")
    }

    private func carryOut(_ action: BatchProtocol.Action, _ started: Started, _ times: inout TriggerTimes) throws {
        switch action {
        case .plan: break
        case .run: try tryingAgain(started) { try execute(started, &times) }
        case .prepare: try tryingAgain(started) { try prepare(started, &times) }
        case .send: try sendAgain(started, &times)
        case .commit: try commit(started, &times)
        case .resolve: try resolve(started)
        case .record: try record(started, &times)
        }
    }
}
