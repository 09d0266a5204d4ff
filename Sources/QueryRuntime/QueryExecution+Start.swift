// A query's start: lock, fence, read marker and logs, decide where to go on, load the state.

import CheckpointLog
import Columns
import Connectors
import DurableFiles
import JSONText
import Operators
import StateStore
import Threads

extension StartDecision {
    /// The decision as the log tells it.
    fileprivate var inWords: String {
        switch self {
        case .startNew: "new, begins with batch 0"
        case .continueAfter(let batch): "goes on after batch \(batch)"
        case .recommitMarkerThenContinue(let batch): "goes on after batch \(batch), whose marker has expired"
        case .adopt(let batch, _): "batch \(batch) was delivered before the stop: takes its state over and goes on"
        case .rerun(let batch): "batch \(batch) was planned and not delivered: runs it again"
        case .rerunWithoutOutput(let batch): "batch \(batch) is taken for delivered, as asked: runs it without output"
        case .fail(let failure): "can't start: \(failure.message)"
        }
    }
}

extension QueryExecution {
    /// How soon after a start an idle query commits its marker again.
    private static let firstRefreshNanoseconds: UInt64 = 60_000_000_000

    /// Opens everything in the order that the protocol asks for. The sink is fenced before the logs are read: until
    /// then an older instance may still write them.
    func makeStarted() throws -> Started {
        let disk = RealDisk()
        let checkpoint = try Checkpoint.open(
            directory: definition.checkpointDirectory, runID: runID, disk: disk)
        var isKept = false
        defer { if !isKept { checkpoint.close() } }
        CrashPoint.reach(.afterLock)
        // A new checkpoint's metadata is written once everything else is known to be right, so that a query whose topic
        // was misspelled can be corrected.
        if checkpoint.metadata != nil { try checkpoint.requireSamePlan(definition.planText) }
        let queryID = checkpoint.metadata?.id ?? Identifier.uuid()
        let queryName = checkpoint.metadata.map(\.name) ?? definition.name
        let timeout = definition.settings.startupTimeoutNanoseconds
        let sink = SinkDriver(
            sink: definition.sink, queryID: queryID, queryName: queryName,
            sourceCluster: try sourceCluster(timeout: timeout))
        control.setStatus("Initializing sink")
        try waiting(for: definition.sink.description, timeoutNanoseconds: timeout) {
            try definition.sink.open()
            try sink.fence()
        }
        CrashPoint.reach(.afterFence)

        let recovered = try checkpoint.recover()
        let initial = try recovered.lastPlan == nil ? initialOffsets(checkpoint.metadata, timeout: timeout) : []
        try checkSources(recovered.lastPlan)
        let candidates = zip(definition.sources, recovered.lastPlan?.sources.map(\.end) ?? initial)
            .flatMap { $0.logPositions(at: $1) }
        let marker = try waiting(for: "the marker of the last batch", timeoutNanoseconds: timeout) {
            try sink.readMarker(candidates: candidates)
        }
        CrashPoint.reach(.afterMarkerRead)

        let metadata = try createMetadata(checkpoint, id: queryID, initial: initial)
        let computation = BatchComputation(plan: definition.plan, pool: pool, shardCount: Int(metadata.shards))
        let state = try makeState(computation.stateOperators, checkpoint, disk: disk)
        let decision = try decide(recovered, marker, sink: sink, state: state, queryID: queryID)
        definition.log(.info, "query \(definition.name ?? queryID): \(decision.inWords)")
        try checkpoint.startRun()
        CrashPoint.reach(.afterRunStarted)
        let started = Started(
            checkpoint: checkpoint, queryID: queryID, sink: sink, state: state, computation: computation,
            batchProtocol: BatchProtocol(phase: .idle(next: 0)), offsets: initial, current: nil)
        try goOn(started, recovered, decision, marker)
        try readTables(computation, timeout: timeout)
        isKept = true
        return started
    }

