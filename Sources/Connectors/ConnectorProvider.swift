// What a kind of source or sink has to say about itself to be found by its name.

import Columns

/// What a session gives to whatever makes sources and sinks.
package struct ConnectorContext: Sendable {
    /// The program's name, for the other side.
    package let applicationName: String
    package let log: LogHandler
    /// How much a source may hold that it fetched ahead, in bytes.
    package let prefetchBytes: Int
    /// How much a sink may take for rows that the other side doesn't have yet, in bytes, beside the rows themselves.
    package let outputBytes: Int
    /// The time, in microseconds since 1970.
    package let nowMicroseconds: @Sendable () -> Int64
    /// The session's tables in memory.
    package let tables: MemoryTables
    /// The session's time zone.
    package let zone: TimeZone

    package init(
        applicationName: String, log: @escaping LogHandler, prefetchBytes: Int, outputBytes: Int,
        nowMicroseconds: @escaping @Sendable () -> Int64, tables: MemoryTables, zone: TimeZone = .utc
    ) {
        self.applicationName = applicationName
        self.log = log
        self.prefetchBytes = prefetchBytes
        self.outputBytes = outputBytes
        self.nowMicroseconds = nowMicroseconds
        self.tables = tables
        self.zone = zone
    }
}

/// A kind of source, sink or both, under the name that `format` takes.
package struct ConnectorProvider: Sendable {
    /// In lower case, as users write it.
    package let name: String
    package let stream: StreamProvider?
    package let table: TableProvider?
    package let sink: SinkProvider?

    package init(
        _ name: String, stream: StreamProvider? = nil, table: TableProvider? = nil, sink: SinkProvider? = nil
    ) {
        self.name = name
        self.stream = stream
        self.table = table
        self.sink = sink
    }
}

/// What a scan asks of its source.
package struct ScanRequest: Sendable {
    package let options: [String: String]
    /// The columns that the query uses: some of `describe`'s where the source can leave columns out, else all.
    package let columns: Schema
    /// All columns, as `describe` gave them.
    package let all: Schema
    /// What must be true of the rows that the query uses, of those columns: the source may leave others out, or not.
    package let filters: [ColumnPredicate]
    package let context: ConnectorContext
}

/// Makes sources of one kind: streams or tables.
package struct SourceProvider<Source>: Sendable {
    package let options: OptionTable
    /// Whether the source can leave columns out.
    package let canPrune: Bool
    /// The columns that make up a message as it came, where rows are messages.
    package let messageColumns: Set<String>
    /// Whether the source can leave rows out that fail a condition.
    package let canFilter: Bool
    /// Whether the source fills memory with what it fetches ahead: the query's sources of such kinds share
    /// `prefetchBytes`.
    package let fetchesAhead: Bool
    /// What a source with these options is called in plans, and its columns; of a schema that the user gives, where the
    /// source takes one. May look at what is there now; throws what a frame can't be built with.
    package let describe:
        @Sendable (_ options: [String: String], _ given: Schema?) throws -> (name: String, schema: Schema)
    /// Whether the user may say which columns there are.
    package let takesSchema: Bool
    private let makeSource: @Sendable (ScanRequest) throws -> Source

    /// A kind whose columns are always the same. `describe` never fails: a frame may be built of wrong options.
    /// `makeSource` asks nothing yet of the other side; it throws what is wrong with the options.
    package init(
        options: OptionTable, canPrune: Bool = false, messageColumns: Set<String> = [], fetchesAhead: Bool = false,
        describe: @escaping @Sendable ([String: String]) -> (name: String, schema: Schema),
        makeSource: @escaping @Sendable (ScanRequest) throws -> Source
    ) {
        self.init(
            options: options, canPrune: canPrune, messageColumns: messageColumns, fetchesAhead: fetchesAhead,
            takesSchema: false,
            describing: { values, given in
                guard given == nil else {
                    throw ConnectorError(
                        .invalidSchema, "\(options.owner) has a fixed schema and cannot be set with a custom one",
                        hint: "leave the schema out, and select columns of it")
                }
                return describe(values)
            }, makeSource: makeSource)
    }

    /// A kind that takes a schema, or finds one.
    package init(
        options: OptionTable, canPrune: Bool = false, canFilter: Bool = false, messageColumns: Set<String> = [],
        fetchesAhead: Bool = false,
        takesSchema: Bool = true,
        describing: @escaping @Sendable ([String: String], Schema?) throws -> (name: String, schema: Schema),
        makeSource: @escaping @Sendable (ScanRequest) throws -> Source
    ) {
        self.options = options
        self.canPrune = canPrune
        self.messageColumns = messageColumns
        self.canFilter = canFilter
        self.fetchesAhead = fetchesAhead
        self.takesSchema = takesSchema
        describe = describing
        self.makeSource = makeSource
    }

    /// The source that delivers `columns`, of all that there are. It may leave out rows of which one of the filters
    /// isn't true.
    package func source(
        _ options: [String: String], columns: Schema, of all: Schema, filters: [ColumnPredicate] = [],
        _ context: ConnectorContext
    ) throws -> Source {
        try makeSource(
            ScanRequest(options: options, columns: columns, all: all, filters: filters, context: context))
    }
}

