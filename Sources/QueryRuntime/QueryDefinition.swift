// Everything that a query needs to run, decided before it starts.

import CheckpointLog
import Columns
import Connectors
import Operators
import StateStore

/// A query that has been planned and may be started.
package struct QueryDefinition: Sendable {
    /// The name given with `queryName`.
    package var name: String?
    package var plan: PhysicalPlan
    /// The logical plan in its canonical text: a checkpoint keeps it, and refuses another query's.
    package var planText: String
    /// What such a text of an earlier run is with the variables that the query's processors keep now.
    package var withVariables: @Sendable (String) -> String
    /// The software that runs it, such as `millrace 0.2.0`; a new checkpoint keeps it.
    package var engine: String
    /// The streams, in the order in which the plan numbers them.
    package var sources: [any ReplayableSource]
    /// The tables, in the order in which the plan numbers them; read when the query starts, and again where they say
    /// so.
    package var tables: [any TableSource]
    package var sink: any BatchSink
    package var outputMode: OutputMode
    package var trigger: Trigger
    package var checkpointDirectory: String
    /// Whether the checkpoint directory is removed when the query ends without failure.
    package var isCheckpointTemporary: Bool
    package var settings: Settings
    package var clock: any EngineClock
    package var log: LogHandler

    /// What the sources are called in the checkpoint: the same in every run, and another name for each.
    package var sourceNames: [String] { sources.enumerated().map { "\($0.offset):\($0.element.description)" } }

    /// Whether the user has said that rows of the sources may be lost.
    package var toleratesDataLoss: Bool { sources.contains(where: \.toleratesDataLoss) }

    /// What an operator of the engine may tune.
    package struct Settings: Sendable {
        /// Threads that compute, the control thread included.
        package var workerCount = 1
        /// Shards of the state in a new checkpoint; an old one keeps its number.
        package var shardCount = 8
        /// How much memory the state may take, in bytes.
        package var stateMemoryBytes = 4 << 30
        /// Where rows of the state go that have no room in memory; `nil` keeps all there.
        package var spill: Spill?
        /// How much memory partial tables and the rows of a batch's output may take, in bytes.
        package var batchMemoryBytes = 4 << 30
        /// How long a start waits for the other side, in nanoseconds; 0 waits for ever.
        package var startupTimeoutNanoseconds: UInt64 = 300_000_000_000
        /// How long to wait before asking idle sources again, in nanoseconds, where no trigger interval is set; doubled
        /// with each time that there is nothing, up to `longestPolling` times. What arrives in Kafka or in memory wakes
        /// the query.
        package var pollingDelayNanoseconds: UInt64 = 10_000_000
        static let longestPolling: UInt64 = 10
        /// How long to wait before a step that failed is tried again, in nanoseconds; doubled with each try up to
        /// fifty times.
        package var retryDelayNanoseconds: UInt64 = 100_000_000
        /// What to do where the marker is gone and a batch's fate unknown.
        package var onMarkerLost = StartFacts.MarkerLostPolicy.fail
        /// How many progress records are kept.
        package var progressLimit = 100
        /// After how long without a batch the marker is committed again, so that Kafka doesn't expire it, in
        /// nanoseconds.
        package var markerRefreshNanoseconds: UInt64 = 12 * 3_600_000_000_000
        /// Whether a batch without rows is run where the watermark has made something final.
        package var runsBatchesWithoutData = true
        /// How watermarks move, where that isn't as in Spark.
        package var watermarks = WatermarkSettings()
        /// What becomes of rows that raise an error.
        package var badRows = BadRowPolicy()
        /// Whether what comes out of every step is checked, for tests: a defect ends the query.
        package var checksColumns = false
        /// Called with each progress record, on the control thread.
        package var onProgress: (@Sendable (StreamingQueryProgress) -> Void)?
        /// Called where there was nothing to do for ten seconds, and then every ten seconds, on the control thread.
        package var onIdle: (@Sendable (_ id: String, _ runID: String, _ timestamp: String) -> Void)?
        /// How long a query has nothing to do before it is idle, in microseconds of its clock; Spark's
        /// `noDataProgressEventInterval`.
        package static let idleMicroseconds: Int64 = 10_000_000

        package init() {}

        /// A place for rows of the state outside of memory.
        package struct Spill: Sendable {
            /// Makes the place in a directory that is its own; nothing is there until it is needed.
            package let open: @Sendable (_ directory: String) -> any SpillStorage
            /// More than so much memory the state doesn't take between batches.
            package let residentBytes: Int

            package init(residentBytes: Int, open: @escaping @Sendable (_ directory: String) -> any SpillStorage) {
                self.residentBytes = residentBytes
                self.open = open
            }
        }
    }

    package init(
        name: String?, plan: PhysicalPlan, planText: String,
        withVariables: @escaping @Sendable (String) -> String = { $0 }, engine: String,
        sources: [any ReplayableSource],
        tables: [any TableSource] = [], sink: any BatchSink,
        outputMode: OutputMode, trigger: Trigger, checkpointDirectory: String, isCheckpointTemporary: Bool,
        settings: Settings = Settings(), clock: any EngineClock = SystemClock(),
        log: @escaping LogHandler = { _, _ in }
    ) {
        self.name = name
        self.plan = settings.checksColumns ? plan.checked : plan
        self.planText = planText
        self.withVariables = withVariables
        self.engine = engine
        self.sources = sources
        self.tables = tables
        self.sink = sink
        self.outputMode = outputMode
        self.trigger = trigger
        self.checkpointDirectory = checkpointDirectory
        self.isCheckpointTemporary = isCheckpointTemporary
        self.settings = settings
        self.clock = clock
        self.log = log
    }
}
