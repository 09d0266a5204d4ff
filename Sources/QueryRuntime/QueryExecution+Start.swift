// A query's start: lock, fence, read marker and logs, decide where to go on, load the state.

import CheckpointLog
import Columns
import Connectors
import DurableFiles
import JSONText
import Operators
import StateStore
import Threads

extension QueryExecution {
    /// Opens everything in the order that the protocol asks for. The sink is fenced before the logs are read: until then an
    /// older instance may still write them.
    func makeStarted() throws -> Started {
        let disk = RealDisk()
        let checkpoint = try Checkpoint.open(
            directory: definition.checkpointDirectory, runID: runID, disk: disk)
        var isKept = false
        defer { if !isKept { checkpoint.close() } }
        CrashPoint.reach(.afterLock)
        let metadata = try openMetadata(checkpoint)
        let timeout = definition.settings.startupTimeoutNanoseconds
        let sink = SinkDriver(
            sink: definition.sink, queryID: metadata.id, queryName: metadata.name, sourceCluster: try sourceCluster(timeout: timeout))
        control.setStatus("Initializing sink")
        try waiting(for: definition.sink.description, timeoutNanoseconds: timeout) {
            try definition.sink.open()
            try sink.fence()
        }
        CrashPoint.reach(.afterFence)

        let recovered = try checkpoint.recover()
        let initial = try recovered.lastPlan == nil ? initialOffsets(timeout: timeout) : []
        try checkSources(recovered.lastPlan)
        let candidates = zip(definition.sources, recovered.lastPlan?.sources.map(\.end) ?? initial)
            .flatMap { $0.logPositions(at: $1) }
        let marker = try waiting(for: "the marker of the last batch", timeoutNanoseconds: timeout) {
            try sink.readMarker(candidates: candidates)
        }
        CrashPoint.reach(.afterMarkerRead)

        let (state, shards) = try makeState(checkpoint, metadata: metadata, disk: disk)
        let decision = try decide(recovered, marker, sink: sink, state: state, queryID: metadata.id)
        definition.log(.info, "query \(label): \(decision)")
        try checkpoint.startRun()
        CrashPoint.reach(.afterRunStarted)
        let computation = BatchComputation(
            plan: definition.plan, outputMode: definition.outputMode, pool: pool, shards: shards)
        let started = Started(
            checkpoint: checkpoint, queryID: metadata.id, sink: sink, state: state, shards: shards,
            computation: computation, batchProtocol: BatchProtocol(phase: .idle(next: 0)), offsets: initial,
            current: nil)
        try goOn(started, recovered, decision, marker)
        isKept = true
        return started
    }

    private func openMetadata(_ checkpoint: Checkpoint) throws -> CheckpointMetadata {
        if let metadata = checkpoint.metadata {
            try checkpoint.requireSamePlan(definition.planText)
            return metadata
        }
        let metadata = CheckpointMetadata(
            id: Identifier.uuid(), name: definition.name, engine: definition.engine, plan: definition.planText,
            shards: Int64(definition.settings.shardCount))
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

    private func initialOffsets(timeout: UInt64) throws -> [JSONValue] {
        try definition.sources.map { source in
            control.setStatus("Getting offsets from \(source.description)")
            return try waiting(for: source.description, timeoutNanoseconds: timeout) { try source.initialOffset() }
        }
    }

    private func checkSources(_ plan: PlanEntry?) throws {
        guard let plan, plan.sources.count != definition.sources.count else { return }
        throw QueryError(
            code: "CHECKPOINT_MISMATCH",
            message: "there are \(plan.sources.count) sources in the checkpoint and \(definition.sources.count) in the query",
            hint: "start the changed query with a new checkpoint", disposition: .correctAndRestart)
    }

    private func makeState(
        _ checkpoint: Checkpoint, metadata: CheckpointMetadata, disk: any Disk
    ) throws -> (StateStore, [AggregationShard]) {
        var shards: [AggregationShard] = []
        if let aggregation = definition.plan.aggregation {
            shards = (0..<Int(metadata.shards)).map { AggregationShard(aggregation.plan, index: $0) }
        }
        let operators = shards.isEmpty
            ? []
            : [StateOperator(id: 0, name: "stateStoreSave", fingerprint: shards[0].fingerprint, shards: shards)]
        let state = try StateStore(
            directory: checkpoint.stateDirectory, disk: disk, runID: runID, operators: operators,
            memoryLimitBytes: definition.settings.stateMemoryBytes)
        return (state, shards)
    }

    private func decide(
        _ recovered: RecoveredLog, _ marker: SinkMarker?, sink: SinkDriver, state: StateStore, queryID: String
    ) throws -> StartDecision {
        let parsed = try marker.map { try TransactionMarker.parse($0.text) }
        var offsetsMatch = true
        if let marker, let parsed, let plan = [recovered.lastPlan, recovered.lastCommittedPlan].compactMap({ $0 })
            .first(where: { $0.batch == parsed.batch })
        {
            let logged = zip(definition.sources, plan.sources).flatMap { $0.logPositions(at: $1.end) }
            offsetsMatch = logged.isEmpty || marker.positions.allSatisfy { logged.contains($0) }
        }
        let availability: StartDecision.StateAvailability
        if definition.plan.aggregation == nil {
            availability = .stateless
        } else if let parsed, state.contains(
            version: parsed.batch + 1, attempt: parsed.attempt, hash: parsed.stateHash)
        {
            availability = .present
        } else {
            availability = .missing
        }
        return StartDecision.decide(
            lastPlanned: recovered.lastPlan?.batch, lastCommitted: recovered.lastCommit?.batch, marker: parsed,
            offsetsMatch: offsetsMatch, state: availability, query: queryID,
            sink: sink.isTransactional && !Mutant.noMarker.isActive ? .transactional : .atLeastOnce)
    }

    /// Puts the query where the decision says, with the state of the last committed batch loaded.
    private func goOn(
        _ started: Started, _ recovered: RecoveredLog, _ decision: StartDecision, _ marker: SinkMarker?
    ) throws {
        started.sink.adopt(marker)
        switch decision {
        case .startNew:
            try started.state.load(version: 0, attempt: "")
        case .continueAfter(let batch), .recommitMarkerThenContinue(let batch):
            try loadState(started, recovered.lastCommit)
            started.offsets = recovered.lastCommittedPlan?.sources.map(\.end) ?? []
            started.lastCommittedBatch = batch
            started.batchProtocol = BatchProtocol(phase: .idle(next: batch + 1))
            if case .recommitMarkerThenContinue = decision { try recommitMarker(started, recovered) }
        case .rerun(let batch):
            try loadState(started, recovered.lastCommit)
            resume(started, recovered, phase: .planned(batch))
        case .adopt(let batch, let attempt):
            try started.state.load(version: batch + 1, attempt: attempt)
            resume(started, recovered, phase: .delivered(batch))
            started.current?.attempt = attempt
            started.current?.stateHash = (try marker.map { try TransactionMarker.parse($0.text) })?.stateHash ?? ""
        case .fail(let code, let message, let hint):
            throw QueryError(code: code.rawValue, message: message, hint: hint, disposition: .needsOperator)
        }
        started.sink.prepareNext()
    }

    private func loadState(_ started: Started, _ commit: CommitEntry?) throws {
        guard let commit else { return try started.state.load(version: 0, attempt: "") }
        try started.state.load(version: commit.batch + 1, attempt: commit.attempt)
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
                marker: started.sink.marker(
                    batch: commit.batch, attempt: commit.attempt, stateHash: commit.stateHash, positions: positions))
        }
    }
}
