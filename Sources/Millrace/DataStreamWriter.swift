// Describes where a stream goes to, and starts it.

import Analysis
import CheckpointLog
import Columns
import Connectors
import DurableFiles
import LogicalPlan
import Planner
import QueryRuntime
import SourceText
import Synchronization
import Threads

/// Describes where a stream goes to, and starts it; Spark's `DataStreamWriter`. A value: every call gives a new one.
public struct DataStreamWriter: OptionConfigurable {
    private let frame: DataFrame
    private var choice = ConnectorChoice()
    private var mode = OutputMode.append
    private var triggerValue = Trigger.immediately
    private var name: String?
    /// How many queries share the session's memory.
    private var queryCount = 1
    private var partitionColumns: [String] = []
    private var body: (@Sendable (DataFrame, Int64) throws -> Void)?
    private var rowWriter: (any ForeachWriter)?
    private var table: (@Sendable () -> MemoryRows)?
    /// What is wrong with what was asked for, told when the query is started.
    private var failure: MillraceError?
    /// Where in a SQL text the rows are written, if it is one that writes them.
    var place: TextPlace?

    init(frame: DataFrame) { self.frame = frame }

    /// The kind of sink: `kafka`, `parquet`, `json`, `csv`, `text`, `console`, `memory` or `noop`.
    public func format(_ name: String) -> DataStreamWriter { changed { $0.choice.format = name } }

    /// Which rows are written after each batch; append unless said otherwise.
    public func outputMode(_ mode: OutputMode) -> DataStreamWriter { changed { $0.mode = mode } }

    /// Which rows are written after each batch: `append`, `update` or `complete`, whatever their case.
    public func outputMode(_ mode: String) -> DataStreamWriter {
        guard let known = OutputMode(rawValue: mode.lowercased()) else {
            return refused("outputMode is '\(mode)'", hint: "it takes append, update or complete")
        }
        return outputMode(known)
    }

    /// When batches run; as soon as there is data unless said otherwise.
    public func trigger(_ trigger: Trigger) -> DataStreamWriter {
        if case .processingTime(let interval) = trigger, interval < .zero || interval > .seconds(366 * 86_400) {
            return refused(
                "the trigger's interval is \(interval)", hint: "it takes zero or more, up to a year: .seconds(1)")
        }
        return changed { $0.triggerValue = trigger }
    }

    /// Every interval, written as in Spark: `trigger(processingTime: "1 second")`.
    public func trigger(processingTime interval: String) -> DataStreamWriter {
        guard let duration = IntervalText.duration(interval) else {
            return refused(
                "the trigger's interval is '\(interval)'", hint: "it takes an interval such as '1 second' or '500 ms'")
        }
        return trigger(.processingTime(duration))
    }

    /// Everything that is there at the start, in batches within the sources' limits, then the end.
    public func trigger(availableNow: Bool) -> DataStreamWriter {
        availableNow ? trigger(.availableNow) : mustBeTrue("availableNow")
    }

    /// Everything that is there at the start in one batch, then the end.
    public func trigger(once: Bool) -> DataStreamWriter { once ? trigger(.once) : mustBeTrue("once") }

    private func mustBeTrue(_ name: String) -> DataStreamWriter {
        refused("trigger(\(name): false) says nothing", hint: "it takes true; or leave the trigger out")
    }

    private func refused(_ message: String, hint: String) -> DataStreamWriter {
        changed {
            $0.failure = $0.failure ?? MillraceError(code: "INVALID_OPTION", message: message, hint: hint, kind: .query)
        }
    }

    /// The query's name, as progress, logs and the memory sink's table show it.
    public func queryName(_ name: String) -> DataStreamWriter { changed { $0.name = name } }

    /// Says that so many queries run at the same time, this one among them: each takes its part of the session's
    /// `memoryBytes`, and all together no more than that. Without it a query may take all.
    public func sharingMemory(among queryCount: Int) -> DataStreamWriter {
        guard (1...MemoryShares.mostQueries).contains(queryCount) else {
            return refused(
                "memory can't be shared among \(queryCount) queries", hint: "it takes 1 to \(MemoryShares.mostQueries)")
        }
        return changed { $0.queryCount = queryCount }
    }

    /// An option of the sink, or `checkpointLocation`.
    public func option(_ name: String, _ value: String) -> DataStreamWriter {
        changed { $0.choice.set(name, value) }
    }

    /// Divides files into folders by the values of columns, `country=DE/day=2026-11-27`: the columns are in the names
    /// of the folders alone.
    public func partitionBy(_ columns: String...) -> DataStreamWriter { partitionBy(columns) }

    func partitionBy(_ columns: [String]) -> DataStreamWriter { changed { $0.partitionColumns = columns } }