/// Makes streams.
package typealias StreamProvider = SourceProvider<any ReplayableSource>

/// Makes tables: what is read whole, once.
package typealias TableProvider = SourceProvider<any TableSource>

/// Makes sinks.
package struct SinkProvider: Sendable {
    /// What a query asks of its sink.
    package struct Request: Sendable {
        package let options: [String: String]
        package let queryName: String?
        /// Whether the query may be one that ran before, in this process or another.
        package let goesOn: Bool
        /// The columns whose values divide the rows, from the outermost.
        package let partitionBy: [String]
        package let context: ConnectorContext

        package init(
            options: [String: String], queryName: String?, goesOn: Bool, partitionBy: [String] = [],
            context: ConnectorContext
        ) {
            self.options = options
            self.queryName = queryName
            self.goesOn = goesOn
            self.partitionBy = partitionBy
            self.context = context
        }
    }

    /// What takes the rows of tables in another way than those of streams.
    package struct Tables: Sendable {
        package let options: OptionTable
        /// Makes the sink; nothing is asked yet of the other side. Throws what is wrong with the options.
        package let makeSink: @Sendable (Request) throws -> any TableSink
        /// The columns that name the folders of what a table with these options reads now.
        package let folders: @Sendable (_ options: [String: String]) throws -> [String]

        package init(
            options: OptionTable, folders: @escaping @Sendable (_ options: [String: String]) throws -> [String],
            makeSink: @escaping @Sendable (Request) throws -> any TableSink
        ) {
            self.options = options
            self.folders = folders
            self.makeSink = makeSink
        }
    }

    /// The options of a stream's sink.
    package let options: OptionTable
    /// `nil` where tables are written as streams are, at least once.
    package let tables: Tables?
    /// Whether rows can be divided by the values of columns.
    package let takesPartitions: Bool
    /// Whether what the sink promises needs a checkpoint that outlives the process.
    package let needsCheckpoint: Bool
    /// Whether rows that are out are never changed: there is no output mode but append.
    package let isAppendOnly: Bool
    /// Makes the sink; nothing is asked yet of the other side. Throws what is wrong with the options.
    package let makeSink: @Sendable (Request) throws -> any BatchSink

    package init(
        options: OptionTable, needsCheckpoint: Bool = false, takesPartitions: Bool = false, isAppendOnly: Bool = false,
        tables: Tables? = nil,
        makeSink: @escaping @Sendable (Request) throws -> any BatchSink
    ) {
        self.options = options
        self.tables = tables
        self.takesPartitions = takesPartitions
        self.needsCheckpoint = needsCheckpoint
        self.isAppendOnly = isAppendOnly
        self.makeSink = makeSink
    }

    /// Refuses an output mode that a sink of this format hasn't, whatever the query.
    package func check(_ mode: OutputMode, format: String) throws(ConnectorError) {
        guard isAppendOnly, mode != .append else { return }
        throw ConnectorError(
            .invalidOption,
            "Invalid streaming output mode: \(mode.rawValue). This output mode is not supported in Data Source "
                + "\(format).",
            hint: "files are never changed: use output mode append; an aggregation needs a watermark for it",
            condition: "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE")
    }
}
