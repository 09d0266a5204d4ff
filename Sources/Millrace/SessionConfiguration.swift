// What holds for all queries of a session.

import Connectors
import LogicalPlan
import QueryRuntime
import Threads

/// What holds for all queries of a session.
public struct SessionConfiguration: Sendable {
    /// How many threads compute for each query. Unless said otherwise as many as there are processors for this
    /// process: its affinity and the quota of its control group count.
    public var workerCount: Int
    /// How much memory each query may take, in bytes, the program itself included; it is divided among what is fetched
    /// ahead, the state, the batches and the output. Unless said otherwise the limit of the process's control group, or
    /// half of the machine's memory. At least 128 MiB. Queries that run at the same time share it where their writers
    /// say so, with `sharingMemory(among:)`.
    public var memoryBytes: Int
    /// Into how many shards the state of a new query is divided. An old checkpoint keeps its number.
    public var stateShardCount: Int
    /// How much memory the state of each query may take, in bytes, where it isn't to be the state's share of
    /// `memoryBytes`; beyond it the query ends with a clear error.
    public var stateMemoryBytes: Int?
    /// Where the state is while a query runs; `millrace.stateStore` in SQL.
    public var stateStore: StateStoreKind
    /// How long a start waits for the broker; zero waits for ever.
    public var startupTimeout: Duration
    /// How many progress records each query keeps; Spark's `spark.sql.streaming.numRecentProgressUpdates`.
    public var recentProgressCount: Int
    /// Which watermark is the query's, where several streams have one; Spark's
    /// `spark.sql.streaming.multipleWatermarkPolicy`. A checkpoint is of one of them.
    public var multipleWatermarkPolicy: MultipleWatermarkPolicy
    /// Whether a batch without rows follows one that has moved the watermark, so that what is final comes out although
    /// no row comes any more; Spark's `spark.sql.streaming.noDataMicroBatches.enabled`.
    public var runsBatchesWithoutData: Bool
    /// Which folders overwriting takes the place of; Spark's `spark.sql.sources.partitionOverwriteMode`.
    public var partitionOverwriteMode: PartitionOverwriteMode
    /// Whether queries are taken that Spark refuses although their answer is clear; `millrace.extended` in SQL.
    public var isExtended: Bool
    /// How far in the future, seen from the batch's own time, a row's event time may lie and move the watermark: one
    /// row of the year 2099 then doesn't make all others late. `millrace.watermark.maxFuture` in SQL; `nil` as in
    /// Spark, where every row moves it.
    public var watermarkMaxFuture: Duration?
    /// Whether a watermark goes by the partition of Kafka that is furthest behind, in place of the newest row of all:
    /// rows of a slow partition are then not late because another one is ahead. `millrace.watermark.perPartition` in
    /// SQL.
    public var watermarkPerPartition: Bool
    /// How long a watermark that goes by partitions waits for one that brings no rows while others do;
    /// `millrace.watermark.idleTimeout` in SQL. `nil` waits for ever.
    public var watermarkIdleTimeout: Duration?
    /// Whether an aggregation in append mode gives what a batch's own rows make final in that batch, and not in the
    /// next one as in Spark; `millrace.watermark.emitInCrossingBatch` in SQL.
    public var watermarkEmitsInCrossingBatch: Bool
    /// What streaming queries do with rows that an expression has no value for, where their writers don't say it with
    /// the option `badRows`; `millrace.badRows` in SQL.
    public var badRows: BadRowHandling
    /// The zone whose clocks texts, dates and hours are read from: `UTC`, `+02:00`, `Europe/Berlin`; Spark's
    /// `spark.sql.session.timeZone`. Timestamps are instants whatever it is.
    public var timeZone: String
    /// Called with each progress record, on the query's own thread: it must not block.
    public var onProgress: (@Sendable (StreamingQueryProgress) -> Void)?
    /// Whether each query writes log lines of level info about its batches: one a second at the most, and one every
    /// ten seconds while nothing comes.
    public var logsProgress: Bool
    /// Takes log lines, from any thread. The default is a `LogWriter`: warnings and errors go to the standard error, in
    /// a `StreamingProgram` those of level info, too.
    ///
    /// Why a query failed goes to whoever awaits it; only where nobody does, it is a log line.
    public var log: @Sendable (LogLevel, String) -> Void
    /// Tells queries and sources the time, in place of the system's clock: for tests.
    public var manualClock: ManualClock?

