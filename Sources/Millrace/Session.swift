// Where queries begin: readers, tables, and the queries that run.

import Columns
import Connectors
import FileConnector
import KafkaConnector
import LogicalPlan
import QueryRuntime
import SocketConnector
import Synchronization
import Threads

/// Makes frames and runs queries; Spark's `SparkSession`.
public final class Session: Sendable {
    /// The program's name, as Kafka's tools see it in client ids.
    public let appName: String
    /// The tables and views that SQL made.
    let catalog = SQLCatalog()
    /// What SQL has set.
    let settings: SQLSettings
    /// What holds for the next query.
    var configuration: SessionConfiguration { settings.configuration }
    /// The zone whose clocks the next query reads.
    var timeZone: TimeZone {
        get throws(MillraceError) {
            let name = configuration.timeZone
            if let zone = TimeZone.named(name) { return zone }
            throw MillraceError(
                code: "INVALID_TIMEZONE", message: "there is no time zone '\(name)'",
                hint: "SessionConfiguration.timeZone takes UTC, +02:00, Europe/Berlin and their like", kind: .query)
        }
    }
    private let interruptions = Atomic<Int>(0)
    private let tables = MemoryTables()
    private let state = Mutex(State())
    /// Counts the sources of the program: frames of several sessions may meet in one query.
    private static let scans = Atomic<Int>(0)

    /// An id that nothing else of the program has.
    static func newID(_ kind: String) -> String { "\(kind)-\(scans.add(1, ordering: .relaxed).newValue)" }

    /// The kinds of sources and sinks that there are.
    static let connectors = ConnectorRegistry([
        KafkaConnection.provider, FileConnection.json, FileConnection.csv, FileConnection.text, FileConnection.parquet,
        SocketSource.provider,
        RateSource.provider, ConsoleSink.provider, MemorySink.provider, NoopSink.provider, StateTable.provider,
        StateMetadataTable.provider,
    ])

    private struct State {
        var workers: WorkerPool?
    }

    /// The threads that compute, shared by all queries of the session.
    var workers: WorkerPool {
        state.withLock { state in
            if let known = state.workers { return known }
            let made = WorkerPool(name: "worker", workerCount: max(1, configuration.workerCount))
            state.workers = made
            return made
        }
    }

    /// Creates a session. Nothing is started or connected yet.
    public init(appName: String, configuration: SessionConfiguration = SessionConfiguration()) {
        self.appName = appName
        settings = SQLSettings(configuration)
    }

    /// Reads what has an end.
    public var read: DataFrameReader { DataFrameReader(session: self) }

    /// Reads streams.
    public var readStream: DataStreamReader { DataStreamReader(session: self) }

    /// The queries of this session that run.
    public var streams: StreamingQueryManager { StreamingQueryManager(queries: queries) }

    /// A table or view that SQL or `createOrReplaceTempView` made, or the one in memory that a query with
    /// `format("memory")` writes, as it stands when the frame is collected.
    ///
    /// - Throws: `TABLE_OR_VIEW_NOT_FOUND` where there is none of that name.
    public func table(_ name: String) throws -> DataFrame { try named([name], isStream: false) }

    /// What a query with `format("memory")` writes, if there is one of this name.
    func memoryTable(_ name: String) -> DataFrame? {
        guard let table = tables[name], let schema = table.schema else { return nil }
        return staticFrame(name: table.name, schema: schema) { table.rows }
    }

    /// The names of what queries with `format("memory")` write.
    var memoryTableNames: [String] { tables.names }

    /// The rows of a table in memory, batch by batch; none where no query of this session has written it.
    package func batches(ofTable name: String) -> [(id: Int64, rows: [Row])] {
        tables[name]?.batches.map { ($0.id, $0.rows.flatMap { $0.rows() }) } ?? []
    }

    /// A static frame of these rows; each has a value for every column.
    ///
    /// - Throws: where a row doesn't fit the schema.
    public func createDataFrame(_ rows: [[Value]], schema: Schema) throws -> DataFrame {
        let batch = try RowEncoding.batch(rows, schema: schema)
        return staticFrame(name: "rows", schema: schema) { [batch] }
    }

    func staticFrame(name: String, schema: Schema, _ content: @escaping @Sendable () -> [RecordBatch]) -> DataFrame {
        frame(
            name: name, schema: schema,
            SourceBinding(
                canPrune: false,
                .table { _, _ in
                    MemoryTable(name: name, schema: schema, batches: content())
                }))
    }

    func frame(
        name: String, schema: Schema, _ binding: SourceBinding, streamID: String? = nil, note: String? = nil,
        failure: MillraceError? = nil
    ) -> DataFrame {
        let id = Session.newID("scan")
        let scan = ScanSource(
            id: id, name: name, schema: schema, isStreaming: binding.isStreaming, streamID: streamID, note: note)
        return DataFrame(session: self, plan: .scan(scan), bindings: [id: binding], failure: failure)
    }

    // MARK: Interruptions

    /// Ends the queries on tables that run now: each ends with `CANCELLED` before it reads its next rows. What is being
    /// computed of rows that have been read is computed to its end. Streams are not touched.
    public func interruptAll() { interruptions.add(1, ordering: .relaxed) }

    /// Says whether `interruptAll` has been called since.
    func interruption() -> @Sendable () -> Bool {
        let before = interruptions.load(ordering: .relaxed)
        return { [self] in interruptions.load(ordering: .relaxed) != before }
    }

    // MARK: Queries

    /// What sources and sinks of a query with this memory get of this session.
    func connectorContext(_ memory: MemoryShares) throws(MillraceError) -> ConnectorContext {
        let clock = configuration.clock
        let zone = try timeZone
        return ConnectorContext(
            applicationName: appName, log: configuration.log,
            prefetchBytes: memory.prefetchBytes, outputBytes: memory.outputBytes,
            nowMicroseconds: { clock.nowMicroseconds }, tables: tables, zone: zone)
    }

    /// The queries that run, and those who want to know of them.
    let queries = QueryRegistry()
}