    /// Calls a function with the rows of each batch, as a static frame, and the batch's id.
    ///
    /// At least once: after a crash the same batch comes again with the same id. The function runs on the query's own
    /// thread; what it throws ends the query, and the batch is not committed.
    public func foreachBatch(_ body: @escaping @Sendable (DataFrame, Int64) throws -> Void) -> DataStreamWriter {
        changed { $0.body = body }
    }

    /// Calls an asynchronous function with the rows of each batch and the batch's id, and waits for its end.
    ///
    /// At least once, as the other `foreachBatch`. The function runs on Swift's own threads, where it may await a
    /// database's driver; the query's thread waits meanwhile.
    public func foreachBatch(
        _ body: @escaping @Sendable (DataFrame, Int64) async throws -> Void
    ) -> DataStreamWriter {
        changed {
            $0.body = { frame, batchID in try Blocking.wait { try await body(frame, batchID) } }
        }
    }

    /// Gives each row to the program, batch by batch.
    ///
    /// At least once: after a crash the same rows come again, with the same ids. A writer is used by one thread at a
    /// time; what it throws ends the query, and the batch is not committed.
    public func foreach(_ writer: some ForeachWriter) -> DataStreamWriter { changed { $0.rowWriter = writer } }

    /// Calls a function with each row.
    ///
    /// At least once, as with a writer.
    public func foreach(_ body: @escaping @Sendable (Row) throws -> Void) -> DataStreamWriter {
        foreach(FunctionWriter(body))
    }

    /// A table in memory, which is asked for when the query starts, in place of a format.
    func into(_ table: @escaping @Sendable () -> MemoryRows) -> DataStreamWriter { changed { $0.table = table } }

    private func changed(_ change: (inout DataStreamWriter) -> Void) -> DataStreamWriter {
        var writer = self
        change(&writer)
        return writer
    }