    private func createMetadata(
        _ checkpoint: Checkpoint, id: String, initial: [JSONValue]
    ) throws -> CheckpointMetadata {
        if let metadata = checkpoint.metadata { return metadata }
        let metadata = CheckpointMetadata(
            id: id, name: definition.name, engine: definition.engine, plan: definition.planText,
            shards: Int64(definition.settings.shardCount), startingOffsets: initial)
        try checkpoint.createMetadata(metadata)
        return metadata
    }

    private func sourceCluster(timeout: UInt64) throws -> String? {
        let clusters = try definition.sources.map { source in
            try waiting(for: source.description, timeoutNanoseconds: timeout) {
                try source.open()
                return source.clusterIdentity
            }
        }
        // Positions of several clusters can't be committed in one transaction: the sink then keeps its own.
        return Set(clusters).count == 1 ? clusters.first ?? nil : nil
    }

    private func initialOffsets(_ metadata: CheckpointMetadata?, timeout: UInt64) throws -> [JSONValue] {
        if let known = metadata?.startingOffsets, known.count == definition.sources.count { return known }
        return try definition.sources.map { source in
            control.setStatus("Getting offsets from \(source.description)")
            return try waiting(for: source.description, timeoutNanoseconds: timeout) { try source.initialOffset() }
        }
    }

    private func checkSources(_ plan: PlanEntry?) throws {
        guard let plan, plan.sources.count != definition.sources.count else { return }
        throw QueryError(
            code: "CHECKPOINT_MISMATCH",
            message:
                "there are \(plan.sources.count) sources in the checkpoint and \(definition.sources.count) in "
                + "the query",
            hint: "start the changed query with a new checkpoint", disposition: .correctAndRestart)
    }

    private func makeState(
        _ operators: [StateOperator], _ checkpoint: Checkpoint, disk: any Disk
    ) throws -> StateStore? {
        guard !operators.isEmpty else { return nil }
        return try StateStore(
            directory: checkpoint.stateDirectory, operators: operators, runID: runID,
            options: StateStoreOptions(memoryBudgetBytes: definition.settings.stateMemoryBytes), disk: disk)
    }

    /// Computes what depends on tables alone: it stays the same for every batch of this run.
    private func readTables(_ computation: BatchComputation, timeout: UInt64) throws {
        guard !definition.tables.isEmpty else { return }
        control.setStatus("Reading tables")
        for table in definition.tables {
            try waiting(for: table.description, timeoutNanoseconds: timeout) { try table.open() }
        }
        let context = BatchContext(
            batchTimestampMicroseconds: definition.clock.nowMicroseconds, outputMode: definition.outputMode)
        _ = try computation.prepareTables(definition.tables, context)
    }

    private func decide(
        _ recovered: RecoveredLog, _ marker: SinkMarker?, sink: SinkDriver, state: StateStore?, queryID: String
    ) throws -> StartDecision {
        var found = StartFacts.Marker.none
        var parsed: TransactionMarker?
        if let marker {
            do {
                let text = try TransactionMarker.parse(marker.text)
                parsed = text
                found = .found(text, offsetsMatch: offsetsMatch(marker, text, recovered))
            } catch {
                found = .unreadable("the marker '\(marker.text.prefix(200))' can't be read: \(error)")
            }
        }
        let commit = recovered.lastCommit
        return StartDecision.decide(
            StartFacts(
                queryID: queryID, lastPlanned: recovered.lastPlan?.batch, lastCommitted: commit?.batch,
                committedAttempt: commit?.attempt, marker: found,
                state: try availability(of: state, marker: parsed, commit: commit),
                sinkIsTransactional: sink.isTransactional && !Mutant.noMarker.isActive,
                onMarkerLost: definition.settings.onMarkerLost))
    }

    /// Whether the positions committed with a marker are those where the log says that its batch ended.
    private func offsetsMatch(_ marker: SinkMarker, _ text: TransactionMarker, _ recovered: RecoveredLog) -> Bool? {
        let plans = [recovered.lastPlan, recovered.lastCommittedPlan].compactMap { $0 }
        guard let plan = plans.first(where: { $0.batch == text.batch }) else { return nil }
        let logged = zip(definition.sources, plan.sources).flatMap { $0.logPositions(at: $1.end) }
        guard !logged.isEmpty, !marker.positions.isEmpty else { return nil }
        return marker.positions.allSatisfy { logged.contains($0) }
    }