    /// A broker in this process that takes the place of every other one: whatever brokers the options of sources and
    /// sinks name, this one is used, and the topics that they name are made. For trying queries out.
    public var embeddedKafka: EmbeddedKafka?

    /// How many levels a query behind WITH RECURSIVE may have that doesn't say it itself.
    var recursionLevelLimit = Recursion.levelLimit

    /// Whether what comes out of every step of a query is checked, for tests: a defect ends the query.
    package var checksColumns = false

    /// Where rows of the state go that have no room in memory, in place of what `stateStore` says: for tests.
    package var stateSpill: QueryDefinition.Settings.Spill?

    /// Tells queries and sources the time of day.
    var clock: any EngineClock { manualClock ?? SystemClock() }

    /// Which of several watermarks is the query's.
    public enum MultipleWatermarkPolicy: String, Sendable, CaseIterable {
        /// The lowest: no stream's rows are late because another one is further.
        case min
        /// The highest: a stream that stands still holds nothing up, and its rows may be late.
        case max
    }

    /// Which of the folders that `partitionBy` has divided files into are overwritten.
    public enum PartitionOverwriteMode: String, Sendable, CaseIterable {
        /// All, or all that have the values that `PARTITION` gives.
        case `static`
        /// Those that there are new rows for.
        case dynamic
    }

    /// Where a query's state is while it runs. Changelog and snapshots are the same for both: a query may be started
    /// again with the other one.
    public enum StateStoreKind: String, Sendable, CaseIterable {
        /// In memory.
        case memory
        /// In memory, and beyond a part of the memory that it may take in RocksDB's files in the checkpoint. Takes a
        /// build with the package trait `RocksDB`.
        case rocksdb
    }

    /// How urgent a log line is.
    public typealias LogLevel = Connectors.LogLevel

    /// Creates the defaults.
    public init() {
        let resources = MachineResources.current()
        workerCount = resources.processorCount
        memoryBytes = MemoryShares.usual(on: resources)
        stateShardCount = 8
        stateStore = .memory
        startupTimeout = .seconds(300)
        recentProgressCount = 100
        timeZone = "UTC"
        logsProgress = true
        multipleWatermarkPolicy = .min
        runsBatchesWithoutData = true
        partitionOverwriteMode = .static
        isExtended = false
        watermarkPerPartition = false
        watermarkEmitsInCrossingBatch = false
        badRows = .fail
        let writer = LogWriter(LogWriter.levelOfEnvironment ?? (StreamingProgram.isRunning ? .info : .warning))
        log = { writer.write($0, $1) }
    }

    /// The engine's settings for one query.
    func engineSettings(_ memory: MemoryShares) -> QueryDefinition.Settings {
        var settings = QueryDefinition.Settings()
        settings.workerCount = max(1, workerCount)
        settings.shardCount = max(1, stateShardCount)
        settings.stateMemoryBytes = memory.stateBytes
        settings.batchMemoryBytes = memory.batchBytes
        settings.useStateStore(self)
        settings.startupTimeoutNanoseconds = startupTimeout.nanoseconds
        settings.progressLimit = max(1, recentProgressCount)
        settings.onProgress = onProgress
        settings.checksColumns = checksColumns
        settings.runsBatchesWithoutData = runsBatchesWithoutData
        settings.watermarks.maxFutureMicroseconds = watermarkMaxFuture.map { max(0, $0.microseconds) }
        settings.watermarks.isPerPartition = watermarkPerPartition
        settings.watermarks.emitsInCrossingBatch = watermarkEmitsInCrossingBatch
        settings.watermarks.idleTimeoutMilliseconds = watermarkIdleTimeout.map { max(0, $0.microseconds / 1000) }
        return settings
    }

    /// How the memory of one of so many queries is divided.
    func memoryShares(among queryCount: Int = 1) throws(MillraceError) -> MemoryShares {
        try MemoryShares(of: memoryBytes, among: queryCount, stateBytes: stateMemoryBytes)
    }

    /// What one of so many queries may use, in a line.
    func resourcesText(among queryCount: Int) -> String {
        let sharing = queryCount == 1 ? "" : " for \(queryCount) queries, for each"
        return "\(workerCount) \(workerCount == 1 ? "worker" : "workers"), "
            + "\(ByteCountText.text(memoryBytes)) of memory\(sharing): "
            + ((try? memoryShares(among: queryCount).text) ?? "too little")
    }
}