    /// Checks the query, opens its checkpoint, and starts it in the background.
    ///
    /// Returns when the query knows where it goes on: after the brokers have answered, older instances are fenced and
    /// the state is loaded. Cancelling the task while it waits for a broker ends the start.
    ///
    /// - Throws: what is wrong with the query, its options or its checkpoint.
    public func start() async throws -> StreamingQuery {
        do {
            let configuration = frame.session.configuration
            let progress = ProgressLog(name: name, isTold: configuration.logsProgress, log: configuration.log)
            let (execution, sink) = try prepared(progress)
            let queries = frame.session.queries
            try queries.reserve(name)
            do {
                return try await withTaskCancellationHandler {
                    try await run(execution, sink, progress)
                } onCancel: {
                    execution.control.requestStop()
                }
            } catch {
                queries.release(name)
                throw error
            }
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

    /// Starts the query with files in a directory: `start()` with the option `path`.
    ///
    /// - Throws: what is wrong with the query, its options or its checkpoint.
    public func start(_ path: String) async throws -> StreamingQuery { try await option("path", path).start() }

    /// Checks the query, its output mode and its options as `start()` would, and connects to nothing.
    ///
    /// - Throws: what is wrong with them.
    public func check() throws { _ = try checkedWarnings() }

    /// The same, and what works and may surprise later, a line each.
    ///
    /// - Throws: what is wrong with them.
    package func checkedWarnings() throws -> [String] {
        do {
            return try planned().planned.unboundedStates
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

    private func run(
        _ execution: QueryExecution, _ sink: any BatchSink, _ progress: ProgressLog
    ) async throws -> StreamingQuery {
        let session = frame.session
        let (name, queryCount, plan) = (name, queryCount, try frame.explained())
        return try await withCheckedThrowingContinuation { continuation in
            // The query's control thread: it starts the query, hands out the handle, and runs batches until the end.
            do {
                _ = try NamedThread(ifPossible: "query \(name ?? "")") {
                    do {
                        try execution.start()
                    } catch {
                        continuation.resume(throwing: error)
                        return
                    }
                    sink.started()
                    let query = StreamingQuery(
                        id: execution.ids.query, runID: execution.ids.run, name: name, control: execution.control,
                        planText: plan, progress: progress)
                    session.queries.register(query, startedAt: session.configuration.clock.nowMicroseconds)
                    session.configuration.log(.info, session.configuration.resourcesText(among: queryCount))
                    progress.watch(execution.control)
                    continuation.resume(returning: query)
                    execution.run()
                }
            } catch {
                continuation.resume(throwing: QueryError(error))
            }
        }
    }

    /// A query that has been checked, with its sink.
    private struct Planned {
        let plan: ResolvedPlan
        let planned: PlannedQuery
        let sink: any BatchSink
        /// As it was given.
        let location: String?
        let markerLostPolicy: StartFacts.MarkerLostPolicy
        let badRows: BadRowHandling
    }

    private func planned() throws -> Planned {
        let session = frame.session
        if let failure { throw failure }
        let plan = try frame.analyzed()
        guard plan.isStreaming else {
            throw MillraceError(
                code: "WRITE_STREAM_NOT_ALLOWED", message: "writeStream can be called only on a stream",
                hint: "collect() gives the rows of a static frame", kind: .query)
        }
        try checkMode()
        try StreamingRules.check(
            plan, of: frame.plan, zone: try session.timeZone, outputMode: mode,
            isExtended: session.configuration.isExtended)
        try session.queries.check(name)
        var choice = choice
        let location = try choice.take("checkpointLocation").map(CheckpointPath.resolve)
        var policy = StartFacts.MarkerLostPolicy.fail
        if let format = choice.formatOrUsual, (try? Session.connectors.sink(format))?.needsCheckpoint == true {
            policy = try Self.markerLostPolicy(&choice)
        }
        let badRows = try BadRowOption.take(&choice) ?? session.configuration.badRows
        // Whatever is computed may be NULL then, all the way down.
        let schema = badRows == .null ? plan.schema.nullable : plan.schema
        let sink = try makeSink(choice, schema: schema, location: location)
        try place.telling { try sink.sink.validate(schema: schema, outputMode: mode) }
        try BadRowOption.check(badRows, sink.sink, provider: try? Session.connectors.sink(choice.formatOrUsual))
        let lateRowsOption = (sink.sink as? any TransactionalSink)?.lateRowsOption
        if let lateRowsOption, !plan.hasWatermark {
            throw MillraceError(
                code: "INVALID_OPTION",
                message: "option '\(lateRowsOption)': the query has no watermark, so that no row is late",
                hint: "leave the option out, or say withWatermark (WATERMARK in SQL) which rows are late", kind: .query)
        }
        let planned = try planned(plan, badRows, keepsLateRows: lateRowsOption != nil, location: location)
        try session.configuration.stateStore.check()
        try session.configuration.checkWatermarkSettings(of: plan)
        guard location != nil || !sink.needsCheckpoint else { throw Self.missingCheckpoint }
        return Planned(
            plan: plan, planned: planned, sink: sink.sink, location: location, markerLostPolicy: policy,
            badRows: badRows)
    }

    /// Refuses an output mode that the sink never has: as in Spark that is told before what the query makes of it.
    private func checkMode() throws {
        guard rowWriter == nil, body == nil, table == nil, let format = choice.formatOrUsual,
            let provider = try? Session.connectors.sink(format)
        else { return }
        try place.telling { try provider.check(mode, format: format) }
    }

    /// The plan that runs, with a source for each stream. Checkpoints of versions up to 0.2.0 have one for each time
    /// that the query names a stream, each with offsets of its own: there it stays so.
    private func planned(
        _ plan: ResolvedPlan, _ badRows: BadRowHandling, keepsLateRows: Bool, location: String?
    ) throws -> PlannedQuery {
        let session = frame.session
        func planned(sharesStreams: Bool) throws -> PlannedQuery {
            try PhysicalPlanner.plan(
                plan, outputMode: mode,
                usesHighestWatermark: session.configuration.multipleWatermarkPolicy == .max,
                keepingLateRowsIn: keepsLateRows ? try session.timeZone : nil,
                givesNullForErrors: badRows == .null,
                keptColumns: { [bindings = frame.bindings] in
                    badRows == .deadLetter ? bindings[$0]?.messageColumns ?? [] : []
                }, sharesStreams: sharesStreams,
                canFilter: { [bindings = frame.bindings] in bindings[$0]?.canFilter ?? false },
                canPrune: { [bindings = frame.bindings] in bindings[$0]?.canPrune ?? false })
        }
        let shared = try planned(sharesStreams: true)
        guard let location, let known = CheckpointInspector(location).sourceCount, known > shared.streams.count else {
            return shared
        }
        let separate = try planned(sharesStreams: false)
        // With any other number it is another query's checkpoint, which the start refuses.
        guard known == separate.streams.count else { return shared }
        session.configuration.log(
            .info,
            "the checkpoint in \(location) has \(known) sources for \(shared.streams.count) "
                + "\(shared.streams.count == 1 ? "stream" : "streams"): the query reads so many times; with a new "
                + "checkpoint it reads each stream once")
        return separate
    }

    private func prepared(_ progress: ProgressLog) throws -> (QueryExecution, any BatchSink) {
        let session = frame.session
        let query = try planned()
        let memory = try session.configuration.memoryShares(among: queryCount)
        var settings = session.configuration.engineSettings(memory)
        settings.onProgress = { [configuration = session.configuration, queries = session.queries] in
            progress.add($0)
            configuration.onProgress?($0)
            queries.tell(QueryProgressEvent(progress: $0))
        }
        settings.onIdle = { [queries = session.queries] in
            queries.tell(QueryIdleEvent(id: $0, runID: $1, timestamp: $2))
        }
        settings.onMarkerLost = query.markerLostPolicy
        settings.badRows = BadRowPolicy(query.badRows, zone: try session.timeZone)
        let (sources, tables) = try frame.makeSources(query.planned, memory)
        let checkpoint = try checkpointDirectory(query.location)
        let definition = QueryDefinition(
            name: name, plan: query.planned.plan,
            planText: CanonicalPlan.v1(
                query.plan, outputMode: mode,
                usesHighestWatermark: session.configuration.multipleWatermarkPolicy == .max && query.plan.hasWatermark),
            withVariables: { [plan = query.plan] in CanonicalPlan.withVariables($0, of: plan) },
            engine: "millrace \(MillraceVersion.current)", sources: sources,
            tables: tables, sink: query.sink, outputMode: mode, trigger: triggerValue,
            checkpointDirectory: checkpoint.path,
            isCheckpointTemporary: checkpoint.isTemporary, settings: settings,
            clock: session.configuration.clock, log: session.configuration.log)
        return (QueryExecution(definition, on: session.workers), query.sink)
    }

    // MARK: Sinks

    private static let newWriters = Atomic<Int>(0)

    /// With a checkpoint's location the query may be one that ran before.
    private func makeSink(
        _ choice: ConnectorChoice, schema: Schema, location: String?
    ) throws -> (sink: any BatchSink, needsCheckpoint: Bool) {
        if let rowWriter {
            try checkOnlySink("foreach", choice)
            guard body == nil else { throw Self.severalSinks("foreach", "foreachBatch") }
            _ = try Options(choice.options, ForeachSink.options)
            return (ForeachSink(rowWriter.calls), false)
        }
        if let body {
            try checkOnlySink("foreachBatch", choice)
            _ = try Options(choice.options, ForeachBatchSink.options)
            let session = frame.session
            return (
                ForeachBatchSink(schema: schema) { schema, rows, batchID in
                    try body(session.staticFrame(name: "batch", schema: schema) { rows }, batchID)
                }, false
            )
        }
        if let table {
            // A query goes on with its own rows, and each without a checkpoint is a new one.
            let writer = location ?? "new-\(Self.newWriters.add(1, ordering: .relaxed).newValue)"
            return (MemorySink(writer: writer, table: table), false)
        }
        let provider = try Session.connectors.sink(choice.formatOrUsual)
        let choice = try frame.session.configuration.embeddedKafka?.taking(choice) ?? choice
        _ = try Options(choice.options, provider.options)
        try provider.checkPartitions(partitionColumns, format: choice.formatOrUsual)
        let request = SinkProvider.Request(
            options: choice.options, queryName: name, goesOn: location != nil, partitionBy: partitionColumns,
            context: try frame.session.connectorContext(
                try frame.session.configuration.memoryShares(among: queryCount)))
        return (try provider.makeSink(request), provider.needsCheckpoint)
    }

    private func checkOnlySink(_ name: String, _ choice: ConnectorChoice) throws {
        guard let format = choice.format, format.lowercased() != name.lowercased() else { return }
        throw Self.severalSinks(name, "format(\"\(format)\")")
    }

    private static func severalSinks(_ one: String, _ other: String) -> MillraceError {
        MillraceError(
            code: "INVALID_OPTION", message: "both \(one) and \(other) are set", hint: "a query has one sink",
            kind: .query)
    }

    // MARK: Checkpoint

    /// The directory, made where it wasn't there yet.
    private func checkpointDirectory(_ location: String?) throws -> (path: String, isTemporary: Bool) {
        if let location {
            try CheckpointPath.prepare(location)
            return (location, false)
        }
        return (try TemporaryDirectory.make(prefix: "millrace-checkpoint-"), true)
    }

    private static let missingCheckpoint = MillraceError(
        code: "INVALID_OPTION", message: "option 'checkpointLocation' is missing",
        hint: "exactly once needs a directory that outlives the process: .option(\"checkpointLocation\", \"...\")",
        kind: .query)

    /// What to do where nobody knows any more whether a batch was published.
    private static func markerLostPolicy(_ choice: inout ConnectorChoice) throws -> StartFacts.MarkerLostPolicy {
        guard let text = choice.take("onMarkerLost") else { return .fail }
        guard let policy = StartFacts.MarkerLostPolicy(rawValue: text.lowercased()) else {
            throw MillraceError(
                code: "INVALID_OPTION", message: "option 'onMarkerLost' of the sink is '\(text)'",
                hint: "it takes fail, replay or skip", kind: .query)
        }
        return policy
    }
}
