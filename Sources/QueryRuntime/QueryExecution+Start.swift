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
    /// How soon after a start an idle query commits its marker again.
    private static let firstRefreshNanoseconds: UInt64 = 60_000_000_000

    /// Opens everything in the order that the protocol asks for. The sink is fenced before the logs are read: until
    /// then an older instance may still write them. Nothing is written before it is decided that the query may run.
    func makeStarted() throws -> Started {
        let checkpoint = try Checkpoint.open(
            directory: definition.checkpointDirectory, runID: runID, disk: disk)
        var isKept = false
        defer { if !isKept { checkpoint.close() } }
        CrashPoint.reach(.afterLock)
        if checkpoint.metadata != nil {
            try checkpoint.requireSamePlan(definition.planText, after: definition.withVariables)
        }
        let queryID = checkpoint.metadata?.id ?? Identifier.uuid()
        let timeout = definition.settings.startupTimeoutNanoseconds
        let (sink, binding) = try openOutside(checkpoint.metadata, queryID: queryID, timeout: timeout)
        if let division = checkpoint.division { tellOptionsOfNewQueries(division) }
        try waiting(for: definition.sink.description, timeoutNanoseconds: timeout) { try sink.fence() }
        CrashPoint.reach(.afterFence)

        let recovered = try checkpoint.recover()
        do {
            let started = try goOn(checkpoint, recovered, queryID: queryID, sink, binding)
            isKept = true
            return started
        } catch let error as ConnectorError where error.code == .cancelled {
            throw error
        } catch {
            // What another instance has done since the log was read looks like an old checkpoint.
            throw supersession(checkpoint) ?? error
        }
    }

    /// Decides what comes next, from what the checkpoint, the marker and the sources say, and puts the query there.
    private func goOn(
        _ checkpoint: Checkpoint, _ recovered: RecoveredLog, queryID: String, _ sink: SinkDriver,
        _ binding: CheckpointBinding
    ) throws -> Started {
        let timeout = definition.settings.startupTimeoutNanoseconds
        for (index, source) in definition.sources.enumerated() {
            try source.recover(from: SourceDirectories.path(of: index, in: checkpoint.directory), disk: disk)
        }
        let initial = try startingOffsets(checkpoint.metadata, recovered, timeout: timeout)
        let candidates = positions(recovered.lastPlan?.sources.map { ($0.name, $0.end) } ?? initial)
        let marker = try waiting(for: "the marker of the last batch", timeoutNanoseconds: timeout) {
            try sink.readMarker(candidates: candidates)
        }
        CrashPoint.reach(.afterMarkerRead)

        let shards = checkpoint.division?.shards ?? Int64(definition.settings.shardCount)
        let computation = BatchComputation(
            plan: definition.plan, pool: pool, shardCount: Int(clamping: shards),
            memoryBytes: definition.settings.batchMemoryBytes,
            stateMemoryBytes: definition.settings.stateMemoryBytes)
        let change = try prepareVariables(checkpoint, recovered)
        var mayCount = change == nil
        defer { if !mayCount { checkpoint.abandonDivision() } }
        let stateDirectory = change?.stateDirectory ?? checkpoint.stateDirectory
        let state = try makeState(computation.stateOperators, checkpoint, in: stateDirectory, disk: disk)
        let decision = try decide(
            recovered, marker, initial, checkpoint: checkpoint.metadata, stateDirectory: stateDirectory,
            sink: sink, state: state, queryID: queryID)
        definition.log(.info, "query \(definition.name ?? queryID): \(decision.inWords)")
        if case .fail(let failure) = decision { throw failure }
        warn()
        sink.adopt(marker)
        if decision == .commitFirstMarker { try commitFirstMarker(sink, at: positions(initial), timeout: timeout) }
        try createMetadata(checkpoint, id: queryID, initial: initial, binding: binding)
        try checkpoint.startRun()
        CrashPoint.reach(.afterRunStarted)
        // After an error nobody knows whether the file that makes it count is there: the next start looks.
        mayCount = true
        if let change { try checkpoint.commitDivision(change.division) }
        let started = Started(
            checkpoint: checkpoint, queryID: queryID, sink: sink, state: state, computation: computation,
            batchProtocol: BatchProtocol(phase: .idle(next: 0)), offsets: initial.map(\.offset), current: nil)
        try goOn(started, recovered, decision, marker)
        started.tables = try readTables(computation, timeout: timeout)
        tellChangedTables(started)
        return started
    }

    /// Tells what works, and may surprise later.
    private func warn() {
        if pool.missingThreads > 0 {
            definition.log(
                .warning,
                "the system refused \(pool.missingThreads) of \(pool.workerCount - 1) threads of workers: the others "
                    + "do their work; raise the limit of threads and processes (ulimit -u, TasksMax=, the pids limit)")
        }
        let settings = definition.settings.watermarks
        if settings.emitsInCrossingBatch, !emitsInCrossingBatch, !definition.plan.watermarkOperators.isEmpty {
            definition.log(
                .warning,
                "millrace.watermark.emitInCrossingBatch changes nothing here: it is for output mode append, and for "
                    + "one aggregation by event time as the only step with state, whose watermarks are those of streams"
            )
        }
        for state in definition.plan.unboundedStates {
            definition.log(
                .warning,
                "\(state), "
                    + (definition.settings.spill == nil
                        ? "and at its limit the query ends with STATE_LIMIT"
                        : "outside of memory until the disk is full"))
        }
    }

    /// Opens sources and sink, and refuses others than those that the checkpoint belongs to. Nothing is changed yet,
    /// on either side.
    private func openOutside(
        _ metadata: CheckpointMetadata?, queryID: String, timeout: UInt64
    ) throws -> (SinkDriver, CheckpointBinding) {
        let cluster = try sourceCluster(timeout: timeout)
        let sink = SinkDriver(
            sink: definition.sink, queryID: queryID, queryName: metadata.map(\.name) ?? definition.name,
            sourceCluster: cluster)
        if metadata != nil { sink.resume(goesOnWithoutMarker: definition.settings.onMarkerLost != .fail) }
        control.setStatus("Initializing sink")
        do {
            try waiting(for: definition.sink.description, timeoutNanoseconds: timeout) { try definition.sink.open() }
        } catch let error as ConnectorError where error.code == .notFound && metadata == nil {
            throw withMissingSources(error)
        }
        let sources = try zip(definition.sources, sourceNames).map { source, name in
            try waiting(for: source.description, timeoutNanoseconds: timeout) {
                CheckpointBinding.Source(
                    name: name, cluster: source.clusterIdentity,
                    logs: try source.logIdentities().map { .init(name: $0.name, id: $0.id) })
            }
        }
        try refuseLoop(of: sources, sink)
        let transactions = sink.identity.map { identity in
            CheckpointBinding.Transactions(
                cluster: identity.cluster, transactionalID: identity.transactionalID, group: identity.group,
                markerPlace: identity.markerPlace, log: identity.log.map { .init(name: $0.name, id: $0.id) })
        }
        let binding = CheckpointBinding(sources: sources, transactions: transactions)
        guard let metadata else { return (sink, binding) }
        if let failure = metadata.binding.refusal(of: binding) { throw failure }
        return (sink, binding)
    }

    /// Refuses to send dead letters where they are read again: each would become the next one.
    private func refuseLoop(of sources: [CheckpointBinding.Source], _ sink: SinkDriver) throws {
        guard let letters = sink.badRowsLog,
            let source = sources.first(where: { source in
                source.cluster == sink.identity?.cluster && source.logs.contains { $0.name == letters }
            })
        else { return }
        throw ConnectorError(
            .invalidOption, "dead letters go to topic '\(letters)', and \(source.name) reads it",
            hint: "name another topic with badRowsTopic, or leave it out of what is subscribed")
    }

    /// What the sink misses, with what the sources miss as well: one start names all.
    private func withMissingSources(_ error: ConnectorError) -> ConnectorError {
        var errors: [ConnectorError] = []
        for source in definition.sources {
            do {
                _ = try source.initialOffset()
            } catch let other as ConnectorError where other.code == .notFound {
                errors.append(other)
            } catch {
                // Whatever else is wrong there is told when this is mended.
            }
        }
        guard !errors.isEmpty else { return error }
        errors.append(error)
        return ConnectorError(
            .notFound, errors.map(\.message).joined(separator: "; "),
            hint: errors.compactMap(\.hint).joined(separator: "\n"))
    }

    /// Says which options have no say in a checkpoint that there is.
    private func tellOptionsOfNewQueries(_ division: CheckpointDivision) {
        var names = Set(definition.sources.flatMap(\.optionsOfNewQueries)).sorted()
        if division.shards != Int64(definition.settings.shardCount),
            definition.plan.stages.contains(where: { $0.keyed?.state != nil })
        {
            names.append("the number of state shards (it stays \(division.shards))")
        }
        guard !names.isEmpty else { return }
        let subject = names.count == 1 ? "counts" : "count"
        definition.log(
            .info, "\(names.joined(separator: " and ")) \(subject) for new queries only; this one has a checkpoint")
    }

    /// The marker that a query begins with: committed before the metadata are there, so that where they are, no marker
    /// means that it was lost. A crash between the two leaves a marker that nobody looks for.
    private func commitFirstMarker(_ sink: SinkDriver, at positions: [LogPosition], timeout: UInt64) throws {
        guard !Mutant.noFirstMarker.isActive else { return }
        control.setStatus("Committing the first marker")
        let batch = TransactionMarker.firstBatch
        let marker = try sink.marker(
            batch: batch, attempt: "\(runID.prefix(8))-0", manifestHash: nil, positions: positions)
        try waiting(for: "the first marker to be committed", timeoutNanoseconds: timeout) {
            try sink.commitAlone(marker, batch: batch)
        }
        CrashPoint.reach(.afterFirstMarker)
    }

    private func createMetadata(
        _ checkpoint: Checkpoint, id: String, initial: [SourceOffset], binding: CheckpointBinding
    ) throws {
        guard checkpoint.metadata == nil else { return }
        try checkpoint.createMetadata(
            CheckpointMetadata(
                id: id, name: definition.name, engine: definition.engine, plan: definition.planText,
                shards: Int64(definition.settings.shardCount),
                startingOffsets: Dictionary(
                    initial.map { ($0.name, $0.offset) }, uniquingKeysWith: { first, _ in first }),
                createdMilliseconds: nowMilliseconds, binding: binding))
        CrashPoint.reach(.afterMetadata)
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

    /// Where the query's first batch begins, in plan order: as the checkpoint has it, or where the sources say.
    private func startingOffsets(
        _ metadata: CheckpointMetadata?, _ recovered: RecoveredLog, timeout: UInt64
    ) throws -> [SourceOffset] {
        for plan in [recovered.lastPlan, recovered.lastCommittedPlan].compactMap({ $0 }) {
            try requireSameSources(plan.sources.map(\.name))
        }
        if let metadata { try requireSameSources(Array(metadata.startingOffsets.keys)) }
        return try zip(definition.sources, sourceNames).map { source, name in
            if let known = metadata?.startingOffsets[name] { return (name, known) }
            control.setStatus("Getting offsets from \(source.description)")
            return try waiting(for: source.description, timeoutNanoseconds: timeout) {
                (name, try source.initialOffset())
            }
        }
    }

    private func requireSameSources(_ names: [String]) throws {
        let (known, wanted) = (Set(names), Set(sourceNames))
        guard known != wanted else { return }
        throw QueryError(
            code: "CHECKPOINT_MISMATCH",
            message: "the checkpoint has the sources \(known.sorted()), the query has \(wanted.sorted())",
            hint: "start the changed query with a new checkpoint", disposition: .correctAndRestart)
    }

    private func makeState(
        _ operators: [StateOperator], _ checkpoint: Checkpoint, in directory: String, disk: any Disk
    ) throws -> StateStore {
        var options = StateStoreOptions(memoryBudgetBytes: definition.settings.stateMemoryBytes)
        // Until all is loaded, no batch takes anything.
        options.loadingBytes = definition.settings.batchMemoryBytes / 2
        // What other processes have left is nobody's. One that was taken for dead and lives has a name of its own.
        let spill = "spill."
        for name in (try? disk.list(checkpoint.directory)) ?? [] where name.hasPrefix(spill) {
            disk.removeDirectory(DiskPath.join(checkpoint.directory, name))
        }
        options.spill = definition.settings.spill.map {
            StateStoreOptions.Spill(
                storage: $0.open(DiskPath.join(checkpoint.directory, spill + runID)), residentBytes: $0.residentBytes)
        }
        return try StateStore(
            directory: directory, operators: operators, runID: runID,
            options: options.withCrashPoints,
            executor: StateExecutor { [pool] in try pool.run(taskCount: $0, isSmall: $1, $2) }, disk: disk)
    }

    /// Puts the query where the decision says, with the state of the last committed batch loaded.
    private func goOn(
        _ started: Started, _ recovered: RecoveredLog, _ decision: StartDecision, _ marker: SinkMarker?
    ) throws {
        switch decision {
        case .startNew, .commitFirstMarker:
            try load(started, version: 0, attempt: "")
        case .continueAfter(let batch), .recommitMarkerThenContinue(let batch):
            try loadState(started, recovered.lastCommit)
            started.offsets = inPlanOrder(recovered.lastCommittedPlan).map(\.end)
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
            try load(started, version: Int(batch) + 1, attempt: attempt)
            resume(started, recovered, phase: .delivered(batch))
            started.current?.attempt = attempt
            let proven = try marker.flatMap { try TransactionMarker.parse($0.text) }?.manifestHash
            started.current?.manifestHash = proven ?? ""
            started.current?.manifest = started.manifest
            started.current?.isComputed = false
        case .fail(let failure): throw failure
        }
        started.sink.prepareNext()
    }

    private func loadState(_ started: Started, _ commit: CommitEntry?) throws {
        guard let commit else {
            try load(started, version: 0, attempt: "")
            return
        }
        try load(started, version: Int(commit.batch) + 1, attempt: commit.attempt)
    }

    /// Loads a version of the state, and what it has left for the next batch.
    private func load(_ started: Started, version: Int, attempt: String) throws {
        let bytes = try started.state.load(version: version, attempt: attempt)
        guard version > 0 else { return }
        do {
            started.goOn(from: try EpochManifest.parse(bytes))
        } catch {
            throw CheckpointError(
                .corrupt, error.description, file: started.checkpoint.stateDirectory,
                hint: "restore the checkpoint from a backup, or start with a new one")
        }
    }

    private func resume(_ started: Started, _ recovered: RecoveredLog, phase: BatchProtocol.Phase) {
        guard var plan = recovered.lastPlan else { preconditionFailure("a batch without a plan can't be resumed") }
        plan.sources = inPlanOrder(plan)
        started.offsets = plan.sources.map(\.start)
        started.current = makeBatch(plan, latest: definition.sources.map(latestOffset(of:)))
        started.batchProtocol = BatchProtocol(phase: phase)
        started.lastCommittedBatch = plan.batch - 1
    }

    /// How far a source reaches now; the log has only how far the batch reads. Null where nobody tells: a figure of the
    /// progress holds no start up.
    private func latestOffset(of source: any ReplayableSource) -> JSONValue {
        do {
            return try source.latestOffset()
        } catch {
            definition.log(.debug, "\(source.description) doesn't tell how far it reaches: \(error)")
            return .null
        }
    }

    /// A plan's ranges in the order in which the query has its sources. That each has one has been checked.
    private func inPlanOrder(_ plan: PlanEntry?) -> [OffsetRange] {
        sourceNames.compactMap { plan?.range(of: $0) }
    }

    private func recommitMarker(_ started: Started, _ recovered: RecoveredLog) throws {
        guard let plan = recovered.lastPlan, let commit = recovered.lastCommit else { return }
        definition.log(.warning, "the marker of batch \(commit.batch) is gone: committing it again")
        let marker = try started.sink.marker(
            batch: commit.batch, attempt: commit.attempt, manifestHash: commit.manifestHash,
            positions: positions(plan.sources.map { ($0.name, $0.end) }))
        try waiting(for: "the marker to be committed again") {
            try started.sink.commitAlone(marker, batch: commit.batch)
        }
        try started.checkpoint.appendMarker(
            MarkerEntry(batch: commit.batch, timestampMilliseconds: nowMilliseconds))
    }
}