    private func availability(
        of state: StateStore?, marker: TransactionMarker?, commit: CommitEntry?
    ) throws -> StartFacts.StateAvailability {
        guard let state else { return .stateless }
        let version: (batch: Int64, attempt: String, hash: String?)
        if let marker {
            version = (marker.batch, marker.attempt, marker.stateHash)
        } else if let commit {
            version = (commit.batch, commit.attempt, commit.stateHash)
        } else {
            return .present  // Nothing is committed yet: the state is empty.
        }
        guard let hash = version.hash else { return .missing }
        let isThere = try state.contains(version: Int(version.batch) + 1, attempt: version.attempt, hash: hash)
        return isThere ? .present : .missing
    }

    /// Puts the query where the decision says, with the state of the last committed batch loaded.
    private func goOn(
        _ started: Started, _ recovered: RecoveredLog, _ decision: StartDecision, _ marker: SinkMarker?
    ) throws {
        started.sink.adopt(marker)
        switch decision {
        case .startNew:
            try started.state?.load(version: 0, attempt: "")
        case .continueAfter(let batch), .recommitMarkerThenContinue(let batch):
            try loadState(started, recovered.lastCommit)
            started.offsets = recovered.lastCommittedPlan?.sources.map(\.end) ?? []
            started.lastCommittedBatch = batch
            started.batchProtocol = BatchProtocol(phase: .idle(next: batch + 1))
            if case .recommitMarkerThenContinue = decision { try recommitMarker(started, recovered) }
            // Nobody knows how old the marker is: it is committed again soon, unless a batch comes first.
            started.markerRefreshDue = Monotonic.moment(
                in: min(definition.settings.markerRefreshNanoseconds, Self.firstRefreshNanoseconds))
        case .rerun(let batch):
            try loadState(started, recovered.lastCommit)
            resume(started, recovered, phase: .planned(batch))
        case .rerunWithoutOutput(let batch):
            try loadState(started, recovered.lastCommit)
            resume(started, recovered, phase: .planned(batch))
            started.current?.skipsOutput = true
        case .adopt(let batch, let attempt):
            try started.state?.load(version: Int(batch) + 1, attempt: attempt)
            resume(started, recovered, phase: .delivered(batch))
            started.current?.attempt = attempt
            started.current?.stateHash = try marker.map { try TransactionMarker.parse($0.text) }?.stateHash
            started.current?.isComputed = false
        case .fail(let failure):
            throw QueryError(
                code: failure.code.rawValue, message: failure.message, hint: failure.hint, disposition: .needsOperator)
        }
        started.sink.prepareNext()
    }

    private func loadState(_ started: Started, _ commit: CommitEntry?) throws {
        guard let commit else {
            try started.state?.load(version: 0, attempt: "")
            return
        }
        try started.state?.load(version: Int(commit.batch) + 1, attempt: commit.attempt)
    }

    private func resume(_ started: Started, _ recovered: RecoveredLog, phase: BatchProtocol.Phase) {
        guard let plan = recovered.lastPlan else { preconditionFailure("a batch without a plan can't be resumed") }
        started.offsets = plan.sources.map(\.start)
        started.current = Batch(plan: plan, latest: plan.sources.map(\.end))
        started.batchProtocol = BatchProtocol(phase: phase)
        started.lastCommittedBatch = plan.batch - 1
    }

    private func recommitMarker(_ started: Started, _ recovered: RecoveredLog) throws {
        guard let plan = recovered.lastPlan, let commit = recovered.lastCommit else { return }
        let positions = zip(definition.sources, plan.sources).flatMap { $0.logPositions(at: $1.end) }
        definition.log(.warning, "the marker of batch \(commit.batch) has expired: committing it again")
        try waiting(for: "the marker to be committed again") {
            try started.sink.deliver(
                batch: commit.batch, rows: [],
                marker: try started.sink.marker(
                    batch: commit.batch, attempt: commit.attempt, stateHash: commit.stateHash, positions: positions))
        }
    }
}
